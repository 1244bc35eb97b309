"""Who has left the line and waits inside, with somebody behind him, has time to leave before the foes start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from signal_core.estimating.estimator import Estimator
from signal_core.kernels.clearance import LATE_S
from signal_core.planning.planner import Planner
from signal_core.sequencing.sequencer import Sequencer
from signal_core.settings import Settings
from signal_core.tables.arrays import GREEN, PERMISSIVE, RED, IntArray
from signal_core.tables.changes import play_changes
from signal_core.tables.intersection import Intersection
from signal_core.tables.packed import pack
from tests.kernels.junctions import no_loops

pytestmark = pytest.mark.kernel

LEFT, AGAINST, CROSS = range(3)  # lanes, links and stop-line loops: a left turn, whom it yields to, the cross street
BOTH, ALONE, ARROW, CROSSING = range(4)  # phases
YELLOW_S, SNEAKER_RED_S = 3, Settings().sneaker_red_s
CODES = np.array([[PERMISSIVE, GREEN, RED], [RED, GREEN, RED], [GREEN, RED, RED], [RED, RED, GREEN]], dtype=np.uint8)


def junction(caught_s: int = 0, caught_rest_s: int = 0) -> Intersection:
    """caught_s, caught_rest_s: of the left turn and the cross street."""
    conflicts = ~np.eye(3, dtype=np.bool_)
    yellow, intergreen, least = np.full(3, YELLOW_S), np.where(conflicts, YELLOW_S, 0), np.full(3, 5)
    lag, stay = play_changes(CODES, conflicts, yellow, intergreen, least)
    return Intersection(
        id="x", phase_codes=CODES, conflicts=conflicts, yellow_s=yellow, intergreen_s=intergreen, min_green_s=least,
        service_vps=0.5 * (CODES != RED), start_lag_s=lag, min_split_s=stay, lane_link_ptr=np.arange(4),
        lane_links=np.arange(3), stop_loop=np.arange(3), mid=no_loops(3), far=no_loops(3), mid_storage=np.zeros(3),
        far_storage=np.zeros(3), shown_s=np.full(4, 30.0),
        has_sneakers=np.array([[True, False, False], *[[False] * 3] * 3]),
        caught_s=_of_pair(LEFT, CROSS, caught_s), caught_rest_s=_of_pair(LEFT, CROSS, caught_rest_s))


def _of_pair(one: int, other: int, seconds: int) -> IntArray:
    table = np.zeros((3, 3), dtype=np.int64)
    table[one, other] = seconds
    return table


def cross_street_starts_s(
    leave_s: Sequence[int], come_until_s: int = 0, alone_s: int = 0, on_the_line_from_s: int = 99,
    street: Intersection | None = None, is_queued: bool = False
) -> int:
    """Seconds from the end of the green of both to that of the cross street's red.

    leave_s: when left turns leave their line; come_until_s: until when somebody comes against them every other second;
    alone_s: for how long those keep green when the left turn's has ended; on_the_line_from_s: since when somebody
    stands on the left turn's loop, until the last of leave_s; is_queued: somebody stands at the cross street's line.
    """
    tables = pack([street or junction()])
    sequencer = Sequencer(tables, CODES[BOTH])
    planner = Planner(Estimator(tables, sequencer.state, Settings()))
    for now in range(-20, 60):
        left = np.zeros(3)
        left[LEFT] = now in leave_s
        left[AGAINST] = now <= come_until_s and now % 2 == 0
        occupancy = 0.5 * left
        if on_the_line_from_s <= now < max(leave_s, default=99):
            occupancy[LEFT] = 1.0
        occupancy[CROSS] = float(is_queued)
        planner.estimator.observe(np.zeros(3), left, occupancy)
        wanted = BOTH if now < 0 else ALONE if now < alone_s else CROSSING
        shown = sequencer.propose(np.array([wanted]))
        if shown[CROSS] == GREEN:
            return now
        sequencer.show(shown)
    raise AssertionError("the cross street never starts")


def test_one_goes_in_yellow() -> None:
    assert cross_street_starts_s([-8]) == YELLOW_S
    assert cross_street_starts_s([]) == YELLOW_S


def test_the_second_needs_longer() -> None:
    assert cross_street_starts_s([-8, -6]) == YELLOW_S + SNEAKER_RED_S
    assert cross_street_starts_s([-15, -13]) == YELLOW_S + SNEAKER_RED_S


@pytest.mark.parametrize(("is_queued", "starts_s"), [(False, 10), (True, 8)])
def test_they_need_what_their_ways_say_and_less_against_who_starts_from_rest(is_queued: bool, starts_s: int) -> None:
    street = junction(caught_s=10, caught_rest_s=8)
    assert cross_street_starts_s([-8, -6], street=street, is_queued=is_queued) == starts_s
    assert cross_street_starts_s([-8], street=street, is_queued=is_queued) == YELLOW_S
    assert cross_street_starts_s([-8, -6], alone_s=6, street=street, is_queued=is_queued) == 6 + starts_s
    late_s = cross_street_starts_s([3], on_the_line_from_s=1, street=street, is_queued=is_queued)
    assert late_s == 3 + starts_s - LATE_S


def test_each_pair_has_a_wait_of_its_own() -> None:
    quick = junction(caught_s=1, caught_rest_s=1)
    assert cross_street_starts_s([-8, -6], street=quick) == YELLOW_S


@pytest.mark.parametrize(("stands_from_s", "longer_s"), [(-5, SNEAKER_RED_S), (1, 0)])
def test_who_stands_since_his_own_movement_ended_stands_before_a_red_light(stands_from_s: int, longer_s: int) -> None:
    """Ahead and left from one lane; the left turn ends 4 s after the other, for its shortest green."""
    codes = np.array([[GREEN, PERMISSIVE, RED], [RED, RED, GREEN]], dtype=np.uint8)
    conflicts, yellow, least = np.array([[0, 0, 1], [0, 0, 1], [1, 1, 0]], dtype=np.bool_), np.full(3, 3), [5, 24, 5]
    intergreen = np.where(conflicts, YELLOW_S, 0)
    lag, stay = play_changes(codes, conflicts, yellow, intergreen, np.array(least))
    tables = pack([replace(
        junction(), phase_codes=codes, conflicts=conflicts, min_green_s=np.array(least), intergreen_s=intergreen,
        service_vps=np.array([[0.5, 0.0], [0.0, 0.5]]), start_lag_s=lag[:, :, [0, 2]], min_split_s=stay,
        lane_link_ptr=np.array([0, 2, 3]), stop_loop=np.arange(2), mid=no_loops(2), far=no_loops(2),
        mid_storage=np.zeros(2), far_storage=np.zeros(2), shown_s=np.full(2, 30.0), caught_s=None, caught_rest_s=None,
        has_sneakers=np.array([[True, False], [False, False]]))])
    sequencer = Sequencer(tables, codes[0])
    planner = Planner(Estimator(tables, sequencer.state, Settings()))
    for now in range(-20, 40):
        planner.estimator.observe(np.zeros(2), np.zeros(2), np.array([float(now >= stands_from_s), 0.0]))
        shown = sequencer.propose(np.array([0 if now < 0 else 1]))
        if shown[2] == GREEN:
            assert now == 4 + YELLOW_S + longer_s
            return
        sequencer.show(shown)
    raise AssertionError("the cross street never starts")


def test_a_gap_lets_them_go() -> None:
    assert cross_street_starts_s([-15, -13], come_until_s=-7) == YELLOW_S


@pytest.mark.parametrize("alone_s", [6, 15])
def test_they_are_held_until_those_against_them_have_stopped(alone_s: int) -> None:
    assert cross_street_starts_s([-8, -6], alone_s=alone_s) == alone_s + YELLOW_S + SNEAKER_RED_S
    assert cross_street_starts_s([-8], alone_s=alone_s) == alone_s + YELLOW_S


def test_who_stands_on_the_line_since_yellow_began_may_still_go() -> None:
    across_s = Settings().late_crossing_s
    starts_s = [cross_street_starts_s([s], on_the_line_from_s=1) for s in (2, 3, 4)]
    assert starts_s == [YELLOW_S, 3 + across_s, YELLOW_S]  # at once as all do, then, too late
    assert cross_street_starts_s([3], on_the_line_from_s=2) == YELLOW_S + Settings().red_extension_s  # came in yellow
    assert cross_street_starts_s([], on_the_line_from_s=1) == YELLOW_S  # stays


@pytest.mark.parametrize(
    ("arrow_s", "queue", "longer_s"), [(1, 4, SNEAKER_RED_S), (4, 4, SNEAKER_RED_S), (5, 4, 0), (1, 3, 0)])
def test_a_short_arrow_does_not_clear_the_junction_where_many_wait(arrow_s: int, queue: int, longer_s: int) -> None:
    tables = pack([junction()])
    sequencer = Sequencer(tables, CODES[BOTH])
    planner = Planner(Estimator(tables, sequencer.state, Settings()))
    arrow_ends_s = YELLOW_S + arrow_s
    for now in range(-20, 40):
        planner.estimator.observe(np.zeros(3), np.zeros(3), np.array([1.0, 0.0, 0.0]))
        planner.estimator.lanes.queue.near[LEFT] = queue
        shown = sequencer.propose(np.array([BOTH if now < 0 else ARROW if now < arrow_ends_s else CROSSING]))
        if shown[CROSS] == GREEN:
            assert now == arrow_ends_s + YELLOW_S + longer_s
            return
        sequencer.show(shown)
    raise AssertionError("the cross street never starts")
