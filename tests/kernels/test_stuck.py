"""Who stands inside before a queue that has come to a stand is waited for: until it moves, but not for ever."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from signal_core.estimating.estimator import Estimator
from signal_core.sequencing.sequencer import Sequencer
from signal_core.settings import Settings
from signal_core.tables.arrays import GREEN, RED, Feeds, FloatArray
from signal_core.tables.packed import Tables, pack
from tests.kernels.approaches import LOOPS, STOP, two_approaches

pytestmark = pytest.mark.kernel

YELLOW_S, LEAVES_S, HOLD_S = 3, 3, 12
AHEAD, TURN = LOOPS, LOOPS + 1
"""Loops behind the junction: where the first lane goes straight on, and where it turns."""


def junction() -> Tables:
    exits = Feeds(np.array([0, 2, 2]), np.array([AHEAD, TURN]), np.array([0.75, 0.25]), np.array([3, 3]))
    return pack([replace(two_approaches(), exits=exits)])


def marks(*loops: int) -> FloatArray:
    return np.bincount(np.array(loops, dtype=np.int64), minlength=LOOPS + 2).astype(np.float64)


def conflict_starts_s(enter_s: tuple[int, ...], stands: range, leave_s: tuple[int, ...] = (), exit_loop: int = AHEAD,
                      hold_s: int = HOLD_S, since_s: int = -20) -> int:
    """Seconds from the end of green to the conflicting start.

    enter_s: when vehicles leave the line; stands: seconds in which somebody stands at an exit; leave_s: when others
    leave by the other one.
    """
    tables = junction()
    sequencer = Sequencer(tables, np.array([GREEN, RED], np.uint8))
    estimator = Estimator(tables, sequencer.state, Settings(exit_hold_s=hold_s))
    for now in range(since_s, 60):
        left = marks(*[STOP] * (now in enter_s), *[AHEAD + TURN - exit_loop] * (now in leave_s))
        estimator.observe(marks(), left, marks(*[exit_loop] * (now in stands)))
        shown = sequencer.propose(np.array([0 if now < 0 else 1]))
        if shown[1] == GREEN:
            return now
        sequencer.show(shown)
    raise AssertionError("the conflicting movement never starts")


def test_while_the_queue_moves_nobody_waits() -> None:
    assert conflict_starts_s((-6, -4, -2), range(0)) == YELLOW_S
    assert conflict_starts_s((-6, -4, -2), range(-10, -8)) == YELLOW_S


@pytest.mark.parametrize("exit_loop", [AHEAD, TURN])
def test_who_stands_inside_is_waited_for_until_the_queue_moves(exit_loop: int) -> None:
    assert conflict_starts_s((-4, -2), range(-8, 9), exit_loop=exit_loop) == 9 + LEAVES_S - 1
    assert conflict_starts_s((-4, -2), range(-8, 9), exit_loop=exit_loop, hold_s=0) == YELLOW_S


def test_but_not_for_ever() -> None:
    assert conflict_starts_s((-4, -2), range(-8, 60)) == HOLD_S + LEAVES_S


def test_who_has_left_by_another_exit_is_not_inside() -> None:
    assert conflict_starts_s((-6, -4), range(-8, 60), leave_s=(-3, -1)) == YELLOW_S
    assert conflict_starts_s((-6, -4, -2), range(-8, 9), leave_s=(-3, -1)) == 9 + LEAVES_S - 1
    assert conflict_starts_s((), range(-20, 60)) == YELLOW_S


def test_a_vehicle_that_no_loop_saw_leave_is_forgotten() -> None:
    assert conflict_starts_s((-20,), range(-8, 60)) < HOLD_S


def test_a_loop_that_is_stuck_holds_nobody_up_for_good() -> None:
    assert conflict_starts_s((-4, -2), range(-20, 60), since_s=-110) > YELLOW_S
    assert conflict_starts_s((-4, -2), range(-130, 60), since_s=-130) == YELLOW_S


def test_at_the_end_of_a_ring_nothing_waits_that_would_empty_it() -> None:
    tables = junction()
    tables.in_ring[1] = True
    sequencer = Sequencer(tables, np.array([GREEN, RED], np.uint8))
    estimator = Estimator(tables, sequencer.state, Settings())
    for now in range(-8, 4):
        estimator.observe(marks(), marks(*[STOP] * (now == -2)), marks(AHEAD))
        sequencer.show(sequencer.propose(np.array([0 if now < 0 else 1])))
    assert sequencer.state.shown[1] == GREEN
