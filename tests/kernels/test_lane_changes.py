"""Who waits in front of an empty line for the full lane beside it counts there, until somebody moves."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signal_core.estimating.estimator import Estimator
from signal_core.estimating.health import Health
from signal_core.estimating.relations import relations_of
from signal_core.kernels import queues
from signal_core.kernels.compiled import direct
from signal_core.kernels.kept import kept
from signal_core.kernels.lane_changes import wait_beside
from signal_core.sequencing.sequencer import Sequencer
from signal_core.settings import Settings
from signal_core.tables.arrays import GREEN, RED, Feeds
from signal_core.tables.packed import pack
from signal_core.tables.state import lane_state
from tests.faults.streets import LEVELS, intersections
from tests.kernels.approaches import LOOPS, MID, MID_STORAGE, STOP, two_approaches

pytestmark = pytest.mark.kernel
FULL_STOP, FULL_MID = 3, 2  # of the lane beside, which has the outermost loop of the other one for its middle


class Road:
    """Lane 0, and lane 1, full; side by side where the road is one. Nobody leaves but who is said to."""

    def __init__(self, beside: bool = True, shows: int = GREEN) -> None:
        one = two_approaches()
        lanes = Feeds(np.array([0, 1, 2]), np.array([MID, FULL_MID]), np.ones(2), np.array([3, 3]))
        none = Feeds(np.zeros(3, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.int64))
        streets = [replace(one, mid=lanes, far=none, mid_storage=np.full(2, MID_STORAGE), far_storage=np.zeros(2),
                           road=np.array([0, 0 if beside else 1]))]
        tables, shown = pack(streets), np.array([RED, shows], np.uint8)
        health = Health(tables, relations_of(streets, LOOPS))
        self.estimator = Estimator(tables, Sequencer(tables, shown).state, Settings(), health)

    def seconds(self, number: int, entered: int = -1, left: int = -1, at_line: tuple[int, ...] = (FULL_STOP,)) -> None:
        for _ in range(number):
            counts = np.zeros((2, LOOPS))
            counts[0, [i for i in (entered,) if i >= 0]] = 1.0
            counts[1, [i for i in (left,) if i >= 0]] = 1.0
            occupancy = np.isin(np.arange(LOOPS), [*at_line, FULL_MID]).astype(float)
            self.estimator.observe(counts[0], counts[1], occupancy)
            entered = left = -1

    @property
    def planned(self) -> list[float]:
        """Of each lane the queue that is decided on, less what is inferred beyond its loops."""
        e = self.estimator
        settings = e.settings._replace(unseen_factor=0.0)
        return [float(queues.to_serve(e.tables, e.lanes, k, settings)) for k in range(2)]


def three_come(road: Road) -> None:
    """Over the middle loop of lane 0, and are due at its line, where nobody is to be seen."""
    road.seconds(8)
    for _ in range(3):
        road.seconds(2, entered=MID)
    road.seconds(14)


def test_who_is_not_at_his_line_waits_for_the_full_lane_beside() -> None:
    road = Road()
    three_come(road)
    assert road.planned == pytest.approx([0.0, MID_STORAGE + 3.0], abs=0.05)


def test_nobody_is_known_to_wait_for_a_lane_that_has_had_no_green() -> None:
    road = Road(shows=RED)
    three_come(road)
    assert road.planned == pytest.approx([0.0, MID_STORAGE], abs=0.05)


def test_nobody_waits_for_a_lane_of_another_road() -> None:
    road = Road(beside=False)
    three_come(road)
    assert road.planned == pytest.approx([0.0, MID_STORAGE], abs=0.05)


def test_he_is_forgotten_once_that_lane_moves() -> None:
    road = Road()
    three_come(road)
    road.seconds(1, left=FULL_STOP)
    road.seconds(2)
    assert road.planned[1] <= MID_STORAGE


def test_he_is_forgotten_once_somebody_is_at_his_own_line() -> None:
    road = Road()
    three_come(road)
    road.seconds(3, at_line=(STOP, FULL_STOP))
    assert road.planned == pytest.approx([1.0, MID_STORAGE], abs=0.05)


def test_no_more_wait_than_there_is_room_for() -> None:
    road = Road()
    road.seconds(8)
    for _ in range(12):
        road.seconds(2, entered=MID)
    road.seconds(14)
    assert road.planned[1] == pytest.approx(2.0 * MID_STORAGE, abs=0.05)


def test_nobody_waits_for_a_lane_that_is_not_full() -> None:
    road = Road()
    three_come(road)
    road.estimator.lanes.queue.near[1] = 0.6 * MID_STORAGE
    occupancy = np.zeros(LOOPS)
    occupancy[FULL_STOP] = 1.0
    for _ in range(2):
        road.estimator.observe(np.zeros(LOOPS), np.zeros(LOOPS), occupancy)
    assert road.planned[1] == pytest.approx(0.6 * MID_STORAGE)


@dataclass(frozen=True)
class Lane:
    """What is seen of a lane, and who came and is not at its line."""

    road: int
    room: float
    near: float
    idle_s: int
    stood_green_s: float
    aside: float

    @property
    def stands_full(self) -> bool:
        """Its head has stood through 8 s of green, and 0.7 of the room is taken."""
        return self.stood_green_s >= 8.0 and 0.0 < 0.7 * self.room <= self.near


def told(signal: list[Lane]) -> tuple[list[float], list[float]]:
    """Who stays aside on each lane of a signal, and who waits for it."""
    aside, waits = [], [0.0] * len(signal)
    for k, lane in enumerate(signal):
        full = [j for j, other in enumerate(signal) if j != k and other.road == lane.road and other.stands_full]
        aside.append(lane.aside if full else 0.0)
        if full and lane.aside >= 1.0:
            waits[max(full, key=lambda j: (signal[j].idle_s, -j))] += lane.aside
    return aside, waits


@given(st.data(), st.integers(0, 2**32 - 1))
def test_who_waits_for_whom_and_the_twin_are_the_same(data: st.DataObject, seed: int) -> None:
    one = data.draw(intersections())
    streets, draw = [one, data.draw(intersections(first_loop=one.n_lanes * LEVELS))], np.random.default_rng(seed)
    signals = [[Lane(int(draw.integers(0, 2)), float(draw.choice([0.0, 4.0, 6.0])),
                     float(draw.choice([0.0, 2.8, 2.9, 4.2, 6.0])), int(draw.integers(3, 9)),
                     float(draw.choice([0.0, 7.9, 8.0, 30.0])), float(draw.choice([0.0, 0.9, 1.0, 2.5])))
                for _ in range(street.n_lanes)] for street in streets]
    lanes = [lane for signal in signals for lane in signal]
    tables = pack(streets)._replace(
        road=np.array([lane.road for lane in lanes]), mid_storage=np.array([lane.room for lane in lanes]))
    state = lane_state(tables)
    state.queue.near[:], state.queue.aside[:] = [[lane.near for lane in lanes], [lane.aside for lane in lanes]]
    state.line.idle_s[:] = [lane.idle_s for lane in lanes]
    arguments = kept(tables), kept(state), np.array([lane.stood_green_s for lane in lanes]), 8
    direct(wait_beside, *arguments)(*arguments)
    expected = [told(signal) for signal in signals]
    assert state.queue.aside.tolist() == [value for aside, _ in expected for value in aside]
    assert state.queue.beside == pytest.approx([value for _, waits in expected for value in waits])
