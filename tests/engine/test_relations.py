"""What loops have to do with each other, on two lanes of one road that share the middle loop."""

from __future__ import annotations

import numpy as np

from signal_core.estimating.health import Relations
from signal_core.estimating.relations import LoopedLane, relate

LEFT = LoopedLane(({0: 0.0}, {1: 0.3}, {2: 0.9}), "road", frozenset("ab"))
RIGHT = LoopedLane(({3: 0.0}, {1: 0.3}, {4: 5.0}), "road", frozenset("b"))
UNUSED = 5


def _related(*lanes: LoopedLane) -> Relations:
    return relate([lanes], 6)


def _row(ptr: np.ndarray, values: np.ndarray, i: int) -> list[int]:  # type: ignore[type-arg]
    return [int(value) for value in values[ptr[i]:ptr[i + 1]]]


def test_who_sees_the_same_vehicles_sooner_or_later_and_by_how_much() -> None:
    found = _related(LEFT, RIGHT)
    mates = {i: dict(zip(_row(found.mate_ptr, found.mate, i), _row(found.mate_ptr, found.mate_lag_s, i), strict=True))
             for i in range(6)}
    assert mates[4] == {1: -5, 3: -5}
    assert mates[3] == {1: 1, 4: 5}
    assert mates[UNUSED] == {}


def test_less_than_a_second_apart_still_says_who_comes_first() -> None:
    found = _related(LEFT)
    lag_s = {(j, i): lag for i in range(3)
             for j, lag in zip(_row(found.mate_ptr, found.mate, i), _row(found.mate_ptr, found.mate_lag_s, i),
                               strict=True)}
    assert lag_s == {(j, i): 1 if j > i else -1 for j in range(3) for i in range(3) if i != j}


def test_beside_are_loops_at_one_distance_of_lanes_that_share_a_movement_and_no_loop_is_beside_itself() -> None:
    found = _related(LEFT, RIGHT)
    beside = [_row(found.beside_ptr, found.beside, i) for i in range(6)]
    assert beside == [[3], [], [4], [0], [2], []]


def test_alone_is_who_has_a_road_for_himself() -> None:
    assert _related(LEFT).alone.tolist() == [True, True, True, False, False, False]
    assert not _related(LEFT, RIGHT).alone.any()
