"""Many intersections packed into flat tables.

`pack` lays any number of them end to end in a `Tables` record: every ragged field is one flat array, addressed through
row pointers, so that one kernel call serves the whole batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from signal_core.tables.arrays import NEVER, Arrays, BoolArray, CodeArray, Feeds, FloatArray, IntArray
from signal_core.tables.changes import USUAL_CHANGE_S
from signal_core.tables.intersection import Intersection
from signal_core.tables.rings import in_rings, of_exits
from signal_core.tables.tight_ways import tight_ways

ENTERS = 0.5
"""A lane enters a ring where so much of it does (own choice): a lane that is held holds the others, too."""


class Tables(NamedTuple):
    """A batch of intersections in flat arrays. `x_ptr[i]:x_ptr[i + 1]` is intersection i's part of x."""

    lane_ptr: IntArray
    phase_ptr: IntArray
    link_ptr: IntArray
    code_ptr: IntArray  # phases x links
    pair_ptr: IntArray  # phases x phases
    link_pair_ptr: IntArray  # links x links
    service_ptr: IntArray  # phases x lanes
    lag_ptr: IntArray  # phases x phases x lanes
    phase_codes: CodeArray
    conflicts: BoolArray
    walk_lead_s: CodeArray  # links x links: the row does not move when the column, a crossing, starts, and starts after
    traffic_lead_s: CodeArray  # links x links: the row gives way to the column, traffic, and starts so long after it
    ends_with: BoolArray  # links x links: the row gives way to the column, traffic, and does not end while it goes on
    undetected: BoolArray  # links where others than those on lanes may wait: crossings
    intergreen_s: CodeArray
    yielded_s: CodeArray
    caught_s: CodeArray  # links x links: the same after a row of vehicles was caught inside; 0 for unknown
    caught_rest_s: CodeArray  # and where whoever starts stands at his line
    yellow_s: CodeArray
    min_green_s: CodeArray
    service_vps: FloatArray
    start_lag_s: CodeArray
    min_split_s: CodeArray
    best_vps: FloatArray
    has_sneakers: BoolArray
    clears: BoolArray  # phases x lanes: who comes to the lane goes on, as it gives way to no traffic there
    senior_ptr: IntArray  # per intersection: those before it with a tight way between, which begin their changes first
    senior: IntArray
    lane_link_ptr: IntArray
    lane_links: IntArray
    road: IntArray
    stop_loop: IntArray
    mid_ptr: IntArray
    mid_loop: IntArray
    mid_share: FloatArray
    mid_lag_s: IntArray
    far_ptr: IntArray
    far_loop: IntArray
    far_share: FloatArray
    far_lag_s: IntArray
    upstream_ptr: IntArray  # lanes at the upstream one of closely spaced signals
    upstream_lane: IntArray  # -1: not in the batch, or of the same intersection, which plans for it anyway
    upstream_link: IntArray  # over the batch, onto a tight way, see `signal_core.kernels.tight_ways`; -1 for others
    upstream_loop: IntArray
    upstream_share: FloatArray
    upstream_lag_s: IntArray
    exit_loop: IntArray  # loops behind junctions, see `Intersection.exits`
    exit_ptr: IntArray  # lanes that lead to each of them
    exit_lane: IntArray
    exit_share: FloatArray
    exit_road: IntArray  # numbered from 0, the same for exits side by side
    exit_ring: IntArray  # of the way behind it, see `signal_core.tables.rings.of_exits`, -1 for none
    entry_ring: IntArray  # per lane: the ring that most of its vehicles enter from outside, -1 for none
    ring_exits: IntArray  # per ring: how many exits lead into its ways
    ring_ptr: IntArray  # per ring, the lanes at the ends of its ways
    ring_lane: IntArray
    ring_entry_ptr: IntArray  # per ring, the lanes that enter it, see `entry_ring`
    ring_entry: IntArray
    onward_ptr: IntArray  # per exit, lanes at the next signals that traffic comes to from there
    onward_lane: IntArray
    lane_signal: IntArray  # per lane, the intersection it leads to
    in_ring: BoolArray  # per lane, see `signal_core.tables.rings`
    mid_storage: FloatArray
    far_storage: FloatArray
    shown_s: FloatArray
    home: IntArray  # per phase, counted within its intersection
    own_phases: IntArray  # per intersection: the first so many phases are the program's
    longest_clearance_s: IntArray  # per intersection: yellow or intergreen
    longest_min_split_s: IntArray  # per intersection: of min_split_s
    plan_vps: FloatArray  # per lane: discharge over the program's cycle, in its phases alone
    claim_vps: FloatArray  # per lane: the same, also in greens that go on through a change
    bounded: BoolArray
    adapts: BoolArray  # per intersection: the program is no fixed plan to try, or one that may lock
    cycle_s: FloatArray  # per intersection: of the program
    neighbour_ptr: IntArray  # per intersection: those that traffic comes from or goes to next
    neighbour: IntArray
    change_s: FloatArray  # per intersection: from a phase to the last new green of the next, on average


def _pointers(sizes: Sequence[int] | IntArray) -> IntArray:
    return np.concatenate([[0], np.cumsum(np.asarray(sizes, dtype=np.int64))]).astype(np.int64)


def _join(parts: Sequence[NDArray[Any]], dtype: type) -> NDArray[Any]:
    return np.concatenate([np.asarray(p).ravel() for p in parts]).astype(dtype) if parts else np.empty(0, dtype)


def _chain(pointers: Sequence[IntArray]) -> IntArray:
    """Join per-intersection row pointers into one, shifting each by what came before."""
    return _pointers(np.concatenate([np.diff(p) for p in pointers])) if pointers else _pointers([])


def _change_s(x: Intersection) -> float:
    """Seconds from leaving a phase until the lanes new in the next have green, the mean over the program's order."""
    phases = np.arange(_own_phases(x))
    lag = np.asarray(x.start_lag_s)[phases, np.roll(phases, -1)]
    red = np.asarray(x.start_lag_s)[phases, phases] == NEVER
    return float(np.where(red & (lag < NEVER), lag, 0).max(axis=1, initial=0).mean()) if x.n_phases else 0.0


def _cycle_s(x: Intersection) -> float:
    """Length of the program's cycle, as far as phases tell."""
    own = _home(x) == np.arange(x.n_phases)
    return float(np.asarray(x.shown_s)[own].sum() + USUAL_CHANGE_S * own.sum())


def _plan_vps(x: Intersection) -> FloatArray:
    """float[L]: what the program lets each lane discharge over its cycle."""
    own = _home(x) == np.arange(x.n_phases)
    shown_s = np.asarray(x.shown_s, dtype=np.float64)[own]
    return np.asarray(shown_s @ x.service_vps[own] / max(_cycle_s(x), 1.0), dtype=np.float64)


def _yielded_s(x: Intersection) -> IntArray:
    between = np.asarray(x.intergreen_s, dtype=np.int64)
    return between if x.yielded_s is None else np.maximum(between, x.yielded_s)


def _of_pairs(x: Intersection, table: IntArray | BoolArray | None) -> IntArray | BoolArray:
    return np.zeros((x.n_links, x.n_links), np.int64) if table is None else table


def _longest_clearance_s(x: Intersection) -> int:
    owed = np.where(x.conflicts, _yielded_s(x), 0)
    return int(max(owed.max(initial=0), np.max(x.yellow_s, initial=0)))


def _bounded(x: Intersection) -> BoolArray:
    return np.zeros(x.n_lanes, np.bool_) if x.bounded is None else x.bounded


def _of_neighbours(xs: Sequence[Intersection]) -> dict[str, Any]:
    rows = _neighbours(xs)
    return {"neighbour_ptr": _pointers([len(row) for row in rows]),
            "neighbour": _join([np.array(row) for row in rows], np.int64)}


def _neighbours(xs: Sequence[Intersection]) -> list[list[int]]:
    """Per intersection, those that its traffic comes from and goes to, without another signal between."""
    owner = {loop: i for i, x in enumerate(xs) for loop in x.stop_loop.tolist() if loop >= 0}
    found: list[set[int]] = [set() for _ in xs]
    for i, x in enumerate(xs):
        for loop in () if x.past is None else x.past.tolist():
            j = owner.get(loop, i)
            if j != i:
                found[i].add(j)
                found[j].add(i)
    return [sorted(row) for row in found]


def _home(x: Intersection) -> IntArray:
    return np.arange(x.n_phases) if x.home is None else np.asarray(x.home, dtype=np.int64)


def _own_phases(x: Intersection) -> int:
    return int(np.count_nonzero(_home(x) == np.arange(x.n_phases)))


def _undetected(x: Intersection) -> BoolArray:
    undetected = np.isin(np.arange(x.n_links), x.lane_links, invert=True)
    return undetected if x.unwatched is None else undetected | x.unwatched


def _has_sneakers(x: Intersection) -> BoolArray:
    return np.zeros((x.n_phases, x.n_lanes), np.bool_) if x.has_sneakers is None else x.has_sneakers


def _feeds_or_none(x: Intersection, feeds: Feeds | None) -> Feeds:
    nothing = np.zeros(0, np.int64)
    return Feeds(np.zeros(x.n_lanes + 1, np.int64), nothing, np.zeros(0), nothing) if feeds is None else feeds


def _upstream(x: Intersection) -> Feeds:
    return _feeds_or_none(x, x.upstream)


def _upstream_lanes(xs: Sequence[Intersection]) -> IntArray:
    """The lane, numbered over the batch, whose stop-line loop each entry of `upstream` names."""
    lane_of: dict[int, int] = {}
    for k, loop in enumerate(_join([x.stop_loop for x in xs], np.int64).tolist()):
        lane_of.setdefault(loop, k)
    found = [[-1 if loop in x.stop_loop else lane_of.get(loop, -1) for loop in _upstream(x).loop.tolist()] for x in xs]
    return _join([np.array(row) for row in found], np.int64)


def _of_exits(xs: Sequence[Intersection]) -> Arrays:
    """The `exits` of all lanes, by the loops there."""
    feeds = [_feeds_or_none(x, x.exits) for x in xs]
    loop, share = _join([each.loop for each in feeds], np.int64), _join([each.share for each in feeds], np.float64)
    ptr = _chain([each.ptr for each in feeds])
    lane, order = np.repeat(np.arange(len(ptr) - 1), np.diff(ptr)), np.argsort(loop, kind="stable")
    loops, lanes_there = np.unique(loop, return_counts=True)
    found = {"exit_loop": loops, "exit_ptr": _pointers(lanes_there), "exit_lane": lane[order].astype(np.int64),
             "exit_share": share[order], "exit_road": _exit_road(xs, loop, loops)} | _onward(xs, loops)
    return found | _of_rings(found)


def _of_rings(exits: Arrays) -> Arrays:
    """Rings of ways between signals, and who enters them."""
    owner = np.repeat(np.arange(len(exits["exit_loop"])), np.diff(exits["exit_ptr"]))
    signal, lane, share = exits["lane_signal"], exits["exit_lane"], exits["exit_share"]
    ring = of_exits(exits["exit_ptr"], lane, signal[lane[exits["exit_ptr"][:-1]]], exits["onward_ptr"],
                    exits["onward_lane"], signal)
    behind = np.repeat(ring, np.diff(exits["onward_ptr"]))
    inside = np.zeros(len(signal), dtype=np.bool_)
    inside[exits["onward_lane"][behind >= 0]] = True
    entry, n = np.full(len(signal), -1, dtype=np.int64), int(ring.max(initial=-1)) + 1
    for r in range(n):
        share_in = np.bincount(lane, weights=np.where(ring[owner] == r, share, 0.0), minlength=len(signal))
        entry[(share_in >= ENTERS) & ~inside] = r
    lanes = [np.unique(exits["onward_lane"][behind == r]) for r in range(n)]
    enters = [np.flatnonzero(entry == r) for r in range(n)]
    return {"exit_ring": ring, "entry_ring": entry, "ring_exits": np.bincount(ring[ring >= 0], minlength=n),
            "ring_ptr": _pointers([len(own) for own in lanes]), "ring_lane": _join(lanes, np.int64),
            "ring_entry_ptr": _pointers([len(own) for own in enters]), "ring_entry": _join(enters, np.int64)}


def _exit_road(xs: Sequence[Intersection], loop: IntArray, loops: IntArray) -> IntArray:
    """The road of each of `loops`; `loop`: those of all lanes, one after the other."""
    rows = [np.zeros(0, np.int64) if x.exits is None else x.exits.loop if x.exit_road is None else x.exit_road
            for x in xs]
    found = _join(rows, np.int64)[np.unique(loop, return_index=True)[1]]
    return np.unique(found, return_inverse=True)[1].astype(np.int64)


def _onward(xs: Sequence[Intersection], exit_loops: IntArray) -> Arrays:
    """The lanes, numbered over the batch, that each exit feeds."""
    pairs = [_fed(x) for x in xs]
    ptr, loop = _chain([pair[0] for pair in pairs]), _join([pair[1] for pair in pairs], np.int64)
    lane, known = np.repeat(np.arange(len(ptr) - 1), np.diff(ptr)), np.isin(loop, exit_loops)
    place = np.searchsorted(exit_loops, loop[known])
    order = np.argsort(place, kind="stable")
    return {"onward_ptr": _pointers(np.bincount(place, minlength=len(exit_loops))),
            "onward_lane": lane[known][order].astype(np.int64),
            "lane_signal": np.repeat(np.arange(len(xs)), [x.n_lanes for x in xs]).astype(np.int64)}


def _fed(x: Intersection) -> tuple[IntArray, IntArray]:
    if x.fed_ptr is None or x.fed_loop is None:
        return np.zeros(x.n_lanes + 1, np.int64), np.zeros(0, np.int64)
    return x.fed_ptr, x.fed_loop


def _rows(xs: Sequence[Intersection]) -> Arrays:
    """Where each intersection's part begins."""
    return {
        "lane_ptr": _pointers([x.n_lanes for x in xs]),
        "phase_ptr": _pointers([x.n_phases for x in xs]),
        "link_ptr": _pointers([x.n_links for x in xs]),
        "code_ptr": _pointers([x.phase_codes.size for x in xs]),
        "pair_ptr": _pointers([x.min_split_s.size for x in xs]),
        "link_pair_ptr": _pointers([x.conflicts.size for x in xs]),
        "service_ptr": _pointers([x.service_vps.size for x in xs]),
        "lag_ptr": _pointers([x.start_lag_s.size for x in xs]),
    }


def _of_links(xs: Sequence[Intersection]) -> Arrays:
    """What links show, and what they have to keep to."""
    return {
        "phase_codes": _join([x.phase_codes for x in xs], np.uint8),
        "conflicts": _join([x.conflicts for x in xs], np.bool_),
        "walk_lead_s": _join([_of_pairs(x, x.walk_lead_s) for x in xs], np.uint8),
        "traffic_lead_s": _join([_of_pairs(x, x.traffic_lead_s) for x in xs], np.uint8),
        "ends_with": _join([_of_pairs(x, x.ends_with) for x in xs], np.bool_),
        "undetected": _join([_undetected(x) for x in xs], np.bool_),
        "intergreen_s": _join([x.intergreen_s for x in xs], np.uint8),
        "yielded_s": _join([_yielded_s(x) for x in xs], np.uint8),
        "caught_s": _join([_of_pairs(x, x.caught_s) for x in xs], np.uint8),
        "caught_rest_s": _join([_of_pairs(x, x.caught_rest_s) for x in xs], np.uint8),
        "longest_clearance_s": np.array([_longest_clearance_s(x) for x in xs], dtype=np.int64),
        "yellow_s": _join([x.yellow_s for x in xs], np.uint8),
        "min_green_s": _join([x.min_green_s for x in xs], np.uint8),
    }


def _of_phases(xs: Sequence[Intersection]) -> Arrays:
    """Of phases and their changes."""
    return {
        "start_lag_s": _join([x.start_lag_s for x in xs], np.uint8),
        "min_split_s": _join([x.min_split_s for x in xs], np.uint8),
        "shown_s": _join([x.shown_s for x in xs], np.float64),
        "home": _join([_home(x) for x in xs], np.int64),
        "own_phases": np.array([_own_phases(x) for x in xs], dtype=np.int64),
        "longest_min_split_s": np.array([x.min_split_s.max(initial=0) for x in xs], dtype=np.int64),
        "cycle_s": np.array([_cycle_s(x) if x.cycle_s is None else x.cycle_s for x in xs]),
        "adapts": np.array([x.adapts or x.plan_locks for x in xs], dtype=np.bool_),
        "change_s": np.array([_change_s(x) for x in xs]),
    }


def _of_lanes(xs: Sequence[Intersection]) -> Arrays:
    """Of lanes, and of phases and lanes."""
    return {
        "service_vps": _join([x.service_vps for x in xs], np.float64),
        "best_vps": _join([x.service_vps.max(axis=0) for x in xs], np.float64),
        "plan_vps": _join([_plan_vps(x) for x in xs], np.float64),
        "claim_vps": _join([_plan_vps(x) if x.claim_vps is None else x.claim_vps for x in xs], np.float64),
        "bounded": _join([_bounded(x) for x in xs], np.bool_),
        "has_sneakers": _join([_has_sneakers(x) for x in xs], np.bool_),
        "lane_link_ptr": _chain([x.lane_link_ptr for x in xs]),
        "lane_links": _join([x.lane_links for x in xs], np.int64),
        "road": _join([np.arange(x.n_lanes) if x.road is None else x.road for x in xs], np.int64),
        "stop_loop": _join([x.stop_loop for x in xs], np.int64),
        "mid_storage": _join([x.mid_storage for x in xs], np.float64),
        "far_storage": _join([x.far_storage for x in xs], np.float64),
    }


def _of_feeds(name: str, feeds: Sequence[Feeds]) -> Arrays:
    """Loops that lanes are fed by, under names that begin with `name`."""
    return {
        f"{name}_ptr": _chain([each.ptr for each in feeds]),
        f"{name}_loop": _join([each.loop for each in feeds], np.int64),
        f"{name}_share": _join([each.share for each in feeds], np.float64),
        f"{name}_lag_s": _join([each.lag_s for each in feeds], np.int64),
    }


def pack(intersections: Sequence[Intersection]) -> Tables:
    """Lay intersections end to end. Raises ValueError where a time exceeds 254 s."""
    xs = list(intersections)
    for x in xs:
        if max(_yielded_s(x).max(initial=0), x.min_green_s.max(initial=0), x.min_split_s.max(initial=0)) >= NEVER:
            raise ValueError(f"intersection {x.id}: a green or intergreen of {NEVER} s or more")
    feeds = _of_feeds("mid", [x.mid for x in xs]) | _of_feeds("far", [x.far for x in xs])
    feeds |= _of_feeds("upstream", [_upstream(x) for x in xs])
    rows, upstream_lane = _rows(xs), _upstream_lanes(xs)
    found = rows | _of_links(xs) | _of_phases(xs) | _of_lanes(xs) | _of_neighbours(xs) | feeds | _of_exits(xs)
    found |= tight_ways(xs, found, upstream_lane)
    return Tables(**found, upstream_lane=upstream_lane,
                  in_ring=in_rings(rows["lane_ptr"], feeds["upstream_ptr"], upstream_lane))
