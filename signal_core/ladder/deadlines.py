"""Longest greens and waits of the engineer's own, kept whatever a law wants: it is overruled in time.

Of signals with such limits alone, once a second, in front of the sequencer. The interlock keeps them, too, by itself.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from signal_core.kernels.codes import NO_ROW
from signal_core.sequencing.plan_rows import Target
from signal_core.settings import Settings
from signal_core.tables.arrays import GREEN, PERMISSIVE, BoolArray, IntArray
from signal_core.tables.intersection import Intersection
from signal_core.tables.packed import Tables
from signal_core.tables.state import SignalState

MARGIN_S = 3
"""A turn that would come this close to the longest wait is due."""
NONE = -1


class Deadlines:
    """Looks at the signals that have limits; all others cost nothing."""

    def __init__(self, intersections: Sequence[Intersection], tables: Tables, state: SignalState,
                 settings: Settings) -> None:
        self._state, self._ptr = state, tables.link_ptr.tolist()
        self._in_order = settings.fixed_order == 1
        self._limited = [(i, _Limits(x)) for i, x in enumerate(intersections)
                         if x.max_green_s is not None or x.max_red_s is not None]

    def __bool__(self) -> bool:
        return bool(self._limited)

    def keep(self, target: Target, free: BoolArray, waited_s: IntArray) -> None:
        """Change the phases of ``target`` where a limit asks for it.

        free: bool[signals], the signal may leave its phase; waited_s: int64[links], for how long a call has waited.
        Signals that run a row of a fixed-time plan keep it.
        """
        for i, limits in self._limited:
            if not free[i] or target.row[i] != NO_ROW:
                continue
            own = slice(self._ptr[i], self._ptr[i + 1])
            due = limits.due(int(self._state.phase[i]), int(target.phase[i]), self._state.green_s[own], waited_s[own],
                             self._in_order)
            if due != NONE:
                target.phase[i] = due


class _Limits:
    """The limits of one signal, and what its phases serve."""

    def __init__(self, x: Intersection) -> None:
        endless = np.full(x.n_links, math.inf)
        self.max_green_s = endless if x.max_green_s is None else np.asarray(x.max_green_s, dtype=np.float64)
        self.max_red_s = endless if x.max_red_s is None else np.asarray(x.max_red_s, dtype=np.float64)
        self.greens: BoolArray = np.isin(x.phase_codes, (GREEN, PERMISSIVE))
        self.foes: BoolArray = x.conflicts | x.conflicts.T
        self.split_s, self.least_s = x.min_split_s, x.min_green_s
        own = x.n_phases if x.home is None else int(np.count_nonzero(x.home == np.arange(x.n_phases)))
        self.own = range(own)

    def due(self, phase: int, wanted: int, green_s: IntArray, waited_s: IntArray, in_order: bool) -> int:
        """The phase that is due now; NONE where all have time."""
        change_s = int(self.split_s[phase, wanted]) if wanted != phase else 0  # a green that goes on meanwhile
        ends = self.greens[phase] & (self._held_s(green_s, waited_s) + change_s >= self.max_green_s)
        if ends.any() and (self.greens[wanted] & ends).any():
            waiting = np.where(self.foes[ends].any(axis=0), waited_s, 0)
            return self._next(phase) if in_order else self._serving(phase, waiting, ends)
        late = [int(e) for e in np.flatnonzero((waited_s > 0) & np.isfinite(self.max_red_s))]
        if not late:
            return NONE
        return self._in_order(phase, late, waited_s) if in_order else self._in_time(phase, wanted, late, waited_s)

    def _held_s(self, green_s: IntArray, waited_s: IntArray) -> IntArray:
        """int64[links]: for how long the green of each has kept a foe waiting."""
        longest = np.where(self.foes, waited_s[None, :], 0).max(axis=1, initial=0)
        found: IntArray = np.minimum(green_s, longest)
        return found

    def _serving(self, phase: int, waiting: IntArray, ends: BoolArray) -> int:
        """The phase of the program without the links that end which serves most of who waits."""
        found = [p for p in self.own if p != phase and not (self.greens[p] & ends).any()]
        return max(found, key=lambda p: int(waiting[self.greens[p]].sum()), default=NONE)

    def _next(self, phase: int) -> int:
        return (phase + 1) % len(self.own)

    def _lead_s(self, before: int, phase: int, e: int) -> int:
        """Seconds from leaving a phase for another until that serves link e, at most."""
        return max(0, int(self.split_s[before, phase]) - int(self.least_s[e]))

    def _in_time(self, phase: int, wanted: int, late: Sequence[int], waited_s: IntArray) -> int:
        """The first of the turns that those who wait need, the nearest to its limit first, where one would be late."""
        at_s, before, first, served = 0, phase, NONE, self.greens[wanted].copy()
        if wanted != phase:
            at_s, before = int(self.split_s[phase, wanted]), wanted
        for e in sorted(late, key=lambda e: self.max_red_s[e] - waited_s[e]):
            if served[e]:
                continue
            turns = [p for p in self.own if self.greens[p, e] and p != before]
            if not turns:
                continue
            turn = max(turns, key=lambda p: int(waited_s[self.greens[p]].sum()))
            first = turn if first == NONE else first
            if at_s + self._lead_s(before, turn, e) + waited_s[e] + MARGIN_S > self.max_red_s[e]:
                return first if first != phase else NONE
            at_s, before = at_s + int(self.split_s[before, turn]), turn
            served |= self.greens[turn]
        return NONE

    def _in_order(self, phase: int, late: Sequence[int], waited_s: IntArray) -> int:
        """The next phase of the cycle where somebody would be served too late with the shortest greens before."""
        for e in late:
            at_s, before = 0, phase
            for turn in (p % len(self.own) for p in range(phase + 1, phase + len(self.own))):
                if self.greens[turn, e]:
                    if at_s + self._lead_s(before, turn, e) + waited_s[e] + MARGIN_S > self.max_red_s[e]:
                        return self._next(phase)
                    break
                at_s, before = at_s + int(self.split_s[before, turn]), turn
        return NONE
