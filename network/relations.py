"""What loops have to do with each other: who sees the same vehicles earlier, later, or beside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from signal_core.health import LEVELS, Relations
from signal_core.intersection import IntArray

if TYPE_CHECKING:  # a process beside a controller relates its loops without a network reader
    from network.detectors import LaneLoops, Layout
    from network.signals import Signal, SignalLane


def relate_loops(signals: Sequence[Signal], layout: Layout) -> Relations:
    """Relations of all loops of the layout, over the lanes of ``signals`` in their order."""
    n = len(layout.loops)
    lag_s: dict[tuple[int, int], int] = {}
    beside: dict[int, set[int]] = defaultdict(set)
    owner = np.full(n, -1, dtype=np.int64)
    for place, signal in enumerate(signals):
        lane_loops = layout.lane_loops[signal.id]
        for own in lane_loops:
            levels = _levels(own)
            for loop in {loop for level in levels for loop in level}:
                owner[loop] = place
            lag_s |= _lags(levels)
        for loop, others in _beside(signal.lanes, lane_loops):
            beside[loop] |= others
    mates: dict[int, list[int]] = defaultdict(list)
    for j, i in sorted(lag_s):
        mates[i].append(j)
    cells = _cells(signals, layout)
    at_once = np.bincount(cells[cells >= 0], minlength=LEVELS * (cells.max(initial=0) // LEVELS + 1))
    single = at_once.reshape(-1, LEVELS).max(axis=1) == 1
    alone = (cells >= 0) & single[np.maximum(cells, 0) // LEVELS]
    return Relations(
        *_rows(n, mates), np.array([lag_s[j, i] for i in range(n) for j in mates.get(i, ())], dtype=np.int64),
        *_rows(n, {i: sorted(others) for i, others in beside.items()}), owner, alone,
        *_rows(len(signals), {s: np.flatnonzero(owner == s).tolist() for s in range(len(signals))}),
        cells)


def _levels(own: LaneLoops) -> list[dict[int, float]]:
    """Per distance, the loops of an approach with their travel times to the stop line."""
    stop = {own.stop: 0.0} if own.stop >= 0 else {}
    return [stop, *({loop: time_s for loop, _, time_s in level} for level in own.upstream)]


def _lags(levels: Sequence[Mapping[int, float]]) -> dict[tuple[int, int], int]:
    """(j, i) -> travel time from loop j to loop i, for loops at different distances."""
    found: dict[tuple[int, int], int] = {}
    for a, here in enumerate(levels):
        for b, there in enumerate(levels):
            if a != b:
                pairs = ((j, i) for j in here for i in there if j != i)
                found |= {(j, i): round(here[j] - there[i]) or (1 if a > b else -1) for j, i in pairs}
    return found


def _cells(signals: Sequence[Signal], layout: Layout) -> IntArray:
    """LEVELS times the road of a loop plus its level; roads that share a loop are one. -1 where nobody uses a loop."""
    level_of = np.full(len(layout.loops), LEVELS, dtype=np.int64)
    road_of = np.full(len(layout.loops), -1, dtype=np.int64)
    roads = 0
    for signal in signals:
        for own in layout.lane_loops[signal.id]:
            levels = _levels(own)
            for level, loops in enumerate(levels):
                for loop in loops:
                    level_of[loop] = min(level_of[loop], level, LEVELS - 1)
            used = [loop for level in levels for loop in level] + _loops_on(own.lane.id, signal, layout)
            known = {int(road_of[loop]) for loop in used if road_of[loop] >= 0}
            road = min(known, default=roads)
            roads += not known
            for other in known - {road}:
                road_of[road_of == other] = road
            road_of[used] = road
    return np.where(road_of >= 0, LEVELS * road_of + level_of, -1)


def _loops_on(lane_id: str, signal: Signal, layout: Layout) -> list[int]:
    """Stop-line loops of the lanes beside a lane, its own included."""
    road = lane_id.rpartition("_")[0]
    return [a.stop for a in layout.lane_loops[signal.id] if a.lane.id.rpartition("_")[0] == road and a.stop >= 0]


def _beside(lanes: Sequence[SignalLane], lane_loops: Sequence[LaneLoops]) -> Iterable[tuple[int, set[int]]]:
    """For every loop the ones at its distance on the lanes of its road that share a direction."""
    for k, one in enumerate(lanes):
        for other in range(len(lanes)):
            same_road = one.id.rpartition("_")[0] == lanes[other].id.rpartition("_")[0]
            if other == k or not same_road or set(one.directions).isdisjoint(lanes[other].directions):
                continue
            for here, there in zip(_levels(lane_loops[k]), _levels(lane_loops[other]), strict=True):
                for loop in here.keys() - there.keys():
                    yield loop, set(there) - set(here)


def _rows(n: int, rows: Mapping[int, Sequence[int]]) -> tuple[IntArray, IntArray]:
    """Row pointers, and the rows end to end."""
    flat = [value for i in range(n) for value in rows.get(i, ())]
    sizes = [len(rows.get(i, ())) for i in range(n)]
    return np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.int64), np.array(flat, dtype=np.int64)
