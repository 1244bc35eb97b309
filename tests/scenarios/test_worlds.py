"""Worlds of our own: repeatable, signalised, and drivable."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from network.errors import ScenarioError
from network.programs import read_programs
from network.sumo_package import binary
from scenarios.blame import explain
from scenarios.bundled import WORLDS, write_world
from scenarios.config import load_scenario
from scenarios.generated import GridPlan, write_scenario

PLAN = GridPlan(columns=3, rows=2, end_s=60)


def test_the_same_seed_gives_the_same_world(tmp_path: Path) -> None:
    first, again, other = (
        write_scenario(tmp_path / name, PLAN, seed) for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    routes = [path.with_suffix("").with_suffix(".rou.xml").read_bytes() for path in (first, again, other)]
    assert routes[0] == routes[1] != routes[2]


def test_every_crossing_has_a_signal(tmp_path: Path) -> None:
    config = write_scenario(tmp_path, PLAN)
    assert len(read_programs([config.parent / "arterial.net.xml"])) == 6


@pytest.mark.parametrize("name", list(WORLDS))
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
