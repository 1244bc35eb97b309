"""Who ends with whom: by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from network.program.phases import find_phases
from network.program.signals import BoolArray, Link, Program
from network.safety.clearance import Protocol
from network.safety.yellow_traps import ends_with as of_phases
from tests.network.programs_by_hand import link, one_way, program


def ends_with(of: Program, links: tuple[Link, ...], yields: BoolArray, protocol: Protocol) -> BoolArray:
    """With the program's own phases."""
    return of_phases(of, find_phases(of, yields | yields.T, yields), links, yields, protocol)


TOGETHER = program((20, "gGrr"), (3, "yyrr"), (2, "rrrr"), (20, "rrGG"), (3, "rryy"))


def inside(index: int) -> Link:
    """A link whose vehicles wait beyond the line."""
    return replace(link(index), waits_m=4.0)


def test_who_waits_inside_ends_with_the_traffic_he_waits_for() -> None:
    turn, against, other, crossing = range(4)
    links = (inside(turn), link(against), link(other), link(crossing, 1.4, crossing=True, length_m=6.0))
    yields = one_way(4, [(turn, against), (turn, crossing), (against, other)])
    assert np.argwhere(ends_with(TOGETHER, links, yields, "plan")).tolist() == [[turn, against]]
    assert not ends_with(TOGETHER, links, yields, "resco").any()
    at_the_line = (replace(links[0], waits_m=0.0), *links[1:])
    assert not ends_with(TOGETHER, at_the_line, yields, "plan").any()


def test_what_the_program_ends_alone_is_its_engineers_word() -> None:
    links, yields = (inside(0), link(1), link(2), link(3)), one_way(4, [(0, 1)])
    lagging = program((20, "gGrr"), (3, "yGrr"), (20, "rGrr"), (3, "ryrr"), (20, "rrGG"))
    assert not ends_with(lagging, links, yields, "plan").any()
    leading = program((20, "rGrr"), (20, "gGrr"), (3, "yyrr"), (20, "rrGG"))
    assert ends_with(leading, links, yields, "plan")[0, 1]


def test_what_ends_with_one_that_ends_with_another_ends_with_that_too() -> None:
    links, yields = (inside(0), inside(1), link(2), link(3)), one_way(4, [(0, 1), (1, 2)])
    found = np.argwhere(ends_with(program((20, "gggG"), (3, "yyyy"), (9, "rrrr")), links, yields, "plan")).tolist()
    assert found == [[0, 1], [0, 2], [1, 2]]


def test_nobody_ends_with_traffic_that_is_never_green_beside_him() -> None:
    """The turn (0) gives way to the other street (2, 3), too, which has red meanwhile."""
    links, yields = (inside(0), link(1), inside(2), link(3)), one_way(4, [(0, 1), (0, 2), (2, 1), (2, 3)])
    crossing = program((20, "gGrr"), (3, "yyrr"), (20, "rrgG"), (3, "rryy"))
    assert np.argwhere(ends_with(crossing, links, yields, "plan")).tolist() == [[0, 1], [2, 3]]


def test_a_lane_has_one_light() -> None:
    """The turn (0) ends with the traffic (1) it waits for, and so does who turns right (2) from that one's lane."""
    links = (inside(0), link(1), replace(link(2), from_lane="in1_0"), link(3))
    found = ends_with(program((20, "gGGr"), (3, "yyyr"), (9, "rrrG")), links, one_way(4, [(0, 1)]), "plan")
    assert np.argwhere(found).tolist() == [[0, 1], [0, 2]]
