"""How long a change takes: what goes on beside, and what gets priority in a phase beyond the program."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signal_core.kernels.codes import LONG_AGO_S, NEVER, NO_ROW
from signal_core.sequencing.plan_rows import Target, pack_plans
from signal_core.sequencing.sequencer import Sequencer
from signal_core.tables.arrays import GREEN, RED, Feeds
from signal_core.tables.changes import play_changes
from signal_core.tables.intersection import Intersection
from signal_core.tables.letters import encode
from signal_core.tables.packed import pack
from tests.faults.streets import plan_of

CODES = np.array([encode("Gg"), encode("rG")])
"""Link 1 gives way to link 0, then has priority by itself."""
FOES = np.array([[False, True], [True, False]])
YELLOW, INTERGREEN, LEAST = np.full(2, 3), np.where(FOES, 5, 0), np.full(2, 7)


def _played(home: list[int] | None) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    return play_changes(CODES, FOES, YELLOW, INTERGREEN, LEAST, home=None if home is None else np.array(home))


@pytest.mark.parametrize(("home", "split_s"), [(None, 5), ([0, 1], 5), ([0, 0], 5 + 7)])
def test_who_gets_priority_in_a_phase_beyond_the_program_has_it_for_his_shortest_green(
    home: list[int] | None, split_s: int
) -> None:
    _lag, split = _played(home)
    assert split[0, 1] == split_s


def test_a_green_that_goes_on_is_there_at_once_and_one_that_begins_waits_for_the_intergreen() -> None:
    lag, split = _played(None)
    assert lag[0, 1].tolist() == [NEVER, 0]
    assert lag[1, 0].tolist() == [5, 0]
    assert split[1, 0] == 5 + 7


def test_where_nobody_says_how_long_the_cycle_is_each_change_takes_five_seconds_of_it() -> None:
    street = replace(Intersection.from_phases(["Gr", "rG"], [(0, 1)], green_s=[20, 10]), cycle_s=None)
    assert pack([street]).cycle_s.tolist() == [40.0]


WITH_WALK, ACROSS, WITHOUT_WALK = range(3)
STREET, WALK, CROSS = range(3)
WALKS = np.array([encode("GGr"), encode("rrG"), encode("Grr")])
"""A street with a walk beside it, the street across, and the first without the walk."""


def _street_with_walk(clear_s: int) -> Intersection:
    """Five seconds after the street, `clear_s` after the walk, before the street across begins."""
    meets = np.zeros((3, 3), dtype=np.bool_)
    meets[:2, CROSS] = meets[CROSS, :2] = True
    yellow, least = np.array([3, 0, 3]), np.array([5, 7, 5])
    owed = np.where(meets, 5, 0)
    owed[WALK, CROSS] = clear_s
    lag, split = play_changes(WALKS, meets, yellow, owed, least)
    nothing = Feeds(np.zeros(4, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.int64))
    return Intersection(
        id="x", phase_codes=WALKS, conflicts=meets, yellow_s=yellow, intergreen_s=owed, min_green_s=least,
        service_vps=np.where(WALKS == GREEN, 0.5, 0.0), start_lag_s=lag, min_split_s=split,
        lane_link_ptr=np.arange(4), lane_links=np.arange(3), stop_loop=np.full(3, -1), mid=nothing, far=nothing,
        mid_storage=np.zeros(3), far_storage=np.zeros(3), shown_s=np.array([20.0, 20.0, 0.0]))


def _starts_after_s(street: Intersection, stay_s: int) -> int:
    """Seconds from leaving WITHOUT_WALK for ACROSS until that begins, `stay_s` after the walk has ended."""
    sequencer = Sequencer(pack([street]), WALKS[WITH_WALK])
    sequencer.state.green_s[:] = LONG_AGO_S
    sequencer.state.lit_s[:] = LONG_AGO_S
    plans = pack_plans([plan_of(street)], sequencer.tables)
    for second in range(-2, 100):
        phase = WITH_WALK if second < 0 else WITHOUT_WALK if second < stay_s else ACROSS
        codes = sequencer.propose(Target(np.array([phase]), np.full(1, NO_ROW), plans))
        if codes[CROSS] == GREEN:
            return second - stay_s
        sequencer.show(codes)
    raise AssertionError("never")


@pytest.mark.parametrize(("clear_s", "split_s"), [(4, 1), (5, 1), (6, 1), (8, 3), (13, 8)])
def test_a_phase_that_ends_a_walk_lasts_until_nobody_waits_for_its_clearance_any_more(
    clear_s: int, split_s: int
) -> None:
    street = _street_with_walk(clear_s)
    lag_s = int(street.start_lag_s[WITHOUT_WALK, ACROSS, CROSS])
    assert lag_s == 5
    assert street.min_split_s[WITH_WALK, WITHOUT_WALK] == split_s
    assert _starts_after_s(street, split_s) == lag_s
    if split_s > 1:
        assert _starts_after_s(street, split_s - 1) == lag_s + 1


@given(st.integers(0, 2**32 - 1))
def test_a_walk_that_ended_before_a_phase_is_cleared_by_the_time_it_may_be_left(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, phases = int(rng.integers(2, 7)), int(rng.integers(2, 5))
    meets = np.triu(rng.random((n, n)) < 0.5, 1)
    meets |= meets.T
    codes = np.full((phases, n), RED, dtype=np.uint8)
    for own in codes:
        for i in rng.permutation(n):
            if rng.random() < 0.7 and not (own[meets[i]] == GREEN).any():
                own[i] = GREEN
    yellow = np.where(rng.random(n) < 0.7, 3, 0)
    owed = np.where(meets, yellow[:, None] + rng.integers(0, 12, (n, n)), 0)
    lag, split = play_changes(codes, meets, yellow, owed, np.ones(n, dtype=np.int64))
    for a in range(phases):
        for b in range(phases):
            needed = [int(owed[i, j]) - int(lag[b, c, j])
                      for c in range(phases) for i in range(n) for j in range(n)
                      if a != b and yellow[i] == 0 and meets[i, j] and codes[a, i] == GREEN
                      and RED == codes[b, i] == codes[c, i] == codes[b, j] and codes[c, j] == GREEN]
            begins = [int(lag[a, b, j]) + 1 for j in range(n) if codes[b, j] == GREEN and codes[a, j] == RED]
            assert split[a, b] >= max([1, *needed])
            assert split[a, b] <= max([1, *needed, *begins, *yellow.tolist()])
