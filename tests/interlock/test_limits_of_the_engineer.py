"""Limits of the engineer: forbidden sets, greens and waits that are too long, each by an example."""

from __future__ import annotations

import numpy as np
import pytest

from signal_core.interlock.interlock import Interlock, Status
from tests.interlock.crossroads import LETTERS, LONG_S, codes, crossroads, drive

pytestmark = pytest.mark.kernel


def waiting(interlock: Interlock, first_s: int, calls: str, *states: str) -> list[tuple[Status, str]]:
    """As `drive`, with a call (x) before some links."""
    out = []
    for k, state in enumerate(states):
        answer = interlock.check(first_s + k, codes(state), np.array([letter == "x" for letter in calls]))
        out.append((Status(answer.status[0]), "".join(LETTERS[code] for code in answer.codes)))
    return out


def test_the_links_of_a_forbidden_set_are_never_green_all_at_once() -> None:
    """0 and 2 do not conflict; one of them alone is let go."""
    lock = crossroads(forbidden=[[0, 2]])
    assert drive(lock, LONG_S, "GrG") == [(Status.FORBIDDEN, "rrr")]
    assert drive(lock, LONG_S + 1, "Grr", "GrG", "grg") == [
        (Status.OK, "Grr"), (Status.FORBIDDEN, "Grr"), (Status.FORBIDDEN, "Grr")]


def test_a_green_ends_when_it_has_kept_a_foe_waiting_for_too_long() -> None:
    lock = crossroads(max_green_s=[10, 10, 10])
    assert drive(lock, LONG_S, *["Grr"] * 30) == [(Status.OK, "Grr")] * 30, "nobody waits"
    kept = waiting(lock, LONG_S + 30, "-x-", *["Grr"] * 14)
    assert kept[:10] == [(Status.OK, "Grr")] * 10, "as the foe has come only now"
    assert kept[10:] == [(Status.LONG_GREEN, "yrr"), (Status.YELLOW_TO_GREEN, "yrr"), (Status.YELLOW_TO_GREEN, "yrr"),
                         (Status.YELLOW_TO_GREEN, "rrr")]


def test_who_waits_elsewhere_ends_no_green() -> None:
    lock = crossroads(max_green_s=[10, 10, 10])
    assert waiting(lock, LONG_S, "--x", *["Grr"] * 30) == [(Status.OK, "Grr")] * 30, "0 and 2 do not conflict"


def test_a_green_that_is_ended_has_had_its_minimum() -> None:
    lock = crossroads(max_green_s=[2, 2, 2])
    kept = waiting(lock, LONG_S, "-x-", *["Grr"] * 6)
    assert [status for status, _ in kept] == [Status.OK] * 5 + [Status.LONG_GREEN]


def test_a_foe_that_has_waited_for_too_long_ends_the_greens_before_it() -> None:
    """It waits through other greens, too."""
    lock = crossroads("Grr", max_wait_s=[1000, 12, 1000])
    states = ["Grr"] * 5 + ["yrr"] * 3 + ["rrG"] * 8
    kept = waiting(lock, LONG_S, "-x-", *states)
    assert kept[:15] == [(Status.OK, state) for state in states[:15]], "the walk has its 7 s"
    assert kept[15] == (Status.LONG_GREEN, "rrr")


@pytest.mark.parametrize("sets", [[[]], [[0, 7]], [[0, 1], [-1]]])
def test_sets_that_fit_no_signal_are_refused(sets: list[list[int]]) -> None:
    with pytest.raises(ValueError, match="forbidden: "):
        crossroads(forbidden=sets)
