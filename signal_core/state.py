"""What changes while the engine runs: one place for lanes, one for signals, one for the planner's scratch space."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from signal_core.intersection import CodeArray, FloatArray, IntArray, Tables
from signal_core.kernels.estimator import WINDOW
from signal_core.kernels.preparation import BLOCK, MARGIN

LONG_AGO_S = 100_000


class LaneState(NamedTuple):
    """Per lane, flat over the batch. `expected` and `sure` are rings of WINDOW seconds of arrivals, in single
    precision: they are most of what a signal needs of memory."""

    near: FloatArray
    beyond: FloatArray
    before: FloatArray
    shut: FloatArray
    fresh: FloatArray
    on_stop: FloatArray
    over_line: FloatArray
    passing_s: FloatArray
    wait_s: FloatArray
    expected: NDArray[np.float32]
    sure: NDArray[np.float32]
    ratio: FloatArray
    far_seen: FloatArray
    mid_seen: FloatArray
    far_group: IntArray
    flow_vps: FloatArray
    mid_occupancy: FloatArray
    far_occupancy: FloatArray
    stop_empty_s: IntArray
    stop_standing_s: IntArray
    mid_standing_s: IntArray
    far_standing_s: IntArray
    mid_empty_s: IntArray
    far_empty_s: IntArray
    idle_s: IntArray
    head_s: IntArray
    starved_s: IntArray
    refused: IntArray
    may_start: IntArray
    caught_s: IntArray
    held: IntArray
    inside: IntArray
    to_clear_s: IntArray
    green_s: IntArray
    priority: IntArray
    red_s: IntArray
    blocked: NDArray[np.bool_]


class SignalState(NamedTuple):
    """Per signal and per link. `phase` is wanted or shown; `since_s` counts from leaving the phase before;
    `plan_status` is that of the planner's last answer."""

    phase: IntArray
    previous: IntArray
    since_s: IntArray
    settled: IntArray
    plan_status: IntArray
    shown: CodeArray
    proposed: CodeArray
    green_s: IntArray
    yellow_run_s: IntArray
    ended_s: IntArray
    priority_ended_s: IntArray


class PlanWork(NamedTuple):
    """Scratch space of the planner, sized for the largest signal of the batch, P phases and L lanes.

    Labels, [P, row] with a row of one entry per second of the horizon and a margin: cost so far, key (cost and what
    the queues are worth), done (weighted departures), origin (order of the offers), first and when (the first change
    on the way). departed: [P, row, L], departures of a label; leaving: [P, L, 2 BLOCK], the same of those about to
    leave. due: [P, L], see `fill_due`. come: [L, row], queue and cumulative arrivals; come_by_second: [row, L];
    totals: [2, row], the same weighted over lanes, and its sums; within: [row], 1 inside the horizon; rate: [P + 1,
    L], the present green last; order, starts, served: [P P, L] and greens: [P P], see `sort_lanes`. L is rounded up
    to whole vectors of four lanes. stay_s: [P, P] and lag_s: [P P L], of `Tables` as this decision takes them.
    """

    cost: FloatArray
    key: FloatArray
    done: FloatArray
    origin: IntArray
    first: IntArray
    when: IntArray
    departed: FloatArray
    leaving: FloatArray
    come: FloatArray
    come_by_second: FloatArray
    totals: FloatArray
    within: FloatArray
    rate: FloatArray
    load: FloatArray
    worth: FloatArray
    due: FloatArray
    row: FloatArray
    trial: FloatArray
    block: FloatArray
    order: NDArray[np.uint16]
    greens: NDArray[np.uint16]
    starts: NDArray[np.uint16]
    served: FloatArray
    queue: FloatArray
    weight: FloatArray
    rate_now: FloatArray
    service: FloatArray
    arrivals: FloatArray
    stay_s: IntArray
    lag_s: CodeArray
    turns: IntArray
    waits: IntArray


def lane_state(tables: Tables) -> LaneState:
    """Empty roads and loops never seen occupied."""
    n = int(tables.lane_ptr[-1])
    far_group = np.array([tables.far_loop[tables.far_ptr[k]] if tables.far_ptr[k + 1] > tables.far_ptr[k] else -1
                          for k in range(n)], dtype=np.int64)

    fields: dict[str, NDArray[Any]] = {name: np.zeros(n, dtype=np.int64) for name in LaneState._fields}
    for name in ("near", "beyond", "before", "shut", "fresh", "on_stop", "over_line", "passing_s", "wait_s", "far_seen",
                 "mid_seen", "flow_vps", "mid_occupancy", "far_occupancy"):
        fields[name] = np.zeros(n)
    rings = {name: np.zeros(n * WINDOW, dtype=np.float32) for name in ("expected", "sure")}
    fields |= {**rings, "ratio": np.ones(n)}
    fields["caught_s"][:] = LONG_AGO_S
    fields |= {"far_group": far_group, "blocked": np.zeros(n, dtype=np.bool_)}
    return LaneState(**fields)


def signal_state(tables: Tables, shown: CodeArray) -> SignalState:
    """Signals found showing `shown`, uint8[links], since an unknown time: everything counts as just begun."""
    signals, links = len(tables.link_ptr) - 1, int(tables.link_ptr[-1])

    def ints(size: int, value: int = 0) -> IntArray:
        return np.full(size, value, dtype=np.int64)

    return SignalState(phase=ints(signals), previous=ints(signals, -1), since_s=ints(signals), settled=ints(signals),
                       plan_status=ints(signals), shown=np.array(shown, dtype=np.uint8),
                       proposed=np.array(shown, dtype=np.uint8), green_s=ints(links), yellow_run_s=ints(links),
                       ended_s=ints(links), priority_ended_s=ints(links))


def plan_work(tables: Tables, horizon_s: int) -> PlanWork:
    """Scratch space for `horizon_s` and the largest numbers of phases and lanes in the batch."""
    lanes = max(int(np.diff(tables.lane_ptr).max(initial=0)), 1)
    links = int(np.diff(tables.link_ptr).max(initial=0))
    phases = max(int(np.diff(tables.phase_ptr).max(initial=0)), 1)
    return work_for(phases, lanes, horizon_s, links)


def work_for(phases: int, lanes: int, horizon_s: int, links: int = 0) -> PlanWork:
    """Scratch space for signals of at most `phases`, `lanes` and `links`."""
    row, pairs, wide = horizon_s + MARGIN, phases * phases, -(-lanes // 4) * 4

    def floats(*shape: int) -> FloatArray:
        return np.zeros(shape)

    def ints(*shape: int) -> IntArray:
        return np.zeros(shape, dtype=np.int64)

    return PlanWork(
        cost=floats(phases, row), key=floats(phases, row), done=floats(phases, row), origin=ints(phases, row),
        first=ints(phases, row), when=ints(phases, row), departed=floats(phases, row, wide),
        leaving=floats(phases, wide, 2 * BLOCK), come=floats(wide, row), come_by_second=floats(row, wide),
        totals=floats(2, row), within=floats(row), rate=floats(phases + 1, wide), load=floats(wide), worth=floats(wide),
        due=floats(phases, wide), row=floats(wide), trial=floats(wide, BLOCK), block=floats(4, BLOCK),
        order=np.zeros((pairs, wide), np.uint16), greens=np.zeros(pairs, np.uint16),
        starts=np.zeros((pairs, wide), np.uint16), served=floats(pairs, wide), queue=floats(lanes),
        weight=floats(lanes), rate_now=floats(lanes), service=floats(phases, lanes),
        arrivals=floats(lanes, horizon_s + 1), stay_s=ints(phases, phases), lag_s=np.zeros(pairs * lanes, np.uint8),
        turns=ints(phases + 1), waits=ints(lanes + links))
