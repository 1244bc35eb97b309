"""A signal process as supervisor, and a virtual controller as its site, in one event loop over TCP."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.desk.controller import Controller
from bench.desk.from_site import setup_of
from bench.desk.objects import Objects
from bench.desk.rsmp_site import CLOCK, RsmpSite
from controllers.cabinet.metrics import Metrics
from controllers.cabinet.rsmp_wire import RsmpWire
from controllers.cabinet.signal_process import Clocks, SignalProcess
from controllers.cabinet.site import SignalSite, parse_site
from controllers.cabinet.wire import Mode
from tests.cabinet.desk_process import FOES, Desk, journal_in
from tests.cabinet.sites import crossing
from tests.cabinet.tiny_street import TinyStreet
from tests.desk.lamp_reader import LampReader
from tests.field.desks import free_tcp_port
from tests.field.rsmp_schema import Checker

CODES = {1: "1111", 2: "2222"}
AGAIN_S = 0.05


def rsmp_site(**link: Any) -> SignalSite:
    """The crossing of the tests behind RSMP; the code is in DESK_CODE."""
    given = {"protocol": "rsmp", "port": free_tcp_port(), "timeout_s": 2.0, "retries": 0, "site_id": "RN+SI0001",
             "security_code": {"env": "DESK_CODE"}, **link}
    return parse_site(crossing(**given), "desk").signals[0]


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

    def pass_second(self) -> None:
        self.street.second()
        self.rsmp.second()


@asynccontextmanager
async def rsmp_desk(folder: Path, mode: Mode = "advise", rates: dict[int, float] | None = None,
                    tls: ssl.SSLContext | None = None, **link: Any) -> AsyncIterator[RsmpDesk]:
    """The site connects to the process, over TLS where a context is given."""
    site = rsmp_site(**link)
    controller = Controller(setup_of(site), clock_tenths=10 * 1_700_000_000)
    objects, tape, metrics = Objects(controller), Checker(), Metrics()
    street = TinyStreet(objects, rates or {1: 0.15, 2: 0.1, 3: 0.12}, LampReader(FOES, 3, {1: 5, 2: 5, 3: 5}, 5))
    rsmp = RsmpSite(site, objects, CODES, lambda codes: desk.pass_second() if CLOCK in codes else None, tape)
    process = SignalProcess(site, mode, journal_in(folder, site.id, metrics), Clocks(fast=True))
    connects = asyncio.create_task(rsmp.run("127.0.0.1", site.link.port, tls, AGAIN_S))
    desk = RsmpDesk(process, street, objects, controller, folder, metrics, rsmp, tape, connects)
    try:
        yield desk
    finally:
        await process.close()
        connects.cancel()
        with suppress(asyncio.CancelledError):
            await connects
