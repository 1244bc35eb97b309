"""The loop of one controlled run: observe, decide, sequence, interlock, show, read back."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from controllers.base import Controller, IntArray, LaneView, Observation, Site
from controllers.journal import Journal, JournalEntry, header_of, read_journal
from controllers.ladder import Ladder, Troubles
from controllers.lamps import Lamps
from controllers.port import Port, SteppedPort, VehiclePort
from controllers.resume import REPLAYED_S, replay
from network.controllable import controllable
from network.detectors import Layout
from network.signals import Signal
from signal_core.engine import Sequencer
from signal_core.interlock import Interlock
from signal_core.intersection import GREEN, PERMISSIVE, CodeArray, FloatArray, Intersection, pack
from signal_core.kernels.codes import LONG_AGO_S
from signal_core.settings import Settings

CONTROL_STEP_S = 1
"""What a decision counts for; as many steps of SUMO as it takes, so a clearance is never shown shorter than counted."""
ROUNDING_S = 1e-6


@dataclass
class DriveRecord:
    """What a run did. decision_ns: one entry per second with decisions, time per decision."""

    decisions: int = 0
    decision_ns: list[float] = field(default_factory=list)
    control_s: float = 0.0
    interlock_trips: int = 0
    overdue: int = 0
    resumed_s: int = 0
    notes: list[str] = field(default_factory=list)
    troubles: Troubles = field(default_factory=Troubles)


def _interlock(signals: Sequence[Signal], arrays: Sequence[Intersection], max_red_s: int, shown: CodeArray,
               time_s: int) -> Interlock:
    return Interlock(
        [x.conflicts for x in arrays], [x.yellow_s for x in arrays], [x.intergreen_s for x in arrays],
        [x.min_green_s for x in arrays], [_max_red(x, max_red_s) for x in arrays], shown, time_s,
        walk_clear_s=[signal.walk_clear_s if signal.walk_clear_s.size else 0.0 for signal in signals])


def _max_red(x: Intersection, max_red_s: int) -> FloatArray:
    """What no phase ever serves, such as a lamp without a link, is not overdue."""
    served = np.isin(x.phase_codes, (GREEN, PERMISSIVE)).any(axis=0)
    return np.where(served, float(max_red_s), float(LONG_AGO_S))


def _with_vehicles(port: Port, controller: Controller) -> VehiclePort:
    if not isinstance(port, VehiclePort):
        raise TypeError(f"{type(controller).__name__} sees vehicles, and {type(port).__name__} shows none")
    port.watch_lanes(controller.watched_lanes)
    return port


class Drive:
    """A street under one controller that owns its signals: `second` each second, or `run` where time can be stepped."""

    def __init__(self, port: Port, controller: Controller, signals: Sequence[Signal], layout: Layout,
                 settings: Settings, protocol: str, deadline_s: float | None = None,
                 clock_ns: Callable[[], int] = time.perf_counter_ns, journal: Path | None = None) -> None:
        """journal: a folder in which every second is kept, and from which a run that was cut short is taken up.

        Raises TypeError where the controller sees vehicles and the port shows none.
        """
        self.port, self.controller = port, controller
        self.record = DriveRecord()
        self.signals, arrays, self.record.notes = controllable(signals, layout, controller.adds_phases)
        port.watch_loops([loop.id for loop in layout.loops])
        self.lamps = Lamps(port, self.signals)
        shown = self.lamps.shown.copy()
        self.tables = pack(arrays)
        self.sequencer = Sequencer(self.tables, shown)
        self.interlock = _interlock(self.signals, arrays, settings.max_red_s, shown, int(port.time_s))
        self.wanted: IntArray = self.sequencer.nearest_phases()
        self.site = Site(tuple(self.signals), layout.of(self.signals), self.tables, self.sequencer.state, settings,
                         protocol)
        self._due_s = port.time_s
        self._refused: CodeArray = np.zeros(len(self.signals), dtype=np.uint8)
        controller.start(self.site)
        self.ladder = Ladder(controller, self.site, deadline_s, clock_ns)
        self._vehicles = _with_vehicles(port, controller) if controller.sees_vehicles else None
        self._journal = None if journal is None else self._take_up(journal, shown)

    def _take_up(self, folder: Path, shown: CodeArray) -> Journal:
        """Go on where the journal ends, and write into it from here on."""
        signals = [(signal.id, signal.n_links) for signal in self.signals]
        header = header_of(signals, [loop.id for loop in self.site.layout.loops], protocol=self.site.protocol)
        before, entries = read_journal(folder, REPLAYED_S)
        if before == header:
            self.record.resumed_s = replay(entries, self.port.time_s, shown, self.sequencer, self.interlock,
                                           self.ladder)
            self.wanted[:] = self.sequencer.state.phase
        return Journal(folder, header, tell=self.record.notes.append)

    def run(self, end_s: float, progress: Callable[[float], None] | None = None) -> DriveRecord:
        """Drive until `end_s`. Raises TypeError unless the port is a `SteppedPort`."""
        if not isinstance(self.port, SteppedPort):
            raise TypeError(f"{type(self.port).__name__}: its time cannot be stepped; call second() each second")
        while self.port.time_s < end_s - ROUNDING_S:
            if self.port.time_s >= self._due_s - ROUNDING_S:  # else the call before ended within a second
                self.second()
                self._due_s = self.port.time_s + CONTROL_STEP_S
            self.port.step_to(min(end_s, self._due_s))
            if progress is not None:
                progress(self.port.time_s)
        self.record.troubles = self.ladder.report()
        if self._journal is not None:
            self.record.troubles.unkept_s = self._journal.missed
        return self.record

    def second(self) -> None:
        """One second of control, now: loops read, states read back, a decision, an order."""
        entered, left, occupancy = self.port.read_loops()
        lanes = None if self._vehicles is None else LaneView(*self._vehicles.read_lanes())
        now_s = self.port.time_s
        started = time.perf_counter_ns()
        self._read_back(now_s)
        free = self.sequencer.free() if lanes is not None else None
        seen = Observation(now_s, entered, left, occupancy, free, lanes, self.port.sampled_s)
        thought = time.perf_counter_ns()
        decisions, target = self.ladder.decide(seen, self.wanted, self._refused)
        self.wanted[:] = target.phase
        proposed = self.sequencer.propose(target)
        calls = self.sequencer.calls(self.ladder.occupancy(seen))
        answer = self.interlock.check(int(now_s), proposed, calls)
        self._refused = answer.status
        spent = time.perf_counter_ns() - thought
        self.record.interlock_trips += self.interlock.odd
        self.record.overdue += self.interlock.overdue
        if self._journal is not None:
            self._journal.write(JournalEntry(
                now_s, entered, left, occupancy, self.wanted, self.ladder.mode, answer.codes))
        self.lamps.show(answer.codes)
        self.sequencer.show(answer.codes, CONTROL_STEP_S)
        if decisions:
            self.record.decisions += decisions
            self.record.decision_ns.append(spent / decisions)
        self.record.control_s += (time.perf_counter_ns() - started) * 1e-9

    def _read_back(self, now_s: float) -> None:
        """Let interlock and sequencer follow what was really shown; a state that was not taken is a trip."""
        for signal_id in self.lamps.read_back():
            self.record.notes.append(f"signal {signal_id}: showed another state than ordered at {now_s:g} s")
        self.interlock.observe(int(now_s), self.lamps.shown)
        if self.interlock.odd:
            self.record.interlock_trips += self.interlock.odd
            self.sequencer.show(self.lamps.shown, 0)
