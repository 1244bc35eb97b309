"""Worlds of our own: repeatable, signalised, and drivable."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from network.errors import ScenarioError
from network.program.programs import read_programs
from network.sumo_package import binary
from scenarios.blame import explain, lost_demand
from scenarios.bundled import ALL_WORLDS, write_world
from scenarios.config import load_scenario
from scenarios.generated import GridPlan, _trips, write_scenario
from scenarios.irregular import IrregularPlan, write_irregular

PLAN = GridPlan(columns=3, rows=2, end_s=60)


def test_the_same_seed_gives_the_same_world(tmp_path: Path) -> None:
    first, again, other = (
        write_scenario(tmp_path / name, PLAN, seed) for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    routes = [path.with_suffix("").with_suffix(".rou.xml").read_bytes() for path in (first, again, other)]
    assert routes[0] == routes[1] != routes[2]


@pytest.mark.parametrize("name", ["uneven", "irregular", "diamond", "divided"])
def test_files_are_the_same_whenever_they_are_written(name: str, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        write_world(name, tmp_path / folder)
    made = [{path.name: path.read_bytes() for path in (tmp_path / folder).iterdir()} for folder in ("a", "b")]
    assert made[0] == made[1]
    assert len(made[0]) == 3


def test_uneven_flows_differ_from_entry_to_entry_and_keep_their_bounds() -> None:
    even, uneven = (GridPlan(end_s=7200, uneven=share) for share in (0.0, 0.8))
    flows = []
    for plan in (even, uneven):
        entries = [start for _, start, _ in _trips(plan, random.Random(4)) if start.startswith("0x")]
        counts = [entries.count(one) for one in sorted(set(entries))]
        flows.append([count / 2 for count in counts])  # per hour
    assert max(flows[0]) < 1.2 * min(flows[0])
    assert max(flows[1]) > 1.5 * min(flows[1])
    assert max(flows[1]) < 1.9 * even.row_vph


def test_an_irregular_network_has_signals_and_trips_from_end_to_end(tmp_path: Path) -> None:
    plan = IrregularPlan(roads=12, trips_vph=900.0, end_s=400)
    net = write_irregular(tmp_path, plan).parent / "irregular.net.xml"
    assert len(read_programs([net])) > 3
    edges = {edge.get("id"): edge for edge in ElementTree.parse(net).getroot().iter("edge")}
    trips = list(ElementTree.parse(tmp_path / "irregular.rou.xml").getroot())
    assert 60 < len(trips) < 140
    for trip in trips:
        nodes = edges[trip.get("from")].get("from"), edges[trip.get("to")].get("to")
        assert nodes[0] != nodes[1]
        assert all(sum(edge.get("from") == node for edge in edges.values()) == 1 for node in nodes)


def test_every_crossing_has_a_signal(tmp_path: Path) -> None:
    config = write_scenario(tmp_path, PLAN)
    assert len(read_programs([config.parent / "arterial.net.xml"])) == 6


@pytest.mark.parametrize("name", list(ALL_WORLDS))
def test_sumo_runs_every_world_without_complaint(name: str, tmp_path: Path) -> None:
    config = write_world(name, tmp_path)
    command = [binary("sumo"), "-c", str(config), "--end", "30", "--no-step-log"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "Error" not in done.stderr


def test_an_unknown_world_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="arterial"):
        write_world("atlantis", tmp_path)


def test_sumos_message_is_traced_to_file_and_line(small_world: Path) -> None:
    message = "The edge 'x' within the route for trip '4' is not known."
    assert "small.rou.xml:6: SUMO says: The edge 'x'" in explain(message, load_scenario(small_world))


def test_a_vehicle_is_traced_to_its_flow(small_world: Path, tmp_path: Path) -> None:
    flows = tmp_path / "flows.rou.xml"
    flows.write_text('<routes>\n<flow id="f" begin="0" end="9" number="3" from="a" to="b"/></routes>', encoding="utf-8")
    scenario = load_scenario(small_world.parent / "small.net.xml", routes=[str(flows)])
    said = explain("Vehicle 'f.2' has no valid route.", scenario)
    assert said.startswith(f"{flows}:2: SUMO says: Vehicle 'f.2' has no valid route; correct it, or skip")


def test_only_warnings_of_lost_demand_are_picked_from_a_log(tmp_path: Path) -> None:
    trip = '<trip id="{}" depart="{}" from="0x1_1x1" to="2x1_3x1" {}/>'
    trips = (("late", 3, 'departLane="7"'), ("far", 3, 'departPos="9999"'), ("quick", 3, 'departSpeed="99"'),
             ("back", 1, ""))  # fmt: skip
    demand = tmp_path / "odd.rou.xml"
    demand.write_text(f"<routes>{''.join(trip.format(*one) for one in trips)}</routes>", encoding="utf-8")
    config = write_scenario(tmp_path, GridPlan(columns=2, rows=1, row_lanes=1, column_lanes=1, end_s=9), name="small")
    command = [binary("sumo"), "-c", str(config), "-r", str(demand), "--ignore-route-errors", "--no-step-log"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    assert "departPos 9999" in said
    assert "Departure speed for vehicle 'quick'" in said
    assert lost_demand(said) == [
        "Route file should be sorted by departure time, ignoring 'back'!",
        "Invalid departLane definition for vehicle 'late'.",
    ]
