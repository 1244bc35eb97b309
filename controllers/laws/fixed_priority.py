"""The plain rule of transit priority, as a peer: fixed greens, extension and early green for buses and trams.

As agencies run it with NTCIP 1211 controllers: the program's phases in their order. Where a request will be at the line
within the most that a green may be extended, the green it has is kept, up to that; where it waits for another phase,
the present green ends at its minimum.
"""

from __future__ import annotations

import numpy as np

from controllers.base import EngineController, FloatArray, IntArray, Observation, Site
from controllers.entry import Entry
from network.program.rings import LEAST_GREEN_S, NEMA
from network.program.signals import Signal
from signal_core.kernels.codes import GREEN, PERMISSIVE, SLOTS
from signal_core.settings import Settings
from signal_core.tables.slots import Slots

EXTENSION_S = 10
"""The most that a green is kept beyond its time, a common setting."""
CHECK_IN_S = 20.0
"""Green for another phase ends early for who is as close as that."""


class FixedPriority(EngineController):
    """Knows time and requests; loops are not asked."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is set: the rule has its own numbers."""
        self._site: Site | None = None
        self._split_s: list[FloatArray] = []

    def start(self, site: Site) -> None:
        self._site = site
        self._split_s = [self._splits(site, i) for i in range(len(site.signals))]

    def _splits(self, site: Site, i: int) -> FloatArray:
        """float64[own phases]: seconds from leaving the phase before until its green is over, as in the program."""
        tables, n = site.tables, int(site.tables.own_phases[i])
        first, phases = int(tables.phase_ptr[i]), site.signals[i].phases
        pairs = tables.min_split_s[tables.pair_ptr[i]:tables.pair_ptr[i + 1]].reshape(len(phases), -1)
        change_s = [_between_s(site.signals[i], (p - 1) % n, p, float(pairs[(p - 1) % n, p])) for p in range(n)]
        return np.asarray(tables.shown_s[first:first + n] + np.array(change_s))

    def decide(self, seen: Observation, wanted: IntArray) -> int:
        assert self._site is not None
        state, decisions = self._site.state, 0
        for i in range(len(self._site.signals)):
            phase, n = int(state.phase[i]), len(self._split_s[i])
            wanted[i] = phase
            if state.settled[i] and n > 1:
                decisions += 1
                wanted[i] = (phase + 1) % n if self._is_over(i, phase) else phase
        return decisions

    def _is_over(self, i: int, phase: int) -> bool:
        assert self._site is not None
        tables, state = self._site.tables, self._site.state
        since_s, before = int(state.since_s[i]), int(state.previous[i])
        n = len(self._site.signals[i].phases)
        if before >= 0 and since_s < int(tables.min_split_s[tables.pair_ptr[i] + before * n + phase]):
            return False
        asked = state.asked[i * SLOTS:(i + 1) * SLOTS]
        served, others = self._close(i, phase, asked[asked["active"] == 1])
        end_s = self._split_s[i][phase]
        if served:
            return bool(since_s >= end_s + EXTENSION_S)
        return bool(since_s >= end_s) or others

    def _close(self, i: int, phase: int, asked: Slots) -> tuple[bool, bool]:
        """Whether somebody comes in time for the present green, extended; and whether somebody waits for another."""
        assert self._site is not None
        tables = self._site.tables
        n_links = int(tables.link_ptr[i + 1] - tables.link_ptr[i])
        row = int(tables.code_ptr[i]) + phase * n_links - int(tables.link_ptr[i])
        has_green = np.array([s["link"] >= 0 and tables.phase_codes[row + s["link"]] in (GREEN, PERMISSIVE)
                              for s in asked], dtype=np.bool_)  # fmt: skip
        return (bool((has_green & (asked["likely_s"] <= EXTENSION_S)).any()),
                bool((~has_green & (asked["likely_s"] <= CHECK_IN_S)).any()))  # fmt: skip


def _between_s(signal: Signal, o: int, p: int, least_split_s: float) -> float:
    """Seconds of the rows between the greens of phases o and p; where rows are rings, the shortest change."""
    rows, before, last = signal.program.intervals, signal.phases[o].interval, signal.phases[p].interval
    if signal.program.kind == NEMA:
        return max(0.0, least_split_s - LEAST_GREEN_S)
    between = [k % len(rows) for k in range(before + 1, last + len(rows) * (last <= before))]
    return sum(rows[k].duration_s for k in between)


ENTRY = Entry("fixed_priority", "the program's greens, kept and brought forward for buses and trams by a plain rule",
              FixedPriority)
