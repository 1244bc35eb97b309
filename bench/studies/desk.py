"""A desk: one signal of a scenario behind a virtual controller, in real time or as fast as asked.

Fast, a second of the street passes with each look at the controller's clock: whoever polls sets the pace.
"""

from __future__ import annotations

import asyncio
import ssl
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.desk.asking import StreetRequests
from bench.desk.controller import Controller
from bench.desk.ends import End, Passes, Stand
from bench.desk.from_site import setup_of
from bench.desk.objects import Objects
from bench.desk.passing import Passing, kinds_of
from bench.desk.setup import TENTHS
from bench.desk.site_of import MOST_PHASES, site_of, with_neighbours
from bench.desk.street import Street
from bench.runs.prepare import LOOPS, Prepared
from bench.runs.spec import Study
from controllers.cabinet.site import Site
from controllers.sumo.port import SumoPort
from network.errors import ScenarioError, offered
from scenarios.config import Scenario
from scenarios.launch import sumo_args


def make_site(scenario: Scenario, prepared: Prepared, ids: list[str], most_phases: int = MOST_PHASES,
              protocol: str = "ntcip", exits: bool = True, rests: bool = False) -> Site:
    """The site file of these signals; without ids, of the only one there is. protocol: by TLC-FI groups are ordered one
    by one, and by NTCIP where they have phases of their own. exits: with detectors behind junctions. rests: see
    `Settings.rest_in_walk`. Raises ScenarioError."""
    known = [i for i, signal in prepared.signals.items() if not signal.left_alone]
    if not ids and len(known) != 1:
        raise ScenarioError(f"{scenario.source}: {len(known)} signals can be controlled; choose with --signal: "
                            + ", ".join(known[:10]))
    for wanted in ids:
        if wanted not in prepared.signals:
            raise ScenarioError(f"{scenario.source}: no signal '{wanted}'; {offered(wanted, prepared.signals)}")
    found = []
    for device, name in enumerate(ids or known, start=1):
        signal = prepared.signals[name]
        one = site_of(signal, prepared.layout, most_phases, protocol == "tlcfi", protocol == "ntcip", exits, rests)
        found.append(one.model_copy(update={"device": device}))
    return Site(name=scenario.name, signals=with_neighbours(found))


@dataclass
class Desk:
    """What stands on it. asking: who asks for green on the street, where the site file says who may."""

    port: SumoPort
    street: Street
    controller: Controller
    objects: Objects
    end: End
    passing: Passing
    asking: StreetRequests | None

    def second(self) -> None:
        """A second of the street, told to whom it concerns."""
        self.street.second()
        self.end.second()
        if self.asking is not None:
            self.passing.tell(self.asking.second()[0])

    def close(self) -> None:
        self.passing.close()
        self.end.close()
        self.port.close()


def set_up(study: Study, site: Site, folder: Path, stands: Stand, seed: int = 1, passes: Passes | None = None,
           centre_tls: ssl.SSLContext | None = None) -> Desk:
    """The first signal of the site on a desk; call it in a running event loop. The study must have been prepared."""
    one = site.signals[0]
    simulation = SumoPort(study.backend, sumo_args(study.scenario, folder, seed, [Path(study.prepared) / LOOPS], ()),
                          study.gui)
    simulation.start()
    try:
        controller = Controller(setup_of(one), round(time.time() * TENTHS))
        objects = Objects(controller)
        simulation.watch_loops([detector.name for detector in one.detectors])
        simulation.watch_crossings([button.name for button in one.buttons])
        simulation.watch_signals([one.id])
        street, end = stands(simulation, one, objects, simulation.shown_state(one.id), passes)
        kinds = kinds_of(one)
        asking = StreetRequests(simulation, [one], kinds) if kinds else None
        passing = Passing(one, end, centre_tls)
    except BaseException:
        simulation.close()
        raise
    return Desk(simulation, street, controller, objects, end, passing, asking)


async def run_desk(study: Study, site: Site, stands: Stand, fast: bool, end_s: float | None,
                   tell: Callable[[Desk], None], centre_tls: ssl.SSLContext | None = None) -> None:
    """Serve until the scenario ends; `tell` hears every second."""
    with tempfile.TemporaryDirectory(prefix="desk-") as folder:
        desk: list[Desk] = []

        def passes() -> None:
            if desk:
                desk[0].second()
                tell(desk[0])

        desk.append(set_up(study, site, Path(folder), stands, passes=passes if fast else None,
                           centre_tls=centre_tls))
        try:
            await _serve(desk[0], fast, end_s if end_s is not None else study.scenario.end_s, tell)
        finally:
            desk[0].close()


async def _serve(desk: Desk, fast: bool, end_s: float | None, tell: Callable[[Desk], None]) -> None:
    began, begin_s = time.monotonic(), desk.street.time_s
    while end_s is None or desk.street.time_s < end_s:
        if fast:
            await asyncio.sleep(0.05)
            continue
        due = began + desk.street.time_s - begin_s
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        desk.second()
        tell(desk)
