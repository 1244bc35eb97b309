"""The loop of one controlled run: observe, decide, sequence, interlock, show, read back."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from controllers.base import Controller, LaneView, Site
from controllers.driving.lamps import Lamps
from controllers.driving.requests import asking_port
from controllers.driving.resume import REPLAYED_S, replay
from controllers.driving.time_of_day import TimeOfDay
from controllers.driving.trips import Trip, Trips
from controllers.driving.walkers import on_crossing_of, walkers_of
from controllers.logs.journal import Journal, JournalEntry, header_of, read_journal
from controllers.port import Port, SteppedPort, VehiclePort
from network.controllable import controllable
from network.loops.detectors import Layout
from network.program.day import Day
from network.program.plans import fixed_plan
from network.program.signals import Signal
from signal_core.engine import STEP_S, Engine
from signal_core.ladder.ladder import Names, Troubles, joined
from signal_core.requests import Requests
from signal_core.settings import Settings
from signal_core.tables.arrays import FloatArray
from signal_core.tables.packed import Tables
from signal_core.tables.state import SignalState
from signal_core.tables.tight_ways import apart

CONTROL_STEP_S = STEP_S
"""As many steps of SUMO as it takes, so a clearance is never shown shorter than counted."""
ROUNDING_S = 1e-6
MOST_NOTES = 500


@dataclass
class DriveRecord:
    """What a run did. decision_ns: one entry per second with decisions, time per decision; trips: the first few.

    stood_back_s: seconds times signals that somebody else kept off; left_s: the same of signals left to the program
    that is in force by time of day. Of notes there are at most `MOST_NOTES`.
    """

    decisions: int = 0
    decision_ns: array[float] = field(default_factory=lambda: array("d"))
    control_s: float = 0.0
    interlock_trips: int = 0
    trips: list[Trip] = field(default_factory=list)
    overdue: int = 0
    stood_back_s: int = 0
    left_s: int = 0
    resumed_s: int = 0
    notes: list[str] = field(default_factory=list)
    troubles: Troubles = field(default_factory=Troubles)


def _walks(signal: Signal) -> FloatArray | float:
    """What the interlock keeps for those on foot, per link."""
    return signal.walk_clear_s if signal.walk_clear_s.size else 0.0


def _names(signals: Sequence[Signal], layout: Layout) -> Names:
    return Names(tuple(signal.id for signal in signals), tuple(loop.id for loop in layout.loops),
                 tuple(lane.id for signal in signals for lane in signal.lanes))


def _with_vehicles(port: Port, controller: Controller) -> VehiclePort:
    if not isinstance(port, VehiclePort):
        raise TypeError(f"{type(controller).__name__} sees vehicles, and {type(port).__name__} shows none")
    port.watch_lanes(controller.watched_lanes)
    return port


class Drive:
    """A street under one controller that owns its signals: `second` each second, or `run` where time can be stepped."""

    def __init__(self, port: Port, controller: Controller, signals: Sequence[Signal], layout: Layout,
                 settings: Settings, protocol: str, *, deadline_s: float | None = None,
                 clock_ns: Callable[[], int] = time.perf_counter_ns, journal: Path | None = None,
                 days: Mapping[str, Day] | None = None) -> None:
        """journal: a folder in which every second is kept, and from which a run that was cut short is taken up.

        days: programs by time of day, of signals whose program changes. Raises TypeError where the controller sees
        vehicles and the port shows none.
        """
        self.port, self.controller = port, controller
        self.record = DriveRecord()
        self._layout, self._settings, self._protocol = layout, settings, protocol
        self._deadline_s, self._clock_ns = deadline_s, clock_ns
        self._due_s = port.time_s
        port.watch_loops([loop.id for loop in layout.loops])
        self._day = TimeOfDay(days or {}, signals)
        self.trips = Trips()
        self._before = Troubles()
        self._asked: Requests | None = None
        self._engage(self._day.driven(port.time_s))
        self._vehicles = _with_vehicles(port, controller) if controller.sees_vehicles else None
        self._journal = None if journal is None else self._take_up(journal)

    def _engage(self, signals: Sequence[Signal], left: Collection[str] = ()) -> None:
        """Take charge of signals as they are now; ``left``: ids of those that others have at present."""
        self._driven = signals
        controller, settings, port = self.controller, self._settings, self.port
        self.signals, arrays, notes = controllable(
            signals, self._layout, controller.adds_phases, controller.keeps_order, settings.rest_in_walk > 0.0)
        self.record.notes += [note for note in notes if note not in self.record.notes]
        self.lamps = Lamps(port, self.signals, left)

        def begin(tables: Tables, state: SignalState) -> Controller:
            own = self._layout.of(self.signals)
            self.site = Site(tuple(self.signals), own, tables, state, settings, self._protocol)
            controller.start(self.site)
            return controller

        kept = settings._replace(fixed_order=int(controller.keeps_order))  # deadlines keep the order, too
        arrays = apart(arrays) if controller.sees_vehicles else arrays
        self.engine = Engine(arrays, self.lamps.shown.copy(), settings=kept, law=begin,
                             plans=[fixed_plan(s) for s in self.signals], names=_names(self.signals, self._layout),
                             time_s=port.time_s, deadline_s=self._deadline_s, clock_ns=self._clock_ns,
                             walk_clear_s=[_walks(signal) for signal in self.signals])
        self.trips.of([signal.id for signal in self.signals])
        self._stood_back = np.zeros(len(self.signals), dtype=np.bool_)
        self._walkers = walkers_of(port, self.signals)
        self._on_crossing = on_crossing_of(port, self.signals)
        self._asking = asking_port(port, self.signals, settings)
        if self._asked is not None:
            self.engine.requests.follow_up(self._asked)
        self._asked = self.engine.requests

    def _header(self) -> dict[str, Any]:
        signals = [(signal.id, signal.n_links) for signal in self.signals]
        return header_of(signals, [loop.id for loop in self.site.layout.loops], protocol=self.site.protocol)

    def _take_up(self, folder: Path) -> Journal:
        """Go on where the journal ends, and write into it from here on."""
        header = self._header()
        before, entries = read_journal(folder, REPLAYED_S)
        if before == header:
            self.record.resumed_s = replay(entries, self.port.time_s, self.lamps.shown.copy(), self.engine)
            self.engine.wanted[:] = self.engine.sequencer.state.phase
        return Journal(folder, header, tell=self.record.notes.append)

    def _change_over(self, signals: Sequence[Signal]) -> None:
        """Go on with signals of other programs: an engine that begins anew has seen the last minutes."""
        self._before = joined(self._before, self.engine.report())
        self._engage(signals, self.lamps.left_ids)
        if not self.controller.sees_vehicles:
            replay(tuple(self._day.kept()), self.port.time_s, self.lamps.shown.copy(), self.engine)
            self.engine.wanted[:] = self.engine.sequencer.state.phase
        if self._journal is not None:
            self._journal = self._journal.anew(self._header())

    def _come_into_force(self, changed: Sequence[Signal]) -> None:
        """Programs that begin now: signals are left to them, or controlled by them."""
        driven = self._day.driven(self.port.time_s)
        if any(one is not other for one, other in zip(driven, self._driven, strict=True)):
            self._change_over(driven)
        for signal in (one for one in changed if one.id in self.lamps.ids):
            program = signal.program
            if signal.left_alone:
                state = program.intervals[0].state if program.intervals else "o" * len(self.lamps.state_of(signal.id))
                self.lamps.leave(signal.id, program.program_id, state)
            else:
                self.lamps.take_back(signal.id)
            what = f"left to it: {signal.left_alone}" if signal.left_alone else "controlled by it"
            self._note(f"signal {signal.id}: program '{program.program_id}' from {self.port.time_s:g} s: {what}")

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
        self.record.troubles = joined(self._before, self.engine.report())
        self.record.trips = self.trips.kept
        self.record.notes += [note for note in self.trips.notes if note not in self.record.notes]
        if self._journal is not None:
            self.record.troubles.unkept_s = self._journal.missed
        return self.record

    def second(self) -> None:
        """One second of control, now: loops read, states read back, a decision, an order."""
        entered, left, occupancy = self.port.read_loops()
        lanes = None if self._vehicles is None else LaneView(*self._vehicles.read_lanes())
        calls = None if self._walkers is None else self._walkers.calls()
        on_it = None if self._on_crossing is None else self._on_crossing.persons()
        asked = None if self._asking is None else self._asking.read_requests()
        now_s = self.port.time_s
        started = time.perf_counter_ns()
        self._read_back(now_s)
        if self._day and (changed := self._day.changed(now_s)):
            self._come_into_force(changed)
        sampled_s, engine = self.port.sampled_s, self.engine
        thought = time.perf_counter_ns()
        codes = engine.step(entered, left, occupancy, now_s, sampled_s=sampled_s, lanes=lanes, calls=calls,
                            requests=asked, on_crossing=on_it)
        spent = time.perf_counter_ns() - thought
        self.trips.checked(now_s, engine.interlock.checked, engine.interlock.odd)
        self.record.overdue += int(((engine.interlock.checked.overdue >= 0) & ~self.lamps.left).sum())
        entry = JournalEntry(now_s, entered, left, occupancy, engine.wanted, engine.ladder.mode, codes, asked)
        if self._journal is not None:
            self._journal.write(entry)
        if self._day:
            self._day.keep(entry._replace(asked=None))  # links are numbered anew then
        self.lamps.show(codes)
        if engine.decisions:
            self.record.decisions += engine.decisions
            self.record.decision_ns.append(spent / engine.decisions)
        self.record.interlock_trips = self.trips.count
        self.record.control_s += (time.perf_counter_ns() - started) * 1e-9

    def _read_back(self, now_s: float) -> None:
        """Let the engine follow what was really shown; a state that was not taken is a trip.

        Not so where we stand back: that is told once, and counted in seconds.
        """
        for signal_id in self.lamps.read_back():
            self._note(f"signal {signal_id}: showed another state than ordered at {now_s:g} s")
        stands_back = self.lamps.stands_back
        for i in np.flatnonzero(stands_back != self._stood_back):
            what = "kept off by somebody else: we stand back" if stands_back[i] else "no longer kept off: ours again"
            self._note(f"signal {self.signals[i].id}: {what} at {now_s:g} s")
        self._stood_back[:] = stands_back
        self.record.stood_back_s += int(stands_back.sum())
        self.record.left_s += int(self.lamps.left.sum())
        if not self.engine.observe(self.lamps.shown, now_s):
            self.trips.found(now_s, self.engine.interlock.sighted, stands_back | self.lamps.left)

    def _note(self, line: str) -> None:
        if len(self.record.notes) < MOST_NOTES:
            self.record.notes.append(line)
