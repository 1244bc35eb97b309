"""Blocked exits: said once, of lanes that have green and do not discharge, and of no others."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from signal_core.estimating.estimator import Estimator
from signal_core.estimating.health import Health, HealthSettings, LoopStatus
from signal_core.sequencing.sequencer import Sequencer
from signal_core.settings import Settings
from signal_core.tables.arrays import GREEN, PERMISSIVE, RED, Feeds
from signal_core.tables.intersection import Intersection
from signal_core.tables.packed import pack
from signal_core.tables.state import lane_state
from tests.kernels.approaches import FAR, LOOPS, MID, STOP, relations, two_approaches
from tests.kernels.exits_alone import exits_alone
from tests.kernels.twins_exits import Lane, Second

pytestmark = pytest.mark.kernel

SHOWS = {RED: "red", PERMISSIVE: "permissive", GREEN: "green"}
SOON = HealthSettings(exit_green_s=6.0, exit_vehicles=3.0, exit_clear_vehicles=2, exit_clear_s=5)


class Approach:
    """Lane 0 of two approaches under an estimator that watches its loops."""

    def __init__(self, code: int = GREEN) -> None:
        tables = pack([two_approaches()])
        self.codes = np.array([code, RED], dtype=np.uint8)
        self.health = Health(tables, relations())
        self.sequencer = Sequencer(tables, self.codes)
        self.estimator = Estimator(tables, self.sequencer.state, Settings(), self.health)

    def run(self, seconds: int, stands: bool = True, leaves: tuple[int, ...] = (), comes: int = 0) -> list[int]:
        """`stands` at the stop line; loops in `leaves` count a vehicle every `comes` s. Seconds with an alarm."""
        found = []
        for now in range(1, seconds + 1):
            counts, occupancy = np.zeros(LOOPS), np.zeros(LOOPS)
            occupancy[STOP] = float(stands)
            if comes and now % comes == 0:
                counts[list(leaves)] = 1.0
            self.sequencer.show(self.codes)
            self.estimator.observe(counts, counts, occupancy)
            if self.health.blocked[0]:
                found.append(now)
        return found


def test_a_vehicle_that_stands_through_a_minute_of_green_says_that_its_exit_is_blocked_once() -> None:
    street = Approach()
    assert street.run(200) == list(range(60, 201))
    assert street.health.exits.alarms.tolist() == [1, 0]
    assert street.health.events == 1


def test_green_adds_up_over_reds_and_red_alone_is_nothing() -> None:
    street = Approach(RED)
    assert street.run(500) == []
    for green in range(3):
        street.codes[0] = GREEN
        assert (street.run(25) == []) == (green < 2)
        street.codes[0] = RED
        street.run(40)
    assert street.health.blocked[0]


def test_a_green_that_yields_takes_longer() -> None:
    street = Approach(PERMISSIVE)
    assert street.run(200)[0] in (150, 151)


def test_a_vehicle_now_and_then_is_discharge() -> None:
    assert Approach().run(900, leaves=(STOP,), comes=55) == []


def test_free_again_after_three_vehicles_or_when_nobody_stands_there() -> None:
    street = Approach()
    street.run(100)
    assert street.run(10, leaves=(STOP,), comes=4)[-1] == 10
    assert street.run(10, leaves=(STOP,), comes=4)[-1] == 3
    street.run(100)
    assert len(street.run(100, stands=False)) == 59
    assert street.health.exits.alarms.tolist() == [2, 0]


def test_one_that_creeps_out_now_and_then_does_not_end_it() -> None:
    street = Approach()
    street.run(100)
    assert len(street.run(1000, leaves=(STOP,), comes=90)) == 1000
    assert street.health.exits.alarms.tolist() == [1, 0]


def test_where_traffic_passes_it_is_the_loop_that_stands() -> None:
    street = Approach()
    street.run(1200, stands=False, leaves=(STOP, MID, FAR), comes=3)
    assert street.run(180, leaves=(MID, FAR), comes=3) == []
    assert street.health.status[STOP] == LoopStatus.STUCK_ON


def test_in_a_queue_that_stands_nothing_is_stuck() -> None:
    street = Approach()
    street.run(1200, stands=False, leaves=(STOP, MID, FAR), comes=3)
    street.run(15, leaves=(MID, FAR), comes=3)  # the last that find room
    assert len(street.run(900)) > 800
    assert LoopStatus.STUCK_ON not in street.health.status.tolist()


def town(draw: np.random.Generator, lanes: int) -> Intersection:
    """Lanes with one or two links each, all of a stop-line loop but the first."""
    sizes = draw.integers(1, 3, lanes)
    n, rows = int(sizes.sum()), np.zeros(lanes + 1, np.int64)
    feeds = Feeds(rows, np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.int64))
    stop = np.arange(lanes)
    stop[0] = -1
    return Intersection(
        id="x", phase_codes=np.full((1, n), GREEN, np.uint8), conflicts=np.zeros((n, n), np.bool_),
        yellow_s=np.full(n, 3), intergreen_s=np.zeros((n, n), np.int64), min_green_s=np.full(n, 5),
        service_vps=np.full((1, lanes), 0.5), start_lag_s=np.zeros((1, 1, lanes), np.int64),
        min_split_s=np.ones((1, 1), np.int64), lane_link_ptr=np.concatenate([[0], np.cumsum(sizes)]),
        lane_links=np.arange(n), stop_loop=stop, mid=feeds, far=feeds, mid_storage=np.zeros(lanes),
        far_storage=np.zeros(lanes), shown_s=np.full(1, 20.0))


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(2, 4), min_size=1, max_size=2))
@example(seed=5, sizes=[3, 4])
@settings(max_examples=30)
def test_the_watch_and_its_twin_say_the_same(seed: int, sizes: list[int]) -> None:
    draw = np.random.default_rng(seed)
    assert both(draw, sizes, 250) >= 0


def test_what_is_drawn_above_raises_alarms() -> None:
    assert sum(both(np.random.default_rng(seed), [3, 4], 250) for seed in range(4)) > 20


def both(draw: np.random.Generator, sizes: list[int], seconds: int) -> int:
    """Kernel and twin through arbitrary seconds; returns the alarms."""
    tables = pack([town(draw, size) for size in sizes])
    n = len(tables.stop_loop)
    loops = int(tables.stop_loop.max()) + 1
    base = relations()
    none = np.zeros(loops + 1, np.int64)
    health = Health(tables, base._replace(
        mate_ptr=none, mate=none[:0], mate_lag_s=none[:0], beside_ptr=none, signal=np.full(loops, -1, np.int64),
        alone=np.ones(loops, np.bool_), loop_ptr=none[:len(sizes) + 1], loop=none[:0], cell=np.arange(loops)), SOON)
    state, lanes = Sequencer(tables, np.full(int(tables.link_ptr[-1]), RED, np.uint8)).state, lane_state(tables)
    twins = [Lane(SOON) for _ in range(n)]
    owner = np.repeat(np.arange(len(sizes)), sizes)
    stuck = np.zeros(n, np.bool_)
    health.state.usual.ratio[:] = 0.5
    watch = exits_alone(health, state, lanes)
    for now in range(seconds):
        change = draw.random(len(state.shown)) < 0.2
        state.shown[change] = draw.choice([RED, GREEN, GREEN, PERMISSIVE], int(change.sum()))
        stuck ^= draw.random(n) < 0.05
        health.state.evidence.pending[:] = draw.integers(0, 7, loops)
        health.state.verdict.status[:] = np.where(draw.random(loops) < 0.01, LoopStatus.DEAD, LoopStatus.HEALTHY)
        for k, twin in enumerate(twins):
            links = range(int(tables.lane_link_ptr[k]), int(tables.lane_link_ptr[k + 1]))
            left = not stuck[k] and draw.random() < 0.6
            empty = not left and not stuck[k] and draw.random() < 0.8
            lanes.line.idle_s[k] = 0 if left else lanes.line.idle_s[k] + 1
            lanes.runs.stop_empty_s[k] = lanes.runs.stop_empty_s[k] + 1 if empty else 0
            lanes.head.standing_s[k] = 0 if left or empty else lanes.head.standing_s[k] + 1
            lanes.head.refused[k] = draw.integers(0, 1 << len(links)) if draw.random() < 0.3 else 0
            loop = int(tables.stop_loop[k])
            if loop < 0:
                continue
            first = int(tables.link_ptr[owner[k]])
            twin.second(Second(
                lanes.head.standing_s[k] > 0, left, int(lanes.runs.stop_empty_s[k]),
                [SHOWS[int(state.shown[first + tables.lane_links[e]])] for e in links],
                frozenset(j for j in range(len(links)) if int(lanes.head.refused[k]) >> j & 1),
                bool(health.state.verdict.status[loop] == LoopStatus.HEALTHY),
                0.5 * float(health.state.evidence.pending[loop])))
        watch()
        assert health.blocked.tolist() == [twin.blocked for twin in twins], now
        told = {int(tables.stop_loop[k]) for k in range(n) if twins[k].blocked}
        assert set(np.flatnonzero(health.state.verdict.is_queued).tolist()) == told
    assert health.exits.alarms.tolist() == [twin.alarms for twin in twins]
    return int(health.exits.alarms.sum())
