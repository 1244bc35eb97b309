"""Who of two movements that a program gives priority at once gives way."""

from __future__ import annotations

from dataclasses import replace

import networkx as nx
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from network.build import build_signals
from network.program.phases import find_phases
from network.roads.reader import Network, Requests
from network.safety.right_of_way import endless_turns_yield
from tests.network.programs_by_hand import link, one_way, pairs, program

# A free right turn 0 from the south meets the through traffic 1 from the west and the left turn 2 from the north.
LINKS = [replace(link(0), direction="r"), link(1), replace(link(2), direction="l")]
FOES = pairs(3, (0, 1), (0, 2), (1, 2))
OFF = one_way(3, [(1, 0), (2, 0), (2, 1)])
"""The signal off, from the right before from the left: everybody waits for the right turn."""
ROWS = [(30.0, "GGr"), (3.0, "syr"), (30.0, "GrG"), (3.0, "sry")]


def test_a_right_turn_that_never_sees_red_gives_way_to_those_who_do() -> None:
    found = endless_turns_yield(program(*ROWS), LINKS, FOES, OFF)
    assert found.tolist() == one_way(3, [(0, 1), (0, 2), (2, 1)]).tolist()
    assert [phase.state for phase in find_phases(program(*ROWS), FOES, found)] == ["gGr", "grG"]
    assert [phase.state for phase in find_phases(program(*ROWS), FOES, OFF)] == ["Ggr", "Grg"]


def test_the_rule_of_the_network_holds_where_the_program_leaves_nothing_open() -> None:
    permissive = program((30.0, "Ggr"), (30.0, "Grg"))
    assert endless_turns_yield(permissive, LINKS, FOES, OFF).tolist() == OFF.tolist()
    stopped = program(*ROWS, (10.0, "rrG"))
    assert endless_turns_yield(stopped, LINKS, FOES, OFF).tolist() == OFF.tolist()
    straight = [replace(LINKS[0], direction="s"), *LINKS[1:]]
    assert endless_turns_yield(program(*ROWS), straight, FOES, OFF).tolist() == OFF.tolist()
    assert endless_turns_yield(program((3.0, "yyy")), LINKS, FOES, OFF).tolist() == OFF.tolist()


def test_a_signal_is_built_with_it_and_gives_the_free_turn_no_phase_of_its_own() -> None:
    links = tuple(replace(one, node_id="n") for one in LINKS)
    network = Network("x.net.xml", nx.MultiDiGraph(), {}, {}, {"x": links}, {"n": Requests(FOES, OFF)})
    signal = build_signals(network, {"x": program(*ROWS)})["x"]
    assert [phase.state for phase in signal.phases] == ["gGr", "grG"]
    assert not signal.added


@given(st.data())
def test_of_every_pair_that_meets_somebody_still_gives_way(data: st.DataObject) -> None:
    n = data.draw(st.integers(2, 6))
    links = [replace(link(i), direction=data.draw(st.sampled_from("srl"))) for i in range(n)]
    foes, yields = pairs(n), one_way(n, [])
    for i in range(n):
        for j in range(i):
            if data.draw(st.booleans()):
                foes |= pairs(n, (i, j))
                yields |= one_way(n, [(i, j) if data.draw(st.booleans()) else (j, i)])
    rows = [(9.0, "".join(data.draw(st.sampled_from("rgG")) for _ in range(n))) for _ in range(3)]
    found = endless_turns_yield(program(*rows), links, foes, yields)
    assert (found | found.T).tolist() == foes.tolist()
    assert not (found & found.T).any()
    assert not np.diagonal(found).any()
