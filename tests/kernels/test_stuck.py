"""Who stands inside before a queue that has come to a stand is waited for: until it moves, but not for ever."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from signal_core.arrays import GREEN, RED, Feeds, FloatArray
from signal_core.engine import Estimator, Sequencer
from signal_core.settings import Settings
from signal_core.tables import Tables, pack
from tests.kernels.approaches import LOOPS, STOP, two_approaches

pytestmark = pytest.mark.kernel

YELLOW_S, LEAVES_S, HOLD_S = 3, 3, 12
ENTRY = LOOPS + 2  # the far loop of the next signal, at the beginning of the way to it


def row(room: float) -> Tables:
    """A signal, and the next one, whose first lane all of the first lane before comes to."""
    first = two_approaches()
    feeds = [each._replace(loop=each.loop + LOOPS) for each in (first.mid, first.far)]
    entries = Feeds(np.array([0, 1, 1]), np.array([STOP]), np.ones(1), np.array([9]))
    return pack([first, replace(first, id="y", stop_loop=first.stop_loop + LOOPS, mid=feeds[0], far=feeds[1],
                                entries=entries, entry_room=np.array([room, 0.0]))])


def marks(*loops: int) -> FloatArray:
    return np.bincount(np.array(loops, dtype=np.int64), minlength=2 * LOOPS).astype(np.float64)


def conflict_starts_s(stands: range, leave_s: tuple[int, ...], room: float = 0.0, hold_s: int = HOLD_S) -> int:
    """Seconds from the end of green to the conflicting start.

    stands: seconds in which somebody stands at the beginning of the way; leave_s: when vehicles leave the line.
    """
    tables = row(room)
    sequencer = Sequencer(tables, np.array([GREEN, RED, GREEN, RED], np.uint8))
    estimator = Estimator(tables, sequencer.state, Settings(exit_hold_s=hold_s))
    for now in range(-20, 60):
        left = marks(*[STOP] * (now in leave_s))
        estimator.observe(marks(), left, marks(*[ENTRY] * (now in stands)))
        shown = sequencer.propose(np.array([0 if now < 0 else 1, 0]))
        if shown[1] == GREEN:
            return now
        sequencer.show(shown)
    raise AssertionError("the conflicting movement never starts")


def test_while_the_queue_moves_nobody_waits() -> None:
    assert conflict_starts_s(range(0), (-6, -4, -2)) == YELLOW_S
    assert conflict_starts_s(range(-10, -8), (-6, -4, -2)) == YELLOW_S


def test_who_stands_inside_is_waited_for_until_the_queue_moves() -> None:
    assert conflict_starts_s(range(-8, 9), (-6, -4, -2)) == 9 + LEAVES_S - 1
    assert conflict_starts_s(range(-8, 9), (-6, -4, -2), hold_s=0) == YELLOW_S


def test_but_not_for_ever() -> None:
    assert conflict_starts_s(range(-8, 60), (-6, -4, -2)) == HOLD_S + LEAVES_S


def test_who_has_room_behind_the_junction_is_not_inside() -> None:
    assert conflict_starts_s(range(-8, 60), (-6, -4), room=2.0) == YELLOW_S
    assert conflict_starts_s(range(-8, 60), (-15,)) == YELLOW_S
