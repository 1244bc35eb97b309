"""Measures of agencies from a phase's events and its detectors: arrivals on green, split failures, cycles.

Definitions as in the Purdue and Utah measures (Day et al., Performance Measures for Traffic Signal Systems, 2014) and
in the package `atspm`, which the tests compare with.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

GREEN, YELLOW, RED = 1, 8, 10
RED_S = 5.0
OCCUPIED = 0.8
"""A phase fails where its detector is occupied for this share of its green and of the first `RED_S` of red."""

Change = tuple[float, int]  # (time in s, GREEN, YELLOW or RED): what begins
Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Cycle:
    """From the begin of green to the next; times in s."""

    green_s: float
    yellow_s: float
    red_s: float
    next_s: float


@dataclass(frozen=True, slots=True)
class GreenUse:
    """How occupied the detector of a phase was in one green, and in the first seconds of red after it."""

    start_s: float
    green_occupancy: float
    red_occupancy: float

    @property
    def failed(self) -> bool:
        """The queue was not served: the split was too short."""
        return self.green_occupancy >= OCCUPIED and self.red_occupancy >= OCCUPIED


def cycles(changes: Sequence[Change]) -> list[Cycle]:
    """The complete ones: green, yellow and red once each, then green again. ``changes`` in order of time."""
    starts = [k for k, (_, what) in enumerate(changes) if what == GREEN]
    found = []
    for a, b in zip(starts, starts[1:], strict=False):
        if [what for _, what in changes[a:b]] == [GREEN, YELLOW, RED]:
            found.append(Cycle(changes[a][0], changes[a + 1][0], changes[a + 2][0], changes[b][0]))
    return found


def is_on_green(changes: Sequence[Change], time_s: float) -> bool:
    """Whether green was the last to begin; an arrival in the very moment counts for what begins."""
    k = bisect_right(changes, (time_s, RED + 1)) - 1
    return k >= 0 and changes[k][1] == GREEN


def green_uses(changes: Sequence[Change], occupied: Sequence[Span], red_s: float = RED_S) -> list[GreenUse]:
    """One entry per cycle whose red lasts longer than ``red_s``; ``occupied`` as of `merged`."""
    return [
        GreenUse(
            cycle.green_s,
            _share(occupied, cycle.green_s, cycle.yellow_s),
            _share(occupied, cycle.red_s, cycle.red_s + red_s),
        )
        for cycle in cycles(changes)
        if cycle.next_s - cycle.red_s > red_s and cycle.yellow_s > cycle.green_s
    ]


def merged(spans: Iterable[Span]) -> list[Span]:
    """Spans in which any of several detectors is occupied: in order, without overlap."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def _share(occupied: Sequence[Span], start: float, end: float) -> float:
    first = max(0, bisect_right(occupied, (start, float("inf"))) - 1)
    covered = 0.0
    for a, b in occupied[first:]:
        if a >= end:
            break
        covered += max(0.0, min(b, end) - max(a, start))
    return covered / (end - start)
