"""A run in which something goes wrong on purpose: ``python -m bench.studies.faults.worker SPEC.json``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import numpy as np

from bench.runs.prepare import Prepared
from bench.runs.spec import RunSpec
from bench.runs.worker import main
from bench.studies.faults.inject import Injection, inject
from controllers.base import Controller
from controllers.driving.drive import Drive, DriveRecord
from controllers.sumo.port import SumoPort
from network.errors import ScenarioError
from signal_core.ladder.ladder import Troubles
from signal_core.sequencing.plan_rows import Target
from signal_core.sequencing.sequencer import Sequencer
from signal_core.settings import Settings
from signal_core.tables.arrays import CodeArray, IntArray

RESTART_EVERY_S, DOWN_S = 300.0, 5.0
FOREIGN_EVERY_S = 120
Tell = Callable[[float], None]
Make = Callable[[Controller], Drive]


def drive_with_fault(spec: RunSpec, port: SumoPort, controller: Controller, prepared: Prepared, settings: Settings,
                     tell: Tell) -> DriveRecord:
    """Drive to the end of the scenario with the fault of the run; which loops lied is in the notes."""
    scenario = spec.study.scenario
    if scenario.end_s is None:
        raise ScenarioError(f"{scenario.source}: has no end, which runs with faults need; give one with -e")
    found = inject(spec.fault, port, controller, prepared, spec.seed, scenario.begin_s)
    journal = Path(spec.run_dir) / "journal" if spec.fault == "restart" else None

    def make(which: Controller) -> Drive:
        return Drive(found.port, which, tuple(prepared.signals.values()), prepared.layout, settings,
                     spec.study.protocol, deadline_s=found.deadline_s, clock_ns=found.clock_ns, journal=journal,
                     days=prepared.days)

    if spec.fault == "restart":
        record = _with_restarts(spec, make, found, settings, scenario.end_s, tell)
    else:
        drive = make(found.controller)
        record = drive.run(scenario.end_s, _disturb(spec, port, drive, prepared, found.from_s, tell))
    if found.targets:
        record.notes.append("loops that lie: " + " ".join(found.targets[:12]))
    return record


def _disturb(spec: RunSpec, port: SumoPort, drive: Drive, prepared: Prepared, from_s: float, tell: Tell) -> Tell:
    """What happens between two seconds of this fault."""
    rng = np.random.default_rng(spec.seed)
    if spec.fault == "bad_codes":
        drive.engine.sequencer = MadSequencer(drive.engine.sequencer, lambda: drive.port.time_s - from_s, rng)
    if spec.fault != "foreign":
        return tell

    def switch(time_s: float) -> None:
        tell(time_s)
        if time_s >= from_s and int(time_s - from_s) % FOREIGN_EVERY_S == 0:
            signal_id = drive.lamps.ids[int(rng.integers(len(drive.lamps.ids)))]
            port.switch_program(signal_id, prepared.programs[signal_id].program_id)

    return switch


class MadSequencer(Sequencer):
    """Proposes anything for 5 s in every 100 s."""

    def __init__(self, inner: Sequencer, since_s: Callable[[], float], rng: np.random.Generator) -> None:
        self.__dict__.update(inner.__dict__)
        self._since_s, self._rng = since_s, rng

    def propose(self, aim: IntArray | Target) -> CodeArray:
        proposed = super().propose(aim)
        since_s = self._since_s()
        if since_s >= 0.0 and since_s % 100.0 < 5.0:
            proposed[:] = self._rng.integers(0, 8, len(proposed))
        return proposed


def _with_restarts(spec: RunSpec, make: Make, found: Injection, settings: Settings, end_s: float,
                   tell: Tell) -> DriveRecord:
    """Controller after controller, each ended without a word, with nobody in charge for a while between them."""
    from controllers.registry import get

    total = DriveRecord()
    rng = np.random.default_rng(spec.seed)
    drive = make(found.controller)
    while True:
        until_s = found.port.time_s + RESTART_EVERY_S * float(rng.uniform(0.8, 1.2))
        _add(total, drive.run(min(until_s, end_s), tell))
        if found.port.time_s >= end_s - 1e-6:
            return total
        found.port.step_to(min(found.port.time_s + DOWN_S, end_s))
        drive = make(get(spec.controller).make(settings))


def _add(total: DriveRecord, part: DriveRecord) -> None:
    """One controller's record to that of the run."""
    total.decisions += part.decisions
    total.decision_ns += part.decision_ns
    total.control_s += part.control_s
    total.interlock_trips += part.interlock_trips
    total.overdue += part.overdue
    total.resumed_s += part.resumed_s
    total.notes += part.notes + [f"taken up from {part.resumed_s} s of the journal"] * (part.resumed_s > 0)
    for each in fields(Troubles):
        mine, other = getattr(total.troubles, each.name), getattr(part.troubles, each.name)
        if isinstance(mine, dict):
            setattr(total.troubles, each.name, {key: mine.get(key, 0) + other[key] for key in other})
        else:
            setattr(total.troubles, each.name, mine + other)


if __name__ == "__main__":
    sys.exit(main(drive_with_fault))
