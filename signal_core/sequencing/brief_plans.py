"""Fixed-time plans once more, in the same order and step, at the shortest cycle that is worth it.

Where exits are full a long green is time in which nobody can go: who turns left waits inside for its end, who follows
stands behind, and a block that is full takes no more until the next signal has changed. What goes then comes by the
cycle, not by the second of green. So the cycle is made so short that changes, of 4 s, cost a sixth of it, with no green
shorter than its movements need. A plan of which changes take more than a third, by its own clearances, counts on less
than they take: a turn that gives way starts later and ends later, and nothing starts while somebody stands inside. Its
rows would pass before anybody has green, so its cycle is made longer. Signals in step with their neighbours stay so;
the one that loses most decides for them. A signal without neighbours has nobody to wait for: its plan keeps its cycle.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from signal_core.tables.arrays import RED, BoolArray, CodeArray, FloatArray
from signal_core.tables.packed import Tables

LOST_S = 4.0
"""What each stage loses at least: yellow and red, as the start loses what yellow gives (HCM 2000, exhibit 10-17)."""
LEAST_CYCLE = 6.0
"""The cycle is at least so many times what is lost in it, as for the long greens of saturated lanes (`Settings`)."""
TIGHT_CYCLE = 3.0
"""A cycle shorter than so many times what is lost in it cannot be kept (own choice)."""


class Stages(NamedTuple):
    """A plan of rows: how long each lasts, and at least has to where it may be shorter. `starts`: somebody gets green.

    What only ends greens is a clearance and always as long.
    """

    duration_s: FloatArray
    least_s: FloatArray
    starts: BoolArray
    free: BoolArray

    def shortest_s(self, lost_s: float) -> float:
        """The shortest cycle worth having, at most the one there is; a longer one where changes lose so much that the
        one there is cannot be kept."""
        cycle_s = float(self.duration_s.sum())
        if not self.starts.any():
            return cycle_s
        is_tight = cycle_s < TIGHT_CYCLE * lost_s
        changes_s = lost_s if is_tight else LOST_S * int(self.starts.sum())
        worth_s = max(float(self.least_s.sum()), LEAST_CYCLE * changes_s)
        return worth_s if is_tight else min(cycle_s, worth_s)


def stages_of(codes: CodeArray, duration_s: FloatArray, min_green_s: FloatArray) -> Stages:
    """codes: uint8[rows, n]; duration_s: float64[rows]; min_green_s: float64[n]."""
    green = codes != RED
    before = np.roll(green, 1, axis=0)
    starts = green & ~before
    free = starts.any(axis=1) | (green == before).all(axis=1)
    least_s = np.where(starts, min_green_s, 0.0).max(axis=1, initial=0.0)
    return Stages(duration_s, np.where(free, np.minimum(least_s, duration_s), duration_s), starts.any(axis=1), free)


def lost_s(codes: CodeArray, duration_s: FloatArray, conflicts: BoolArray) -> float:
    """What changes lose in a cycle of a plan; conflicts: bool[n, n].

    Of each stage that is the time before it in which nobody starts, nor has green who is in conflict with who will.
    """
    green = codes != RED
    starts = green & ~np.roll(green, 1, axis=0)
    lost = 0.0
    for row in np.flatnonzero(starts.any(axis=1)).tolist():
        foes, clears_s = conflicts[:, starts[row]].any(axis=1), 0.0
        for back in range(1, len(green)):
            if starts[row - back].any() or (green[row - back] & foes).any():
                break
            clears_s += float(duration_s[row - back])
        lost += max(LOST_S, clears_s)
    return lost


def shortened(stages: Stages, cycle_s: float) -> FloatArray:
    """Durations float64[rows] that sum up to `cycle_s`: stages keep their shares, but for those at their least.

    cycle_s: at least the sum of all leasts.
    """
    found, free = stages.least_s.copy(), stages.free.copy()
    while free.any():
        rest_s = cycle_s - found[~free].sum()
        share = rest_s / stages.duration_s[free].sum()
        short = free & (share * stages.duration_s < stages.least_s)
        if not short.any():
            found[free] = share * stages.duration_s[free]
            break
        free &= ~short
    return found


def cycles_in_step(stages: list[Stages], lost: list[float], tables: Tables) -> FloatArray:
    """float64[signals]: the shortest cycle of each, the same for neighbours whose plans have the same; without
    neighbours its own."""
    own_s = np.array([each.duration_s.sum() for each in stages], dtype=np.float64)
    found_s = np.array([each.shortest_s(each_s) for each, each_s in zip(stages, lost, strict=True)], dtype=np.float64)
    alone = np.diff(tables.neighbour_ptr) == 0
    found_s[alone] = np.maximum(found_s, own_s)[alone]
    first = np.repeat(np.arange(len(stages)), np.diff(tables.neighbour_ptr))
    in_step = own_s[first] == own_s[tables.neighbour]
    first, other = first[in_step], tables.neighbour[in_step]
    while (found_s[first] < found_s[other]).any():
        np.maximum.at(found_s, first, found_s[other])
    return found_s
