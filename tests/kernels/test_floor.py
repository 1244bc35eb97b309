"""Signals fall back to the plan where queues stand and less leaves than it would let go, and only there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signal_core.estimating.health import HealthSettings, Sight
from signal_core.estimating.loop_state import FloorState, LoopHealth, exit_state, loop_health
from signal_core.kernels import floor
from signal_core.kernels.compiled import kernel
from signal_core.tables.arrays import RED
from signal_core.tables.packed import Tables, pack
from signal_core.tables.state import LaneState, SignalState, lane_state, signal_state
from tests.kernels.test_claims import intersection, two_lanes, two_lanes_intersection

pytestmark = pytest.mark.kernel

SOON = HealthSettings(full_s=20, behind_s=10, floor_clear_s=15)


@kernel
def watch(floor_state, trials, locked, guards, loops, tables, signals, lanes, limits):  # type: ignore[no-untyped-def]
    floor.watch(floor_state, trials, locked, guards, loops, tables, signals, lanes, limits)


def second(floor_state: FloorState, loops: LoopHealth, tables: Tables, signals: SignalState, lanes: LaneState,
           limits: HealthSettings, tried_s: int = 0, rest_s: int = 0) -> None:
    trials, nobody = exit_state(1, len(floor_state.worse)).trials, np.zeros_like(floor_state.worse)
    trials.tried_s[:], trials.rest_s[:] = tried_s, rest_s
    watch(floor_state, trials, nobody, nobody, loops, tables, signals, lanes, limits)


@dataclass
class Twin:
    """One signal in plain words: lanes are (reached_s, has somebody left, planned, has a stop line loop, empty_s)."""

    gone: dict[int, list[bool]] = field(default_factory=dict)
    """Per lane, for each second since its queue reached so far, unless it has cleared, whether somebody left."""
    behind_s: int = 0
    clear_s: int = 0
    worse: bool = False

    def second(self, lanes: list[tuple[int, bool, float, bool, int]]) -> bool:
        behind = False
        for k, (reached_s, left, planned_vps, known, empty_s) in enumerate(lanes):
            since = self.gone.get(k, [])
            self.gone[k] = [*since, left] if reached_s > 0 or (since and empty_s < 4) else []
            due = planned_vps * len(self.gone[k])
            behind |= known and reached_s >= 20 and sum(self.gone[k]) < 0.5 * due
        self.behind_s = self.behind_s + 1 if behind else 0
        self.clear_s = 0 if any(self.gone.values()) else self.clear_s + 1
        self.worse = self.behind_s >= 10 or (self.worse and self.clear_s < 15)
        return self.worse


@given(st.integers(0, 2**32 - 1), st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_as_the_twin_says(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    tables = pack([intersection(rng, n)])
    L, E, X, twin = lane_state(tables), exit_state(n, 1).floor, loop_health(1, 1, 1), Twin()
    S, often = red(tables), rng.random(n) * 0.3
    for _ in range(150):
        if rng.random() < 0.05:
            often = rng.random(n) * 0.3
        L.line.idle_s[:] = np.where(rng.random(n) < often, 0, 5)
        ends = rng.random(n) < (0.02 if rng.random() < 0.9 else 1.0)
        L.claims.reached_s[:] = np.where(ends, 0, L.claims.reached_s + 1)
        L.runs.stop_empty_s[:] = rng.choice([0, 3, 4, 9], n)
        X.signals.sight[0] = seen = Sight.BLIND if rng.random() < 0.1 else Sight.SEES
        second(E, X, tables, S, L, SOON)
        lanes = zip(L.claims.reached_s, L.line.idle_s == 0, tables.plan_vps, tables.stop_loop >= 0,
                    L.runs.stop_empty_s, strict=True)
        worse = twin.second([(int(a), bool(b), float(c), bool(d), int(e)) for a, b, c, d, e in lanes])
        assert X.signals.sight[0] == (Sight.WORSE if worse and seen == Sight.SEES else seen)


def red(tables: Tables) -> SignalState:
    return signal_state(tables, np.full(int(tables.link_ptr[-1]), RED, dtype=np.uint8))


class Road(NamedTuple):
    """Two lanes of which the first is full; the plan would let 0.3 vehicles a second go."""

    floor: FloorState
    loops: LoopHealth
    tables: Tables
    lanes: LaneState

    def run(self, seconds: int, every_s: int) -> int:
        """What the signal is seen to do after so many seconds, in which one leaves every so many."""
        for now in range(seconds):
            self.loops.signals.sight[0] = Sight.SEES
            self.lanes.claims.reached_s[0] += self.lanes.claims.reached_s[0] > 0
            self.lanes.line.idle_s[:] = [(now + 1) % every_s, 9]
            second(self.floor, self.loops, self.tables, red(self.tables), self.lanes, HealthSettings())
        return int(self.loops.signals.sight[0])


def road(reached_s: int = 1) -> Road:
    tables, _, L = two_lanes()
    L.claims.reached_s[0], L.runs.stop_empty_s[:] = reached_s, 9
    return Road(exit_state(2, 1).floor, loop_health(1, 1, 1), tables, L)


def test_a_full_road_that_sends_little_for_minutes_gets_the_plan_until_nothing_is_full() -> None:
    full = road()
    assert full.run(170, every_s=12) == Sight.SEES
    assert full.run(20, every_s=12) == Sight.WORSE
    assert full.run(600, every_s=3) == Sight.WORSE  # under the plan it sends more: that is no reason to leave it
    full.lanes.claims.reached_s[0] = 0
    assert full.run(59, every_s=3) == Sight.WORSE
    assert full.run(1, every_s=3) == Sight.SEES


def test_a_lane_is_full_until_it_has_cleared_though_its_outermost_loop_has_gaps() -> None:
    full = road()
    full.lanes.runs.stop_empty_s[:] = 3
    assert full.run(200, every_s=12) == Sight.WORSE
    full.lanes.claims.reached_s[0] = 0
    assert full.run(200, every_s=12) == Sight.WORSE
    full.lanes.runs.stop_empty_s[:] = 4
    assert full.run(59, every_s=12) == Sight.WORSE
    assert full.run(1, every_s=12) == Sight.SEES
    full.lanes.claims.reached_s[0], full.lanes.runs.stop_empty_s[:] = 1, 3
    assert full.run(100, every_s=12) == Sight.SEES
    full.lanes.claims.reached_s[0] = 0  # nothing is suspected of a queue that does not reach so far
    assert full.run(100, every_s=12) == Sight.SEES


def test_a_plan_that_is_tried_runs() -> None:
    E, X, tables, L = road(0)
    second(E, X, tables, red(tables), L, HealthSettings(), tried_s=1)
    assert X.signals.sight[0] == Sight.WORSE
    assert E.worse[0] == 0


def test_after_a_trial_that_failed_the_plan_does_not_run_whatever_queues_there_are() -> None:
    full = road()
    assert full.run(300, every_s=12) == Sight.WORSE
    full.loops.signals.sight[0] = Sight.SEES
    second(full.floor, full.loops, full.tables, red(full.tables), full.lanes, HealthSettings(), rest_s=1)
    assert full.loops.signals.sight[0] == Sight.SEES


def test_a_full_road_that_sends_what_the_plan_would_is_left_alone_and_so_is_a_short_wait() -> None:
    assert road().run(600, every_s=6) == Sight.SEES
    short = road()
    short.run(100, every_s=1000)
    short.lanes.claims.reached_s[0] = 0
    assert short.run(100, every_s=1000) == Sight.SEES


def test_where_the_program_adapts_there_is_no_plan_to_go_back_to() -> None:
    full = road()
    full.tables.adapts[:] = True
    assert full.run(300, every_s=12) == Sight.SEES


def test_a_neighbour_with_a_queue_runs_its_plan_too() -> None:
    one = two_lanes_intersection(past=None, first_loop=0)
    other = two_lanes_intersection(past=np.array([1]), first_loop=6)
    tables = pack([one, other, two_lanes_intersection(past=None, first_loop=12)])
    L, floor_state, loops, S = lane_state(tables), exit_state(6, 3).floor, loop_health(1, 3, 1), red(tables)
    L.claims.reached_s[:], L.runs.stop_empty_s[:] = [1, 0, 1, 0, 1, 0], 9
    for now in range(200):
        L.claims.reached_s[[0, 4]] += 1
        L.claims.reached_s[2] = max(now - 60, 0)  # too short for the second by itself
        loops.signals.sight[:] = Sight.SEES
        L.line.idle_s[:] = [now % 12] * 4 + [now % 3] * 2
        second(floor_state, loops, tables, S, L, HealthSettings())
        assert loops.signals.sight[1] == loops.signals.sight[0], now
        assert loops.signals.sight[2] == Sight.SEES
    assert loops.signals.sight[1] == Sight.WORSE


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
    L.claims.reached_s[:], L.runs.stop_empty_s[:] = [9, 0, 0, 0, 0, 0, 9, 0], 9
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
    E, X, tables, L = road(0)
    S = red(tables)
    S.phase[0] = phase
    L.runs.mid_empty_s[:] = [empty_s, 9]
    L.green.green_s[:] = [green_s, 0]
    L.head.stalled[0] = stalled
    second(E, X, tables, S, L, HealthSettings())
    assert E.extends[0] == kept
