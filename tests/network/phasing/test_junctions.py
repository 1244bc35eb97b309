"""Signals that control several junctions, junction by junction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from network.arrays import intersection
from network.build import build_signals
from network.loops.detectors import lay_out
from network.phasing.junctions import LAMP_ROOM_M, RING_ROOM_M, ROOM_M, planned_alone
from network.program.phases import green_links
from network.program.plans import fixed_plan
from network.program.programs import read_programs
from network.program.rings import NEMA
from network.program.signals import Signal
from network.roads.reader import Network, read_network
from scenarios.joined import DividedPlan, write_divided
from tests.network.conftest import Built, Grid
from tests.network.joined import row_of_junctions


def _read(path: Path) -> tuple[Network, dict[str, Signal]]:
    network = read_network(path)
    return network, build_signals(network, read_programs([path]))


def _lamps(signal: Signal) -> set[int]:
    return {link.index for link in signal.links}


def test_two_junctions_with_room_between_are_planned_on_their_own(built: Built) -> None:
    network, signals = _read(built(*row_of_junctions([100.0])))
    whole = signals["all"]
    assert [part.id for part in whole.junctions] == ["all/a", "all/b"]
    assert all(part.part_of == "all" and not part.left_alone and not part.junctions for part in whole.junctions)
    a, b = whole.junctions
    assert _lamps(a) | _lamps(b) == _lamps(whole)
    assert not _lamps(a) & _lamps(b)
    assert {link.node_id for link in a.links} == {"a"}
    assert sorted(lane.id for part in whole.junctions for lane in part.lanes) == [lane.id for lane in whole.lanes]
    for part in whole.junctions:
        assert len(part.phases) > 1
        for phase in part.phases:
            assert green_links(phase.state) <= _lamps(part)
            assert any(green_links(phase.state) <= green_links(other.state) for other in whole.phases)
        assert part.conflicts is whole.conflicts
        assert part.intergreen_s is whole.intergreen_s
    assert [part.id for part in whole.in_free_order()] == ["all/a", "all/b"]


@pytest.mark.parametrize("bend", [False, True])
def test_where_there_is_no_room_between_they_stay_one(built: Built, bend: bool) -> None:
    _, signals = _read(built(*row_of_junctions([LAMP_ROOM_M], bend=bend)))
    assert signals["all"].junctions == ()
    assert [signal.id for signal in signals["all"].in_free_order()] == ["all"]


def test_two_vehicles_have_room_between_where_the_way_ends_at_a_lamp(built: Built) -> None:
    network, signals = _read(built(*row_of_junctions([30.0])))
    assert LAMP_ROOM_M < network.lanes["a_b_0"].length_m < ROOM_M
    assert [part.id for part in signals["all"].junctions] == ["all/a", "all/b"]


def _uncontrolled(*turns: tuple[str, str]) -> str:
    return "".join(f'<connection from="{a}" to="{b}" fromLane="0" toLane="0" uncontrolled="true"/>' for a, b in turns)


@pytest.mark.parametrize(("gap_m", "parts"), [(25.0, 0), (100.0, 2)])
def test_the_way_between_may_end_without_a_lamp(built: Built, gap_m: float, parts: int) -> None:
    between = _uncontrolled(("a_b", "b_east"), ("a_b", "b_north_b"), ("b_a", "a_west"), ("b_a", "a_north_a"))
    network, signals = _read(built(*row_of_junctions([gap_m]), between))
    assert all(not turn.signal_id for turn in network.lanes["a_b_0"].turns_out)
    assert len(signals["all"].junctions) == parts


def test_the_median_of_a_divided_road_keeps_its_junctions_together(rilsa: Callable[[int], Path]) -> None:
    _, signals = _read(rilsa(2))
    assert {link.node_id for link in signals["0"].links} == {"0n", "0s"}
    assert signals["0"].junctions == ()


def test_the_way_between_may_go_over_nodes_without_a_signal(built: Built) -> None:
    _, signals = _read(built(*row_of_junctions([2.2 * ROOM_M], bend=True)))
    assert len(signals["all"].junctions) == 2


def test_of_three_junctions_two_may_stay_together(built: Built) -> None:
    _, signals = _read(built(*row_of_junctions([LAMP_ROOM_M, 120.0])))
    assert [part.id for part in signals["all"].junctions] == ["all/a+b", "all/c"]


def test_a_junction_without_a_choice_goes_with_another(built: Built) -> None:
    _, signals = _read(built(*row_of_junctions([100.0, 100.0], without_side="b")))
    parts = signals["all"].junctions
    assert len(parts) == 2
    assert sorted("".join(part.id.removeprefix("all/") for part in parts).replace("+", "")) == ["a", "b", "c"]
    assert set().union(*map(_lamps, parts)) == _lamps(signals["all"])


def test_a_lamp_of_two_junctions_keeps_them_together(built: Built) -> None:
    network, signals = _read(built(*row_of_junctions([100.0])))
    whole = signals["all"]
    first, last = whole.links[0], whole.links[-1]
    assert first.node_id != last.node_id
    shared = replace(whole, links=(*whole.links[:-1], replace(last, index=first.index)))
    assert len(planned_alone(network, whole, turns_go_on=True)) == 2
    assert planned_alone(network, shared, turns_go_on=True) == ()


def test_dual_rings_and_signals_that_are_left_alone_stay_as_they_are(built: Built) -> None:
    network, signals = _read(built(*row_of_junctions([100.0])))
    whole = signals["all"]
    assert planned_alone(network, replace(whole, program=replace(whole.program, kind=NEMA)), turns_go_on=True) == ()
    assert planned_alone(network, replace(whole, left_alone="for a reason"), turns_go_on=True) == ()


def test_ordinary_signals_have_no_parts(grid: Grid) -> None:
    _, signals = _read(grid(3))
    assert signals
    assert all(signal.junctions == () and signal.part_of == "" for signal in signals.values())


def test_the_fixed_plans_of_the_parts_are_the_program(built: Built) -> None:
    _, signals = _read(built(*row_of_junctions([100.0, 150.0])))
    whole = signals["all"]
    plan, parts = fixed_plan(whole), [fixed_plan(part) for part in whole.junctions]
    for part in parts:
        assert part.duration_s.tolist() == plan.duration_s.tolist()
    together = np.max([part.codes for part in parts], axis=0)
    np.testing.assert_array_equal(together, plan.codes)


def test_loops_of_a_part_are_those_of_its_lanes(built: Built) -> None:
    network, signals = _read(built(*row_of_junctions([100.0])))
    layout = lay_out(network, signals)
    parts = signals["all"].in_free_order()
    own = layout.of(parts)
    assert own.loops == layout.loops
    assert list(own.lane_loops) == ["all/a", "all/b"]
    for part in parts:
        assert [approach.lane for approach in own.lane_loops[part.id]] == list(part.lanes)
        assert intersection(part, own).n_lanes == len(part.lanes)
    by_lane = {approach.lane.id: approach for approach in layout.lane_loops["all"]}
    assert all(approach == by_lane[approach.lane.id] for group in own.lane_loops.values() for approach in group)


@pytest.mark.parametrize(("inner_m", "parts"), [(30.0, 0), (RING_ROOM_M - 10.0, 0), (RING_ROOM_M + 10.0, 4)])
def test_a_ring_needs_more_room_than_a_row(tmp_path: Path, inner_m: float, parts: int) -> None:
    config = write_divided(tmp_path, DividedPlan(inner_m=inner_m, end_s=1))
    _, signals = _read(config.with_suffix(".net.xml"))
    (signal,) = signals.values()
    assert len(signal.junctions) == parts
