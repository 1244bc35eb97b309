"""What is announced: marks of time, states, guesses that do not look ahead, and bounds that hold for any plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from controllers.announce.bounds import Rules, bounds
from controllers.announce.course import Course, colours, each_second, next_change
from controllers.announce.envelope import moment
from controllers.announce.hindsight import CERTAIN, PERCENT, came_true, confidence_of, guess, is_told
from controllers.announce.spatem import LATER, UNKNOWN, event_state, mark
from controllers.announce.timetable import timetable
from network.errors import ScenarioError
from network.program.signals import Interval, Program
from signal_core.tables.letters import encode

EPOCH = datetime(2026, 3, 1, 7, 30, tzinfo=UTC)


def _course(states: list[str], first_s: int = 0) -> Course:
    return Course("a", first_s, tuple(states), colours(np.stack([encode(state) for state in states])))


def test_marks_count_tenths_of_seconds_in_the_hour() -> None:
    assert mark(EPOCH, 0.0, 12.5) == 18_125
    assert mark(EPOCH, 1700.0, 1800.0) == 0  # the next hour begins
    assert mark(EPOCH, 0.0, 3600.0) == LATER
    assert mark(EPOCH, 0.0, np.inf) == UNKNOWN


def test_states_are_those_of_the_standard() -> None:
    shown = [event_state(letter, False) for letter in "rsugGyOo"]
    assert shown == [3, 2, 4, 5, 6, 8, 1, 9]
    assert event_state("y", True) == 7


def test_moments_that_cannot_be_sent_are_refused() -> None:
    assert moment("2026-06-01T08:00:00+02:00") == datetime(2026, 6, 1, 6, tzinfo=UTC)
    for text in ("yesterday", "1999-01-01", "2031-01-01"):
        with pytest.raises(ScenarioError, match="2026-06-01"):
            moment(text)


def test_seconds_between_the_changes() -> None:
    assert each_second((0.0, 2.5), ("a", "b"), 5.0) == (0, ("a", "a", "a", "b", "b"))
    assert each_second((1.0, 2.0), ("a", "b"), 3.0) == (1, ("a", "b"))


def test_the_next_change_is_the_next_change() -> None:
    change, green = next_change(_course(["G", "g", "y", "r", "G"]).colour)
    assert change[:, 0].tolist() == [2, 2, 3, 4, np.inf]
    assert green[:, 0].tolist() == [4, 4, 4, 4, np.inf]


def test_a_guess_is_the_mean_of_what_was_longer() -> None:
    states = ["r"] * 3 + ["G"] * 4 + ["r"] * 2 + ["G"] * 8 + ["r"] * 2 + ["G"] * 10
    found = guess(_course(states, 100))[:, 0] - 100
    assert np.isnan(found[:7]).all()  # the first red may have been longer than was seen
    assert found[9:13].tolist() == [13.0] * 4  # 9 + 4
    assert found[13:17].tolist() == [14.0, 15.0, 16.0, 17.0]  # longer than any: now
    assert found[19] == 19 + 6  # 4 and 8
    assert found[24] == 19 + 8


@given(st.lists(st.sampled_from(["G", "y", "r"]), min_size=2, max_size=60), st.integers(1, 59))
def test_guesses_do_not_look_ahead(states: list[str], cut: int) -> None:
    cut = min(cut, len(states) - 1)
    whole, part = guess(_course(states)), guess(_course(states[:cut]))
    np.testing.assert_array_equal(whole[:cut], part)


@given(st.lists(st.sampled_from(["G", "r"]), min_size=10, max_size=60), st.integers(5, 50))
def test_confidence_does_not_look_ahead(states: list[str], cut: int) -> None:
    cut = min(cut, len(states) - 1)
    found = []
    for course in (_course(states), _course(states[:cut])):
        source = np.zeros(course.colour.shape, dtype=np.int8)
        (of_one,) = came_true([course], [guess(course)], [source])
        found.append(of_one[:cut])
    np.testing.assert_array_equal(*found)


def test_confidence_is_what_came_true() -> None:
    states = (["r"] * 5 + ["G"] * 5) * 40
    course = _course(states)
    (share,) = came_true([course], [guess(course)], [np.zeros(course.colour.shape, dtype=np.int8)])
    assert share[30, 0] <= 0.9
    assert confidence_of(share)[-8, 0] >= CERTAIN - 2
    assert is_told(share).all()
    wrong = np.where(np.isnan(guess(course)), np.nan, guess(course) + 3)
    (share,) = came_true([course], [wrong], [np.ones(course.colour.shape, dtype=np.int8)])
    assert confidence_of(share)[-8, 0] == 0


def test_what_is_hardly_ever_true_is_not_told() -> None:
    """The first is unknown, one half; after five that were wrong, one in seven."""
    course = _course((["r"] * 5 + ["G"] * 5) * 40)
    wrong = np.where(np.isnan(guess(course)), np.nan, guess(course) + 3)
    (share,) = came_true([course], [wrong], [np.ones(course.colour.shape, dtype=np.int8)])
    told = is_told(share)[:, 0]
    assert told[:10].all()
    assert not told[-40:].any()
    assert is_told(np.array([0.0, 0.21, 0.35, 0.36, 0.5])).tolist() == [False, False, False, True, True]
    assert PERCENT[1] == 36


PROGRAM = Program("a", "0", "static", 7.0, (Interval("Gr", 10, 10, 10), Interval("yr", 3, 3, 3),
                                            Interval("rG", 12, 12, 12), Interval("ry", 3, 3, 3)), {})  # fmt: skip


def _shown(program: Program, seconds: int) -> list[str]:
    """By counting, row after row."""
    rows = [row.state for row in program.intervals for _ in range(int(row.duration_s))]
    return [rows[(t - int(program.offset_s)) % len(rows)] for t in range(seconds)]


def test_a_timetable_is_kept_to_the_second() -> None:
    course = _course(_shown(PROGRAM, 100))
    change, green, kept = timetable(PROGRAM, course)
    assert kept.all()
    truth_change, truth_green = next_change(course.colour)
    for said, truth in ((change, truth_change), (green, truth_green)):
        known = np.isfinite(truth)
        np.testing.assert_array_equal(said[known], truth[known])
    assert np.isfinite(change).all()  # beyond the record, too


def test_a_signal_that_leaves_its_program_is_not_believed() -> None:
    states = _shown(PROGRAM, 100)
    states[40] = "rr"
    _, _, kept = timetable(PROGRAM, _course(states))
    assert kept[:40].all()
    assert not kept[40:69].any()
    assert kept[69:].all()  # a cycle later it is again
    _, _, adapted = timetable(replace(PROGRAM, kind="actuated"), _course(states))
    assert not adapted.any()


LEAST, YELLOW, CLEAR = (4, 6), (3, 3), np.array([[0, 5], [7, 0]])
RULES = Rules(np.array(LEAST), np.array(YELLOW), CLEAR, CLEAR + 1, np.array([[False, True], [True, False]]))


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.booleans()), min_size=2, max_size=12))
def test_bounds_hold_for_whatever_keeps_the_rules(turns: list[tuple[int, int, bool]]) -> None:
    states, now = [], 0
    for more_s, late_s, gives_way in turns:  # two lamps in turn, longer and later than they have to be
        green = ["r", "r"]
        green[now] = "g" if gives_way else "G"
        yellow = "".join("y" if letter in "gG" else "r" for letter in green)
        red_s = CLEAR[now, 1 - now] + gives_way - YELLOW[now] + late_s
        states += ["".join(green)] * (LEAST[now] + more_s) + [yellow] * YELLOW[now] + ["rr"] * red_s
        now = 1 - now
    course = _course(states, 50)
    earliest, latest = bounds(course, RULES)
    change = 50 + next_change(course.colour)[0]
    known = np.isfinite(change)
    assert (earliest[known] <= change[known]).all()
    assert (change[known] <= latest[known]).all()
    assert (earliest > course.times_s[:, None]).all()


def test_bounds_are_as_tight_as_the_rules() -> None:
    states = ["Gr"] * 4 + ["yr"] * 3 + ["rr"] * 2 + ["rG"] * 6 + ["ry"] * 3
    earliest, latest = bounds(_course(states), RULES)
    assert earliest[0].tolist() == [4.0, 9.0]  # its minimum green; that and the clearance behind it
    assert earliest[5].tolist() == [7.0, 9.0]
    assert latest[5].tolist() == [7.0, np.inf]
    assert earliest[10].tolist() == [22.0, 15.0]
    kept = np.zeros((len(states), 2))
    kept[0] = [7.0, 1.0]  # who waits for a green that is kept waits as long, and its clearance
    assert bounds(_course(states), RULES, kept)[0][0].tolist() == [7.0, 12.0]
