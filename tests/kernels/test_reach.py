"""For how long queues have reached the outermost loops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signal_core.intersection import Intersection
from signal_core.kernels import reach, starts
from signal_core.kernels.compiled import kernel
from signal_core.settings import Settings
from signal_core.state import LaneState, lane_state
from signal_core.tables import pack
from tests.kernels import twins_reach as twins
from tests.kernels.small_signals import intersection, two_lanes

pytestmark = pytest.mark.kernel

SETTINGS = Settings()


@kernel
def second(tables, lanes, left, limits):  # type: ignore[no-untyped-def]
    starts.count(tables, lanes, left)
    reach.watch(tables, lanes, limits)


def twin_of(x: Intersection) -> list[twins.Lane]:
    lanes = []
    for k in range(x.n_lanes):
        loops = ["stop"] if x.stop_loop[k] >= 0 else ["nothing"]
        loops += ["mid"] * bool(x.mid.ptr[k + 1] > x.mid.ptr[k]) + ["far"] * bool(x.far.ptr[k + 1] > x.far.ptr[k])
        assert x.road is not None
        lanes.append(twins.Lane(int(x.road[k]), tuple(loops)))
    return lanes


def look(rng: np.random.Generator, L: LaneState, twin: list[twins.Lane]) -> None:
    """One second of loops: most go on as they were, standing or empty."""
    for k, lane in enumerate(twin):
        before = lane.runs[-1] if lane.runs else {}
        now: dict[str, tuple[int, int]] = {"nothing": (0, 0)}
        for name in ("stop", "mid", "far"):
            standing, empty = getattr(L.runs, f"{name}_standing_s"), getattr(L.runs, f"{name}_empty_s")
            state = rng.random()
            stood, gone = before.get(name, (0, 0))
            now[name] = (stood + 1, 0) if state < 0.7 else (0, gone + 1) if state < 0.85 else (0, 0)
            if name in lane.loops:
                standing[k], empty[k] = now[name]
        lane.runs.append(now)
        lane.mid_seen = L.arrivals.mid_seen[k] = float(rng.integers(0, 3)) * len(lane.gone) / 8.0


@given(st.integers(0, 2**32 - 1), st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_as_the_twin_says(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    x = intersection(rng, n)
    tables = pack([x])
    L, twin = lane_state(tables), twin_of(x)
    for _ in range(90):
        look(rng, L, twin)
        left = (rng.random(3 * n) < 0.4).astype(float)
        for k, lane in enumerate(twin):
            lane.gone.append(left[k] if x.stop_loop[k] >= 0 else 0.0)
        twins.second(twin)
        second(tables, L, left, SETTINGS)
        assert L.queue.reached_s.tolist() == [lane.there_s for lane in twin]


def test_it_begins_as_somebody_stands_there_and_a_gap_of_four_seconds_ends_it() -> None:
    tables, _, L = two_lanes()
    reached = []
    for now in range(40):
        L.runs.far_standing_s[1] = now if now < 20 else 0
        L.runs.far_empty_s[1] = max(now - 20, 0)
        second(tables, L, np.zeros(6), SETTINGS)
        reached.append(int(L.queue.reached_s[1]))
    assert reached[:3] == [0, 0, 0]
    assert reached[3:24] == list(range(1, 22))
    assert reached[24:] == [0] * 16


def test_where_trips_start_behind_the_loops_a_queue_at_the_line_is_enough() -> None:
    tables, _, L = two_lanes()
    left = np.zeros(6)
    for now in range(600):
        left[:2] = now % 20 == 0
        L.arrivals.mid_seen[0] = 0.998 * L.arrivals.mid_seen[0] + left[0]  # all of the first lane were counted
        L.runs.stop_standing_s[:] = 5
        L.runs.far_empty_s[:] = 60
        second(tables, L, left, SETTINGS)
    assert L.queue.reached_s[0] == 0
    assert L.queue.reached_s[1] > 60
