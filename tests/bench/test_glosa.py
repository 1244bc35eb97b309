"""Speed advice as a study: who is told to roll stops less often."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.cli.main import main
from bench.studies.glosa import Figures, Trip, means
from controllers.connected import is_equipped


def test_with_everybody_equipped_there_are_fewer_stops(small_world: Path, tmp_path: Path) -> None:
    words = ["bench", "glosa", str(small_world), "--shares", "0,100", "-e", "300", "-o", str(tmp_path / "out")]
    assert main(words) == 0
    nobody, everybody = json.loads((tmp_path / "out" / "glosa.json").read_text(encoding="utf-8"))["rows"]
    assert nobody["stops"] > 0.2
    assert everybody["stops"] < 0.9 * nobody["stops"]
    assert everybody["fuel_g"] > 0.0
    assert all(run["collisions"] == 0 for row in (nobody, everybody) for run in row["runs"])
    assert everybody["equipped_stops_change"] < -0.1
    assert everybody["others_stops_change"] is None  # there are none
    assert nobody["others_fuel_g_change"] == 0.0


def test_those_equipped_and_the_others_are_told_apart() -> None:
    """Each against the same vehicles of the same seed."""
    names = [str(k) for k in range(40)]
    told = {name for name in names if is_equipped(name, 0.5, 1)}
    assert 5 < len(told) < 35
    before = {name: Trip(2.0, 100.0) for name in names}
    after = {name: Trip(1.0, 80.0) if name in told else Trip(2.0, 90.0) for name in names} | {"new": Trip(9.0, 900.0)}
    found = [Figures(0.0, 1, 10.0, 2.0, 100.0, 0, before), Figures(0.5, 1, 10.0, 1.5, 85.0, 0, after),
             Figures(0.5, 2, 10.0, 1.5, 85.0, 0, after)]  # fmt: skip
    row = means(found)[1]
    assert row["equipped_stops_change"] == pytest.approx(-0.5)
    assert row["equipped_fuel_g_change"] == pytest.approx(-0.2)
    assert row["others_stops_change"] == pytest.approx(0.0)
    assert row["others_fuel_g_change"] == pytest.approx(-0.1)
    assert "trips" not in row["runs"][0]
