"""A green that is to give way waits for who is just getting to the line, and nobody waits for that."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from signal_core.estimating.estimator import Estimator
from signal_core.kernels.codes import NO_ROW
from signal_core.sequencing.plan_rows import PlanOf, Target, pack_plans
from signal_core.sequencing.sequencer import Sequencer
from signal_core.settings import Settings
from signal_core.tables.arrays import GREEN, PERMISSIVE, RED
from signal_core.tables.intersection import Intersection
from signal_core.tables.packed import Tables, pack
from tests.kernels.approaches import FAR, FAR_LAG_S, MID, MID_LAG_S, marks, two_approaches
from tests.kernels.junctions import no_loops

pytestmark = pytest.mark.kernel

FALLS = np.array([[GREEN, RED], [PERMISSIVE, GREEN]], dtype=np.uint8)
"""In the second phase link 0 goes on, and gives way to link 1."""


def falling(codes: list[list[int]] | None = None) -> Intersection:
    return replace(two_approaches(), phase_codes=FALLS if codes is None else np.array(codes, dtype=np.uint8),
                   intergreen_s=np.array([[0, 4], [4, 0]]))


def begun(tables: Tables) -> Sequencer:
    """In the first phase for long."""
    sequencer = Sequencer(tables, tables.phase_codes[:2].copy())
    state = sequencer.state
    state.green_s[:], state.settled[:], state.since_s[:], state.lit_s[:] = 60, 1, 60, 99
    state.clearing_s[:] = np.where(state.shown == RED, 99, 0)
    state.priority_clearing_s[:] = np.where(state.shown == GREEN, 0, 99)
    state.yield_clearing_s[:] = 99
    return sequencer


def shown(sequencer: Sequencer, at_line: list[list[int]], target: Target | None = None) -> list[str]:
    """What is shown second by second on the way to phase 1; at_line: links that somebody gets to, by second."""
    rows = []
    for links in at_line:
        sequencer.state.at_line[:] = [j in links for j in range(2)]
        codes = sequencer.propose(np.array([1]) if target is None else target)
        rows.append("".join({RED: "r", PERMISSIVE: "g", GREEN: "G"}.get(code, "y") for code in codes.tolist()))
        sequencer.show(codes)
    return rows


def test_a_fall_waits_until_he_has_passed_and_nobody_else_begins_later() -> None:
    tables = pack([falling()])
    assert shown(begun(tables), [[]] * 5) == ["gr", "gr", "gr", "gr", "gG"]
    assert shown(begun(tables), [[0], *[[]] * 4]) == ["Gr", "gr", "gr", "gr", "gG"]


def test_it_waits_for_as_long_as_yellow_would_last_at_most() -> None:
    assert shown(begun(pack([falling()])), [[0]] * 5) == ["Gr", "Gr", "Gr", "gr", "gG"]
    brief = replace(falling(), yellow_s=np.array([1, 3]))
    assert shown(begun(pack([brief])), [[0]] * 5) == ["Gr", "gr", "gr", "gr", "gG"]


def test_nobody_gets_priority_beside_one_that_waits() -> None:
    soon = replace(falling(), intergreen_s=np.array([[0, 1], [1, 0]]))
    assert shown(begun(pack([soon])), [[]] * 2) == ["gr", "gG"]
    assert shown(begun(pack([soon])), [[0]] * 5) == ["Gr", "Gr", "Gr", "gr", "gG"]


def test_it_waits_for_nobody_on_another_lane() -> None:
    assert shown(begun(pack([falling()])), [[1]] * 2) == ["gr", "gr"]


def test_who_gives_way_does_not_begin_beside_priority_that_waits() -> None:
    tables = pack([falling([[GREEN, RED], [PERMISSIVE, PERMISSIVE]])])
    assert shown(begun(tables), [[]] * 2) == ["gg", "gg"]
    assert shown(begun(tables), [[0], [], []]) == ["Gr", "gg", "gg"]


def test_an_end_of_green_waits_for_nobody() -> None:
    tables = pack([falling([[GREEN, RED], [RED, GREEN]])])
    assert shown(begun(tables), [[0]] * 2) == ["yr", "yr"]


def test_the_change_is_under_way_meanwhile() -> None:
    sequencer = begun(pack([falling([[GREEN, RED], [PERMISSIVE, RED]])]))
    assert shown(sequencer, [[0]]) == ["Gr"]
    assert sequencer.state.settled[0] == 0
    assert shown(sequencer, [[]]) == ["gr"]
    assert sequencer.state.settled[0] == 1


def test_a_row_of_the_plan_is_taken_at_once() -> None:
    tables = pack([falling()])
    plans = pack_plans([PlanOf(FALLS, np.array([30, 30]), 0)], tables)
    target = Target(np.array([1]), np.array([1]), plans)
    assert target.row[0] != NO_ROW
    assert shown(begun(tables), [[0]] * 2, target) == ["gr", "gr"]


def marked(x: Intersection, loop: int, seconds: int) -> list[int]:
    """Seconds after one vehicle came onto a loop in which somebody is at the line of link 0."""
    tables = pack([x])
    estimator = Estimator(tables, Sequencer(tables, FALLS[0].copy()).state, Settings())
    found, nobody, beside = [], marks(()), x.road is not None
    for t in range(seconds):
        come = marks((loop,)) if t == 0 else nobody
        estimator.observe(come, come, nobody)
        if estimator.signals.at_line[0]:
            found.append(t)
        assert estimator.signals.at_line[1] == (beside and t in found)
    return found


def test_he_is_at_the_line_a_second_before_he_is_due_from_the_middle_loop() -> None:
    assert marked(two_approaches(), MID, 20) == [MID_LAG_S - 1]
    assert marked(two_approaches(), FAR, 20) == []  # the middle loop has not seen him


def test_without_a_middle_loop_the_far_one_tells() -> None:
    assert marked(replace(two_approaches(), mid=no_loops(2)), FAR, 20) == [FAR_LAG_S - 1]


def test_where_no_loop_is_before_the_line_nothing_waits() -> None:
    bare = replace(two_approaches(), mid=no_loops(2), far=no_loops(2))
    assert [marked(bare, loop, 20) for loop in (MID, FAR)] == [[], []]


def test_he_may_have_changed_lanes_since() -> None:
    assert marked(replace(two_approaches(), road=np.array([0, 0])), MID, 20) == [MID_LAG_S - 1]
