"""Speed advice as a study: who is told to roll stops less often."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.cli.main import main
from bench.studies.fuel_bound import Driven, bound, steady_rate
from bench.studies.glosa import Figures, means
from controllers.sumo.connected import is_equipped
from network.errors import ScenarioError


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


def _trip(stops: float, fuel_g: float, lost_s: float = 0.0) -> Driven:
    return Driven(fuel_g, stops, 1000.0, 100.0 + lost_s, lost_s, "car")


def test_those_equipped_and_the_others_are_told_apart() -> None:
    """Each against the same vehicles of the same seed."""
    names = [str(k) for k in range(40)]
    told = {name for name in names if is_equipped(name, 0.5, 1)}
    assert 5 < len(told) < 35
    before = {name: _trip(2.0, 100.0) for name in names}
    after = {name: _trip(1.0, 80.0) if name in told else _trip(2.0, 90.0) for name in names}
    after["new"] = _trip(9.0, 900.0)
    found = [Figures(0.0, 1, 10.0, 2.0, 100.0, 0, before), Figures(0.5, 1, 10.0, 1.5, 85.0, 0, after),
             Figures(0.5, 2, 10.0, 1.5, 85.0, 0, after)]  # fmt: skip
    row = means(found)[1]
    assert row["equipped_stops_change"] == pytest.approx(-0.5)
    assert row["equipped_fuel_g_change"] == pytest.approx(-0.2)
    assert row["others_stops_change"] == pytest.approx(0.0)
    assert row["others_fuel_g_change"] == pytest.approx(-0.1)
    assert "trips" not in row["runs"][0]


def test_what_time_takes_no_advice_can_save() -> None:
    """1,000 m in 100 s for 50 g; 40 s lost at 0.25 g a second are 10 g, and who stops takes 20 g more."""
    rates = {"car": lambda speed_mps: 0.25}
    free, stopped = [_trip(0.0, 50.0)] * 30, [_trip(1.0, 80.0, 40.0)] * 30
    found = bound([*free, *stopped], rates)
    assert found is not None
    assert (found.fuel_g, found.undelayed_g, found.lost_time_g) == pytest.approx((65.0, 50.0, 5.0))
    assert (found.most_g, found.most_share) == pytest.approx((10.0, 10.0 / 65.0))
    assert bound(stopped, rates) is None  # nobody to go by
    assert bound([], rates) is None


def test_steady_driving_takes_what_sumo_says() -> None:
    rate = steady_rate("HBEFA4/PC_petrol_Euro-4")
    assert 0.3 < rate(0.0) < 0.7
    assert rate(13.9) < 2.0 * rate(0.0)
    assert rate(40.0) > 2.0 * rate(13.9)
    with pytest.raises(ScenarioError, match="emissionsMap"):
        steady_rate("HBEFA4/sledge")
