"""A signal process as an application, and a virtual controller's facilities, in one event loop over TCP."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.desk.controller import Controller
from bench.desk.from_site import setup_of
from bench.desk.objects import Objects
from bench.desk.tlc import Charge, Tlc
from bench.desk.tlcfi_server import Facilities
from controllers.cabinet.metrics import Metrics
from controllers.cabinet.signal_process import Clocks, SignalProcess
from controllers.cabinet.site import SignalSite, parse_site
from controllers.cabinet.tlcfi_wire import TlcfiWire
from controllers.cabinet.wire import Mode
from controllers.field.tlcfi.model import Fault
from controllers.field.tlcfi.rpc import RpcError
from tests.cabinet.desk_process import FOES, Desk, journal_in
from tests.cabinet.sites import crossing, crossing_with_pairs
from tests.cabinet.tcp_line import TcpLine
from tests.cabinet.tiny_street import TinyStreet
from tests.desk.lamp_reader import LampReader
from tests.field.desks import free_tcp_port

PASSWORD = "a password"


def objects_in(data: bytes) -> list[bytes]:
    """Objects of JSON that follow each other with nothing between; what is none stays in one piece."""
    text, found, at = data.decode("latin-1"), [], 0
    while at < len(text):
        try:
            _, end = json.JSONDecoder().raw_decode(text, at)
        except ValueError:
            end = len(text)
        found.append(data[at:end])
        at = end
    return found


def tlcfi_site(make: Callable[..., dict[str, Any]] = crossing, **link: Any) -> SignalSite:
    """The crossing of the tests behind TLC-FI; the password is in DESK_PASSWORD."""
    given = {"protocol": "tlcfi", "port": free_tcp_port(), "timeout_s": 2.0, "retries": 0, "user": "desk",
             "password": {"env": "DESK_PASSWORD"}, **link}
    return parse_site(make(**given), "desk").signals[0]


@dataclass
class TlcfiDesk(Desk):
    """facilities: the controller's end; tlc: who shows the lamps."""

    facilities: Facilities
    tlc: Tlc

    @property
    def wire(self) -> TlcfiWire:
        assert isinstance(self.process.wire, TlcfiWire)
        return self.process.wire

    @property
    def on_own_plan(self) -> bool:
        """Control has ended; what was green may still be cleared."""
        return self.tlc.charge is not Charge.APPLICATION

    def restart(self) -> None:
        self.facilities.restart()
        self.street.reader._last.clear()  # lamps were dark

    def refuse(self, on: bool) -> None:
        def refused(name: str, state: object) -> None:
            raise RpcError(Fault.NO_RIGHTS, name)

        self.facilities._ask_group = refused if on else Facilities._ask_group.__get__(self.facilities)  # type: ignore[method-assign]

    def secret(self, right: bool) -> None:
        """A password is told once in a session, so that ends, too."""
        session = self.wire.session
        session.at = replace(session.at, password=PASSWORD if right else "a guess")
        if not right:
            session.close()

    def pass_second(self) -> None:
        self.street.second()
        self.controller.detectors = frozenset(lane for lane, waiting in self.street.queue.items() if waiting)
        self.facilities.second()


@asynccontextmanager
async def tlcfi_desk(folder: Path, mode: Mode = "drive", rates: dict[int, float] | None = None,
                     line: TcpLine | None = None, pairs: Mapping[tuple[int, int], int] | None = None,
                     make: Callable[..., dict[str, Any]] = crossing, **link: Any) -> AsyncIterator[TlcfiDesk]:
    """The process connects to the facilities, through a line where there is one. pairs: as `desk_process` has them."""
    own = free_tcp_port()
    talks_to = own if line is None else await line.open(own)
    make, clear_s = (make, 5) if pairs is None else (crossing_with_pairs, 7)
    site = tlcfi_site(make, port=talks_to, **link)
    controller = Controller(setup_of(site), clock_tenths=10 * 1_700_000_000)
    objects, metrics, tlc = Objects(controller), Metrics(), Tlc(site, controller)
    reader = LampReader(FOES, 3, dict.fromkeys(FOES, clear_s), 5, pairs)
    street = TinyStreet(objects, rates or {1: 0.15, 2: 0.1, 3: 0.12}, reader)
    street.controller = tlc  # type: ignore[assignment]  # it shows the lamps, the controller under it or the groups
    facilities = Facilities(site, objects, tlc, PASSWORD, lambda: desk.pass_second())
    await facilities.listen("127.0.0.1", own)
    clocks = Clocks(fast=True, wall_s=lambda: controller.clock_tenths / 10 + desk.clock_off_s)
    process = SignalProcess(site, mode, journal_in(folder, site.id, metrics), clocks)
    desk = TlcfiDesk(process, street, objects, controller, folder, metrics, facilities, tlc, line=line)
    try:
        yield desk
    finally:
        await process.close()
        facilities.close()
        if line is not None:
            line.close()
