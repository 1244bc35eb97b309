"""Plans at a shorter cycle: the same order, shares and step, no green or clearance shorter than it may be."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signal_core.sequencing.brief_plans import Stages, cycles_in_step, lost_s, shortened, stages_of
from signal_core.tables.letters import encode
from signal_core.tables.packed import Tables


def plan(rows: list[tuple[str, float]], least_s: float = 5.0) -> Stages:
    """States without yellow and how long each lasts."""
    codes = np.stack([encode(state) for state, _ in rows])
    return stages_of(codes, np.array([row_s for _, row_s in rows]), np.full(codes.shape[1], least_s))


def lost(rows: list[tuple[str, float]]) -> float:
    """What changes lose where no two may have green together but those that do."""
    codes = np.stack([encode(state) for state, _ in rows])
    together = (codes[:, :, None] & codes[:, None, :] != 0).any(axis=0)
    return lost_s(codes, np.array([row_s for _, row_s in rows]), ~together)


TWO = [("Gr", 36.0), ("rr", 4.0), ("rG", 36.0), ("rr", 4.0)]


def brief(rows: list[tuple[str, float]], least_s: float = 5.0) -> list[float]:
    stages = plan(rows, least_s)
    return [round(row_s, 6) for row_s in shortened(stages, stages.shortest_s(lost(rows))).tolist()]


def test_changes_cost_a_sixth_of_the_cycle() -> None:
    assert brief(TWO) == [20.0, 4.0, 20.0, 4.0]  # two stages lose 4 s each


def test_a_change_counts_as_4_s_whatever_its_clearance() -> None:
    """Two of 6 s in a cycle of 48 s, and greens share what is left."""
    assert brief([("Gr", 60.0), ("rr", 6.0), ("rG", 40.0), ("rr", 6.0)]) == [21.6, 6.0, 14.4, 6.0]
    assert brief([("Gr", 37.0), ("rr", 3.0), ("rG", 37.0), ("rr", 3.0)]) == [21.0, 3.0, 21.0, 3.0]


def test_what_changes_lose_is_the_plans_own_clearance_4_s_at_least() -> None:
    assert lost([("Gr", 37.0), ("rr", 3.0), ("rG", 37.0), ("rr", 3.0)]) == 8.0
    assert lost([("Gr", 60.0), ("rr", 4.0), ("rr", 2.0), ("rG", 40.0), ("rr", 3.0), ("rr", 3.0)]) == 12.0


def test_time_in_which_who_is_against_it_still_goes_is_not_lost() -> None:
    """Who ends early leaves the time to the others of his stage; the next one waits for these."""
    assert lost([("GGr", 20.0), ("Grr", 12.0), ("rrr", 5.0), ("rrG", 40.0), ("rrr", 4.0)]) == 9.0


def test_shares_of_green_stay() -> None:
    assert brief([("Gr", 60.0), ("rr", 4.0), ("rG", 20.0), ("rr", 4.0)]) == [30.0, 4.0, 10.0, 4.0]


def test_a_green_at_its_least_stays_and_the_others_give_the_rest() -> None:
    assert brief([("Gr", 70.0), ("rr", 4.0), ("rG", 10.0), ("rr", 4.0)], 8.0) == [32.0, 4.0, 8.0, 4.0]


def test_a_row_in_which_somebody_ends_and_nobody_starts_is_a_clearance() -> None:
    """People on a crossing get all of their time, though traffic beside them goes on."""
    rows = [("GGr", 20.0), ("Grr", 12.0), ("rrr", 4.0), ("rrG", 40.0), ("rrr", 4.0)]
    assert brief(rows)[1:3] == [12.0, 4.0]
    assert sum(brief(rows)) == 48.0


def test_a_green_that_goes_on_in_a_second_row_is_shortened_too() -> None:
    rows = [("Gr", 20.0), ("Gr", 20.0), ("rr", 4.0), ("rG", 40.0), ("rr", 4.0)]
    assert brief(rows) == [10.0, 10.0, 4.0, 20.0, 4.0]


@pytest.mark.parametrize("rows", [[("G", 40.0)], [("Gr", 10.0), ("rr", 4.0), ("rG", 12.0), ("rr", 4.0)]])
def test_what_is_short_or_never_changes_stays(rows: list[tuple[str, float]]) -> None:
    assert brief(rows) == [row_s for _, row_s in rows]


def test_a_cycle_that_changes_eat_is_longer() -> None:
    """Two changes of 4 s in 20 s: the cycle of which they are a sixth. Of 24 s they take no more than a third."""
    assert brief([("Gr", 6.0), ("rr", 4.0), ("rG", 6.0), ("rr", 4.0)]) == [20.0, 4.0, 20.0, 4.0]
    assert brief([("Gr", 4.0), ("rr", 4.0), ("rG", 8.0), ("rr", 4.0)], 3.0) == [13.333333, 4.0, 26.666667, 4.0]
    assert brief([("Gr", 8.0), ("rr", 4.0), ("rG", 8.0), ("rr", 4.0)]) == [8.0, 4.0, 8.0, 4.0]


def in_step(plans: list[list[tuple[str, float]]], neighbours: list[list[int]]) -> list[float]:
    ptr = np.cumsum([0, *(len(row) for row in neighbours)])
    tables = SimpleNamespace(neighbour_ptr=ptr, neighbour=np.array(sum(neighbours, []), dtype=np.int64))
    found = cycles_in_step([plan(rows) for rows in plans], [lost(rows) for rows in plans], cast(Tables, tables))
    return [float(cycle_s) for cycle_s in found]


def test_neighbours_in_step_take_the_cycle_of_the_one_that_loses_most() -> None:
    three = [("Grr", 20.0), ("rrr", 4.0), ("rGr", 24.0), ("rrr", 4.0), ("rrG", 24.0), ("rrr", 4.0)]
    longer = [(state, 76.0 if "G" in state else row_s) for state, row_s in TWO]
    assert in_step([TWO, TWO, three, longer], [[1], [0, 2], [1, 3], [2]]) == [72.0, 72.0, 72.0, 48.0]
    assert in_step([three, longer], [[1], [0]]) == [72.0, 48.0]


def test_a_signal_without_neighbours_keeps_its_cycle_unless_changes_eat_it() -> None:
    short = [("Gr", 6.0), ("rr", 4.0), ("rG", 6.0), ("rr", 4.0)]
    assert in_step([TWO, TWO, TWO, short], [[1], [0], [], []]) == [48.0, 48.0, 80.0, 48.0]


@given(st.lists(st.tuples(st.text("Gr", min_size=3, max_size=3), st.integers(1, 60)), min_size=1, max_size=7),
       st.integers(1, 12), st.floats(0.0, 1.0))
def test_any_plan(rows: list[tuple[str, int]], least_s: int, part: float) -> None:
    stages = plan([(state, float(row_s)) for state, row_s in rows], float(least_s))
    own_s, lost_in_s = float(stages.duration_s.sum()), lost([(row, float(s)) for row, s in rows])
    shortest_s = stages.shortest_s(lost_in_s)
    assert stages.least_s.sum() - 1e-9 <= shortest_s
    assert shortest_s <= own_s or 3.0 * own_s < 9.0 * lost_in_s <= 1.5 * shortest_s + 1e-9
    cycle_s = shortest_s + part * max(own_s - shortest_s, 0.0)
    found = shortened(stages, cycle_s)
    assert found.sum() == pytest.approx(cycle_s)
    assert (found >= stages.least_s - 1e-9).all()
    assert cycle_s > own_s or (found <= stages.duration_s + 1e-9).all()
    for k, (state, _) in enumerate(rows):  # once more in plain words
        before = rows[k - 1][0]
        starts = any(a == "r" and b == "G" for a, b in zip(before, state, strict=True))
        if not starts and before != state:
            assert found[k] == stages.duration_s[k]


def test_no_signal_at_all() -> None:
    assert in_step([], []) == []
