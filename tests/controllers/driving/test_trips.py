"""Interlock trips: counted with time, signal and reason; the network's own first state is not ours."""

from __future__ import annotations

import numpy as np

from controllers.driving.trips import MOST, Trips
from signal_core.interlock.interlock import Status
from signal_core.kernels.interlock_records import Answer


def _answer(*status: int, link: int = 2, foe: int = -1) -> Answer:
    n = len(status)
    return Answer(np.array(status, np.uint8), np.full(n, link), np.full(n, foe), np.full(n, -1), np.zeros(0, np.uint8))


def test_the_state_a_signal_is_found_in_is_noted_and_not_counted() -> None:
    trips = Trips(["a", "b"])
    trips.found(0.0, _answer(Status.CONFLICT, Status.OK, foe=5))
    trips.checked(0.0, _answer(Status.CONFLICT, Status.OK, foe=5), 1)
    assert (trips.count, trips.kept) == (0, [])
    assert trips.notes == [
        "signal a: the state it was found in breaks a rule of the interlock (conflict at link 2 against link 5)"
    ]


def test_what_comes_after_an_order_was_taken_is_counted_and_told() -> None:
    trips = Trips(["a", "b"])
    trips.checked(0.0, _answer(Status.CONFLICT, Status.OK), 1)
    trips.checked(1.0, _answer(Status.OK, Status.SHORT_YELLOW), 1)
    trips.found(2.0, _answer(Status.NOT_TAKEN, Status.OK))
    assert trips.count == 2
    assert [tuple(trip) for trip in trips.kept] == [
        (1.0, "b", "short yellow at link 2", True), (2.0, "a", "not taken at link 2", False)]  # fmt: skip


def test_all_are_counted_and_the_first_are_kept() -> None:
    trips = Trips(["a"])
    trips.checked(0.0, _answer(Status.OK), 0)
    for second in range(MOST + 5):
        trips.checked(1.0 + second, _answer(Status.SHORT_GREEN), 1)
    assert (trips.count, len(trips.kept)) == (MOST + 5, MOST)
