"""Turns that lock each other: by hand, and what SUMO's drivers do at a junction with lanes for cyclists."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest

from network.arrays import intersection
from network.build import build_signals
from network.loops.detectors import lay_out
from network.phasing.parted_phases import MOST_GROUPS, parted
from network.program.phases import green_links
from network.program.plans import fixed_plan
from network.program.programs import read_programs
from network.program.signals import Link, Phase, Signal
from network.roads.reader import read_network
from network.safety.circular_waits import circular_waits
from network.safety.limits import limited_one
from signal_core.tables.packed import pack

from .conftest import run_tool
from .programs_by_hand import link, one_way, pairs

ARMS = "nesw"


def inside(index: int, way: Sequence[tuple[float, float]], waits_m: float = 10.0, cycles: bool = False) -> Link:
    return replace(link(index), way=tuple(way), waits_m=waits_m, cycles=cycles)


def far(index: int) -> Link:
    """A turn that stands in nobody's way."""
    return inside(index, [(1000.0 * index, 0.0), (1000.0 * index, 30.0)])


def nose_to_nose(apart_m: float, cycles: bool) -> tuple[Link, Link]:
    """Two that come towards each other, so far apart to the side, and wait where they meet."""
    return (inside(0, [(-10.0, 0.0), (20.0, 0.0)], cycles=cycles),
            inside(1, [(10.0, apart_m), (-20.0, apart_m)], cycles=cycles))


def test_who_gives_way_to_the_one_before_whom_he_stands_waits_for_good() -> None:
    both = [frozenset({0, 1})]
    links, foes, first = nose_to_nose(0.5, True), pairs(2, (0, 1)), one_way(2, [(0, 1)])
    assert circular_waits(links, both, foes, first) == ((0, 1),)
    assert circular_waits(links, [frozenset({0}), frozenset({1})], foes, first) == ()
    assert circular_waits(links, both, one_way(2, []), one_way(2, [])) == ()  # no conflict, says the network
    assert circular_waits((links[0], replace(links[1], waits_m=0.0)), both, foes, one_way(2, [])) == ()
    assert circular_waits((links[0], replace(links[1], node_id="y")), both, foes, first) == ()


@pytest.mark.parametrize(("apart_m", "cycles", "met"), [
    (0.9, 2, True), (1.1, 2, False), (1.2, 1, True), (1.4, 1, False), (0.0, 0, False)])  # fmt: skip
def test_who_stands_beside_lets_the_other_one_pass_and_cars_find_a_way(apart_m: float, cycles: int, met: bool) -> None:
    """cycles: how many of the two are lanes for cyclists."""
    one, other = nose_to_nose(apart_m, cycles > 0)
    other = replace(other, cycles=cycles > 1)
    found = circular_waits((one, other), [frozenset({0, 1})], pairs(2, (0, 1)), one_way(2, [(0, 1)]))
    assert bool(found) == met


def test_a_cyclist_who_goes_on_is_held_behind_one_who_waits() -> None:
    """He stands 5 m inside behind the turn 0, on a way beside its own; against them the turn 1, which he is before."""
    turn = inside(0, [(0.0, 0.0), (0.0, 20.0)], cycles=True)
    on = replace(inside(2, [(0.5, 0.0), (0.5, 40.0)], 0.0, cycles=True), from_lane=turn.from_lane)
    against = far(1)
    yields = one_way(3, [(0, 1), (1, 2)])
    foes, all_green = yields | yields.T, [frozenset({0, 1, 2})]
    assert circular_waits([turn, against, on], all_green, foes, yields) == ((0, 1, 2),)
    beside = replace(on, way=((1.5, 0.0), (1.5, 40.0)))
    assert circular_waits([turn, against, beside], all_green, foes, yields) == ()
    at_the_line = replace(turn, waits_m=2.5)
    assert circular_waits([at_the_line, against, on], all_green, foes, yields) == ()
    assert circular_waits([turn, against, replace(on, from_lane="other_0")], all_green, foes, yields) == ()


def test_three_give_way_round_in_a_circle() -> None:
    links = [far(0), replace(far(1), cycles=True), far(2), far(3)]
    yields = one_way(4, [(0, 1), (1, 2), (2, 0), (2, 3)])
    foes = yields | yields.T
    assert circular_waits(links, [frozenset(range(4))], foes, yields) == ((0, 1, 2),)
    assert circular_waits(links, [frozenset({0, 1, 3}), frozenset({1, 2, 3})], foes, yields) == ()
    cars = [replace(link, cycles=False) for link in links]
    assert circular_waits(cars, [frozenset(range(4))], foes, yields) == ()
    at_the_line = [*links[:2], replace(links[2], waits_m=0.0), links[3]]
    assert circular_waits(at_the_line, [frozenset(range(4))], foes, yields) == ()


def test_a_phase_is_parted_so_that_each_part_lacks_a_lane_of_every_circle() -> None:
    phases = [Phase("gggGr", 0, 30.0, 30.0, 30.0), Phase("rrrrG", 1, 20.0, 20.0, 20.0)]
    groups = [frozenset({0}), frozenset({1, 3}), frozenset({2}), frozenset({4})]
    foes = pairs(5, (0, 1), (1, 2), (0, 2), (3, 4))
    found = parted(phases, groups, [(0, 1, 2)], foes)
    assert [(part.state, part.part_of, part.instead) for part in found] == [
        ("ggrGr", 0, True), ("rggGr", 0, True), ("grgrr", 0, False)]
    apart = parted(phases, groups, [(0, 2)], foes)
    assert [(part.state, part.instead) for part in apart] == [("ggrGr", True), ("rggGr", True)]
    assert parted(phases, groups, [], foes) == ()
    assert parted(phases, [frozenset({0, 1, 2, 3})], [(0, 1)], foes) == ()  # one lane, which cannot be parted


def test_circles_at_several_junctions_are_parted_at_the_same_time() -> None:
    """Each of eight junctions has two or three parts: three in all, not the product of them."""
    circles = [(3 * k, 3 * k + 1, 3 * k + 2)[: 2 + k % 2] for k in range(8)]
    green = {i for circle in circles for i in circle}
    lamps = "".join("g" if i in green else "r" for i in range(24))
    foes = pairs(24, *(pair for circle in circles for pair in combinations(circle, 2)))
    each = [frozenset({i}) for i in range(24)]
    found = parted([Phase(lamps, 0, 30.0, 30.0, 30.0)], each, circles, foes)
    assert len(found) == 3
    for part in found:
        kept = green_links(part.state)
        assert all(len(kept & set(circle)) == len(circle) - 1 for circle in circles)
    assert frozenset[int]().union(*(green_links(part.state) for part in found if part.instead)) == green


def test_circles_with_more_lanes_than_can_be_looked_at_are_left_as_they_are() -> None:
    circles = [(k, k + 1) for k in range(MOST_GROUPS)]
    foes = pairs(MOST_GROUPS + 1, *circles)
    each = [frozenset({i}) for i in range(MOST_GROUPS + 1)]
    assert parted([Phase("g" * len(each), 0, 30.0, 30.0, 30.0)], each, circles, foes) == ()
    assert parted([Phase("g" * MOST_GROUPS, 0, 30.0, 30.0, 30.0)], each[:-1], circles[:-1], foes[:-1, :-1])


# --- a junction with lanes for cyclists -----------------------------------------------------------


@pytest.fixture(scope="module", params=[1, 2])
def ridden(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network of so many lanes for cars on each arm, and one for cyclists."""
    folder = tmp_path_factory.mktemp("ridden")
    at = {"n": (0, 200), "e": (200, 0), "s": (0, -200), "w": (-200, 0)}
    nodes = '<node id="c" x="0" y="0" type="traffic_light"/>' + "".join(
        f'<node id="{a}" x="{x}" y="{y}"/>' for a, (x, y) in at.items())
    edges = "".join(f'<edge id="{one}_{other}" from="{one}" to="{other}" numLanes="{request.param}" speed="13.89"/>'
                    for a in ARMS for one, other in ((a, "c"), ("c", a)))
    (folder / "a.nod.xml").write_text(f"<nodes>{nodes}</nodes>", encoding="utf-8")
    (folder / "a.edg.xml").write_text(f"<edges>{edges}</edges>", encoding="utf-8")
    run_tool("netconvert", "-n", str(folder / "a.nod.xml"), "-e", str(folder / "a.edg.xml"), "--bikelanes.guess",
             "--no-turnarounds", "-o", str(folder / "a.net.xml"))
    return folder / "a.net.xml"


def signal_of(net: Path) -> tuple[Signal, tuple[tuple[int, ...], ...]]:
    """The signal, and its circles."""
    (signal,) = build_signals(read_network(net), read_programs([net])).values()
    greens = [green_links(phase.state) for phase in signal.phases]
    return signal, circular_waits(signal.links, greens, signal.conflicts, signal.yields_to)


def test_in_free_order_no_phase_shows_a_circle_and_all_have_green(ridden: Path) -> None:
    signal, circles = signal_of(ridden)
    assert circles
    assert any(green_links(phase.state).issuperset(circles[0]) for phase in signal.phases)
    (free,) = signal.in_free_order()
    assert not any(green_links(phase.state).issuperset(circle) for phase in free.phases for circle in circles)
    own = [phase for phase in free.phases if phase.part_of < 0]
    assert free.phases[: len(own)] == tuple(own)
    assert all(0 <= phase.part_of < len(own) for phase in free.phases[len(own):])
    assert not any(phase.instead for phase in free.phases)
    assert len({phase.state for phase in free.phases}) == len(free.phases)
    served = frozenset[int]().union(*(green_links(phase.state) for phase in own))
    assert served == frozenset[int]().union(*(green_links(phase.state) for phase in signal.phases))
    assert sum(phase.shown_s for phase in own) == sum(phase.shown_s for phase in signal.phases)


def test_the_plan_and_a_fixed_order_keep_the_phases_of_the_program(ridden: Path) -> None:
    signal, _ = signal_of(ridden)
    assert signal.with_on_call().phases == signal.phases
    (free,) = signal.in_free_order()
    assert (fixed_plan(free).codes == fixed_plan(signal).codes).all()
    intersection(free, lay_out(read_network(ridden), {signal.id: signal}))


def test_a_plan_that_shows_a_circle_is_told_where_control_shows_none(ridden: Path) -> None:
    """With phases of the program alone control would lock as well; without lanes for cyclists there is no circle."""
    signal, _ = signal_of(ridden)
    (free,) = signal.in_free_order()
    layout = lay_out(read_network(ridden), {signal.id: signal})
    assert intersection(free, layout).plan_locks
    assert not intersection(signal.with_on_call(), layout).plan_locks
    cars = replace(free, links=tuple(replace(link, cycles=False) for link in free.links))
    assert not intersection(cars, layout).plan_locks
    assert pack([intersection(free, layout)]).adapts.tolist() == [True]


def test_where_a_part_may_not_be_shown_all_have_green_still(ridden: Path) -> None:
    signal, _ = signal_of(ridden)
    part = next(phase for phase in signal.added if phase.instead)
    without = limited_one(signal, f'[signal."{signal.id}"]\nforbidden = ["{part.state}"]\n', "limits.toml")
    assert part not in without.added
    own = [phase for phase in without.with_added().phases if phase.part_of < 0]
    served = frozenset[int]().union(*(green_links(phase.state) for phase in own))
    assert served == frozenset[int]().union(*(green_links(phase.state) for phase in signal.phases))


def stuck(net: Path, signal: Signal, state: str, folder: Path) -> int:
    """How many are still there 100 s after a green of 250 s, of two who turn on every link, through traffic beside."""
    n = len(state)
    program = (f'<additional><tlLogic id="{signal.id}" type="static" programID="once" offset="0">'
               f'<phase duration="250" state="{state}"/><phase duration="1000" state="{"r" * n}"/>'
               "</tlLogic></additional>")
    (folder / "once.add.xml").write_text(program, encoding="utf-8")
    rows: list[tuple[int, str]] = []
    for one in signal.links:
        if state[one.index] in "Gg" and not one.is_crossing:
            start, lane = one.from_lane.rsplit("_", 1)
            way = f'<route edges="{start} {one.to_lane.rsplit("_", 1)[0]}"/>'
            of = f'type="{"bike" if one.cycles else "car"}" departLane="{lane}" departPos="140"'
            for k in range(8 if one.direction == "s" else 2):
                depart_s = 1 + 3 * k
                rows.append((depart_s, f'<vehicle id="{one.index}.{k}" {of} depart="{depart_s}">{way}</vehicle>'))
    types = '<vType id="car"/><vType id="bike" vClass="bicycle"/>'
    text = "".join(row for _, row in sorted(rows, key=lambda row: row[0]))
    (folder / "r.rou.xml").write_text(f"<routes>{types}{text}</routes>", encoding="utf-8")
    run_tool("sumo", "-n", str(net), "-a", str(folder / "once.add.xml"), "-r", str(folder / "r.rou.xml"),
             "--time-to-teleport", "-1", "--no-step-log", "--end", "350", "--tripinfo-output", str(folder / "t.xml"))
    return len(rows) - len(ET.parse(folder / "t.xml").getroot().findall("tripinfo"))


def test_drivers_lock_in_the_phase_of_the_program_and_in_no_part_of_it(ridden: Path, tmp_path: Path) -> None:
    signal, circles = signal_of(ridden)
    circle = circles[0]
    phase = next(phase for phase in signal.phases if green_links(phase.state).issuperset(circle))
    assert stuck(ridden, signal, phase.state, tmp_path) > 0
    parts = [part for part in signal.added if part.instead and signal.phases[part.part_of] is phase]
    assert len(parts) > 1
    for part in parts:
        assert stuck(ridden, signal, part.state, tmp_path) == 0
