"""Worlds in which one signal controls several junctions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from network.build import build_signals
from network.program.programs import read_programs
from network.program.signals import Signal
from network.roads.reader import Network, read_network
from scenarios.joined import (
    ROADS,
    SIGNAL,
    DiamondPlan,
    DividedPlan,
    write_diamond,
    write_divided,
)

LANE_VPH = 1850.0
"""What a lane of SUMO's passenger cars discharges on green."""


def _diamond(folder: Path, inner_m: float) -> Path:
    return write_diamond(folder, DiamondPlan(inner_m=inner_m))


def _divided(folder: Path, inner_m: float) -> Path:
    return write_divided(folder, DividedPlan(inner_m=inner_m))


DIAMOND_INNER = {"A_B", "B_A"}
DIVIDED_INNER = {f"{first}_{last}" for _, first, last, _ in ROADS}
WORLDS = [(_diamond, DIAMOND_INNER, 2), (_divided, DIVIDED_INNER, 4)]


def _read(config: Path) -> tuple[Network, Signal]:
    net = config.with_suffix(".net.xml")
    network = read_network(net)
    (signal,) = build_signals(network, read_programs([net])).values()
    return network, signal


@pytest.mark.parametrize("inner_m", [10.0, 80.0])
@pytest.mark.parametrize(("write", "inner", "junctions"), WORLDS)
def test_one_signal_has_junctions_with_inner_lanes_as_long_as_asked(
    write: Callable[[Path, float], Path], inner: set[str], junctions: int, inner_m: float, tmp_path: Path
) -> None:
    network, signal = _read(write(tmp_path, inner_m))
    assert signal.id == SIGNAL
    assert signal.left_alone == ""
    links = network.links[SIGNAL]
    assert len({link.node_id for link in links}) == junctions
    lanes = [lane for lane in network.lanes.values() if lane.edge_id in inner]
    assert len(lanes) == 3 * len(inner)
    assert {lane.id for lane in lanes} <= {link.from_lane for link in links}
    assert [lane.length_m for lane in lanes] == pytest.approx([inner_m] * len(lanes), abs=0.1)


@pytest.mark.parametrize(("write", "inner", "junctions"), WORLDS)
def test_the_program_gives_every_link_green_and_no_two_foes_priority(
    write: Callable[[Path, float], Path], inner: set[str], junctions: int, tmp_path: Path
) -> None:
    _, signal = _read(write(tmp_path, 30.0))
    states = np.array([list(phase.state) for phase in signal.phases])
    assert np.isin(states, ["G", "g"]).any(axis=0).all()
    for state in states:
        major = state == "G"
        assert not signal.conflicts[np.ix_(major, major)].any()


@pytest.mark.parametrize(
    ("write", "loads"),
    [
        (_diamond, {("west_A_0", "west_A_1"): 800.0, ("Bsouth_B_bay_1",): 390.0}),
        (_divided, {("E_ne_0", "E_ne_1"): 1400.0, ("N_nw_0", "N_nw_1"): 1200.0}),
    ],
)
def test_the_program_is_well_loaded_and_not_beyond(
    write: Callable[[Path, float], Path], loads: dict[tuple[str, ...], float], tmp_path: Path
) -> None:
    network, signal = _read(write(tmp_path, 80.0))
    rows = signal.program.intervals
    cycle_s = sum(row.duration_s for row in rows)
    shares = {
        link.from_lane: sum(row.duration_s for row in rows if row.state[link.index] in "Gg") / cycle_s
        for link in network.links[SIGNAL]
    }
    for lanes, flow_vph in loads.items():
        assert 0.65 < flow_vph / (LANE_VPH * sum(shares[lane] for lane in lanes)) < 0.85


def test_trips_are_as_many_as_the_flows_say(tmp_path: Path) -> None:
    plan = DiamondPlan(end_s=7200)
    routes = write_diamond(tmp_path, plan).with_suffix(".rou.xml")
    ways = [(trip.get("from"), trip.get("to")) for trip in ElementTree.parse(routes).getroot()]
    for way, flow_vph in {
        ("west_A", "B_east"): plan.through_vph,
        ("east_B", "A_Asouth"): plan.on_left_vph,
        ("Anorth_A", "B_east"): plan.off_left_vph,
        ("Bsouth_B", "B_east"): plan.off_right_vph,
    }.items():
        assert ways.count(way) / 2 == pytest.approx(flow_vph, rel=0.2)


def test_nobody_turns_where_the_plan_has_nobody_turn(tmp_path: Path) -> None:
    routes = write_divided(tmp_path, DividedPlan(left=0.0, end_s=600)).with_suffix(".rou.xml")
    ends = {trip.get("to") for trip in ElementTree.parse(routes).getroot() if trip.get("from") == "W_sw"}
    assert ends == {"se_e", "sw_s"}


def test_seeds_change_the_trips_and_not_the_network(tmp_path: Path) -> None:
    made = [write_divided(tmp_path / str(seed), DividedPlan(end_s=100), seed) for seed in (1, 2)]
    nets, trips = ([path.with_suffix(end).read_bytes() for path in made] for end in (".net.xml", ".rou.xml"))
    assert nets[0] == nets[1]
    assert trips[0] != trips[1]
