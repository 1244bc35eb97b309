"""What changes while the engine runs: one place for lanes, one for signals, one for the planner's scratch space."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from signal_core.intersection import CodeArray, FloatArray, IntArray, Tables

WINDOW = 64
LONG_AGO_S = 100_000


class LaneState(NamedTuple):
    """Per lane, flat over the batch. `expected` and `sure` are rings of WINDOW seconds of arrivals."""

    near: FloatArray
    beyond: FloatArray
    fresh: FloatArray
    wait_s: FloatArray
    expected: FloatArray
    sure: FloatArray
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
    refused: IntArray
    green_s: IntArray
    red_s: IntArray
    blocked: NDArray[np.bool_]


class SignalState(NamedTuple):
    """Per signal and per link. `phase` is wanted or shown; `since_s` counts from leaving the phase before."""

    phase: IntArray
    previous: IntArray
    since_s: IntArray
    settled: IntArray
    shown: CodeArray
    proposed: CodeArray
    green_s: IntArray
    yellow_run_s: IntArray
    ended_s: IntArray
    priority_ended_s: IntArray


class PlanWork(NamedTuple):
    """Scratch space of the planner, sized for the largest signal of the batch."""

    key: FloatArray
    cost: FloatArray
    queues: FloatArray
    first: IntArray
    when: IntArray
    trial: FloatArray
    queue: FloatArray
    weight: FloatArray
    rate_now: FloatArray
    service: FloatArray
    arrivals: FloatArray
    stay_s: IntArray


def lane_state(tables: Tables) -> LaneState:
    """Empty roads and loops never seen occupied."""
    n = int(tables.lane_ptr[-1])
    far_group = np.array([tables.far_loop[tables.far_ptr[k]] if tables.far_ptr[k + 1] > tables.far_ptr[k] else -1
                          for k in range(n)], dtype=np.int64)

    fields: dict[str, NDArray[Any]] = {name: np.zeros(n, dtype=np.int64) for name in LaneState._fields}
    for name in ("near", "beyond", "fresh", "wait_s", "far_seen", "mid_seen", "flow_vps"):
        fields[name] = np.zeros(n)
    fields |= {"mid_occupancy": np.zeros(n), "far_occupancy": np.zeros(n)}
    fields |= {"expected": np.zeros(n * WINDOW), "sure": np.zeros(n * WINDOW), "ratio": np.ones(n)}
    fields |= {"far_group": far_group, "blocked": np.zeros(n, dtype=np.bool_)}
    return LaneState(**fields)


def signal_state(tables: Tables, shown: CodeArray) -> SignalState:
    """Signals found showing `shown`, uint8[links], since an unknown time: everything counts as just begun."""
    signals, links = len(tables.link_ptr) - 1, int(tables.link_ptr[-1])

    def ints(size: int, value: int = 0) -> IntArray:
        return np.full(size, value, dtype=np.int64)

    return SignalState(phase=ints(signals), previous=ints(signals, -1), since_s=ints(signals), settled=ints(signals),
                       shown=np.array(shown, dtype=np.uint8), proposed=np.array(shown, dtype=np.uint8),
                       green_s=ints(links), yellow_run_s=ints(links), ended_s=ints(links), priority_ended_s=ints(links))


def plan_work(tables: Tables, horizon_s: int) -> PlanWork:
    """Scratch space for `horizon_s` and the largest numbers of phases and lanes in the batch."""
    lanes = max(int(np.diff(tables.lane_ptr).max(initial=0)), 1)
    phases = max(int(np.diff(tables.phase_ptr).max(initial=0)), 1)
    rows = horizon_s + 1
    return PlanWork(
        key=np.zeros((rows, phases)), cost=np.zeros((rows, phases)), queues=np.zeros((rows, phases, lanes)),
        first=np.zeros((rows, phases), dtype=np.int64), when=np.zeros((rows, phases), dtype=np.int64),
        trial=np.zeros(lanes), queue=np.zeros(lanes), weight=np.zeros(lanes), rate_now=np.zeros(lanes),
        service=np.zeros((phases, lanes)), arrivals=np.zeros((rows, lanes)),
        stay_s=np.zeros((phases, phases), dtype=np.int64))
