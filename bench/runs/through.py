"""A run through the wire: every signal behind a virtual controller, and the process beside it that talks to it.

All in one event loop and in step: each second every process polls, decides and orders; then the controllers take their
orders, and the street goes on by a second.
"""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.desk.agent import Access
from bench.desk.asking import CLASSES, StreetRequests
from bench.desk.controller import Controller
from bench.desk.ends import End, Serving, Stand, Supervision, by_ntcip, by_rsmp, by_tlcfi
from bench.desk.from_site import setup_of
from bench.desk.objects import Objects
from bench.desk.passing import Passing
from bench.desk.setup import TENTHS
from bench.desk.site_of import site_of, with_neighbours
from bench.desk.street import Street
from bench.measures.asked import REQUESTS
from bench.runs.prepare import Prepared
from bench.runs.spec import Through
from bench.runs.through_asked import Asked
from controllers.cabinet.journal import Journal
from controllers.cabinet.log import Log
from controllers.cabinet.metrics import Metrics
from controllers.cabinet.records import Chain, Lines
from controllers.cabinet.signal_process import Clocks, SignalProcess
from controllers.cabinet.site import SignalSite, Site
from controllers.cabinet.site_parts import Limits, Link, Requests, Secret
from controllers.cabinet.wire import Mode
from controllers.driving.drive import DriveRecord
from controllers.driving.requests import kinds_asked
from controllers.port import RequestPort, SteppedPort, WalkerPort
from network.errors import ScenarioError
from scenarios.config import Scenario
from signal_core.requests import RequestEvent
from signal_core.settings import Settings
from signal_core.tables.arrays import IntArray

COMMUNITY = "SIGNAL_CORE_DESK"
HEALTHY_S = 5.0
OBJECTS_PER_MESSAGE = 100
MEGABYTE = 1_000_000
AGAIN_S = 0.05
PHASES = 40
"""Of the virtual controllers, as the larger ones on the street have."""
MODES: Mapping[Through, Mode] = {"ntcip": "drive", "ntcip-advise": "advise", "rsmp": "advise", "tlcfi": "drive"}


class _Timed(Journal):
    """Keeps the time of every decision, and what became of requests."""

    def __init__(self, signal: str, log: Log, audit: Chain, metrics: Metrics, kept: tuple[DriveRecord, Asked]) -> None:
        super().__init__(signal, log, audit, metrics)
        self._record, self._asked = kept

    def asked(self, events: Iterable[RequestEvent]) -> None:
        told = list(events)
        super().asked(told)
        self._asked.events += told

    def thought(self, spent_s: float, late: bool, stolen: bool = False) -> None:
        super().thought(spent_s, late, stolen)
        self._record.decisions += 1
        self._record.decision_ns.append(spent_s * 1e9)


@dataclass
class _Place:
    """One signal: its street, what its controller speaks with, the process beside it, its part of loops and buttons."""

    street: Street
    end: End
    process: SignalProcess
    loops: IntArray
    buttons: slice
    passing: Passing

    async def close(self) -> None:
        await self.process.close()
        self.end.close()
        self.passing.close()


def drive_through(port: SteppedPort, scenario: Scenario, prepared: Prepared, folder: Path, through: Through,
                  tell: Callable[[float], None], shown: Callable[[str], str], settings: Settings,
                  vehicle_of: Callable[[int], str]) -> DriveRecord:
    """Drive every signal that can be controlled to the scenario's end; logs and audit below `folder`, requests beside
    it. settings: who may ask for green, and is heard where the process drives."""
    until_s = scenario.end_s
    if until_s is None:
        raise ScenarioError("--through: give an end with -e")
    record, asked = DriveRecord(), Asked()
    sites = _sites(prepared, through, record, settings.rest_in_walk > 0.0)
    if any(signal.least_clear_s.any() for signal in prepared.signals.values()):
        record.notes.append("detectors on crossings are not read by the wire: every clearance runs whole")
    port.watch_loops(_loops(sites))
    if isinstance(port, WalkerPort):
        port.watch_crossings([button.name for site in sites for button in site.buttons])
    port.watch_signals([site.id for site in sites])
    kinds = kinds_asked(settings) if MODES[through] == "drive" else ()
    asking = StreetRequests(port, sites, kinds) if kinds and isinstance(port, RequestPort) else None

    async def all_of_it() -> None:
        places = _set_up(port, sites, folder, through, record, shown, settings, asked)
        try:
            await _compiled(places)
            await _seconds(port, places, until_s, record, tell, asking, asked)
            if asking is not None:
                asked.write([place.process for place in places], vehicle_of, folder.parent / REQUESTS)
        finally:
            for place in places:
                await place.close()

    asyncio.run(all_of_it())
    return record


def _sites(prepared: Prepared, through: Through, record: DriveRecord, rests: bool) -> list[SignalSite]:
    found = []
    for signal in prepared.signals.values():
        try:
            found.append(site_of(signal, prepared.layout, PHASES, through == "tlcfi", through == "ntcip", rests=rests))
        except ScenarioError as error:
            record.notes.append(f"{error}; it keeps its own plan")
    if not found:
        raise ScenarioError("no signal can be put behind a controller: " + "; ".join(record.notes))
    return list(with_neighbours(found))


def _set_up(port: SteppedPort, sites: Sequence[SignalSite], folder: Path, through: Through, record: DriveRecord,
            shown: Callable[[str], str], settings: Settings, asked: Asked) -> list[_Place]:
    os.environ.setdefault(COMMUNITY, "desk")
    metrics = Metrics()
    limits = Limits(healthy_s=HEALTHY_S, deadline_s=1.0, rest_in_walk=settings.rest_in_walk > 0.0,
                    walker_weight=settings.walker_weight)
    log = Log(Site(name="through", signals=tuple(sites)).hash, folder, MEGABYTE, 8, quiet=True)
    record.notes.append(f"by the wire ({through}), site {log.site_hash}")
    audit = Chain(Lines(folder, "audit", MEGABYTE, 8))
    place = {name: k for k, name in enumerate(_loops(sites))}
    places: list[_Place] = []
    for site in sites:
        own = site.model_copy(update={"link": _link(through), "limits": limits,
                                      "requests": _requests(site, through, settings)})
        objects = Objects(Controller(setup_of(own), round(port.time_s * TENTHS)))
        street, end = _stand(own)(port, own, objects, shown(own.id), None)
        journal = _Timed(own.id, log, audit, metrics, (record, asked))
        process = SignalProcess(own, MODES[through], journal, Clocks(fast=True))
        pressed = sum(len(one.street.site.buttons) for one in places)
        places.append(_Place(street, end, process, np.array([place[d.name] for d in own.detectors], dtype=np.int64),
                             slice(pressed, pressed + len(own.buttons)), Passing(own, end)))
    return places


def _loops(sites: Sequence[SignalSite]) -> list[str]:
    """Each once: one behind a junction may be before the next, a detector of both controllers."""
    return list(dict.fromkeys(detector.name for site in sites for detector in site.detectors))


def _requests(site: SignalSite, through: Through, settings: Settings) -> Requests | None:
    """Who may ask there: by NTCIP a generator whose strategies are the channels, by TLC-FI the controller."""
    if MODES[through] != "drive" or not kinds_asked(settings):
        return None
    strategies = {str(group.channel): group.channel for group in site.groups}
    classes = {str(number): name for number, name in CLASSES.values()}
    at = {"port": _free_port(socket.SOCK_DGRAM), "community": {"env": COMMUNITY}, "strategies": strategies,
          "classes": classes}  # fmt: skip
    transit = ("off", "conditional", "always")[settings.transit_priority]
    return Requests.model_validate({"transit": transit, "emergency": bool(settings.emergency_priority),
                                    **({"ntcip": at} if through == "ntcip" else {})})


def _link(through: Through) -> Link:
    """To a port that is free now. No wait is long: both ends are here."""
    secret = Secret(env=COMMUNITY)
    if through == "rsmp":
        port = _free_port(socket.SOCK_STREAM)
        return Link(protocol="rsmp", port=port, security_code=secret, timeout_s=5.0, retries=0)
    if through == "tlcfi":
        port = _free_port(socket.SOCK_STREAM)
        return Link(protocol="tlcfi", port=port, user="desk", password=secret, timeout_s=5.0, retries=0)
    return Link(port=_free_port(socket.SOCK_DGRAM), version="2c", community=secret, timeout_s=5.0, retries=0,
                objects_per_message=OBJECTS_PER_MESSAGE)


def _stand(site: SignalSite) -> Stand:
    link, secret = site.link, os.environ[COMMUNITY]
    if link.protocol == "rsmp":
        return by_rsmp(Supervision("127.0.0.1", link.port, {1: secret, 2: secret}, again_s=AGAIN_S))
    return by_tlcfi(Serving(link.port, secret)) if link.protocol == "tlcfi" else by_ntcip(Access(secret), link.port)


async def _compiled(places: Sequence[_Place]) -> None:
    """Engines ready before the first second of the street, which waits for nobody."""
    while any(place.process.decider is None for place in places):
        await asyncio.gather(*(place.process.second() for place in places))
        await asyncio.sleep(0.05)


async def _seconds(port: SteppedPort, places: Sequence[_Place], until_s: float, record: DriveRecord,
                   tell: Callable[[float], None], asking: StreetRequests | None, asked: Asked) -> None:
    nobody = np.zeros(sum(len(place.street.site.buttons) for place in places))
    while port.time_s < until_s - 1e-6:
        if asking is not None:
            for place, rows in zip(places, asking.second(), strict=True):
                place.passing.tell(rows)
            await asyncio.sleep(0)  # have it on its way
        began = time.perf_counter()
        await asyncio.gather(*(place.process.second() for place in places))
        record.control_s += time.perf_counter() - began
        asked.second(place.process for place in places)
        record.interlock_trips += sum(bool(p.process.last is not None and p.process.last.trip) for p in places)
        for place in places:
            place.street.show()
        port.step_to(min(until_s, port.time_s + 1.0))
        counts = np.array(port.read_loops())
        waiting = port.read_waiting() if isinstance(port, WalkerPort) else nobody
        for place in places:
            place.street.take(*counts[:, place.loops])
            place.street.press(waiting[place.buttons])
            place.end.second()
        tell(port.time_s)


def _free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as end:
        end.bind(("127.0.0.1", 0))
        return int(end.getsockname()[1])
