"""Signals fall back to the plan where queues stand and less leaves than it would let go, and only there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signal_core.arrays import RED
from signal_core.health import HealthSettings, Sight
from signal_core.kernels import floor
from signal_core.kernels.compiled import kernel
from signal_core.loop_state import FloorState, LoopHealth, exit_state, loop_health
from signal_core.state import LaneState, SignalState, lane_state, signal_state
from signal_core.tables import Tables, pack
from tests.kernels.test_claims import intersection, two_lanes, two_lanes_intersection

pytestmark = pytest.mark.kernel

SOON = HealthSettings(full_s=20, behind_s=10, floor_clear_s=15)


@kernel
def watch(floor_state, tried_s, locked, loops, tables, signals, lanes, limits):  # type: ignore[no-untyped-def]
    floor.watch(floor_state, tried_s, locked, loops, tables, signals, lanes, limits)


def second(floor_state: FloorState, loops: LoopHealth, tables: Tables, signals: SignalState, lanes: LaneState,
           limits: HealthSettings, tried_s: int = 0) -> None:
    tried, locked = np.full(len(floor_state.worse), tried_s, np.int64), np.zeros_like(floor_state.worse)
    watch(floor_state, tried, locked, loops, tables, signals, lanes, limits)


@dataclass
class Twin:
    """One signal in plain words: lanes are (reached_s, sent, planned, has a stop line loop)."""

    behind_s: int = 0
    clear_s: int = 0
    worse: bool = False

    def second(self, lanes: list[tuple[int, float, float, bool]]) -> bool:
        full = [lane for lane in lanes if lane[0] >= 20 and lane[3]]
        behind = bool(full) and sum(lane[1] for lane in full) < 0.7 * sum(lane[2] for lane in full)
        self.behind_s = self.behind_s + 1 if behind else 0
        self.clear_s = 0 if any(lane[0] > 0 for lane in lanes) else self.clear_s + 1
        self.worse = self.behind_s >= 10 or (self.worse and self.clear_s < 15)
        return self.worse


@given(st.integers(0, 2**32 - 1), st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_as_the_twin_says(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    tables = pack([intersection(rng, n)])
    L, E, X, twin = lane_state(tables), exit_state(n, 1).floor, loop_health(1, 1, 1), Twin()
    S = red(tables)
    for _ in range(150):
        if rng.random() < 0.1:
            L.arrivals.flow_vps[:] = rng.random(n) * 0.4
        ends = rng.random(n) < (0.05 if rng.random() < 0.9 else 1.0)
        L.claims.reached_s[:] = np.where(ends, 0, L.claims.reached_s + 1)
        X.signals.sight[0] = seen = Sight.BLIND if rng.random() < 0.1 else Sight.SEES
        second(E, X, tables, S, L, SOON)
        lanes = zip(L.claims.reached_s, L.arrivals.flow_vps, tables.plan_vps, tables.stop_loop >= 0, strict=True)
        worse = twin.second([(int(a), float(b), float(c), bool(d)) for a, b, c, d in lanes])
        assert X.signals.sight[0] == (Sight.WORSE if worse and seen == Sight.SEES else seen)


def red(tables: Tables) -> SignalState:
    return signal_state(tables, np.full(int(tables.link_ptr[-1]), RED, dtype=np.uint8))


def road(reached_s: int, sent_vps: float) -> tuple[FloorState, LoopHealth, Tables, LaneState]:
    """Two lanes of which the first is full; the plan would let 0.3 vehicles a second go."""
    tables, _, L = two_lanes()
    L.claims.reached_s[0], L.arrivals.flow_vps[:] = reached_s, [sent_vps, 0.01]
    return exit_state(2, 1).floor, loop_health(1, 1, 1), tables, L


def run(parts: tuple[FloorState, LoopHealth, Tables, LaneState], seconds: int) -> int:
    E, X, tables, L = parts
    for _ in range(seconds):
        X.signals.sight[0] = Sight.SEES
        second(E, X, tables, red(tables), L, HealthSettings())
    return int(X.signals.sight[0])


def test_a_full_road_that_sends_little_for_minutes_gets_the_plan_until_nothing_is_full() -> None:
    parts = road(120, 0.15)
    assert run(parts, 59) == Sight.SEES
    assert run(parts, 1) == Sight.WORSE
    parts[3].arrivals.flow_vps[0] = 0.3  # under the plan it sends more: that is no reason to leave it
    assert run(parts, 600) == Sight.WORSE
    parts[3].claims.reached_s[0] = 0
    assert run(parts, 59) == Sight.WORSE
    assert run(parts, 1) == Sight.SEES


def test_a_plan_that_is_tried_runs() -> None:
    E, X, tables, L = road(0, 0.3)
    second(E, X, tables, red(tables), L, HealthSettings(), tried_s=1)
    assert X.signals.sight[0] == Sight.WORSE
    assert E.worse[0] == 0


def test_a_full_road_that_sends_what_the_plan_would_is_left_alone_and_so_is_a_short_wait() -> None:
    assert run(road(120, 0.25), 600) == Sight.SEES
    assert run(road(100, 0.0), 600) == Sight.SEES


def test_where_the_program_adapts_there_is_no_plan_to_go_back_to() -> None:
    parts = road(120, 0.15)
    parts[2].adapts[:] = True
    assert run(parts, 200) == Sight.SEES


def test_a_neighbour_with_a_queue_runs_its_plan_too() -> None:
    one = two_lanes_intersection(past=None, first_loop=0)
    other = two_lanes_intersection(past=np.array([1]), first_loop=6)
    tables = pack([one, other, two_lanes_intersection(past=None, first_loop=12)])
    L, floor_state, loops, S = lane_state(tables), exit_state(6, 3).floor, loop_health(1, 3, 1), red(tables)
    L.claims.reached_s[:] = [120, 0, 30, 0, 120, 0]
    L.arrivals.flow_vps[:] = 0.1
    L.arrivals.flow_vps[4] = 0.3
    for now in range(100):
        loops.signals.sight[:] = Sight.SEES
        second(floor_state, loops, tables, S, L, HealthSettings())
        L.claims.reached_s[2] += 1
        joined = now >= 59
        assert loops.signals.sight.tolist() == [Sight.WORSE if joined else Sight.SEES] * 2 + [Sight.SEES], now


@pytest.mark.parametrize(("on_plan", "joins"), [((0, 2), True), ((0,), False), ((2,), False)])
def test_who_lies_between_two_on_their_plan_joins_without_a_queue(on_plan: tuple[int, ...], joins: bool) -> None:
    past = [None, np.array([1]), np.array([7])]
    tables = pack([two_lanes_intersection(past=p, first_loop=6 * i) for i, p in enumerate(past)])  # 0 - 1 - 2
    L, floor_state, loops, S = lane_state(tables), exit_state(6, 3).floor, loop_health(1, 3, 1), red(tables)
    for i in on_plan:
        floor_state.worse[i] = 1
        L.claims.reached_s[2 * i] = 9
    loops.signals.sight[:] = Sight.SEES
    second(floor_state, loops, tables, S, L, HealthSettings())
    assert floor_state.worse[1] == joins
    assert loops.signals.sight[1] == (Sight.WORSE if joins else Sight.SEES)


def test_who_has_no_queue_stays_on_the_plan_while_the_row_it_belongs_to_has_one() -> None:
    past = [None, np.array([1]), np.array([7]), None]
    tables = pack([two_lanes_intersection(past=p, first_loop=6 * i) for i, p in enumerate(past)])  # 0 - 1 - 2, and 3
    L, floor_state, loops, S = lane_state(tables), exit_state(8, 4).floor, loop_health(1, 4, 1), red(tables)
    floor_state.worse[:] = 1
    L.claims.reached_s[:] = [9, 0, 0, 0, 0, 0, 9, 0]
    for now in range(300):
        loops.signals.sight[:] = Sight.SEES
        L.claims.reached_s[6] = 9 if now < 10 else 0
        L.claims.reached_s[0] = 9 if now < 200 else 0
        second(floor_state, loops, tables, S, L, HealthSettings())
        row, alone = now < 259, now < 69
        assert floor_state.worse.tolist() == [row, row, row, alone], now


@pytest.mark.parametrize(("phase", "empty_s", "green_s", "stalled", "kept"), [
    (0, 2, 5, False, 1), (0, 3, 5, False, 0), (0, 2, 0, False, 0), (1, 2, 5, False, 0), (0, 2, 5, True, 0)])
def test_traffic_on_a_lane_that_is_served_keeps_a_green_until_a_gap_or_while_it_goes(
        phase: int, empty_s: int, green_s: int, stalled: bool, kept: int) -> None:
    E, X, tables, L = road(0, 0.0)
    S = red(tables)
    S.phase[0] = phase
    L.runs.mid_empty_s[:] = [empty_s, 9]
    L.green.green_s[:] = [green_s, 0]
    L.head.stalled[0] = stalled
    second(E, X, tables, S, L, HealthSettings())
    assert E.extends[0] == kept
