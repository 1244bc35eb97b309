"""Splits recomputed each cycle, in the order of the program; inside the cycle greens end early once all are served."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np

from signal_core.kernels import splits as kernel
from signal_core.kernels.compiled import direct
from signal_core.kernels.kept import kept
from signal_core.kernels.splits import SplitCycles, Task
from signal_core.settings import Settings
from signal_core.tables.arrays import NEVER, IntArray
from signal_core.tables.packed import Tables
from signal_core.tables.state import LaneState, SignalState


class SplitStatus(IntEnum):
    """What became of a plan. OVERSATURATED is a good plan in which some queue still grows."""

    OK = kernel.OK
    OVERSATURATED = kernel.OVERSATURATED
    TIGHT = kernel.TIGHT
    BAD_INPUT = kernel.BAD_INPUT


class SplitSettings(NamedTuple):
    """One default for every network. The longest cycle is the maximum red of `Settings`."""

    shortest_s: int = 45
    """Shorter cycles come by themselves, from greens that end early."""
    gap_s: int = 3
    """A green may end early where no queue is left and nobody is to come within so long ..."""
    gap_vehicles: float = 0.5
    """... or fewer than that; expected arrivals are parts of vehicles."""
    full: float = 0.9
    """Degree of saturation from which each green lasts its split: more changes would lose time that is short."""
    period_s: float = 900.0
    """How long the demand is taken to last: the analysis period of the delay formula."""
    spread_s: float = 180.0
    """Time within which vehicles left over are to be served."""
    least_ratio: float = 0.01
    """Flow ratio that a lane is never taken to be below: somebody will come."""


class SplitPlan(NamedTuple):
    """A cycle. split_s: int64[P], adding up to cycle_s; saturation: the largest of any lane; cost: ratio x delay."""

    status: SplitStatus
    cycle_s: int
    split_s: IntArray
    saturation: float
    cost: float


def plan_splits(task: Task, shortest_s: int, longest_s: int, period_s: float = 900.0) -> SplitPlan:
    """The best cycle of one signal; see `kernels.splits.choose`. Never raises: look at the status."""
    split_s = np.array(task.least_s, dtype=np.int64)
    found = kernel.choose(task, shortest_s, longest_s, period_s, split_s, split_s.copy())
    return SplitPlan(SplitStatus(found.status), int(found.cycle_s), split_s, float(found.saturation), float(found.cost))


class SplitPlanner:
    """Fixed-order control of a batch of signals; all memory is taken at construction.

    Until a signal begins its first whole cycle it runs the greens of its program, cut to the longest cycle.
    """

    def __init__(self, tables: Tables, signals: SignalState, lanes: LaneState, settings: Settings,
                 options: SplitSettings | None = None) -> None:
        """lanes: kept up to date by the owner, one second of counts before every `plan`."""
        self.tables, self.signals, self.lanes = tables, signals, lanes
        self.settings = settings
        self.options = options or SplitSettings()
        self.cycle = _program_cycles(tables, settings)
        self._seen_s = 0.0
        self._records = kept(tables), kept(signals), kept(lanes), kept(self.cycle)
        self._limits = kept(settings), kept(self.options)
        self._step = direct(kernel.step_all, *self._records, self._seen_s, signals.phase, *self._limits)

    def plan(self, wanted: IntArray) -> int:
        """Write the phase of every signal; return how many changed it. Raises ValueError unless int64[signals]."""
        self._seen_s += 1.0
        if wanted.dtype != np.int64 or wanted.shape != self.signals.phase.shape or not wanted.flags.c_contiguous:
            raise ValueError(f"wanted: {wanted.dtype}{wanted.shape} given, int64{self.signals.phase.shape} needed")
        return int(self._step(*self._records, self._seen_s, wanted, *self._limits))


def _program_cycles(tables: Tables, settings: Settings) -> SplitCycles:
    """Bounds and lost times of the cyclic order, and splits as in the program."""
    signals, phases = len(tables.phase_ptr) - 1, int(tables.phase_ptr[-1])
    most_phases = int(np.diff(tables.phase_ptr).max(initial=0))
    cycle = SplitCycles(
        split_s=np.zeros(phases, dtype=np.int64), least_s=np.zeros(phases, dtype=np.int64),
        most_s=np.full(phases, settings.max_red_s, dtype=np.int64), lost_s=np.zeros(int(tables.service_ptr[-1])),
        cycle_s=np.zeros(signals, dtype=np.int64), status=np.full(signals, SplitStatus.OK, dtype=np.int64),
        saturation=np.zeros(signals), handed_s=np.zeros(signals, dtype=np.int64),
        demand_vps=np.zeros(int(tables.lane_ptr[-1])),
        found_s=np.zeros(most_phases, dtype=np.int64), trial_s=np.zeros(most_phases, dtype=np.int64))
    for i in range(signals):
        rows = slice(int(tables.phase_ptr[i]), int(tables.phase_ptr[i + 1]))
        least_s, lag_s = _in_order(tables, i)
        change_s = _changes(least_s, lag_s)
        nobody_starts = ~((lag_s > 0) & (lag_s != NEVER)).any(axis=1)
        cycle.least_s[rows] = least_s + nobody_starts  # a phase that starts nothing is shown for a second
        cycle.most_s[rows] = np.maximum(cycle.most_s[rows], cycle.least_s[rows])
        shown_s = np.ceil(tables.shown_s[rows]).astype(np.int64)
        cycle.split_s[rows] = _cut(np.maximum(change_s + shown_s, cycle.least_s[rows]), cycle.least_s[rows],
                                   settings.max_red_s)
        cycle.cycle_s[i] = cycle.split_s[rows].sum()
        lost_s = np.where(lag_s == 0, 0, lag_s + settings.split_loss_s)
        lost_s -= np.where(np.roll(lag_s, -1, axis=0) == 0, 0, settings.yellow_use_s)
        cycle.lost_s[int(tables.service_ptr[i]):int(tables.service_ptr[i + 1])] = lost_s.ravel()
    return cycle


def _in_order(tables: Tables, i: int) -> tuple[IntArray, IntArray]:
    """min_split_s int64[P] and start_lag_s int64[P, L] of signal i, each phase after the one before it."""
    phases = int(tables.phase_ptr[i + 1] - tables.phase_ptr[i])
    least_s = tables.min_split_s[tables.pair_ptr[i]:tables.pair_ptr[i + 1]].reshape(phases, phases)
    lag_s = tables.start_lag_s[tables.lag_ptr[i]:tables.lag_ptr[i + 1]].reshape(phases, phases, -1)
    here = np.arange(phases)
    return least_s[here - 1, here].astype(np.int64), lag_s[here - 1, here].astype(np.int64)


def _changes(least_s: IntArray, lag_s: IntArray) -> IntArray:
    """int64[P]: seconds until the last lane of a phase has started; where none starts, until the change is over."""
    starts = np.where(lag_s == NEVER, 0, lag_s).max(axis=1, initial=0)
    return np.where(starts > 0, starts, least_s)


def _cut(split_s: IntArray, least_s: IntArray, longest_s: int) -> IntArray:
    """Splits taken down to a cycle of `longest_s`, the longest ones first, none below its least."""
    cut = split_s.copy()
    while cut.sum() > longest_s and (cut > least_s).any():
        cut[int(np.where(cut > least_s, cut, -1).argmax())] -= 1
    return cut
