"""From a signal of the network and its detectors to the engine's arrays."""

from __future__ import annotations

from collections.abc import Sequence

import networkx as nx
import numpy as np

from network.loops.detectors import LaneLoops, Layout, Row
from network.program.plans import BY_GAPS, ends_by_gaps, fixed_plan
from network.program.rings import NEMA, longest_green_s, recalled_links
from network.program.signals import Signal, SignalLane
from network.roads.graph import turn_share
from network.roads.short_ways import TIGHT_M
from network.safety.circular_waits import circular_waits
from network.safety.conflict_points import WaySettings, clear_of_caught
from network.safety.walking import walked_indices
from signal_core.kernels.arrivals import WINDOW
from signal_core.kernels.on_crossing import EMPTY_S
from signal_core.tables.arrays import (
    ARROW,
    GREEN,
    NEVER,
    PERMISSIVE,
    RED,
    BoolArray,
    CodeArray,
    Feeds,
    FloatArray,
    IntArray,
)
from signal_core.tables.changes import play_changes
from signal_core.tables.discharge import PERMISSIVE_SHARE, discharge_vps, effective_start_s
from signal_core.tables.intersection import Intersection
from signal_core.tables.letters import encode

SATURATION_VPS = {"s": 0.53, "l": 0.48, "r": 0.45, "L": 0.5, "R": 0.5, "t": 0.4}
USUAL_VPS = 0.5
ARROW_SHARE = 0.3
BESIDE_WALKS_SHARE = 0.85
"""What is left of the rate of a turn beside a walk that rests: 1 - v / 2000 (HCM 2000, chapter 16, appendix D), with
100 people an hour who go in a third of the time. Most of a walk that ends as soon as it may is people going."""
VEHICLE_SPACE_M = 7.5
STOPS_M = 1.0
"""Before a stop line, in SUMO."""
ADAPTING = BY_GAPS | {NEMA}
"""Kinds of program whose greens follow the traffic."""


def intersection(signal: Signal, layout: Layout, rests: bool = False) -> Intersection:
    """The engine's view of a controllable signal. rests: walks go on while nobody needs more.

    Raises ValueError where its phases cannot follow each other.
    """
    codes = np.stack([encode(phase.state) for phase in signal.phases])
    yellow, intergreen = _whole(signal.yellow_s), _whole(signal.intergreen_s)
    min_green = _whole(signal.min_green_s)
    yielded = _whole(signal.yielded_s) if signal.yielded_s.size else None
    caught, from_rest = map(_whole, clear_of_caught(signal.links, signal.conflicts, signal.yellow_s, WaySettings()))
    lead = _whole(signal.walk_lead_s) if signal.walk_lead_s.size else None
    home = np.array([k if phase.part_of < 0 else phase.part_of for k, phase in enumerate(signal.phases)])
    traffic_lead = _whole(signal.traffic_lead_s) if signal.traffic_lead_s.size else None
    ends = signal.ends_with if signal.ends_with.size else None
    seen = _whole(signal.least_clear_s) if signal.least_clear_s.any() else None
    early = None if rests else seen  # where walks rest, who steps off last has the whole way before him
    owed, gave = _usual(intergreen, early, min_green), None if yielded is None else _usual(yielded, early, min_green)
    link_lag, stay = play_changes(codes, signal.conflicts, yellow, owed, min_green, home=home, yielded_s=gave,
                                  walk_lead_s=lead, ends_with=ends)
    lane_loops = layout.lane_loops[signal.id]
    lanes = signal.lanes
    plan = fixed_plan(signal)
    return Intersection(
        id=signal.id, phase_codes=codes, conflicts=signal.conflicts, yellow_s=yellow, intergreen_s=intergreen,
        min_green_s=min_green, service_vps=_service(signal, codes, rests),
        start_lag_s=_lane_lag(signal, codes, link_lag, rests),
        min_split_s=stay, lane_link_ptr=_row_pointers([len(lane.links) for lane in lanes]),
        lane_links=np.array([i for lane in lanes for i in lane.links], dtype=np.int64),
        stop_loop=np.array([own.stop for own in lane_loops], dtype=np.int64),
        mid=_feeds(_level(lane_loops, 0)), far=_feeds(_level(lane_loops, 1)),
        mid_storage=_storage(lane_loops, layout, 0), far_storage=_storage(lane_loops, layout, 1),
        shown_s=np.array([phase.shown_s for phase in signal.phases]), cycle_s=float(plan.duration_s.sum()),
        claim_vps=plan.duration_s @ _service(signal, plan.codes, rests) / plan.duration_s.sum(),
        road=_roads(lanes, lane_loops), home=home, unwatched=_unwatched(signal),
        has_sneakers=_has_sneakers(signal, codes),
        yielded_s=yielded, caught_s=caught, caught_rest_s=from_rest,
        walk_lead_s=lead, traffic_lead_s=traffic_lead, ends_with=ends, least_clear_s=seen,
        max_green_s=_bounds(longest_green_s(signal)), max_red_s=_bounds(signal.longest_s("max_red_s")),
        forbidden=signal.forbidden, adapts=signal.program.kind in ADAPTING and not ends_by_gaps(signal),
        plan_locks=_plan_locks(signal, plan.codes, codes),
        upstream=_feeds([own.before for own in lane_loops]),
        upstream_link=np.array([link for own in lane_loops for link in own.before_links], dtype=np.int64),
        exits=_feeds([own.exits for own in lane_loops]), exit_road=_exit_roads(lane_loops, layout),
        fed_ptr=_row_pointers([len(own.fed) for own in lane_loops]),
        fed_loop=np.array([loop for own in lane_loops for loop in own.fed], dtype=np.int64),
        past=np.unique(np.array([loop for own in lane_loops for loop in own.past], dtype=np.int64)),
        bounded=np.array([_is_bounded(own, layout) for own in lane_loops], dtype=np.bool_))


def _usual(owed: IntArray, least: IntArray | None, walk: IntArray) -> IntArray:
    """Intergreens as plans count on them, int64[n, n]: that of a crossing with a detector on it ends when nobody is
    seen, and who waited has stepped off as the walk began, so part of the way is behind them when it ends."""
    if least is None:
        return owed
    seen = np.maximum(least[:, None], owed - walk[:, None] + EMPTY_S)
    return np.where((least > 0)[:, None], np.minimum(seen, owed), owed)


def _plan_locks(signal: Signal, rows: CodeArray, phases: CodeArray) -> bool:
    """Whether a row of the plan shows turns at once that wait for each other round in a circle, and no phase does."""
    shown, own = _greens(rows), _greens(phases)
    circles = circular_waits(signal.links, shown, signal.conflicts, signal.yields_to)
    return bool(circles) and not any(green.issuperset(circle) for circle in circles for green in own)


def _greens(codes: CodeArray) -> list[frozenset[int]]:
    """What each row or phase shows green, with or without priority; each once."""
    lit = np.isin(np.unique(codes, axis=0), (GREEN, PERMISSIVE))
    return [frozenset(np.flatnonzero(row).tolist()) for row in lit]


def _bounds(found: FloatArray) -> FloatArray | None:
    return found if np.isfinite(found).any() else None


def _is_bounded(own: LaneLoops, layout: Layout) -> bool:
    """Whether nobody of the lane's own can wait beyond its outermost loop: all come past a signal there."""
    rows = [row for level in own.upstream for row in level]
    seen_m = max((layout.loops[row[0]].distance_m for row in rows), default=0.0)
    return own.ends_m - seen_m <= 2.0 * VEHICLE_SPACE_M


def _unwatched(signal: Signal) -> BoolArray:
    """bool[n], lamps where somebody may wait whom no loop sees.

    Of links from no lane with loops (crossings, lanes inside the junction), and of phases that a NEMA program recalls.
    """
    found, lanes = np.zeros(signal.n_links, dtype=np.bool_), {lane.id for lane in signal.lanes}
    found[[link.index for link in signal.links if link.from_lane not in lanes]] = True
    found[list(recalled_links(signal.program))] = True
    return found


def _has_sneakers(signal: Signal, codes: CodeArray) -> BoolArray:
    """bool[P, L]: somebody may wait inside the junction for those he yields to, and the next behind him be caught."""
    green = np.isin(codes, (GREEN, PERMISSIVE)).astype(np.int64)
    opposed = (codes == PERMISSIVE) & (green @ signal.yields_to.T > 0)
    opposed &= np.isin(np.arange(signal.n_links), _deep(signal))
    return np.stack([opposed[:, list(lane.links)].any(axis=1) for lane in signal.lanes], axis=1)


def _deep(signal: Signal) -> list[int]:
    """Lamps of links whose vehicles wait so far in that the next one stands beyond where a red light would stop it."""
    return [link.index for link in signal.links if link.waits_m >= VEHICLE_SPACE_M - STOPS_M]


def _whole(seconds: FloatArray) -> IntArray:
    return np.ceil(np.asarray(seconds) - 1e-6).astype(np.int64)


def _row_pointers(sizes: Sequence[int]) -> IntArray:
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


def _service(signal: Signal, codes: CodeArray, rests: bool) -> FloatArray:
    """float[P, L]: discharge of a lane whose movements take turns by their usual shares."""
    rates = np.zeros((len(codes), len(signal.lanes)))
    for p, row in enumerate(_going(signal, codes)):
        for k, lane in enumerate(signal.lanes):
            if any(row[i] in (GREEN, PERMISSIVE) for i in lane.links):
                rates[p, k] = discharge_vps(_shares(lane), _link_rates(signal, row, lane, rests))
    return rates


def _going(signal: Signal, codes: CodeArray) -> CodeArray:
    """The codes with red for links that lead to a lamp of the same signal on red before which nobody has room to wait.

    Not for those that find it green in none of these phases.
    """
    found, inner = codes.copy(), {lane.id: list(lane.links) for lane in signal.lanes if lane.length_m < TIGHT_M}
    for link in signal.links:
        if link.to_lane in inner:
            starts = codes[:, link.index] != RED
            closed = starts & (codes[:, inner[link.to_lane]] == RED).all(axis=1)
            if (starts & ~closed).any():
                found[closed, link.index] = RED
    return found


def _shares(lane: SignalLane) -> FloatArray:
    """Usual shares of a lane's movements, together 1."""
    share = np.array([turn_share(direction) for direction in lane.directions])
    share /= share.sum()
    return share


def _link_rates(signal: Signal, row: CodeArray, lane: SignalLane, rests: bool) -> FloatArray:
    walked = walked_indices(signal.links, signal.n_links) if rests else np.zeros(signal.n_links, dtype=np.bool_)
    return np.array([_link_rate(signal, row, walked, i, d) for i, d in zip(lane.links, lane.directions, strict=True)])


def _link_rate(signal: Signal, row: CodeArray, walked: BoolArray, i: int, direction: str) -> float:
    """walked: lamps of crossings on which walks rest."""
    full = SATURATION_VPS.get(direction, USUAL_VPS)
    if row[i] == GREEN:
        return full
    if row[i] == PERMISSIVE:
        met = signal.yields_to[i] & (row == GREEN)
        if not met.any():
            return full
        return full * (PERMISSIVE_SHARE if (met & ~walked).any() else BESIDE_WALKS_SHARE)
    return full * ARROW_SHARE if row[i] == ARROW else 0.0


def _lane_lag(signal: Signal, codes: CodeArray, link_lag: IntArray, rests: bool) -> IntArray:
    """int[P, P, L], seconds from leaving a phase until a lane discharges in the next one, NEVER where it does not.

    Where its movements get green one after the other, what it loses until the last one has it, in seconds of its rate.
    """
    lag = np.full((len(codes), len(codes), len(signal.lanes)), NEVER, dtype=np.int64)
    for b, row in enumerate(codes):
        for k, lane in enumerate(signal.lanes):
            starts = link_lag[:, b, list(lane.links)]
            served = np.flatnonzero((starts < NEVER).any(axis=1))
            if not len(served):
                continue
            each, found = _link_rates(signal, row, lane, rests), dict[tuple[int, ...], int]()
            for a, moments in zip(served, map(tuple, starts[served].tolist()), strict=True):
                if moments not in found:
                    found[moments] = effective_start_s(_shares(lane), each, starts[a])
                lag[a, b, k] = found[moments]
    return lag


def _level(lane_loops: Sequence[LaneLoops], distance: int) -> list[tuple[Row, ...]]:
    return [own.upstream[distance] if distance < len(own.upstream) else () for own in lane_loops]


def _feeds(rows: Sequence[tuple[Row, ...]]) -> Feeds:
    flat = [entry for row in rows for entry in row]
    return Feeds(ptr=_row_pointers([len(row) for row in rows]), loop=np.array([e[0] for e in flat], dtype=np.int64),
                 share=np.array([e[1] for e in flat], dtype=np.float64),
                 lag_s=np.array([min(max(1, round(e[2])), WINDOW - 1) for e in flat], dtype=np.int64))


def _roads(lanes: Sequence[SignalLane], lane_loops: Sequence[LaneLoops]) -> IntArray:
    """One number for the lanes of an edge, and for those that share the loops nearest upstream."""
    ways = nx.Graph()
    for k, (lane, own) in enumerate(zip(lanes, lane_loops, strict=True)):
        ways.add_edge(k, _road(lane.id))
        ways.add_edges_from((k, ("loop", loop)) for loop, _, _ in (own.upstream[0] if own.upstream else ()))
    numbers = np.zeros(len(lanes), dtype=np.int64)
    for number, joined in enumerate(nx.connected_components(ways)):
        numbers[[k for k in joined if isinstance(k, int)]] = number
    return numbers


def _exit_roads(lane_loops: Sequence[LaneLoops], layout: Layout) -> IntArray:
    """A number for the road of each exit, the same for all signals: that of the first loop on it."""
    first: dict[str, int] = {}
    for k, loop in enumerate(layout.loops):
        first.setdefault(_road(loop.lane_id), k)
    return np.array([first[_road(layout.loops[exit].lane_id)] for own in lane_loops for exit, _, _ in own.exits],
                    dtype=np.int64)


def _road(lane_id: str) -> str:
    return lane_id.rpartition("_")[0]


def _storage(lane_loops: Sequence[LaneLoops], layout: Layout, distance: int) -> FloatArray:
    """Vehicles standing between stop line and the loops of one distance, the lane's share of shared parts.

    Where there is none before another signal upstream, the nearest distance is that to the signal.
    """
    storage = np.zeros(len(lane_loops))
    for k, (own, row) in enumerate(zip(lane_loops, _level(lane_loops, distance), strict=True)):
        if not row and distance == 0:
            storage[k] = own.way_m / VEHICLE_SPACE_M
        if row:
            reach = min(layout.loops[e[0]].distance_m for e in row)
            alone_m = min(reach, own.lane.length_m)
            storage[k] = (alone_m + (reach - alone_m) * max(e[1] for e in row)) / VEHICLE_SPACE_M
    return storage
