"""Clearances that end once a crossing is seen empty, against a plain twin that looks at the whole history."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signal_core.estimating.on_crossing import OnCrossing
from signal_core.kernels.codes import LONG_AGO_S
from signal_core.sequencing.sequencer import Sequencer
from signal_core.tables.arrays import GREEN, PERMISSIVE, RED
from signal_core.tables.intersection import Intersection
from signal_core.tables.packed import pack
from tests.kernels.approaches import two_approaches

pytestmark = pytest.mark.kernel

FULL_S, LEAST_S = 11, 4


def crossing(least_s: int = LEAST_S) -> Intersection:
    """A road and a crossing over it, which owes 11 s."""
    conflicts = np.array([[False, True], [True, False]])
    return replace(two_approaches(), conflicts=conflicts, intergreen_s=np.array([[0, 5], [FULL_S, 0]]),
                   yellow_s=np.array([3, 0]), min_green_s=np.array([5, 5]), unwatched=np.array([False, True]),
                   least_clear_s=np.array([0, least_s]))


def street(x: Intersection) -> Sequencer:
    sequencer = Sequencer(pack([x]), np.array([RED, RED], dtype=np.uint8))
    sequencer.on_crossing = OnCrossing([x], sequencer.state)
    return sequencer


@dataclass
class Twin:
    """Of one crossing: every second whether it had green in it, and how many were seen at its end."""

    green: list[bool] = field(default_factory=list)
    persons: list[float] = field(default_factory=list)
    held: int = 0

    def second(self, green: bool, persons: float) -> int:
        """Seconds since its last green as they count, FULL_S at most; -1 where it has had none."""
        self.green.append(green)
        self.persons.append(persons)
        self.held = 0 if green else self.held
        found = self.cleared_s()
        if persons > 0 and not green and self.held < 5.5 and self._was_empty() and self._real_s() == FULL_S:
            self.held += 1
            return FULL_S - 1
        return found

    def _begins(self) -> list[int]:
        return [k for k, is_green in enumerate(self.green) if is_green and not (k and self.green[k - 1])]

    def _was_empty(self) -> bool:
        """Somebody looked, and saw nobody, between the beginnings of the last walk and the one before."""
        *before, last = self._begins() or [0]
        return 0 in self.persons[(before or [0])[-1]:last]

    def _real_s(self) -> int:
        return next((k for k, was in enumerate(reversed(self.green)) if was), LONG_AGO_S) - self.held

    def cleared_s(self) -> int:
        """The same before somebody slow is waited for."""
        if self.green[-1]:
            return 0
        if not any(self.green):
            return -1
        real_s = self._real_s()
        seen = any(n > 0 for n in self.persons[self._begins()[-1]:])
        empty = len(self.persons) > 1 and self.persons[-2:] == [0, 0]
        return FULL_S if seen and empty and real_s >= LEAST_S else min(real_s, FULL_S)


@given(st.integers(0, 2**32 - 1))
def test_as_the_twin_says(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sequencer, twin = street(crossing()), Twin()
    busy = 0
    for _ in range(60):
        if busy == 0:
            busy, colour = int(rng.integers(5, 14)), rng.choice([RED, GREEN, PERMISSIVE])
        busy -= 1
        sequencer.show(np.array([RED, colour], dtype=np.uint8), 1)
        persons = float(rng.choice([0.0, 1.0, 3.0, math.nan], p=[0.75, 0.1, 0.1, 0.05]))
        sequencer.take_on_crossing([math.nan, persons])
        cleared_s = twin.second(colour != RED, persons)
        if cleared_s >= 0:
            assert min(sequencer.state.clearing_s[1], FULL_S) == cleared_s
    assert sequencer.state.clearing_s[0] == 60, "the road has no crossing"


def starts_after_s(says: list[float], least_s: int = LEAST_S, walk_s: int = 5) -> int:
    """Seconds from the end of a walk until the road has green; its detector says so much each second, then the last."""
    sequencer = street(crossing(least_s))
    wanted = np.array([1], dtype=np.int64)
    ended = None
    for k in range(80):
        sequencer.take_on_crossing([math.nan, says[min(k, len(says) - 1)]])
        shown = sequencer.state.shown
        if k > 30 and shown[1] == GREEN and sequencer.state.green_s[1] >= walk_s:
            wanted[0] = 0
        taken = sequencer.propose(wanted).copy()
        if ended is None and k > 30 and shown[1] == GREEN and taken[1] == RED:
            ended = k
        if ended is not None and taken[0] == GREEN:
            return k - ended
        sequencer.show(taken)
    return -1


def walked(until: int) -> list[float]:
    """Nobody before the walk; then somebody on the crossing until so many seconds after the walk has been shown."""
    return [0.0] * 30 + [1.0] * (until + 2)


def test_the_road_starts_once_nobody_has_been_seen_for_two_seconds() -> None:
    assert starts_after_s([*walked(2), 0.0]) < starts_after_s([*walked(7), 0.0]) < FULL_S
    assert starts_after_s([*walked(0), 0.0], walk_s=7) == LEAST_S


@pytest.mark.parametrize("says", [[0.0], [1.0], [math.nan], [*walked(2), math.nan], [0.0] * 10 + [1.0] + [0.0]])
def test_a_detector_that_is_dead_stuck_silent_or_has_died_shortens_nothing(says: list[float]) -> None:
    assert starts_after_s(says) == FULL_S


def test_who_walks_slowly_is_waited_for_but_not_for_ever() -> None:
    """Half of the 11 s: 6 s, as it is looked at once a second."""
    assert starts_after_s([*walked(20), 0.0]) == FULL_S + 6
    assert FULL_S < starts_after_s([*walked(12), 0.0]) < FULL_S + 6


@pytest.mark.parametrize("nothing", [None, [], [1.0], "no", object()])
def test_what_cannot_be_read_shortens_nothing(nothing: object) -> None:
    sequencer = street(crossing())
    for k in range(12):
        sequencer.show(np.array([RED, GREEN if k < 5 else RED], dtype=np.uint8))
        sequencer.take_on_crossing([math.nan, 1.0] if k < 5 else nothing)  # type: ignore[arg-type]
    assert sequencer.state.clearing_s[1] == 7


def test_somebody_who_comes_back_is_waited_for() -> None:
    sequencer = street(crossing())
    for k in range(12):
        sequencer.show(np.array([RED, GREEN if k < 5 else RED], dtype=np.uint8))
        sequencer.take_on_crossing([math.nan, 1.0 if k in (3, 11) else 0.0])
        if k == 10:
            assert sequencer.state.clearing_s[1] >= FULL_S
    assert sequencer.state.clearing_s[1] == 7


def test_where_something_else_is_shown_than_ordered_nobody_knows_who_went() -> None:
    sequencer = street(crossing())
    for k in range(7):
        sequencer.show(np.array([RED, GREEN if k < 5 else RED], dtype=np.uint8))
        sequencer.take_on_crossing([math.nan, 1.0 if k < 5 else 0.0])
    sequencer.found(np.array([RED, GREEN], dtype=np.uint8))
    sequencer.found(np.array([RED, RED], dtype=np.uint8))
    for _ in range(FULL_S - 1):
        sequencer.show(np.array([RED, RED], dtype=np.uint8))
        sequencer.take_on_crossing([math.nan, 0.0])
    assert sequencer.state.clearing_s[1] == FULL_S - 1
