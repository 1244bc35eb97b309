"""Phases beyond the program: without crossings and cyclists, with priority for who would yield, of lanes apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.build import build_signals
from network.controllable import controllable
from network.loops.detectors import lay_out
from network.phasing.added_phases import added_phases
from network.program.phases import find_phases, green_links, within
from network.program.programs import read_programs
from network.program.signals import BoolArray, Link, Phase
from network.roads.reader import read_network
from tests.network.programs_by_hand import pairs, program


def link(index: int, edge: str, crossing: bool = False) -> Link:
    return Link(index, f"{edge}_0", "out_0", "", "w" if crossing else "s", crossing, 10.0, 13.9, "n", index)


def table(n: int, *marks: tuple[int, int]) -> BoolArray:
    found = np.zeros((n, n), dtype=np.bool_)
    for i, j in marks:
        found[i, j] = True
    return found


def added(rows: list[tuple[float, str]], links: list[Link], foes: BoolArray, yields: BoolArray,
          turns_go_on: bool = False) -> list[Phase]:
    phases = find_phases(program(*rows), foes, yields)
    return list(added_phases(phases, links, foes, yields, {}, turns_go_on))


# north: through 0, left 1; south: through 2, left 3; east 4. A left turn yields to the through traffic it meets.
LINKS = [link(0, "north"), link(1, "north"), link(2, "south"), link(3, "south"), link(4, "east")]
FOES = pairs(5, (0, 3), (1, 2), (0, 4), (1, 4), (2, 4), (3, 4))
YIELDS = table(5, (3, 0), (1, 2))


def test_each_approach_that_yields_gets_a_phase_of_its_own() -> None:
    found = added([(30.0, "GgGgr"), (20.0, "rrrrG")], LINKS, FOES, YIELDS)
    assert [(phase.state, phase.part_of, phase.shown_s) for phase in found] == [("GGrrr", 0, 0.0), ("rrGGr", 0, 0.0)]


def test_where_the_program_shows_it_already_none_is_added() -> None:
    rows = [(30.0, "GgGgr"), (5.0, "GGrrr"), (20.0, "rrrrG")]
    assert [phase.state for phase in added(rows, LINKS, FOES, YIELDS)] == ["rrGGr"]


def test_where_nobody_yields_to_another_approach_none_is_added() -> None:
    assert not added([(30.0, "GrGrr"), (20.0, "rrrrG")], LINKS, FOES, YIELDS)
    assert not added([(30.0, "rgrgr"), (20.0, "rrrrG")], LINKS, FOES, YIELDS)


def test_who_does_not_meet_the_approach_keeps_what_he_has() -> None:
    links = [*LINKS, link(5, "west"), link(6, "walk", crossing=True)]
    foes, yields = np.zeros((7, 7), dtype=np.bool_), np.zeros((7, 7), dtype=np.bool_)
    foes[:5, :5], yields[:5, :5] = FOES, YIELDS
    found = added([(30.0, "GgGgrgG"), (20.0, "rrrrGrr")], links, foes, yields)
    assert [phase.state for phase in found] == ["GGrrrgG", "rrGGrgG", "rrrrGGr"]


def test_a_phase_with_a_crossing_is_shown_without_it_too() -> None:
    links = [link(0, "north"), link(1, "north"), link(2, "east"), link(3, "walk", crossing=True)]
    foes, yields = pairs(4, (0, 2), (1, 2), (1, 3), (2, 3)), table(4, (1, 3))
    found = added([(30.0, "GgrG"), (5.0, "Ggrr"), (20.0, "rrGr")], links, foes, yields)
    assert [(phase.state, phase.part_of) for phase in found] == [("GGrr", 0)]
    assert not added([(30.0, "GgrG"), (5.0, "GGrr"), (20.0, "rrGr")], links, foes, yields)
    assert not added([(30.0, "rrrG"), (20.0, "GrGr")], links, foes, yields)


def test_a_phase_with_cyclists_is_shown_without_them_too() -> None:
    """north: cars 0, a crossing 1, cyclists 2; east 3; cyclists alone (4) have nothing to be left out for."""
    links = [link(0, "north"), link(1, "walk", crossing=True), replace(link(2, "path"), cycles=True), link(3, "east"),
             replace(link(4, "alone"), cycles=True)]  # fmt: skip
    foes, yields = pairs(5, (0, 3), (0, 4), (1, 3), (2, 3), (3, 4), (0, 2)), table(5, (0, 2))
    found = added([(30.0, "gGGrr"), (20.0, "rrrGr"), (5.0, "rrrrG")], links, foes, yields)
    assert [(phase.state, phase.part_of) for phase in found[:3]] == [("grGrr", 0), ("GGrrr", 0), ("Grrrr", 0)]
    assert added([(30.0, "grGrr"), (20.0, "rrrGr")], links, foes, yields)[0].state == "Grrrr"


@pytest.mark.parametrize("crossing", [False, True])
def test_a_lamp_that_cyclists_share_is_never_left_out(crossing: bool) -> None:
    """With cars, or with walkers, whom no loop sees."""
    links = [link(0, "north"), replace(link(1, "path"), cycles=True), link(1, "other", crossing), link(2, "east")]
    assert not added([(30.0, "GGr"), (20.0, "rrG")], links, pairs(3, (0, 2), (1, 2)), table(3))


def test_a_lane_has_red_for_all_its_movements_or_for_none() -> None:
    links = [*LINKS[:2], link(2, "south"), link(3, "south"), link(4, "east"), link(5, "south")]
    foes, yields = np.zeros((6, 6), dtype=np.bool_), np.zeros((6, 6), dtype=np.bool_)
    foes[:5, :5], yields[:5, :5] = FOES, YIELDS
    found = added([(30.0, "GgGgrG"), (20.0, "rrrrGr")], links, foes, yields)
    assert [phase.state for phase in found] == ["GGrrrr", "rrGGrG"]


# north: through 0, left 1; south: through 2, left 3, each on a lane of its own.
LANES = [replace(one, from_lane=f"{one.from_lane}{one.index}") for one in LINKS[:4]]


def test_lanes_that_do_not_meet_are_shown_together() -> None:
    rows = [(30.0, "GrGr"), (10.0, "rGrr"), (10.0, "rrrG")]
    found = added(rows, LANES, FOES[:4, :4], YIELDS[:4, :4])
    assert [(phase.state, phase.part_of) for phase in found] == [("GGrr", 0), ("rGrG", 1), ("rrGG", 0)]


def test_a_movement_that_the_program_never_serves_stays_closed() -> None:
    rows = [(30.0, "GrGr"), (10.0, "rrrG")]
    found = added(rows, LANES, FOES[:4, :4], YIELDS[:4, :4])
    assert [phase.state for phase in found] == ["rrGG"]


# north: through and left 0, 1 on one lane, through 2 on the next; the through traffic of south, 3, meets the left turn.
SIDE_BY_SIDE = [
    Link(index, lane, to, "", "s", False, 10.0, 13.9, "n", index)
    for index, (lane, to) in enumerate(
        [("north_1", "down_1"), ("north_1", "east_0"), ("north_0", "down_0"), ("south_0", "up_0")]
    )
]


def test_lanes_side_by_side_with_one_movement_change_together() -> None:
    foes, yields = pairs(4, (1, 3)), table(4, (1, 3))
    assert not added([(30.0, "GGGr"), (20.0, "rrrG")], SIDE_BY_SIDE, foes, yields)


def test_who_stops_for_priority_stops_with_the_lane_beside() -> None:
    links = [*SIDE_BY_SIDE, replace(SIDE_BY_SIDE[3], index=4, from_lane="south_1", to_lane="up_1"), link(5, "west")]
    foes, yields = pairs(6, (1, 3), *((i, 5) for i in range(5))), table(6, (1, 3))
    assert [phase.state for phase in added([(30.0, "GgGGGr"), (20.0, "rrrrrG")], links, foes, yields)] == ["GGGrrr"]


def test_lanes_that_the_program_shows_apart_may_go_apart() -> None:
    found = added([(30.0, "GGrr"), (9.0, "rrGr"), (20.0, "rrrG")], SIDE_BY_SIDE, pairs(4, (1, 3)), table(4))
    assert [phase.state for phase in found] == ["GGGr", "rrGG"]


def test_a_cycle_path_is_not_tied_to_the_lane_beside_it_that_it_meets() -> None:
    foes = pairs(4, (1, 2))
    found = added([(30.0, "GrGr"), (9.0, "rGrr"), (20.0, "rrrG")], SIDE_BY_SIDE, foes, table(4))
    assert [phase.state for phase in found] == ["GGrG", "rrGG"]


def _all_give_way(state: str, major: list[int], foes: BoolArray, yields: BoolArray) -> None:
    """Who got priority meets only those in green that give way to all of them."""
    for i in major:
        for j in sorted(green_links(state)):
            assert not foes[i, j] or (state[j] == "g" and yields[j, i] and not yields[i, j])


# a left turn with a lane of its own, 0, beside the way ahead, 1; against them the same, 2 and 3; across, 4.
OWN_LANES = [replace(link(i, edge), from_lane=f"{edge}_{lane}", to_lane=f"to{i}_0")
             for i, (edge, lane) in enumerate([("north", 1), ("north", 0), ("south", 1), ("south", 0), ("east", 0)])]


def test_a_turn_with_a_lane_of_its_own_goes_on_beside_the_traffic_it_gives_way_to() -> None:
    foes, yields = pairs(5, (0, 3), (2, 1), *((i, 4) for i in range(4))), table(5, (0, 3), (2, 1))
    rows = [(30.0, "gGgGr"), (20.0, "rrrrG")]
    alone = [phase.state for phase in added(rows, OWN_LANES, foes, yields)]
    assert alone[:2] == ["GGrrr", "rrGGr"]
    found = added(rows, OWN_LANES, foes, yields, turns_go_on=True)
    assert [phase.state for phase in found] == [*alone, "GGgrr", "grGGr"]


def test_a_turn_stops_with_those_of_its_lane() -> None:
    links = [replace(one, from_lane=one.from_lane.replace("_1", "_0")) for one in OWN_LANES]
    foes, yields = pairs(5, (0, 3), (2, 1), *((i, 4) for i in range(4))), table(5, (0, 3), (2, 1))
    found = added([(30.0, "gGgGr"), (20.0, "rrrrG")], links, foes, yields, turns_go_on=True)
    assert [phase.state for phase in found] == ["GGrrr", "rrGGr"]


@given(st.data())
def test_a_protected_phase_is_free_of_conflicts_with_priority_and_within_its_own_phase(data: st.DataObject) -> None:
    n = data.draw(st.integers(2, 8))
    links = [link(i, data.draw(st.sampled_from("abc")), data.draw(st.integers(0, 5)) == 0) for i in range(n)]
    foes = np.zeros((n, n), dtype=np.bool_)
    yields = np.zeros((n, n), dtype=np.bool_)
    edges = [one.from_lane for one in links]
    for i in range(n):
        for j in range(i):
            if data.draw(st.integers(0, 3 if edges[i] == edges[j] else 1)) == 0:
                foes[i, j] = foes[j, i] = True
                yields[i, j] = data.draw(st.booleans())
                yields[j, i] = not yields[i, j]
    rows = [(9.0, "".join(data.draw(st.sampled_from("rgG")) for _ in range(n))) for _ in range(3)]
    phases = find_phases(program(*rows), foes, yields)
    for phase in added_phases(phases, links, foes, yields, {}, data.draw(st.booleans())):
        assert not any(foes[i, j] for i in range(n) for j in range(n) if phase.state[i] == phase.state[j] == "G")
        major = [i for i, lamp in enumerate(phase.state) if lamp == "G"]
        own = phases[phase.part_of]
        settled = [i for i in major if own.state[i] != "G"]  # who got priority has it against everybody
        _all_give_way(phase.state, settled, foes, yields)
        if not green_links(phase.state) <= green_links(own.state):  # lanes that do not meet
            assert set(phase.state) <= set("Gr")
            continue
        assert green_links(phase.state) < green_links(own.state)
        others = [other for other in phases if settled or other is not own]  # else: without its crossings
        assert not any(phase.state == other.state or within(phase.state, other.state) for other in others)


def test_movements_of_an_approach_that_cross_each_other_do_not_both_get_priority() -> None:
    links = [link(0, "north"), link(1, "north"), link(2, "north"), link(3, "south"), link(4, "east")]
    foes = pairs(5, (0, 1), (1, 3), (2, 3), *((i, 4) for i in range(4)))
    found = added([(30.0, "GggGr"), (20.0, "rrrrG")], links, foes, table(5, (1, 0), (1, 3), (2, 3)))
    assert [phase.state for phase in found] == ["GgGrr"]


def test_every_change_comes_to_its_end_where_lamps_are_shared(game: Path) -> None:
    path = game / "fkk_in" / "ingolstadt.net.xml.gz"
    network = read_network(path)
    signals = build_signals(network, read_programs([path, game / "fkk_in" / "fkk_in.tls.add.xml"]))
    kept, _, notes = controllable(list(signals.values()), lay_out(network, signals), adds_phases=True)
    assert {signal.id for signal in kept} >= {"gneJ21", "335525545"}
    assert not [note for note in notes if "never ends" in note]


@pytest.mark.parametrize("number", [1, 3, 4])
def test_guideline_programs_with_yielding_turns_get_them_protected(number: int, rilsa: Callable[[int], Path]) -> None:
    path = rilsa(number)
    programs = read_programs([path, path.with_name(f"rilsa{number}_tls.add.xml")])
    (signal,) = (one for one in build_signals(read_network(path), programs).values() if one.phases)
    assert signal.added
    before, after = len(signal.phases), signal.with_added().phases
    assert [phase.part_of < 0 for phase in after] == [True] * before + [False] * len(signal.added)
    for phase in signal.added:
        gained = [i for i, lamp in enumerate(phase.state) if lamp == "G" != signal.phases[phase.part_of].state[i]]
        assert gained
        _all_give_way(phase.state, gained, signal.conflicts, signal.yields_to)
