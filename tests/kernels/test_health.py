"""What is said of a loop: each fault once, in time, and nothing of a healthy one; and what stands in for it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from signal_core.estimating.health import Health, HealthSettings, LoopStatus, Relations, Sight, Source
from signal_core.estimating.relations import LoopedLane, relate
from signal_core.tables.arrays import FloatArray
from signal_core.tables.packed import Tables, pack
from signal_core.tables.state import LaneState, lane_state
from tests.kernels.approaches import FAR, FAR_LAG_S, LOOPS, MID, MID_LAG_S, STOP, relations, two_approaches

pytestmark = pytest.mark.kernel

OTHER = 3
HEADWAY_S = 8
Second = tuple[FloatArray, FloatArray, FloatArray]
Fault = Callable[[int, Second], None]


class Road:
    """A vehicle every `HEADWAY_S` over far, middle and stop line, and one elsewhere; a fault from a second on."""

    def __init__(self, fault: Fault | None = None, from_s: int = 600, options: HealthSettings | None = None) -> None:
        self.health = Health(pack([two_approaches()]), relations(), options)
        self.lanes: LaneState = lane_state(self.health.tables)
        self.fault, self.from_s = fault, from_s
        self.now_s = 0
        self.log: list[tuple[int, int, LoopStatus]] = []
        self.used: list[list[float]] = []

    def run(self, seconds: int) -> Road:
        for _ in range(seconds):
            sample = np.zeros(LOOPS), np.zeros(LOOPS), np.zeros(LOOPS)
            for loop, lag_s in ((FAR, 0), (MID, 7), (STOP, 10), (OTHER, 4)):
                if self.now_s % HEADWAY_S == lag_s % HEADWAY_S:
                    for values, value in zip(sample, (1.0, 1.0, 0.4), strict=True):
                        values[loop] = value
            if self.fault is not None and self.now_s >= self.from_s:
                self.fault(self.now_s, sample)
            self.take(sample)
        return self

    def take(self, sample: Second) -> None:
        """One second."""
        before = self.health.status.copy()
        entered, _left, _occupancy = self.health.clean(*sample, self.lanes)
        self.used.append(entered.tolist())
        self.log += [(self.now_s, int(i), LoopStatus(int(self.health.status[i])))
                     for i in np.flatnonzero(before != self.health.status)]
        self.now_s += 1


def put(loop: int, entered: float, left: float, occupancy: float) -> Fault:
    def fault(_now_s: int, sample: Second) -> None:
        for values, value in zip(sample, (entered, left, occupancy), strict=True):
            values[loop] = value

    return fault


def scaled(loop: int, factor: float) -> Fault:
    def fault(_now_s: int, sample: Second) -> None:
        sample[0][loop] *= factor
        sample[1][loop] *= factor

    return fault


FAULTS: dict[str, tuple[Callable[[int], Fault], LoopStatus, int]] = {
    "dead": (lambda loop: put(loop, 0.0, 0.0, 0.0), LoopStatus.DEAD, 300),
    "stuck on": (lambda loop: put(loop, 0.0, 0.0, 1.0), LoopStatus.STUCK_ON, 300),
    "chatter": (lambda loop: put(loop, 1.0, 1.0, 0.5), LoopStatus.CHATTER, 240),
    "missing": (lambda loop: put(loop, np.nan, np.nan, np.nan), LoopStatus.MISSING, 40),
    "not a number": (lambda loop: put(loop, np.nan, 0.0, 0.0), LoopStatus.IMPLAUSIBLE, 5),
    "negative": (lambda loop: put(loop, -1.0, 0.0, 0.0), LoopStatus.IMPLAUSIBLE, 5),
    "huge": (lambda loop: put(loop, 1e9, 0.0, 0.0), LoopStatus.IMPLAUSIBLE, 5),
    "occupied twice over": (lambda loop: put(loop, 0.0, 0.0, 2.0), LoopStatus.IMPLAUSIBLE, 5),
    "a third too many": (lambda loop: scaled(loop, 1.33), LoopStatus.BIASED, 2500),
    "a third too few": (lambda loop: scaled(loop, 0.67), LoopStatus.BIASED, 2500),
}


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("loop", [STOP, MID, FAR])
def test_every_fault_is_flagged_once_in_its_time_and_by_its_name(name: str, loop: int) -> None:
    make, status, within_s = FAULTS[name]
    road = Road(make(loop)).run(600 + within_s)
    assert [(i, found) for _, i, found in road.log] == [(loop, status)]
    assert road.health.state.verdict.alarms.tolist() == [int(i == loop) for i in range(LOOPS)]


def test_a_healthy_road_is_left_alone_to_the_bit() -> None:
    road = Road().run(1800)
    assert road.log == []
    assert road.used[1000] == [float(lag_s % HEADWAY_S == 1000 % HEADWAY_S) for lag_s in (10, 7, 0, 4)]
    assert not road.health.blind[0]


def test_a_loop_that_recovers_is_cleared_after_a_while() -> None:
    road = Road(put(MID, np.nan, 0.0, 0.0)).run(700)
    road.fault = None
    road.run(100)
    assert road.health.status[MID] == LoopStatus.IMPLAUSIBLE
    road.run(HealthSettings().clear_s + 120)  # the minute with bad samples has to be over first
    assert road.health.status[MID] == LoopStatus.HEALTHY
    assert road.health.events == 2


def test_where_demand_ends_no_loop_is_dead() -> None:
    def nobody(_now_s: int, sample: Second) -> None:
        for values in sample:
            values[:] = 0.0

    assert Road(nobody).run(600 + 3 * HealthSettings().dead_s).log == []


def test_a_queue_that_stands_for_good_is_not_a_stuck_loop() -> None:
    def jam(_now_s: int, sample: Second) -> None:
        sample[0][:], sample[1][:], sample[2][:] = 0.0, 0.0, 1.0

    road = Road(jam).run(3000)
    assert LoopStatus.STUCK_ON not in [status for _, _, status in road.log]


def test_who_finds_room_between_the_loops_has_not_passed_the_one_where_a_queue_begins() -> None:
    to_mid, to_far = (int(lag_s * 14.0 / 7.5) for lag_s in (MID_LAG_S, FAR_LAG_S))  # 50 km/h

    def came(now_s: int, passes: bool) -> Second:
        """One every 20 s; STOP is occupied for good, and they stop behind it where nobody passes."""
        sample, vehicles = (np.zeros(LOOPS), np.zeros(LOOPS), np.zeros(LOOPS)), (now_s - 600) // 20
        sample[2][STOP], sample[0][OTHER] = 1.0, float(now_s % HEADWAY_S == 0)
        for loop, room in ((MID, to_mid), (FAR, to_far)):
            sample[0][loop] = float(now_s % 20 == 0 and (passes or vehicles < room))
            sample[2][loop] = float(vehicles >= room and not passes)
        return sample

    for passes, log in ((False, []), (True, [(STOP, LoopStatus.STUCK_ON)])):
        road = Road().run(600)
        road.log = []
        for now_s in range(600, 600 + 900):
            road.take(came(now_s, passes))
        assert [(loop, status) for _, loop, status in road.log] == log


def two_lanes() -> tuple[Tables, Relations]:
    """A road of two lanes, loops 0 to 2 on one and 3 to 5 on the other; 6 elsewhere."""
    level = [{0: 0.0}, {1: 3.0}, {2: 10.0}], [{3: 0.0}, {4: 3.0}, {5: 10.0}]
    lanes = [LoopedLane(tuple(each), "road", frozenset("s")) for each in level]
    lanes.append(LoopedLane(({6: 0.0}, {}, {}), "other", frozenset("s")))
    return pack([two_approaches()]), relate([lanes], 7)


@pytest.mark.parametrize(("dies", "found"), [(False, []), (True, [1])])
def test_who_changes_lanes_is_counted_beside_and_who_passes_a_dead_loop_nowhere(dies: bool, found: list[int]) -> None:
    tables, related = two_lanes()
    health, lanes = Health(tables, related), lane_state(tables)
    for second in range(1800):
        entered, on_both = np.zeros(7), second % 6 == 0
        entered[[0, 3, 2, 5]] = float(on_both)
        entered[1] = float(on_both and second < 900)
        entered[4] = float(on_both) + float(second % 6 == 3 and second >= 900 and not dies)  # changes back behind it
        entered[6] = float(second % 9 == 0)
        health.clean(entered, entered, 0.5 * np.minimum(entered, 1.0), lanes)
    assert np.flatnonzero(health.status == LoopStatus.DEAD).tolist() == found


@pytest.mark.parametrize(("turned", "told"), [(0.0, [FAR]), (0.4, [])])
def test_where_a_road_forks_behind_a_loop_a_change_of_turns_is_no_bias(turned: float, told: list[int]) -> None:
    health, lanes, owed = Health(pack([two_approaches()]), relations()), lane_state(pack([two_approaches()])), 0.0
    for second in range(4500):
        entered = np.zeros(LOOPS)
        if second % HEADWAY_S == 0:
            owed += 1.0 - turned if second < 1500 else 1.0
            entered[FAR] = float(second < 1500 or turned > 0.0 or second % (3 * HEADWAY_S) > 0)
            entered[MID] = entered[STOP] = float(owed >= 1.0)
            owed -= entered[MID]
        health.clean(entered, entered, 0.4 * entered, lanes)
    assert np.flatnonzero(health.status == LoopStatus.BIASED).tolist() == told


def test_a_dead_loop_gets_the_counts_of_the_loop_before_it_when_they_are_due() -> None:
    road = Road(put(MID, 0.0, 0.0, 0.0)).run(1200)
    assert road.health.state.verdict.source[MID] == Source.UPSTREAM
    assert road.health.state.verdict.source[STOP] == Source.OWN
    due = [second[MID] for second in road.used[1000:1200]]
    assert [t for t, vehicles in enumerate(due, 1000) if vehicles > 0.0] == [
        t for t in range(1000, 1200) if t % HEADWAY_S == 7]
    assert sum(due) == pytest.approx(200 / HEADWAY_S, rel=0.15)


def test_what_is_left_is_the_usual_rate_and_some_more() -> None:
    def three(_now_s: int, sample: Second) -> None:
        for values in sample:
            values[:3] = np.nan

    road = Road(three).run(1000)
    assert road.health.state.verdict.source[:3].tolist() == [Source.PROFILE] * 3
    assert road.used[-1][FAR] == pytest.approx(1.3 / HEADWAY_S, rel=0.05)
    assert not road.health.blind[0]


def test_a_lane_whose_stop_line_is_bad_has_a_call_after_a_minute_of_red_and_empties_on_green() -> None:
    road, nothing = Road(put(STOP, 0.0, np.nan, 0.0)), np.zeros(LOOPS)
    road.run(700)
    _, left, occupancy = road.health.clean(nothing, nothing, nothing, road.lanes)
    assert (left[STOP], occupancy[STOP]) == (0.0, 0.5)
    road.lanes.green.red_s[0] = HealthSettings().call_s
    _, _, occupancy = road.health.clean(nothing, nothing, nothing, road.lanes)
    assert occupancy[STOP] == 1.0
    road.lanes.green.red_s[0], road.lanes.green.green_s[0], road.lanes.queue.near[0] = 0, 5, 3.0
    _, left, occupancy = road.health.clean(nothing, nothing, nothing, road.lanes)
    assert left[STOP] == road.health.tables.best_vps[0]
    assert 0.0 < occupancy[STOP] < 0.99


def test_a_lane_whose_stop_line_has_never_counted_has_a_call_after_a_long_red_until_it_does() -> None:
    road, recall_s = Road(put(STOP, 0.0, 0.0, 0.0), from_s=0), HealthSettings().recall_s
    nothing, one = np.zeros(LOOPS), np.full(LOOPS, 0.5)
    for red_s, counts, called in ((recall_s - 1, nothing, False), (recall_s, nothing, True), (0, nothing, False),
                                  (recall_s, one, False), (recall_s, nothing, False)):
        road.lanes.green.red_s[0] = red_s
        _, _, occupancy = road.health.clean(counts, counts, counts, road.lanes)
        assert (occupancy[STOP] == 1.0) == called


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_a_signal_that_sees_nothing_any_more_is_blind(value: float) -> None:
    def silent(_now_s: int, sample: Second) -> None:
        for values in sample:
            values[:] = value

    road = Road(silent).run(600 + 180)
    assert road.health.blind[0]
    road.fault = None
    road.run(5)
    assert bool(road.health.blind[0]) == np.isnan(value)  # loops flagged for missing samples have to prove themselves
    road.run(300)
    assert not road.health.blind[0]


def test_where_nobody_has_ever_been_seen_nothing_is_believed_until_somebody_is() -> None:
    def nobody(_now_s: int, sample: Second) -> None:
        for values in sample:
            values[:] = 0.0

    road = Road(nobody, from_s=0).run(HealthSettings().never_s - 1)
    assert not road.health.blind[0]
    road.run(10)
    assert road.health.blind[0] == Sight.NOBODY
    road.fault = None
    road.run(HEADWAY_S)
    assert not road.health.blind[0]


def test_a_quiet_night_is_no_failure_and_ends_with_the_first_vehicle() -> None:
    def night(now_s: int, sample: Second) -> None:
        if now_s % 1200:
            for values in sample:
                values[:] = 0.0

    limits, nothing = HealthSettings(), np.zeros(LOOPS)
    road = Road(night, from_s=0).run(limits.blind_approach_s - 5)
    assert road.health.blind[0] == Sight.SEES
    for seconds, called in ((0, False), (10, True)):  # every lane has its turn: it may be the loops
        road.run(seconds)
        road.lanes.green.red_s[0] = limits.call_s
        _, _, occupancy = road.health.clean(nothing, nothing, nothing, road.lanes)
        assert (occupancy[STOP] == 1.0) == called
    road.run(1199 - limits.blind_approach_s)
    assert road.health.blind[0] == Sight.SEES


def test_when_traffic_ends_everybody_leaves_and_when_loops_fail_somebody_vanishes() -> None:
    def nobody(_now_s: int, sample: Second) -> None:
        for values in sample:
            values[:] = 0.0

    last_middle_s, line_s = 599, 602  # of one vehicle
    for end_s, sight in ((last_middle_s + 1, Sight.BLIND), (line_s, Sight.BLIND), (line_s + 1, Sight.SEES)):
        road = Road(nobody, from_s=end_s).run(end_s + 1800)
        assert road.health.blind[0] == sight
        assert road.log == []


def test_who_stands_is_seen() -> None:
    def jam(_now_s: int, sample: Second) -> None:
        for values in sample:
            values[:] = 0.0
        sample[2][STOP] = sample[2][MID] = 1.0

    assert Road(jam).run(600 + 300).health.blind[0] == Sight.SEES


def test_signals_that_fall_silent_all_together_are_blind_sooner_than_one_alone() -> None:
    tables, settings = pack([two_approaches(), two_approaches()]), HealthSettings()
    one = relations()
    both = one._replace(signal=np.array([0, 0, 0, 1]), loop_ptr=np.array([0, 3, 4]))
    for first_silent, blind in ((0, [Sight.BLIND] * 2), (3, [Sight.SEES] * 2)):
        health, lanes = Health(tables, both), lane_state(tables)
        for second in range(900 + 2 * settings.silent_town_s):
            entered = np.full(LOOPS, float(second % 2))
            if second >= 900:
                entered[first_silent:] = 0.0
            health.clean(entered, entered, entered, lanes)
        assert [Sight(int(sight)) for sight in health.blind] == blind


def test_stale_samples_are_dropped_and_repeating_them_changes_nothing() -> None:
    roads = Road().run(100), Road().run(100)
    sample = np.ones(LOOPS), np.ones(LOOPS), np.full(LOOPS, 0.5)
    for road in roads:
        road.health.clean(*sample, road.lanes, 100.0)
    roads[1].health.clean(*sample, roads[1].lanes, 100.0)
    roads[1].health.clean(*sample, roads[1].lanes, 99.0)
    assert (roads[0].health.stale, roads[1].health.stale) == (0, 2)
    assert roads[0].health.state.evidence.pending.tolist() == roads[1].health.state.evidence.pending.tolist()
    assert roads[1].health.state.samples.missing.tolist() == [2] * LOOPS


@given(st.lists(st.one_of(
    st.lists(st.floats(), max_size=6), st.text(max_size=3), st.none(), st.just([[1.0]]),
    st.lists(st.floats(allow_nan=True), min_size=LOOPS, max_size=LOOPS),
    st.lists(st.integers(-(2**70), 2**70), min_size=LOOPS, max_size=LOOPS)), min_size=3, max_size=60))
@settings(max_examples=60)
def test_whatever_is_given_what_comes_out_can_be_worked_with(given_values: list[object]) -> None:
    road = Road().run(5)
    for k in range(0, len(given_values) - 2, 3):
        cleaned = road.health.clean(given_values[k], given_values[k + 1], given_values[k + 2], road.lanes)
        for values in cleaned:
            assert np.isfinite(values).all()
            assert (values >= 0.0).all()
        assert (cleaned[2] <= 1.0).all()
        assert (cleaned[0] <= HealthSettings().most_vehicles).all()


def test_the_same_samples_give_the_same_bits() -> None:
    draw = np.random.default_rng(3)
    feed: NDArray[np.float64] = draw.integers(-1, 4, (400, 3, LOOPS)) * draw.choice([0.3, 1.0, np.nan], (400, 3, LOOPS))
    roads = Road(), Road()
    for entered, left, occupancy in feed:
        for road in roads:
            road.health.clean(entered, left, occupancy, road.lanes)
    for record, like in zip(*(road.health.state for road in roads), strict=True):
        assert [mine.tobytes() for mine in record] == [other.tobytes() for other in like]


def three_signals() -> tuple[Tables, Relations]:
    """Three signals of a road each, that of `relations` three times."""
    one, n = relations(), 3
    mates = np.concatenate([one.mate[:6] + LOOPS * k for k in range(n)])
    return pack([two_approaches()] * n), one._replace(
        mate_ptr=np.concatenate([[0], np.cumsum([2, 2, 2, 0] * n)]), mate=mates, mate_lag_s=np.tile(one.mate_lag_s, n),
        beside_ptr=np.zeros(LOOPS * n + 1, np.int64), signal=np.repeat(np.arange(n), LOOPS),
        alone=np.tile(one.alone, n), loop_ptr=np.arange(0, LOOPS * n + 1, LOOPS), loop=np.arange(LOOPS * n),
        cell=np.concatenate([np.array([0, 1, 2, 3]) + 6 * k for k in range(n)]))


@pytest.mark.parametrize(("silent_too", "alarms"), [((), {STOP, MID, FAR}), ((4, 5, 6, 8, 9, 10), set())])
def test_traffic_that_ends_ends_on_many_roads(silent_too: tuple[int, ...], alarms: set[int]) -> None:
    tables, all_related = three_signals()
    health, lanes = Health(tables, all_related), lane_state(tables)
    for second in range(3600):
        entered = np.full(3 * LOOPS, float(second % 4 == 0))
        if second >= 1500:
            entered[[STOP, MID, FAR, *silent_too]] = 0.0
            entered[3] = float(second % 2 == 0)  # the rest of its signal makes up for it
        health.clean(entered, entered, entered, lanes)
        if second == 2700:
            assert set(np.flatnonzero(health.status == LoopStatus.DEAD)) == alarms


@pytest.mark.parametrize(("fades", "sight"), [(False, Sight.BLIND), (True, Sight.SEES)])
def test_traffic_ends_bit_by_bit_and_detection_at_once(fades: bool, sight: Sight) -> None:
    tables, one = pack([two_approaches()]), relations()
    health, lanes = Health(tables, one), lane_state(tables)
    for second in range(1500):
        entered = np.full(LOOPS, float(second % 4 == 0))
        left = entered.copy()
        if 900 <= second < 1200 and fades:
            entered[:] = left[:] = float(second == 1190)  # the last one comes, and does not leave the line
            left[STOP] = 0.0
        elif second >= 1196:
            entered[:] = left[:] = 0.0
        elif second >= 1190:
            left[STOP] = 0.0  # somebody vanishes
        health.clean(entered, left, entered, lanes)
    assert health.blind[0] == sight
