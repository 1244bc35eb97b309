"""The estimator's laws on one approach with three loops: what comes must go, what stands is seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from signal_core.estimating.estimator import Estimator
from signal_core.kernels import queues
from signal_core.planning.planner import Planner
from signal_core.sequencing.sequencer import Sequencer
from signal_core.settings import Settings
from signal_core.tables.arrays import GREEN, PERMISSIVE, RED
from signal_core.tables.packed import pack
from tests.kernels.approaches import (
    FAR,
    FAR_LAG_S,
    FAR_STORAGE,
    LOOPS,
    MID,
    MID_LAG_S,
    MID_STORAGE,
    STOP,
    marks,
    two_approaches,
)

pytestmark = pytest.mark.kernel

class Street:
    """A planner and the seconds fed to it."""

    def __init__(self) -> None:
        tables = pack([two_approaches()])
        signals = Sequencer(tables, np.array([RED, GREEN], dtype=np.uint8)).state
        self.planner = Planner(Estimator(tables, signals, Settings()))
        self.lanes = self.planner.estimator.lanes

    def second(self, entered: tuple[int, ...] = (), left: tuple[int, ...] = (), occupied: tuple[int, ...] = (),
               share: float = 1.0) -> None:
        self.planner.estimator.observe(marks(entered), marks(left), share * marks(occupied))

    @property
    def queue(self) -> float:
        return float(self.lanes.queue.near[0] + self.lanes.queue.beyond[0])

    @property
    def planned(self) -> float:
        """The queue that is decided on."""
        return float(queues.to_serve(self.planner.tables, self.lanes, 0, self.planner.settings))

    @property
    def expected(self) -> float:
        return float(self.lanes.arrivals.sure[:64].sum() + self.lanes.arrivals.expected[:64].sum())


def test_a_far_count_is_expected_and_the_middle_count_is_the_same_vehicle() -> None:
    street = Street()
    street.second(entered=(FAR,))
    assert street.expected == pytest.approx(1.0)
    for _ in range(FAR_LAG_S - MID_LAG_S - 1):
        street.second()
    street.second(entered=(MID,))
    assert street.expected == pytest.approx(1.0)


def test_a_vehicle_that_stops_is_a_queue_until_it_leaves() -> None:
    street = Street()
    street.second(entered=(MID,))
    for _ in range(MID_LAG_S):
        street.second(occupied=(STOP,))
    assert street.queue == pytest.approx(1.0)
    street.second(left=(STOP,))
    assert street.queue == pytest.approx(0.0)


@pytest.mark.parametrize(("code", "share", "planned"), [
    (GREEN, 0.6, 0.0), (GREEN, 0.4, 1.0), (PERMISSIVE, 0.6, 1.0), (RED, 0.6, 1.0)])
def test_nothing_is_planned_for_who_is_over_the_line_with_priority(code: int, share: float, planned: float) -> None:
    street = Street()
    street.planner.estimator.signals.shown[:] = (code, RED)
    street.second(entered=(MID,))
    for _ in range(MID_LAG_S - 1):
        street.second()
    street.second(entered=(STOP,), occupied=(STOP,), share=share)
    assert street.queue == pytest.approx(1.0)
    assert street.planned == pytest.approx(planned)


def test_a_standing_middle_loop_means_a_queue_up_to_it_and_a_far_one_beyond() -> None:
    street = Street()
    for _ in range(4):
        street.second(occupied=(STOP, MID))
    assert street.queue >= MID_STORAGE
    for _ in range(4):
        street.second(occupied=(STOP, MID, FAR))
    assert street.queue >= FAR_STORAGE


def test_no_more_are_near_than_there_is_room_for() -> None:
    street = Street()
    for second in range(40):
        street.second(entered=(MID,), occupied=(STOP, MID) if second % 2 else (STOP,))
    assert street.lanes.queue.near[0] == pytest.approx(Settings().packing * MID_STORAGE + 1.0)


def test_an_empty_stop_line_means_nobody() -> None:
    street = Street()
    for _ in range(4):
        street.second(occupied=(STOP, MID))
    for _ in range(Settings().empty_s + 20):
        street.second()
    assert street.queue == pytest.approx(0.0, abs=1e-2)


def test_queues_never_fall_below_zero_and_the_same_counts_give_the_same_bits() -> None:
    draw = np.random.default_rng(5)
    feed = [[tuple(np.flatnonzero(draw.random(LOOPS) < p).tolist()) for p in (0.2, 0.3, 0.4)] for _ in range(600)]
    streets = Street(), Street()
    for entered, left, occupied in feed:
        for street in streets:
            street.second(entered, left, occupied)
        assert min(streets[0].lanes.queue.near.min(), streets[0].lanes.queue.beyond.min()) >= 0.0
    for record, like in zip(streets[0].lanes, streets[1].lanes, strict=True):
        assert all(mine.tobytes() == other.tobytes() for mine, other in zip(record, like, strict=True))


def test_a_head_has_waited_since_it_came_for_what_it_was_not_offered() -> None:
    tables = pack([replace(two_approaches(), lane_link_ptr=np.array([0, 2, 2]))])  # both movements from lane 0
    state = Sequencer(tables, np.array([GREEN, RED], dtype=np.uint8)).state
    planner = Planner(Estimator(tables, state, Settings()))
    for second in range(1, 13):
        state.green_s[0] = 20 + second
        planner.estimator.observe(marks(()), marks(()), marks((STOP,)))
        assert planner.estimator.lanes.head.unserved_s[0] == (second if second >= Settings().stall_s else 0)


def test_a_head_that_stands_through_green_wants_something_else() -> None:
    street = Street()
    street.planner.estimator.signals.shown[:] = (GREEN, RED)
    for second in range(12):
        street.planner.estimator.signals.green_s[0] = second
        street.second(occupied=(STOP,))
    assert street.lanes.head.refused[0] == 1
    street.second(left=(STOP,))
    assert street.lanes.head.refused[0] == 0
