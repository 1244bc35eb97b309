"""A signal process as supervisor, and a virtual controller as its site, in one event loop over TCP."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from bench.desk.controller import Controller
from bench.desk.from_site import setup_of
from bench.desk.objects import Objects
from bench.desk.rsmp_site import CLOCK, RsmpSite
from controllers.cabinet.metrics import Metrics
from controllers.cabinet.rsmp_wire import RsmpWire
from controllers.cabinet.signal_process import Clocks, SignalProcess
from controllers.cabinet.site import SignalSite, parse_site
from controllers.cabinet.wire import Mode
from controllers.field.rsmp.peer import Times
from tests.cabinet.desk_process import FOES, Desk, journal_in
from tests.cabinet.sites import crossing
from tests.cabinet.tcp_line import TcpLine
from tests.cabinet.tiny_street import TinyStreet
from tests.desk.lamp_reader import LampReader
from tests.field.desks import free_tcp_port
from tests.field.rsmp_schema import Checker

CODES = {1: "1111", 2: "2222"}
AGAIN_S = 0.05


def packets_in(data: bytes) -> list[bytes]:
    """Packets of RSMP, each with its end."""
    *whole, rest = data.split(b"\x0c")
    return [one + b"\x0c" for one in whole] + ([rest] if rest else [])


def rsmp_site(make: Callable[..., dict[str, Any]] = crossing, **link: Any) -> SignalSite:
    """The crossing of the tests behind RSMP; the code is in DESK_CODE."""
    given = {"protocol": "rsmp", "port": free_tcp_port(), "timeout_s": 2.0, "retries": 0, "site_id": "RN+SI0001",
             "security_code": {"env": "DESK_CODE"}, **link}
    return parse_site(make(**given), "desk").signals[0]


@dataclass
class RsmpDesk(Desk):
    """rsmp: the site's end; tape: every message, both ways."""

    rsmp: RsmpSite
    tape: Checker
    connects: asyncio.Task[None]

    @property
    def wire(self) -> RsmpWire:
        assert isinstance(self.process.wire, RsmpWire)
        return self.process.wire

    dropped_s = 255 + 60
    """A cycle until the next order, which is refused, and the least time-out there is, a minute."""
    back_s = 255 + 90

    @property
    def on_own_plan(self) -> bool:
        """What was advised may stay written while its plan is not in use, where a supervisor is there."""
        return self.controller.pattern == 1

    def restart(self) -> None:
        self.rsmp.restart()
        self.street.reader._last.clear()  # lamps were dark

    def refuse(self, on: bool) -> None:
        """The site has no commands for plans."""
        if on:
            self.rsmp.commands._known = {}
        else:
            self.rsmp.commands.__init__(self.rsmp.values, self.rsmp.plans, CODES)  # type: ignore[misc]

    def secret(self, right: bool) -> None:
        at = self.wire.supervisor.at
        self.wire.supervisor.at = replace(at, security_code=CODES[2] if right else "9999")

    def pass_second(self) -> None:
        self.street.second()
        self.rsmp.second()


@asynccontextmanager
async def rsmp_desk(folder: Path, mode: Mode = "advise", rates: dict[int, float] | None = None,
                    tls: ssl.SSLContext | None = None, line: TcpLine | None = None, times: Times | None = None,
                    make: Callable[..., dict[str, Any]] = crossing, reader: LampReader | None = None,
                    upstream: int = 3, **link: Any) -> AsyncIterator[RsmpDesk]:
    """The site connects to the process, over TLS where a context is given, through the line where there is one.
    times: the protocol's, of both ends; reader, upstream: of a street that is not the crossing's."""
    site = rsmp_site(make, **link)
    connects_to = site.link.port if line is None else await line.open(site.link.port)
    controller = Controller(setup_of(site), clock_tenths=10 * 1_700_000_000)
    objects, tape, metrics = Objects(controller), Checker(), Metrics()
    reader = reader or LampReader(FOES, 3, {1: 5, 2: 5, 3: 5}, 5)
    street = TinyStreet(objects, rates or {1: 0.15, 2: 0.1, 3: 0.12}, reader, upstream=upstream)
    rsmp = RsmpSite(site, objects, CODES, lambda codes: desk.pass_second() if CLOCK in codes else None, tape,
                    times)
    clocks = Clocks(fast=True, wall_s=lambda: controller.clock_tenths // 10 + desk.clock_off_s)
    process = SignalProcess(site, mode, journal_in(folder, site.id, metrics), clocks)
    if times is not None:
        supervisor = cast(RsmpWire, process.wire).supervisor
        supervisor.at = replace(supervisor.at, times=times)
    connects = asyncio.create_task(rsmp.run("127.0.0.1", connects_to, tls, AGAIN_S))
    desk = RsmpDesk(process, street, objects, controller, folder, metrics, rsmp, tape, connects, line=line)
    try:
        yield desk
    finally:
        await process.close()
        connects.cancel()
        with suppress(asyncio.CancelledError):
            await connects
        if line is not None:
            line.close()
