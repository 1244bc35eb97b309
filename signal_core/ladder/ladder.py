"""Between a control law and the lamps: what is done with an answer that is late, wrong or blind."""

from __future__ import annotations

import time
from collections.abc import Callable, Sized
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from signal_core.estimating.health import Health, LoopStatus
from signal_core.kernels.codes import LONG_AGO_S
from signal_core.ladder.law import Law, Observation
from signal_core.ladder.modes import Mode, Modes, Trouble
from signal_core.sequencing.plan_rows import PlanRows, Target
from signal_core.tables.arrays import CodeArray, FloatArray, IntArray
from signal_core.tables.packed import Tables
from signal_core.tables.state import SignalState

MOST_EVENTS = 10_000


class ModeChange(NamedTuple):
    """A signal went from one mode to another; `reason` is empty for the way up."""

    time_s: float
    signal: str
    before: str
    after: str
    reason: str


class Alarm(NamedTuple):
    """A loop was flagged or, with the status HEALTHY, cleared."""

    time_s: float
    loop: str
    status: str


class ExitAlarm(NamedTuple):
    """A lane has green, a vehicle that waits and no discharge (EXIT_BLOCKED), or no longer (FREE)."""

    time_s: float
    lane: str
    status: str


class LockAlarm(NamedTuple):
    """A signal is in a ring of signals that wait for each other (LOCKED), or no longer (FREE)."""

    time_s: float
    signal: str
    status: str


class PlanTrial(NamedTuple):
    """A signal ran its plan, it and its row were judged, and the plan stays or not: vehicles that left all of them, and
    those that had left under control in as long."""

    time_s: float
    signal: str
    left: int
    against: int
    stays: bool


class Events(NamedTuple):
    """What happened, oldest first."""

    mode_changes: list[ModeChange]
    alarms: list[Alarm]
    exits: list[ExitAlarm]
    locks: list[LockAlarm]
    trials: list[PlanTrial]


@dataclass
class Troubles:
    """What went wrong in a run. `mode_s`: seconds times signals in each mode; `unkept_s`: missing in the journal."""

    mode_changes: list[ModeChange] = field(default_factory=list)
    alarms: list[Alarm] = field(default_factory=list)
    exits: list[ExitAlarm] = field(default_factory=list)
    locks: list[LockAlarm] = field(default_factory=list)
    trials: list[PlanTrial] = field(default_factory=list)
    late: int = 0
    errors: int = 0
    last_error: str = ""
    samples_missing: int = 0
    samples_odd: int = 0
    samples_stale: int = 0
    unkept_s: int = 0
    mode_s: dict[str, int] = field(default_factory=dict)


def joined(first: Troubles, then: Troubles) -> Troubles:
    """Those of one engine and of the one that took over from it."""
    added = {name: getattr(first, name) + getattr(then, name) for name in
             ("mode_changes", "alarms", "exits", "locks", "trials", "late", "errors", "samples_missing",
              "samples_odd", "samples_stale", "unkept_s")}
    mode_s = {mode: first.mode_s.get(mode, 0) + then.mode_s.get(mode, 0) for mode in {**first.mode_s, **then.mode_s}}
    return Troubles(**added, last_error=then.last_error or first.last_error, mode_s=mode_s)


class Names(NamedTuple):
    """What signals, loops and lanes are called, in the order of the tables."""

    signals: tuple[str, ...]
    loops: tuple[str, ...]
    lanes: tuple[str, ...]


class Ladder:
    """Asks a control law every second and holds every signal in the mode it can be trusted in.

    deadline_s: time the law has for an answer, on `clock_ns`; None for as long as it likes, as simulated time
    waits for it.
    """

    def __init__(self, law: Law, tables: Tables, signals: SignalState, plans: PlanRows, names: Names,
                 *, deadline_s: float | None = None, clock_ns: Callable[[], int] = time.perf_counter_ns,
                 longest_wait_s: float = LONG_AGO_S) -> None:
        """plans: of last resort; names: for what is reported; longest_wait_s: see `Modes`."""
        self.law, self.names = law, names
        self.modes = Modes(tables, signals, plans, longest_wait_s=longest_wait_s)
        self.troubles = Troubles()
        self._deadline_ns = None if deadline_s is None else deadline_s * 1e9
        self._clock_ns = clock_ns
        self._mode = self.modes.state.mode.copy()
        self._mode_s = np.zeros(len(Mode), dtype=np.int64)
        self._seconds = 0  # in the modes of now, not yet in `_mode_s`
        self._events = 0
        self._told = None if law.health is None else _Told.of(law.health)

    def decide(self, seen: Observation, wanted: IntArray, refused: CodeArray) -> tuple[int, Target]:
        """The decisions taken, and what every signal is to aim at. Survives what the law does.

        wanted: int64[signals], what was aimed at last; the law writes into it. refused: the interlock's last
        status, uint8[signals].
        """
        decisions, failed = 0, False
        started = self._clock_ns()
        try:
            decisions = self.law.decide(seen, wanted)
        except Exception as error:  # whatever it is, the street goes on
            failed = True
            self.troubles.errors += 1
            self.troubles.last_error = f"{type(error).__name__}: {error}"
        late = self._deadline_ns is not None and self._clock_ns() - started > self._deadline_ns
        self.troubles.late += late
        health = self.law.health
        blind, extends, heads = (None,) * 3 if health is None else (health.blind, health.extends, health.heads)
        target = self.modes.choose(seen.time_s, wanted, late or failed, refused, blind, extends, heads)
        if self.modes.changed:
            self._log_modes(seen.time_s)
        self._seconds += 1
        if health is not None and self._told is not None and health.events != self._events:
            self._events = health.events
            self._log_health(seen.time_s, health, self._told)
        return decisions, target

    def occupancy(self, seen: Observation) -> FloatArray:
        """Of the loops as it was worked with, float64[loops]."""
        return seen.occupancy if self.law.health is None else self.law.health.occupancy

    @property
    def mode(self) -> CodeArray:
        """`Mode` of every signal, uint8[signals]."""
        return self.modes.state.mode

    def adopt(self, mode: CodeArray) -> None:
        """Begin in these modes, uint8[signals]; what is none counts as the last."""
        self.modes.state.mode[:] = np.minimum(mode, Mode.FIXED)
        self._count_modes(self.modes.state.mode)

    def events(self) -> Events:
        """Since the last call; from then on they are no longer in the report."""
        found = self.troubles
        events = Events(found.mode_changes, found.alarms, found.exits, found.locks, found.trials)
        found.mode_changes, found.alarms, found.exits, found.locks, found.trials = [], [], [], [], []
        return events

    def report(self) -> Troubles:
        """Everything so far."""
        health, found = self.law.health, self.troubles
        self._count_modes(self._mode)
        found.mode_s = {mode.name: int(self._mode_s[mode]) for mode in Mode}
        if health is not None:
            found.samples_missing = int(health.state.samples.missing.sum())
            found.samples_odd = int(health.state.samples.odd.sum())
            found.samples_stale = health.stale
        return found

    def _log_modes(self, time_s: float) -> None:
        now = self.modes.state.mode
        for i in np.flatnonzero(now != self._mode):
            if len(self.troubles.mode_changes) < MOST_EVENTS:
                reason = Trouble(int(self.modes.state.reason[i]))
                self.troubles.mode_changes.append(ModeChange(
                    time_s, self.names.signals[i], Mode(int(self._mode[i])).name, Mode(int(now[i])).name,
                    "" if reason is Trouble.NOTHING else reason.name))
        self._count_modes(now)

    def _count_modes(self, now: CodeArray) -> None:
        """The seconds until now were spent in the modes there were."""
        self._mode_s += self._seconds * np.bincount(self._mode, minlength=len(Mode))
        self._seconds = 0
        self._mode[:] = now

    def _log_health(self, time_s: float, health: Health, last: _Told) -> None:
        """Log what the law's health says anew since it was `last` told."""
        found, names, trials = self.troubles, self.names, health.exits.trials
        for i in _changed(last.status, health.status, found.alarms):
            found.alarms.append(Alarm(time_s, names.loops[i], LoopStatus(int(health.status[i])).name))
        for k in _changed(last.blocked, health.blocked, found.exits):
            found.exits.append(ExitAlarm(time_s, names.lanes[k], "EXIT_BLOCKED" if health.blocked[k] else "FREE"))
        for i in _changed(last.locked, health.locked, found.locks):
            found.locks.append(LockAlarm(time_s, names.signals[i], "LOCKED" if health.locked[i] else "FREE"))
        for i in _changed(last.judged, trials.judged, found.trials):
            left, against = round(trials.left[i]), round(trials.against[i])
            found.trials.append(PlanTrial(time_s, names.signals[i], left, against, bool(trials.tried_s[i] > 0)))


class _Told(NamedTuple):
    """What of a law's health has been logged last."""

    status: CodeArray
    blocked: CodeArray
    locked: CodeArray
    judged: IntArray

    @classmethod
    def of(cls, health: Health) -> _Told:
        return cls(health.status.copy(), health.blocked.copy(), health.locked.copy(), health.exits.trials.judged.copy())


def _changed(last: CodeArray | IntArray, now: CodeArray | IntArray, log: Sized) -> list[int]:
    """Where `now` is not what it was, as far as there is room in the log; `last` becomes `now`."""
    found = np.flatnonzero(now != last)[:max(MOST_EVENTS - len(log), 0)]
    last[:] = now
    return [int(i) for i in found]
