"""Delay, speed and jams by hand, from small outputs."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.measures.metrics import change_pct, jams, read_metrics

TRIPINFO = """<tripinfos>
    <tripinfo id="a" depart="0.00" departDelay="2.00" arrival="100.00" routeLength="1000.00" duration="100.00"
              timeLoss="20.00" vaporized=""/>
    <tripinfo id="b" depart="50.00" departDelay="0.00" arrival="-1.00" routeLength="400.00" duration="60.00"
              timeLoss="30.00" vaporized="end"/>
    <tripinfo id="c" depart="-1" departDelay="38.00" arrival="-1.00" routeLength="0.00" duration="0.00"
              timeLoss="0.00" vaporized="end"/>
    <personinfo id="p" timeLoss="70">
        <walk arrival="90.00" timeLoss="30.00" waitingTime="12.00"/>
        <ride arrival="99.00" timeLoss="40.00" waitingTime="5.00"/>
        <walk arrival="-1" timeLoss="0.00" waitingTime="8.00"/>
    </personinfo>
    <personinfo id="never" depart="-1"/>
</tripinfos>
"""
STATISTICS = """<statistics>
    <teleports total="3" jam="2"/><safety collisions="1" emergencyStops="9" emergencyBraking="4"/>
</statistics>
"""


@pytest.fixture
def outputs(tmp_path: Path) -> tuple[Path, Path]:
    """The two files of a run with three scheduled trips."""
    (tmp_path / "t.xml").write_text(TRIPINFO, encoding="utf-8")
    (tmp_path / "s.xml").write_text(STATISTICS, encoding="utf-8")
    return tmp_path / "t.xml", tmp_path / "s.xml"


def test_every_scheduled_trip_counts(outputs: tuple[Path, Path]) -> None:
    found = read_metrics(*outputs)
    assert found.delay_s == pytest.approx((22 + 30 + 38) / 3)
    assert found.speed_kmh == pytest.approx(3.6 * 1400 / (160 + 40))
    assert (found.trips, found.finished, found.undeparted) == (3, 1, 1)


def test_walks_are_counted_apart_and_unfinished_ones_by_what_they_stood(outputs: tuple[Path, Path]) -> None:
    found = read_metrics(*outputs)
    assert (found.walks, found.walks_finished) == (2, 1)
    assert found.walk_loss_s == pytest.approx((30 + 8) / 2)


def test_incidents_come_from_the_statistics(outputs: tuple[Path, Path]) -> None:
    found = read_metrics(*outputs)
    assert (found.teleports, found.collisions, found.emergency_brakings) == (3, 1, 4)


def test_no_trips_is_no_delay(outputs: tuple[Path, Path]) -> None:
    outputs[0].write_text("<tripinfos/>", encoding="utf-8")
    found = read_metrics(*outputs)
    assert (found.delay_s, found.walks, found.walk_loss_s) == (0.0, 0, None)


def test_a_jam_is_a_run_above_twice_the_median() -> None:
    assert jams([10, 11, 12, 22, 25]) == 1
    assert jams([10]) == 0


def test_change_is_paired_by_seed() -> None:
    assert change_pct([50, 30, 10], [100, 20, 20]) == pytest.approx(-50)
