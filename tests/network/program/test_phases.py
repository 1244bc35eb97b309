"""Phases out of program rows."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from network.program.phases import find_phases, settle_greens, steady_state
from tests.network.programs_by_hand import one_way, pairs, program

NONE = pairs(4)


def _states(*rows: tuple[float, str], kind: str = "static") -> list[str]:
    return [phase.state for phase in find_phases(program(*rows, kind=kind), NONE, NONE)]


def test_rows_with_yellow_and_all_red_are_no_phases() -> None:
    rows = [(30.0, "GGrr"), (3.0, "yyrr"), (2.0, "rrrr"), (20.0, "rrGG"), (3.0, "rruu"), (1.0, "YYrr")]
    assert _states(*rows) == ["GGrr", "rrGG"]


def test_equal_rows_in_a_row_are_one_phase() -> None:
    phases = find_phases(
        program((9.0, "Grrr"), (5.0, "Grrr"), (3.0, "yrrr"), (8.0, "rGrr"), (2.0, "Grrr")), NONE, NONE
    )
    assert [(p.state, p.interval, p.shown_s, p.min_s) for p in phases] == [
        ("Grrr", 0, 16.0, 14.0),
        ("rGrr", 3, 8.0, 8.0),
    ]


def test_a_row_that_another_contains_is_dropped() -> None:
    assert _states((9.0, "GGgr"), (3.0, "GGrr"), (9.0, "rrGG")) == ["GGgr", "rrGG"]
    assert _states((9.0, "GGGr"), (3.0, "GGgr")) == ["GGGr"]


def test_a_short_protected_turn_stays_a_phase() -> None:
    assert _states((44.0, "GGgr"), (2.0, "rGGr"), (20.0, "rrrG")) == ["GGgr", "rGGr", "rrrG"]


def test_a_moment_in_which_part_of_the_next_phase_has_started_is_none() -> None:
    assert _states((1.0, "rGGr"), (35.0, "rGgG"), (20.0, "Grrr")) == ["rGgG", "Grrr"]
    assert _states((2.0, "rGGr"), (35.0, "rGgG"), (20.0, "Grrr")) == ["rGGr", "rGgG", "Grrr"]
    assert _states((1.0, "rGGr"), (20.0, "Grrr")) == ["rGGr", "Grrr"]
    assert _states((1.0, "GGrr")) == ["GGrr"]


def test_arrows_are_kept_and_weigh_less_than_green() -> None:
    assert _states((9.0, "sGrr"), (5.0, "srrr"), (9.0, "Grrr")) == ["sGrr", "Grrr"]


def test_off_and_blinking_rows_are_no_phases() -> None:
    assert _states((9.0, "oooo"), (9.0, "OOOO"), (9.0, "oorr")) == []


def test_a_dark_lamp_beside_lit_ones_is_a_permissive_green() -> None:
    assert steady_state("rrGo") == "rrGg"
    assert steady_state("rryO") == "rryg"
    assert steady_state("rroo") == "rroo"
    assert _states((9.0, "Grro"), (3.0, "yrro"), (9.0, "rGro")) == ["Grrg", "rGrg"]


def test_the_one_that_yields_is_shown_small() -> None:
    foes = pairs(4, (0, 1), (2, 3))
    assert settle_greens("GGrG", foes, one_way(4, [(1, 0)])) == "GgrG"
    assert settle_greens("GGGG", foes, one_way(4, [(1, 0), (2, 3), (3, 2)])) == "Gggg"
    assert settle_greens("Ggrr", foes, one_way(4, [(0, 1)])) == "Ggrr"


def test_without_a_rule_between_them_neither_has_priority() -> None:
    assert settle_greens("GGrr", pairs(4, (0, 1)), NONE) == "ggrr"


def test_rows_of_two_rings_are_paired() -> None:
    foes = pairs(4, (0, 2), (0, 3), (1, 2), (1, 3))
    rows = [(30.0, "Grrr"), (30.0, "rGrr"), (30.0, "rrGr"), (30.0, "rrrG")]
    phases = find_phases(program(*rows, kind="NEMA"), foes, NONE)
    assert [phase.state for phase in phases] == ["GGrr", "rrGG"]


@given(st.data())
def test_no_two_foes_have_priority_and_nothing_else_changes(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 8))
    bits = st.lists(st.booleans(), min_size=n * n, max_size=n * n)
    yields = np.array(data.draw(bits), dtype=np.bool_).reshape(n, n)
    foes = np.array(data.draw(bits), dtype=np.bool_).reshape(n, n)
    foes = foes | foes.T
    np.fill_diagonal(foes, False)
    state = data.draw(st.text(alphabet="Ggyrus", min_size=n, max_size=n))
    settled = settle_greens(state, foes, yields)
    for i, j in zip(*np.nonzero(foes), strict=True):
        assert (settled[i], settled[j]) != ("G", "G")
    assert all(b == a or (a, b) == ("G", "g") for a, b in zip(state, settled, strict=True))
    assert settle_greens(settled, foes, yields) == settled


@given(
    st.lists(st.tuples(st.integers(2, 40), st.text(alphabet="Ggyrso", min_size=4, max_size=4)), max_size=8)
)
def test_phases_are_distinct_and_cover_every_steady_green(rows: list[tuple[int, str]]) -> None:
    found = find_phases(program(*[(float(s), state) for s, state in rows]), NONE, NONE)
    states = [phase.state for phase in found]
    assert len(set(states)) == len(states)
    worth = {"s": 1, "g": 2, "G": 3}
    for _, row in rows:
        state = steady_state(row)
        if set(state) & set("yo") or not set(state) & set("Gg"):
            continue
        assert any(
            all(worth.get(a, 0) <= worth.get(b, 0) for a, b in zip(state, phase, strict=True))
            for phase in states
        )
