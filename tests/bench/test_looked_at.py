"""Runs in which SUMO looks for collisions inside junctions go as runs in which it does not."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bench.cli.main import main
from bench.measures.incidents import LOOKED_AT
from network.sumo_package import binary
from scenarios.generated import make_from_plain, write_config

NODES = [f'<node id="{i}" x="{x}" y="{y}" type="{kind}"/>' for i, x, y, kind in (
    ("w", -150, 0, "priority"), ("e", 150, 0, "priority"), ("n", 0, 150, "priority"), ("s", 0, -150, "priority"),
    ("c", 0, 0, "traffic_light"))]  # fmt: skip
EDGES = [f'<edge id="{a}{b}" from="{a}" to="{b}" numLanes="1" speed="13.9"/>'
         for a, b in ("wc", "ce", "ec", "cw", "nc", "cs", "sc", "cn")]  # fmt: skip
HASTY = '<vType id="hasty" jmTimegapMinor="-2" impatience="1" jmIgnoreJunctionFoeProb="1"/>'
FLOWS = "".join(
    f'<flow id="{a}{b}" type="hasty" begin="0" end="300" vehsPerHour="{vph}" from="{a}c" to="c{b}" departSpeed="max"/>'
    for a, b, vph in (("w", "e", 400), ("e", "w", 400), ("w", "n", 150), ("e", "s", 150), ("n", "s", 200)))
# somebody stands, and another is put onto the road right behind, much too fast
RUN_INTO = """<vehicle id="a1" depart="20" departPos="60"><route edges="cw"/>
    <stop lane="cw_0" endPos="65" duration="60"/></vehicle>
    <vehicle id="a2" depart="25" departPos="55" departSpeed="13" insertionChecks="none"><route edges="cw"/></vehicle>"""
COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)


def _world(place: Path, more: str = "") -> Path:
    place.mkdir()
    make_from_plain(place, NODES, EDGES, [], place / "w.net.xml")
    (place / "w.rou.xml").write_text(f"<routes>{HASTY}{FLOWS}{more}</routes>", encoding="utf-8")
    return write_config(place, "w", 300)


def _rows(config: Path, place: Path, *more: str) -> dict[str, dict[str, Any]]:
    words = ["compare", str(config), "-c", "fixed,adaptive", "--seeds", "1", "-o", str(place), "--report", "none"]
    assert main([*words, *more]) == 0
    content = json.loads((place / "results.json").read_text(encoding="utf-8"))
    return {row["controller"]: row for row in content["runs"]}


def _trips(path: Path) -> bytes:
    return COMMENT.sub(b"", path.read_bytes())


def _without_looking(run: Path) -> bytes:
    """The trips of a run as SUMO has them with what it does by default."""
    path = run / "plain.xml"
    subprocess.run(
        [binary("sumo"), "-c", str(run / "run.sumocfg"), "--collision.check-junctions", "false", "--collision.action",
         "teleport", "--tripinfo-output", str(path)], check=True, capture_output=True)  # fmt: skip
    return _trips(path)


@pytest.fixture(scope="module")
def crossed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results where left turns are hasty."""
    place = tmp_path_factory.mktemp("crossed")
    _rows(_world(place / "world"), place / "r")
    return place / "r"


def test_they_are_counted_by_default_and_no_trip_changes(crossed: Path) -> None:
    content = json.loads((crossed / "results.json").read_text(encoding="utf-8"))
    fixed = content["runs"][0]
    assert fixed["collisions_in_junctions"] > 0
    assert (fixed["collisions"], fixed["teleports"], fixed["collisions_on_foot"]) == (0, 0, 0)
    run = crossed / "runs" / "fixed" / "1"
    assert not (run / LOOKED_AT).exists()
    assert _trips(run / "tripinfo.xml") == _without_looking(run)
    assert all(row["collisions_in_junctions"] is not None for row in content["runs"])
    assert "collisions_in_junctions" in (crossed / "results.csv").read_text(encoding="utf-8").splitlines()[0]


def test_the_engine_hears_nothing_of_them(crossed: Path, tmp_path: Path) -> None:
    """The same by options that leave nothing to look for: the count is there, the trips are the same."""
    own = _rows(_world(tmp_path / "world"), tmp_path / "own", "--", "--collision.check-junctions", "true",
                "--collision.action", "none")  # fmt: skip
    run = Path("runs") / "adaptive" / "1" / "tripinfo.xml"
    assert _trips(crossed / run) == _trips(tmp_path / "own" / run)
    assert own["adaptive"]["collisions"] == 0


def test_a_run_in_which_sumo_acts_is_made_again(tmp_path: Path) -> None:
    rows = _rows(_world(tmp_path / "world", RUN_INTO), tmp_path / "r")
    for name in ("fixed", "adaptive"):
        run = tmp_path / "r" / "runs" / name / "1"
        assert (run / LOOKED_AT).is_file()
        assert rows[name]["collisions"] == rows[name]["teleports"] > 0
        assert 'type="collision"' in (run / "collisions.xml").read_text(encoding="utf-8")
    run = tmp_path / "r" / "runs" / "fixed" / "1"
    assert rows["fixed"]["collisions_in_junctions"] > 0
    assert _trips(run / "tripinfo.xml") == _without_looking(run)
