"""Rings of ways between signals are not fed while they are full: who would enter waits, nobody else does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from signal_core.estimating.health import HealthSettings, LoopStatus, Sight
from signal_core.estimating.loop_state import ExitState, LoopHealth, exit_state, loop_health
from signal_core.kernels.compiled import kernel
from signal_core.kernels.gates import GUARDS_S, HELD_RED, LONG_S, RING_HELD, share_held
from signal_core.tables.packed import Tables, pack
from signal_core.tables.state import LaneState, lane_state
from tests.kernels.junctions import intersection
from tests.kernels.test_floor import red
from tests.kernels.test_locks import feeds, second

pytestmark = pytest.mark.kernel

Parts = tuple[Tables, ExitState, LoopHealth, LaneState]


def block(of: int, closed: bool = True) -> Parts:
    """Signals in a row, in a ring where ``closed``. Lane 0 of each comes from the one before and goes on, lane 1 leads
    out, lane 2 enters. Exit 2 * i is the way from signal i to the next, exit 2 * i + 1 leads out."""
    rng, xs = np.random.default_rng(4), []
    while len(xs) < of:
        x = intersection(rng)
        if x.n_lanes == 3:
            i = len(xs)
            before = 3 * of + 2 * ((i - 1) % of)
            fed = np.array([before] if closed or i > 0 else [], dtype=np.int64)
            xs.append(replace(x, stop_loop=3 * i + np.arange(3), exits=feeds([[2 * i], [2 * i + 1], [2 * i]], 3 * of),
                              fed_ptr=np.array([0, len(fed), len(fed), len(fed)]), fed_loop=fed))
    tables = pack(xs)
    state = exit_state(3 * of, of, 2 * of, len(tables.ring_exits))
    return tables, state, loop_health(5 * of, of, 1), lane_state(tables)


@kernel
def held_now(tables, lanes, g, max_red_s):  # type: ignore[no-untyped-def]
    return share_held(tables, lanes, g, max_red_s)


def see(parts: Parts, *standing: int, seconds: int = 1, stood_s: int = 3) -> list[float]:
    """What is held of each lane while somebody has stood at those exits."""
    tables, state, loops, lanes = parts
    lanes.inside.standing_s[:] = 0
    lanes.inside.standing_s[list(standing)] = stood_s
    for _ in range(seconds):
        second(state, loops, tables, red(tables), lanes, np.zeros(len(loops.verdict.status)), HealthSettings())
    return lanes.spacing.held_share.tolist()  # type: ignore[no-any-return]


@pytest.mark.parametrize("of", [3, 4, 20])
def test_who_would_enter_a_full_ring_waits_and_who_is_in_it_goes_on(of: int) -> None:
    parts = block(of)
    assert parts[0].ring_exits.tolist() == [of]
    assert not any(see(parts))
    assert see(parts, 2) == [0.0, 0.0, RING_HELD] * of
    assert parts[1].locks.ring_stands.tolist() == [1]
    assert not any(see(parts)), "it moves again"


def test_where_somebody_stands_for_more_than_a_red_nobody_enters_until_most_of_the_maximum_red_is_over() -> None:
    parts = block(4)
    tables, _, _, lanes = parts
    assert see(parts, 2, stood_s=LONG_S - 1)[2] == RING_HELD
    assert see(parts, 2, stood_s=LONG_S) == [0.0, 0.0, 1.0] * 4
    lanes.green.red_s[:] = int(HELD_RED * 120) - 1
    assert held_now(tables, lanes, 2, 120) == 1.0
    lanes.green.red_s[:] = int(HELD_RED * 120)
    assert held_now(tables, lanes, 2, 120) == RING_HELD
    assert held_now(tables, lanes, 0, 120) == 0.0


def test_of_a_large_ring_as_many_must_have_stood_for_long_as_make_it_full() -> None:
    parts = block(45)
    lanes = parts[3]
    see(parts, 0, 2, 4, stood_s=LONG_S)
    assert lanes.spacing.held_share[2] == 1.0
    see(parts, 0, 2, stood_s=LONG_S)
    assert lanes.spacing.held_share[2] == 0.0


def test_a_way_out_that_stands_fills_no_ring() -> None:
    assert not any(see(block(4), 1, 3))


def test_a_row_is_no_ring_and_neither_is_turning_round() -> None:
    for parts in (block(5, closed=False), block(2)):
        assert len(parts[0].ring_exits) == 0
        assert not any(see(parts, 0, 2))


def test_of_a_large_ring_one_exit_in_twenty_must_stand() -> None:
    parts = block(45)
    assert not any(see(parts, 0, 2))
    assert see(parts, 0, 2, 4)[2] == RING_HELD


def test_a_loop_that_is_not_believed_fills_no_ring() -> None:
    parts = block(4)
    parts[2].verdict.status[12] = LoopStatus.STUCK_ON
    assert not any(see(parts, 0))
    assert any(see(parts, 2))


def with_room_for(vehicles: float, *reds_s: int) -> Parts:
    """Four ways of three places each, before each a queue of five that has been red for so long."""
    parts = block(4)
    tables, _, _, lanes = parts
    tables.mid_storage[:], tables.far_storage[:], tables.best_vps[:] = 3.0, 0.0, 0.5
    lanes.queue.near[:] = np.tile([(11.0 - vehicles) / 4, 0.0, 5.0], 4)
    lanes.green.red_s[2::3] = reds_s
    return parts


def held_before(parts: Parts) -> list[float]:
    return see(parts)[2::3]


def test_a_ring_lets_in_who_finds_room_the_longest_wait_first_and_keeps_a_place_free() -> None:
    assert held_before(with_room_for(11.0, 10, 40, 20, 30)) == [1.0, 0.0, 1.0, 0.0], "four each come in at a green"
    assert held_before(with_room_for(4.0, 10, 40, 20, 30)) == [1.0, 0.0, 1.0, 1.0]
    assert held_before(with_room_for(3.5, 10, 40, 20, 30)) == [1.0] * 4
    assert held_before(with_room_for(16.0, 10, 40, 20, 30)) == [0.0] * 4


def test_who_has_green_has_the_first_part_of_the_room() -> None:
    assert held_before(with_room_for(8.0, 0, 40, 20, 30)) == [0.0, 0.0, 1.0, 1.0]


def test_who_is_inside_takes_room_and_who_waits_alone_needs_little() -> None:
    parts = with_room_for(8.0, 10, 40, 20, 30)
    parts[3].inside.vehicles[0] = 1.0  # of the way from signal 3 to signal 0, going on
    assert held_before(parts) == [1.0, 0.0, 1.0, 1.0]
    parts[3].inside.vehicles[0] = 0.0
    parts[3].arrivals.sure[7] = 1.0  # and he who comes to the line there
    assert held_before(parts) == [1.0, 0.0, 1.0, 1.0]
    parts[3].queue.near[[2, 8]] = 1.0
    assert held_before(parts) == [0.0, 0.0, 0.0, 1.0]


def test_who_finds_no_room_waits_for_most_of_the_maximum_red_and_its_signals_run_no_plan() -> None:
    parts = with_room_for(0.0, 10, 40, 20, 30)
    see(parts)
    tables, state, _, lanes = parts
    assert held_now(tables, lanes, 2, 120) == 1.0
    lanes.green.red_s[2] = int(HELD_RED * 120)
    assert held_now(tables, lanes, 2, 120) == RING_HELD
    assert state.locks.guards.tolist() == [1] * 4
    assert state.locks.ring_stands.tolist() == [0]


def test_signals_at_a_full_ring_do_not_go_back_to_a_plan_that_feeds_it() -> None:
    parts = block(4)
    parts[1].trials.tried_s[:] = 1  # the plan would be tried
    sight = parts[2].signals.sight
    see(parts, 2)
    assert sight.tolist() == [Sight.SEES] * 4
    see(parts, seconds=GUARDS_S - 1)
    assert sight.tolist() == [Sight.SEES] * 4
    see(parts)
    assert sight.tolist() == [Sight.WORSE] * 4
