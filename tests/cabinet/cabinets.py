"""Controllers in real time by each protocol, for a process of its own: what stands at the other end of its wire."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.desk.agent import Agent
from bench.desk.controller import Controller
from bench.desk.objects import Objects
from bench.desk.rsmp_site import RsmpSite
from bench.desk.tlc import Charge, Tlc
from bench.desk.tlcfi_server import Facilities
from controllers.cabinet.site import SignalSite
from controllers.field.rsmp.peer import Times
from tests.cabinet.rsmp_desk import CODES
from tests.cabinet.tiny_street import TinyStreet
from tests.cabinet.tlcfi_desk import PASSWORD
from tests.field.desks import ACCESS

FREE = 254
SECRETS = {"DESK_COMMUNITY": ACCESS.community, "DESK_PASSWORD": PASSWORD, "DESK_CODE": CODES[2]}
LINKS: dict[str, dict[str, Any]] = {
    "ntcip": {}, "tlcfi": {"protocol": "tlcfi", "user": "desk", "password": {"env": "DESK_PASSWORD"}},
    "rsmp": {"protocol": "rsmp", "site_id": "RN+SI0001", "security_code": {"env": "DESK_CODE"}}}
SOON = Times(ack_s=2.0, watchdog_s=5.0, silence_s=10.0)


@dataclass
class Other:
    """second: told of every second of the street; acts, let_go: whether the controller does what it is told, or its own
    plan and nothing else."""

    second: Callable[[], None]
    acts: Callable[[], bool]
    let_go: Callable[[], bool]
    close: Callable[[], None]


async def other_end(site: SignalSite, street: TinyStreet, objects: Objects) -> Other:
    """Open it at the port of the site."""
    own, port = objects.controller, site.link.port
    if site.link.protocol == "tlcfi":
        return await _tlcfi(site, street, objects)
    if site.link.protocol == "rsmp":
        at = RsmpSite(site, objects, CODES, times=SOON)
        runs = asyncio.create_task(at.run("127.0.0.1", port, None, 0.5))
        return Other(at.second, lambda: own.pattern == site.link.spare_pattern, lambda: own.pattern == 1, runs.cancel)
    agent = Agent(objects, ACCESS, port=port)
    return Other(lambda: None, lambda: own.orders.pattern == FREE, lambda: not own.orders.any and own.pattern == 1,
                 agent.close)


async def _tlcfi(site: SignalSite, street: TinyStreet, objects: Objects) -> Other:
    own: Controller = objects.controller
    tlc = Tlc(site, own)
    street.controller = tlc  # type: ignore[assignment]  # it shows the lamps
    facilities = Facilities(site, objects, tlc, PASSWORD)
    await facilities.listen("127.0.0.1", site.link.port)

    def second() -> None:
        own.detectors = frozenset(lane for lane, waiting in street.queue.items() if waiting)
        facilities.second()

    return Other(second, lambda: tlc.charge is Charge.APPLICATION, lambda: tlc.charge is not Charge.APPLICATION,
                 facilities.close)
