"""The rules of the interlock for those on foot, each by an example."""

from __future__ import annotations

import numpy as np
import pytest

from signal_core.interlock.interlock import Status
from tests.interlock.crossroads import LONG_S, codes, crossroads, drive

pytestmark = pytest.mark.kernel


def test_those_on_foot_get_across_whatever_the_intergreens_say() -> None:
    def after(seconds: int) -> Status:
        lock = crossroads("rrG", walk_clear_s=[0, 0, 14])
        drive(lock, LONG_S, *["rrr"] * seconds)
        return drive(lock, LONG_S + seconds, "rGr")[0][0]

    assert after(7) is Status.SHORT_CLEARANCE
    assert after(8) is after(13) is Status.SHORT_WALK_CLEARANCE
    assert after(14) is Status.OK


def test_nobody_steps_off_in_front_of_a_turn_under_way() -> None:
    """The side road (1) gives way to the crossing (2)."""
    def found(shown: str, *states: str) -> list[Status]:
        lock = crossroads(shown, walk_lead_s=[[0] * 3, [0, 0, 1], [0] * 3])
        return [status for status, _ in drive(lock, LONG_S, *states)]

    assert found("rgr", "rgG") == [Status.TURN_MOVING]
    assert found("rrr", "rgG") == found("rrG", "rgG") == [Status.OK]
    assert found("rgr", *["ryr"] * 3, "rrr", "rrr", "rrG", "rgG")[-2:] == [Status.SHORT_CLEARANCE, Status.OK]
    assert crossroads("rgr").check(LONG_S, codes("rgG"), np.zeros(3, dtype=bool)).status[0] == Status.OK


def cleared_after(sights: list[float], least_s: int = 4, walk: int = 7, start: str = "rGr") -> Status:
    """The walk (2) and the seconds after it, with what a detector on the crossing says; then the side road starts."""
    lock = crossroads("rrr", walk_clear_s=[0, 0, 8], least_clear_s=[0, 0, least_s])
    for k, persons in enumerate(sights):
        state = ("rrG" if k < walk else "rrr") if k < len(sights) - 1 else start
        answer = lock.check(LONG_S + k, codes(state), np.zeros(3, dtype=bool), [0.0, 0.0, persons])
    return Status(answer.status[0])


def test_a_crossing_is_clear_once_a_detector_has_seen_it_empty_twice() -> None:
    assert cleared_after([0, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0]) is Status.OK
    assert cleared_after([0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0]) is Status.SHORT_CLEARANCE, "seen once"
    assert cleared_after([0, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0]) is Status.SHORT_CLEARANCE, "3 s after its green"
    assert cleared_after([0, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0], least_s=3) is Status.OK
    assert cleared_after([0, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1]) is Status.SHORT_CLEARANCE, "somebody is there again"


@pytest.mark.parametrize("says", [0.0, 1.0, float("nan"), -1.0])
def test_a_detector_that_is_dead_or_stuck_or_silent_shortens_nothing(says: float) -> None:
    """8 s are owed, by the intergreen and by the walk."""
    assert cleared_after([says] * 15) is Status.SHORT_CLEARANCE
    assert cleared_after([says] * 16) is Status.OK


def test_what_a_detector_saw_of_an_earlier_walk_says_nothing_of_this_one() -> None:
    """It died between the two."""
    first = [0, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0]
    lock = crossroads("rrr", least_clear_s=[0, 0, 4])
    states = ["rrG"] * 7 + ["rrr"] * 8 + ["rrG"] * 7 + ["rrr"] * 5 + ["rGr"]
    for k, state in enumerate(states):
        persons = first[k] if k < len(first) else 0
        answer = lock.check(LONG_S + k, codes(state), np.zeros(3, dtype=bool), [0.0, 0.0, persons])
    assert Status(answer.status[0]) is Status.SHORT_CLEARANCE


def test_who_was_seen_in_the_middle_of_a_walk_was_seen() -> None:
    """Whoever went is off again before the walk ends; that it goes on is no walk of its own."""
    assert cleared_after([0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]) is Status.OK


def test_links_without_a_detector_are_not_looked_at() -> None:
    seen = [0, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0]
    assert cleared_after(seen, least_s=0) is Status.SHORT_CLEARANCE


def test_who_was_found_otherwise_than_ordered_has_been_seen_by_nobody() -> None:
    lock = crossroads("rrr", least_clear_s=[0, 0, 4])
    for k in range(12):
        persons = 1.0 if 0 < k < 8 else 0.0
        lock.check(LONG_S + k, codes("rrG" if k < 7 else "rrr"), np.zeros(3, dtype=bool), [0.0, 0.0, persons])
        if k == 9:
            lock.observe(LONG_S + 10, codes("rrG"))
    answer = lock.check(LONG_S + 15, codes("rGr"), np.zeros(3, dtype=bool), [0.0, 0.0, 0.0])
    assert answer.status[0] == Status.SHORT_CLEARANCE


@pytest.mark.parametrize("lead_s", [2, 5])
def test_those_on_foot_lead_by_what_is_asked(lead_s: int) -> None:
    """The side road (1) starts so long after the crossing (2), which others do not wait for."""
    def found(*states: str) -> list[Status]:
        lock = crossroads("rrr", walk_lead_s=[[0] * 3, [0, 0, lead_s], [0] * 3])
        return [status for status, _ in drive(lock, LONG_S, *states)]

    assert found("rgG") == [Status.SHORT_LEAD]
    assert found(*["rrG"] * (lead_s - 1), "rgG", "rgG") == [*[Status.OK] * (lead_s - 1), Status.SHORT_LEAD, Status.OK]
    assert found(*["rrG"] * lead_s, "rgG") == [Status.OK] * (lead_s + 1)
    assert found("rgr", "rgr") == [Status.OK] * 2
