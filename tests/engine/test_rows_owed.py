"""Plans whose rows leave less than walkers and cyclists are owed: everybody gets green all the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signal_core.sequencing.rows_owed import lengthened
from signal_core.tables.letters import encode


def longer(rows: list[tuple[str, float]], owed: dict[tuple[int, int], int], least_s: float = 5.0) -> list[float]:
    codes = np.stack([encode(state) for state, _ in rows])
    n = codes.shape[1]
    owed_s = np.zeros((n, n), dtype=np.int64)
    for pair, seconds in owed.items():
        owed_s[pair] = seconds
    return lengthened(codes, np.array([row_s for _, row_s in rows]), owed_s, np.full(n, least_s)).tolist()


def test_a_row_that_a_long_clearance_eats_lasts_longer_by_it() -> None:
    """5 s after the walk (2) the first row begins; people need 14."""
    rows = [("Grr", 13.0), ("rrr", 4.0), ("rGr", 13.0), ("rrr", 4.0), ("rrG", 5.0), ("rrr", 5.0)]
    assert longer(rows, {(2, 0): 14, (2, 1): 14}) == [22.0, 4.0, 13.0, 4.0, 5.0, 5.0]


@pytest.mark.parametrize(("owed_s", "first_s"), [(4, 13.0), (12, 13.0), (13, 22.0)])
def test_what_leaves_the_shortest_green_stays(owed_s: int, first_s: float) -> None:
    """4 s of clearance stand in the plan: 13 s less the rest are green."""
    rows = [("Gr", 13.0), ("rr", 4.0), ("rG", 30.0), ("rr", 4.0)]
    assert longer(rows, {(1, 0): owed_s}) == [first_s, 4.0, 30.0, 4.0]


def test_a_change_without_a_row_of_its_own_has_its_clearance_too() -> None:
    assert longer([("Gr", 8.0), ("rG", 8.0)], {(0, 1): 6, (1, 0): 6}) == [14.0, 14.0]


def test_a_green_that_goes_on_in_later_rows_counts_whole() -> None:
    rows = [("Gr", 6.0), ("Gr", 20.0), ("rr", 2.0), ("rG", 20.0), ("rr", 2.0)]
    assert longer(rows, {(1, 0): 14}) == [6.0, 20.0, 2.0, 20.0, 2.0]


@given(st.lists(st.tuples(st.integers(1, 12), st.integers(0, 6)), min_size=2, max_size=5), st.data())
def test_one_after_the_other_everybody_gets_the_shortest_green(
    stages: list[tuple[int, int]], data: st.DataObject
) -> None:
    """Second by second: each link has a row and a clearance after it, and starts when all others are out."""
    n = len(stages)
    owed = {(j, i): data.draw(st.integers(0, 20)) for j in range(n) for i in range(n) if i != j}
    rows: list[tuple[str, float]] = []
    for link, (green_s, red_s) in enumerate(stages):
        rows += [("".join("G" if i == link else "r" for i in range(n)), green_s), ("r" * n, red_s)]
    found = longer(rows, owed, 4.0)
    assert all(now >= given_s for now, (_, given_s) in zip(found, rows, strict=True))
    cycle = [state for (state, _), row_s in zip(rows, found, strict=True) for _ in range(int(row_s))] * 2
    for link, (green_s, _) in enumerate(stages):
        started = [t for t, state in enumerate(cycle) if t >= len(cycle) // 2 and state[link] == "G" and all(
            cycle[t - back - 1][foe] == "r" for foe in range(n) if foe != link
            for back in range(min(owed[foe, link], len(cycle) // 2)))]  # fmt: skip
        assert len(started) >= min(4, green_s)
