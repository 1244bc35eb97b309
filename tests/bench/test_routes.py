"""What roads are said to take is what they took; route advice as a study."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from bench.cli.main import main
from bench.runs.telling import frames_of_run
from bench.studies.routes import Figures, means

MOST_OFF = 0.4


def test_delays_of_roads_are_those_of_their_vehicles(small_world: Path, tmp_path: Path) -> None:
    """SUMO's own loss of time of those who left each road, against what loops and reds say."""
    words = ["run", str(small_world), "-c", "adaptive", "-e", "600", "-o", str(tmp_path / "out")]
    assert main(words) == 0
    place = tmp_path / "out" / "runs" / "adaptive" / "1"
    said: dict[str, list[float]] = {}
    for frame in frames_of_run(place):
        for road, delay_s in frame["delays"].items():
            said.setdefault(road, []).append(delay_s)
    left: dict[str, float] = {}
    lost_s: dict[str, float] = {}
    for element in ElementTree.parse(place / "edges.xml").iter("edge"):
        road = str(element.get("id"))
        left[road] = left.get(road, 0.0) + float(element.get("left", "0"))
        lost_s[road] = lost_s.get(road, 0.0) + float(element.get("timeLoss", "0"))
    roads = [road for road in said if left.get(road, 0.0) >= 20.0]
    assert roads
    ours = sum(np.mean(said[road][60:]) * left[road] for road in roads)
    assert ours == pytest.approx(sum(lost_s[road] for road in roads), rel=MOST_OFF)


def test_the_study_compares_the_same_vehicles(small_world: Path, tmp_path: Path) -> None:
    words = ["bench", "routes", str(small_world), "--shares", "100", "-e", "240", "-o", str(tmp_path / "out")]
    assert main(words) == 0
    nobody, everybody = json.loads((tmp_path / "out" / "routes.json").read_text(encoding="utf-8"))["rows"]
    assert nobody["share"] == 0.0
    assert nobody["travel_change"] == 0.0
    assert nobody["equipped_s"] is None
    assert everybody["others_s"] is None
    assert everybody["equipped_s"] == everybody["travel_s"] > 20.0
    assert everybody["runs"][0]["travel_before_s"] == nobody["travel_s"]


@pytest.mark.parametrize("guides", [True, False])
def test_it_is_said_where_sumo_guides_already(guides: bool, small_world: Path, tmp_path: Path,
                                              capsys: pytest.CaptureFixture[str]) -> None:
    """A trip has no route of its own."""
    words = ["bench", "routes", str(small_world), "--shares", "0", "-e", "60", "-o", str(tmp_path / "out")]
    more = [] if guides else ["--", "--device.rerouting.adaptation-interval", "0"]
    assert main([*words, *more]) == 0
    assert ("SUMO itself sent" in capsys.readouterr().out) == guides
    (row,) = json.loads((tmp_path / "out" / "routes.json").read_text(encoding="utf-8"))["rows"]
    (run,) = row["runs"]
    assert (run["guided"] == run["departed"] > 0) if guides else run["guided"] == 0


def test_means_are_over_seeds_and_changes_of_the_same() -> None:
    found = [Figures(0.5, seed, 90.0, 100.0, 80.0, 100.0 * seed, None, None, 10, 0, 10, 0) for seed in (1, 2)]
    (row,) = means(found)
    assert (row["travel_s"], row["equipped_s"], row["others_s"]) == (90.0, 80.0, None)
    assert row["travel_change"] == pytest.approx(-0.1)
    assert row["equipped_change"] == pytest.approx(160.0 / 300.0 - 1.0)
