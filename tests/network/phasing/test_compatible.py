"""Lanes that may have green together, against looking at every set of them."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from network.build import build_signals
from network.phasing.compatible import MOST_SETS, largest_sets, onward_links
from network.program.phases import green_links
from network.program.programs import read_programs
from network.roads.reader import read_network
from scenarios.joined import DiamondPlan, write_diamond


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
    found = largest_sets(lanes, conflicts, {})
    assert sorted(map(sorted, found)) == sorted(map(sorted, expected))[: len(found)]
    assert len(found) == min(len(expected), MOST_SETS)
    assert [len(links) for links in found] == sorted(map(len, found), reverse=True)


def test_many_junctions_of_one_signal_do_not_make_more_phases_than_can_be_looked_at() -> None:
    n = 40
    conflicts = np.zeros((n, n), dtype=np.bool_)
    for i in range(0, n, 2):  # twenty pairs: a million sets
        conflicts[i, i + 1] = conflicts[i + 1, i] = True
    found = largest_sets([frozenset({i}) for i in range(n)], conflicts, {})
    assert len(found) == MOST_SETS
    assert {len(links) for links in found} == {n // 2}
    assert found == largest_sets([frozenset({i}) for i in range(n)], conflicts, {})


def test_who_would_have_to_stop_inside_the_signal_is_left_out_of_a_set() -> None:
    # 0 leads onto the lane of 1, 1 out of the signal; 2 meets 1; 3 leads to a way that ends without a lamp.
    conflicts = np.zeros((4, 4), dtype=np.bool_)
    conflicts[1, 2] = conflicts[2, 1] = True
    lanes = [frozenset({i}) for i in range(4)]
    onward = {0: frozenset({1}), 3: frozenset[int]()}
    assert largest_sets(lanes, conflicts, onward) == (frozenset({0, 1}), frozenset({2}))
    assert largest_sets(lanes, conflicts, {}) == (frozenset({0, 1, 3}), frozenset({0, 2, 3}))


def test_a_diamond_lets_nobody_onto_the_bridge_who_would_have_to_stop_there(tmp_path: Path) -> None:
    write_diamond(tmp_path, DiamondPlan(inner_m=25.0))
    path = tmp_path / "diamond.net.xml"
    network = read_network(path)
    (signal,) = build_signals(network, read_programs([path])).values()
    onward = onward_links(network, signal.links)
    leads_to = {link.index: link.to_lane for link in signal.links}
    from_lane = {link.index: link.from_lane for link in signal.links}
    assert onward
    for index, others in onward.items():
        assert {from_lane[other].rpartition("_")[0] for other in others} == {leads_to[index].rpartition("_")[0]}
    for phase in signal.added:
        green = green_links(phase.state)
        if set(phase.state) <= set("Gr") and not green <= green_links(signal.phases[phase.part_of].state):
            assert all(onward[i] & green for i in green & onward.keys())
