"""What loops have to do with each other: who sees the same vehicles earlier, later, or beside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from signal_core.estimating.health import Relations
from signal_core.kernels.silence import LEVELS
from signal_core.tables.arrays import Feeds, IntArray
from signal_core.tables.intersection import Intersection


@dataclass(frozen=True, slots=True)
class LoopedLane:
    """A lane with its loops: per distance, the stop line first, each with its travel time to the stop line in s.

    road: the same for lanes side by side; movements: what they carry, of any kind that can be compared.
    """

    levels: tuple[Mapping[int, float], ...]
    road: Hashable
    movements: frozenset[Hashable]


def relate(signals: Sequence[Sequence[LoopedLane]], n_loops: int) -> Relations:
    """Relations of ``n_loops`` loops, over the lanes of signals in their order."""
    lag_s: dict[tuple[int, int], int] = {}
    beside: dict[int, set[int]] = defaultdict(set)
    owner = np.full(n_loops, -1, dtype=np.int64)
    for place, lanes in enumerate(signals):
        for lane in lanes:
            for loop in {loop for level in lane.levels for loop in level}:
                owner[loop] = place
            lag_s |= _lags(lane.levels)
        for loop, others in _beside(lanes):
            beside[loop] |= others
    mates: dict[int, list[int]] = defaultdict(list)
    for j, i in sorted(lag_s):
        mates[i].append(j)
    cells = _cells(signals, n_loops)
    at_once = np.bincount(cells[cells >= 0], minlength=LEVELS * (cells.max(initial=0) // LEVELS + 1))
    single = at_once.reshape(-1, LEVELS).max(axis=1) == 1
    alone = (cells >= 0) & single[np.maximum(cells, 0) // LEVELS]
    return Relations(
        *_rows(n_loops, mates),
        np.array([lag_s[j, i] for i in range(n_loops) for j in mates.get(i, ())], dtype=np.int64),
        *_rows(n_loops, {i: sorted(others) for i, others in beside.items()}), owner, alone,
        *_rows(len(signals), {s: np.flatnonzero(owner == s).tolist() for s in range(len(signals))}),
        cells)


def relations_of(intersections: Sequence[Intersection], n_loops: int) -> Relations:
    """Relations as far as the intersections tell them: lanes of one road that always go together carry the same."""
    return relate([_looped(x) for x in intersections], n_loops)


def _looped(x: Intersection) -> list[LoopedLane]:
    roads = range(x.n_lanes) if x.road is None else x.road.tolist()
    stop = [{loop: 0.0} if loop >= 0 else {} for loop in x.stop_loop.tolist()]
    levels = zip(stop, _fed(x.mid), _fed(x.far), strict=True)
    served = [frozenset([(lane > 0.0).tobytes()]) for lane in x.service_vps.T]
    return [LoopedLane(*each) for each in zip(levels, roads, served, strict=True)]


def _fed(feeds: Feeds) -> list[dict[int, float]]:
    return [dict(zip(feeds.loop[a:b].tolist(), feeds.lag_s[a:b].astype(float).tolist(), strict=True))
            for a, b in pairwise(feeds.ptr.tolist())]


def _lags(levels: Sequence[Mapping[int, float]]) -> dict[tuple[int, int], int]:
    """(j, i) -> travel time from loop j to loop i, for loops at different distances."""
    found: dict[tuple[int, int], int] = {}
    for a, here in enumerate(levels):
        for b, there in enumerate(levels):
            if a != b:
                pairs = ((j, i) for j in here for i in there if j != i)
                found |= {(j, i): round(here[j] - there[i]) or (1 if a > b else -1) for j, i in pairs}
    return found


def _cells(signals: Sequence[Sequence[LoopedLane]], n_loops: int) -> IntArray:
    """LEVELS times the road of a loop plus its level; roads that share a loop are one. -1 where nobody uses a loop."""
    level_of = np.full(n_loops, LEVELS, dtype=np.int64)
    road_of = np.full(n_loops, -1, dtype=np.int64)
    roads = 0
    for lanes in signals:
        for lane in lanes:
            for level, loops in enumerate(lane.levels):
                for loop in loops:
                    level_of[loop] = min(level_of[loop], level, LEVELS - 1)
            used = [loop for level in lane.levels for loop in level] + _stop_loops(lanes, lane.road)
            known = {int(road_of[loop]) for loop in used if road_of[loop] >= 0}
            road = min(known, default=roads)
            roads += not known
            for other in known - {road}:
                road_of[road_of == other] = road
            road_of[used] = road
    return np.where(road_of >= 0, LEVELS * road_of + level_of, -1)


def _stop_loops(lanes: Sequence[LoopedLane], road: Hashable) -> list[int]:
    return [loop for lane in lanes if lane.road == road for loop in lane.levels[0]]


def _beside(lanes: Sequence[LoopedLane]) -> Iterable[tuple[int, set[int]]]:
    """For every loop the ones at its distance on the lanes of its road that share a movement."""
    for lane in lanes:
        for other in lanes:
            if other is lane or lane.road != other.road or lane.movements.isdisjoint(other.movements):
                continue
            for here, there in zip(lane.levels, other.levels, strict=True):
                for loop in here.keys() - there.keys():
                    yield loop, set(there) - set(here)


def _rows(n: int, rows: Mapping[int, Sequence[int]]) -> tuple[IntArray, IntArray]:
    """Row pointers, and the rows end to end."""
    flat = [value for i in range(n) for value in rows.get(i, ())]
    sizes = [len(rows.get(i, ())) for i in range(n)]
    return np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.int64), np.array(flat, dtype=np.int64)
