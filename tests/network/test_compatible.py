"""Lanes that may have green together, against looking at every set of them."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from network.compatible import MOST_SETS, largest_sets


@given(st.data())
def test_the_sets_are_those_to_which_no_lane_can_be_added(data: st.DataObject) -> None:
    sizes = data.draw(st.lists(st.integers(1, 3), min_size=1, max_size=6))
    ends = np.cumsum([0, *sizes])
    lanes = [frozenset(range(a, b)) for a, b in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)]
    n = int(ends[-1])
    pairs = data.draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=12))
    foes = {frozenset(pair) for pair in pairs if pair[0] != pair[1]}
    conflicts = np.zeros((n, n), dtype=np.bool_)
    for i, j in map(tuple, foes):
        conflicts[i, j] = conflicts[j, i] = True
    free = [
        set(some)
        for size in range(1, len(lanes) + 1)
        for some in combinations(range(len(lanes)), size)
        if not any(pair <= frozenset().union(*(lanes[i] for i in some)) for pair in foes)
    ]
    expected = [frozenset().union(*(lanes[i] for i in some)) for some in free if not any(some < more for more in free)]
    found = largest_sets(lanes, conflicts)
    assert sorted(map(sorted, found)) == sorted(map(sorted, expected))[: len(found)]
    assert len(found) == min(len(expected), MOST_SETS)
    assert [len(links) for links in found] == sorted(map(len, found), reverse=True)


def test_many_junctions_of_one_signal_do_not_make_more_phases_than_can_be_looked_at() -> None:
    n = 40
    conflicts = np.zeros((n, n), dtype=np.bool_)
    for i in range(0, n, 2):  # twenty pairs: a million sets
        conflicts[i, i + 1] = conflicts[i + 1, i] = True
    found = largest_sets([frozenset({i}) for i in range(n)], conflicts)
    assert len(found) == MOST_SETS
    assert {len(links) for links in found} == {n // 2}
    assert found == largest_sets([frozenset({i}) for i in range(n)], conflicts)
