"""A comparison where a railway has signals and a crossing of its own, which nobody but SUMO drives."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.cli.main import main
from scenarios import level_crossing
from tests.controllers.its_schemas import intersections

NAMES = "fixed,adaptive"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of a run each, with a train."""
    place = tmp_path_factory.mktemp("rail")
    with pytest.MonkeyPatch.context() as patch:
        x = level_crossing.NODES["A"][0]
        patch.setattr(level_crossing, "NODES", level_crossing.NODES | {"R": (x, 700, "rail_signal")})
        patch.setattr(level_crossing, "RAILS", ("AR", "RX", "XB"))
        config = level_crossing.write_level_crossing(place / "world")
    routes = place / "world" / "level_crossing.rou.xml"
    routes.write_text(routes.read_text(encoding="utf-8").replace('from="AX"', 'from="AR"'), encoding="utf-8")
    assert main(["compare", str(config), "-c", NAMES, "--seeds", "1", "-e", "240", "-o", str(place / "results")]) == 0
    return place / "results"


def test_a_railway_has_no_cycle(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(folder.parent / "world" / "level_crossing.sumocfg"), "--brief"]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith(("R ", "X "))]
    assert len(lines) == 2
    assert all("as trains come" in line for line in lines)


def test_the_report_is_written(folder: Path) -> None:
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "rail signal" in page


def test_every_signal_tells_what_it_shows_within_its_bounds(folder: Path) -> None:
    assert main(["spat", str(folder), "-c", "adaptive", "-o", str(folder / "spat.jsonl")]) == 0
    first = json.loads((folder / "spat.jsonl").read_text(encoding="utf-8").splitlines()[0])
    assert {one["name"] for one in intersections([first])} >= {"C", "R"}
    assert main(["spat", str(folder), "-c", NAMES, "--score"]) == 0
