"""Tables of tight ways, see `signal_core.kernels.tight_ways`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signal_core.tables.arrays import GREEN, PERMISSIVE, Arrays, BoolArray, IntArray
from signal_core.tables.intersection import Intersection
from signal_core.tables.rings import leads


def tight_ways(xs: Sequence[Intersection], tables: Arrays, upstream_lane: IntArray) -> Arrays:
    """`upstream_link`, `clears`, `service_vps` of lanes at tight ways where they are cleared alone, and `senior`."""
    clears, signal = [_clears(x) for x in xs], tables["lane_signal"]
    lane = np.repeat(np.arange(len(signal)), np.diff(tables["upstream_ptr"]))
    link = _joined([_links(x) for x in xs], np.int64)
    served = _joined([np.asarray(table.any(axis=0)) for table in clears], np.bool_)
    road = _joined([np.arange(x.n_lanes) if x.road is None else x.road for x in xs], np.int64)
    start = signal[np.maximum(upstream_lane, 0)]
    is_tight = (link >= 0) & (upstream_lane >= 0) & served[lane]
    is_tight = _without_rings(_of_own_lanes(is_tight, start, (upstream_lane, lane), signal, road), upstream_lane, lane)
    ends = np.isin(np.arange(len(signal)), lane[is_tight])
    service = [np.where(ends[first:first + x.n_lanes] & ~table, 0.0, x.service_vps).ravel()
               for x, table, first in zip(xs, clears, tables["lane_ptr"].tolist(), strict=False)]
    pairs = set(zip(start[is_tight].tolist(), signal[lane[is_tight]].tolist(), strict=True))
    return {"upstream_link": np.where(is_tight, link + tables["link_ptr"][start], -1).astype(np.int64),
            "clears": _joined([table.ravel() for table in clears], np.bool_),
            "service_vps": _joined(service, np.float64)} | _seniors(len(xs), pairs)


def _joined(parts: Sequence[NDArray[Any]], dtype: type) -> NDArray[Any]:
    return np.concatenate([np.zeros(0, dtype), *parts]).astype(dtype)


def _links(x: Intersection) -> IntArray:
    none = np.full(0 if x.upstream is None else len(x.upstream.loop), -1, dtype=np.int64)
    return none if x.upstream_link is None else x.upstream_link


def _of_own_lanes(is_tight: BoolArray, start: IntArray, lanes: tuple[IntArray, IntArray], signal: IntArray,
                  road: IntArray) -> BoolArray:
    """bool[ways]: the tight ones between signals where each lane can be cleared, and held, for itself.

    Not where a lane at the end is led to by none, so that vehicles change lanes on the way, nor where one before leads
    to several: who is held there stands before others who could go. The way back may be a tight one all the same.
    lanes: before each way, and at its end.
    """
    (before, at_end), found = lanes, is_tight.copy()
    led_to = set(at_end[is_tight].tolist())
    for e in np.flatnonzero(is_tight).tolist():
        beside = (signal == signal[at_end[e]]) & (road == road[at_end[e]])
        forks = is_tight & (before == before[e]) & (at_end != at_end[e])
        if forks.any() or not led_to.issuperset(np.flatnonzero(beside).tolist()):
            found &= ~((start == start[e]) & (signal[at_end] == signal[at_end[e]]))
    return found


def _without_rings(is_tight: BoolArray, start: IntArray, end: IntArray) -> BoolArray:
    """bool[ways]: the tight ones from whose end no other tight ones lead back to their start, as lanes go."""
    onward: dict[int, set[int]] = defaultdict(set)
    for e in np.flatnonzero(is_tight).tolist():
        onward[int(start[e])].add(int(end[e]))
    return np.array([bool(tight) and not leads(onward, int(b), int(a))
                     for tight, a, b in zip(is_tight, start, end, strict=True)], dtype=np.bool_)


def apart(xs: Sequence[Intersection]) -> list[Intersection]:
    """The same without tight ways: for laws that plan every signal for itself."""
    return [replace(x, upstream_link=None) for x in xs]


def _clears(x: Intersection) -> BoolArray:
    """bool[P, L]: all links of the lane are green, and none gives way to other traffic that is green; where there is no
    such phase, all are green."""
    codes, driven = x.phase_codes, np.isin(np.arange(x.n_links), x.lane_links)
    green = (codes == GREEN) | (codes == PERMISSIVE)
    met = (green & driven).astype(np.int64) @ np.asarray(x.conflicts, dtype=np.int64) > 0
    free = (codes == GREEN) | ((codes == PERMISSIVE) & ~met)
    found = np.zeros((x.n_phases, x.n_lanes), dtype=np.bool_)
    for k in range(x.n_lanes):
        links = x.lane_links[x.lane_link_ptr[k]:x.lane_link_ptr[k + 1]]
        all_free, all_green = free[:, links].all(axis=1), green[:, links].all(axis=1)
        found[:, k] = all_free if all_free.any() else all_green
    return found


def _seniors(n: int, pairs: set[tuple[int, int]]) -> Arrays:
    """Per signal, those of a lower number that share a tight way with it."""
    rows: list[set[int]] = [set() for _ in range(n)]
    for a, b in pairs:
        rows[max(a, b)].add(min(a, b))
    return {"senior_ptr": np.concatenate([[0], np.cumsum([len(row) for row in rows], dtype=np.int64)]).astype(np.int64),
            "senior": np.array([j for row in rows for j in sorted(row)], dtype=np.int64)}
