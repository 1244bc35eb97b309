"""A signal process as an application, and a virtual controller's facilities, in one event loop over TCP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.desk.controller import Controller
from bench.desk.from_site import setup_of
from bench.desk.objects import Objects
from bench.desk.tlc import Tlc
from bench.desk.tlcfi_server import Facilities
from controllers.cabinet.metrics import Metrics
from controllers.cabinet.signal_process import Clocks, SignalProcess
from controllers.cabinet.site import SignalSite, parse_site
from controllers.cabinet.tlcfi_wire import TlcfiWire
from controllers.cabinet.wire import Mode
from tests.cabinet.desk_process import FOES, Desk, journal_in
from tests.cabinet.sites import crossing
from tests.cabinet.tiny_street import TinyStreet
from tests.desk.lamp_reader import LampReader
from tests.field.desks import free_tcp_port

PASSWORD = "a password"


def tlcfi_site(**link: Any) -> SignalSite:
    """The crossing of the tests behind TLC-FI; the password is in DESK_PASSWORD."""
    given = {"protocol": "tlcfi", "port": free_tcp_port(), "timeout_s": 2.0, "retries": 0, "user": "desk",
             "password": {"env": "DESK_PASSWORD"}, **link}
    return parse_site(crossing(**given), "desk").signals[0]


@dataclass
class TlcfiDesk(Desk):
    """facilities: the controller's end; tlc: who shows the lamps."""

    facilities: Facilities
    tlc: Tlc

    @property
    def wire(self) -> TlcfiWire:
        assert isinstance(self.process.wire, TlcfiWire)
        return self.process.wire

    def pass_second(self) -> None:
        self.street.second()
        self.controller.detectors = frozenset(lane for lane, waiting in self.street.queue.items() if waiting)
        self.facilities.second()


@asynccontextmanager
async def tlcfi_desk(folder: Path, mode: Mode = "drive", rates: dict[int, float] | None = None,
                     **link: Any) -> AsyncIterator[TlcfiDesk]:
    """The process connects to the facilities."""
    site = tlcfi_site(**link)
    controller = Controller(setup_of(site), clock_tenths=10 * 1_700_000_000)
    objects, metrics, tlc = Objects(controller), Metrics(), Tlc(site, controller)
    street = TinyStreet(objects, rates or {1: 0.15, 2: 0.1, 3: 0.12}, LampReader(FOES, 3, {1: 5, 2: 5, 3: 5}, 5))
    street.controller = tlc  # type: ignore[assignment]  # it shows the lamps, the controller under it or the groups
    facilities = Facilities(site, objects, tlc, PASSWORD, lambda: desk.pass_second())
    await facilities.listen("127.0.0.1", site.link.port)
    process = SignalProcess(site, mode, journal_in(folder, site.id, metrics), Clocks(fast=True))
    desk = TlcfiDesk(process, street, objects, controller, folder, metrics, facilities, tlc)
    try:
        yield desk
    finally:
        await process.close()
        facilities.close()
