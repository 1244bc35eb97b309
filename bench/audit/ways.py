"""Least red after a change that a program never makes, from the ways through the junction in the network file.

Its own reading of RiLSA 2015, 2.7: who crosses the line last, 3 s into yellow (turning 2 s), has left the place where
both ways meet before the first one against it is there, which passes its own line at 40 km/h or the speed allowed, or
steps off the nearer kerb at 1.5 m/s. `SLACK_S` is left for how coarsely ways are drawn. Standard library only.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

VEHICLE_M, WIDE_M, APART_M, CROSSING_M = 5.0, 1.8, 0.4, 4.0
ENTERING_MPS, WALKING_MPS = 40.0 / 3.6, 1.5
STEP_M, SLACK_S = 1.0, 1.0

Point = tuple[float, float]


@dataclass(frozen=True)
class Way:
    """Of one link from its line on: corners, the least speed allowed on it, how wide it is, where it leads."""

    corners: tuple[Point, ...]
    mps: float
    wide_m: float
    end: str
    turns: bool
    walked: bool


def corners(shape: str) -> tuple[Point, ...]:
    """Of a lane's shape, without heights; none where it cannot be read."""
    try:
        return tuple((float(x), float(y)) for x, y in (point.split(",")[:2] for point in shape.split()))
    except ValueError:
        return ()


def least_ms(last: Way, first: Way, yellow_ms: int) -> int:
    """Milliseconds from the end of green of `last` to the start of `first`, at least; 0 where they do not meet."""
    one, other = list(_along(last.corners)), list(_along(first.corners))
    if last.walked or not one or not other:
        return 0
    reach = (last.wide_m + first.wide_m) / 2.0 + APART_M
    met = [(s, t) for p, s in one for q, t in other if math.dist(p, q) <= reach]
    if not met:
        return 0
    leave = min(s for s, _ in met) if last.end == first.end else max(s for s, _ in met)
    crossed_s = min(2.0 if last.turns else 3.0, yellow_ms / 1000.0)
    cleared_s = crossed_s + (leave + VEHICLE_M) / max(last.mps, 1.0)
    enter = min(t for _, t in met)
    if first.walked:
        enter = min(enter, other[-1][1] - max(t for _, t in met))
    entered_s = enter / (WALKING_MPS if first.walked else max(ENTERING_MPS, first.mps))
    return max(round(1000.0 * (cleared_s - entered_s - SLACK_S)), 0)


def _along(way: Sequence[Point]) -> Iterator[tuple[Point, float]]:
    """Points every metre, and how far along they lie."""
    passed = 0.0
    for a, b in zip(way, way[1:], strict=False):
        length = math.dist(a, b)
        for k in range(max(1, math.ceil(length / STEP_M))):
            share = k * STEP_M / length if length else 0.0
            yield (a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])), passed + share * length
        passed += length
    if way:
        yield way[-1], passed
