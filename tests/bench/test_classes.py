"""Delay by class of road user, from small outputs and the files that define the types."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from bench.measures.classes import delay_per_person_s, read_classes, vclass_of
from bench.report.notes import harmed_classes
from bench.report.table import more_tables
from bench.runs.results import summary

TRIPS = """<tripinfos>
    <tripinfo id="a" depart="0.00" departDelay="2.00" arrival="100.00" routeLength="1000.00" duration="98.00"
              timeLoss="20.00" waitingCount="1" vType="fast@a" vaporized=""/>
    <tripinfo id="b" depart="50.00" departDelay="0.00" arrival="-1.00" routeLength="400.00" duration="60.00"
              timeLoss="30.00" waitingCount="3" vType="DEFAULT_VEHTYPE" vaporized="end"/>
    <tripinfo id="t" depart="5.00" departDelay="10.00" arrival="205.00" routeLength="2000.00" duration="190.00"
              timeLoss="70.00" waitingCount="2" vType="line 7" vaporized=""/>
    <personinfo id="p" timeLoss="70">
        <walk depart="0.00" arrival="90.00" duration="90.00" routeLength="100.00" timeLoss="30.00" waitingTime="12.00"/>
        <ride arrival="99.00" timeLoss="40.00" waitingTime="5.00"/>
        <walk arrival="-1" timeLoss="0.00" waitingTime="8.00"/>
    </personinfo>
</tripinfos>
"""


@pytest.fixture
def outputs(tmp_path: Path) -> tuple[Path, list[Path]]:
    """Trips, and the types in two files, one of them packed."""
    trips, plain, packed = tmp_path / "t.xml", tmp_path / "a.add.xml", tmp_path / "r.rou.xml.gz"
    trips.write_text(TRIPS, encoding="utf-8")
    plain.write_text('<additional><vTypeDistribution id="cars">\n<vType\n id="fast" sigma="0.1"/></vTypeDistribution>'
                     '<vType vClass="bus" id="other"/></additional>', encoding="utf-8")  # fmt: skip
    packed.write_bytes(gzip.compress(b"<routes><vType id='line 7'\n guiShape='rail' vClass='tram' /></routes>"))
    return trips, [plain, packed]


def test_types_are_read_where_they_are_defined(outputs: tuple[Path, list[Path]]) -> None:
    found = vclass_of(["fast@a", "line 7", "DEFAULT_BIKETYPE", "nowhere"], outputs[1])
    assert found == {"fast@a": "passenger", "line 7": "tram", "DEFAULT_BIKETYPE": "bicycle", "nowhere": "passenger"}


def test_every_class_has_its_delay_stops_and_speed(outputs: tuple[Path, list[Path]]) -> None:
    found = read_classes(*outputs)
    assert list(found) == ["cars", "walkers", "trams"]
    assert found["cars"] == pytest.approx(
        {"trips": 2, "delay_s": (22 + 30) / 2, "stops": 2.0, "speed_kmh": 3.6 * 1400 / (100 + 60)})  # fmt: skip
    assert found["trams"] == pytest.approx({"trips": 1, "delay_s": 80, "stops": 2, "speed_kmh": 3.6 * 2000 / 200})
    assert found["walkers"] == pytest.approx({"trips": 2, "delay_s": 19, "stops": 0, "speed_kmh": 3.6 * 100 / 90})
    assert delay_per_person_s(found) == pytest.approx((2 * 1.5 * 26 + 60 * 80 + 2 * 19) / (3 + 60 + 2))
    assert delay_per_person_s({}) is None


def _run(name: str, seed: int, cars_s: float, trams_s: float) -> dict[str, object]:
    row = {"trips": 10, "stops": 1.0, "speed_kmh": 20.0}
    return {"controller": name, "seed": seed, "delay_s": cars_s, "speed_kmh": 20.0, "trips": 20, "finished": 20,
            "walks": 0, "delay_person_s": trams_s, "locks": [],
            "classes": {"cars": row | {"delay_s": cars_s}, "trams": row | {"delay_s": trams_s}}}  # fmt: skip


def test_harm_to_one_class_is_said_though_the_mean_is_better() -> None:
    delays = [("fixed", 40, 26), ("fixed", 44, 26), ("adaptive", 18, 50), ("adaptive", 19, 52)]
    runs = [_run(name, 1 + k % 2, cars_s, trams_s) for k, (name, cars_s, trams_s) in enumerate(delays)]
    content = {"summary": summary(runs, ["fixed", "adaptive"]), "baseline": "fixed", "runs": runs}
    assert harmed_classes(content) == ["trams lose more under adaptive than under fixed: 26.0 -> 51.0 s (+96 %)"]
    (table,) = [one for one in more_tables(content) if one.title]
    columns = {str(column.header): list(column.cells) for column in table.columns}
    assert columns == {"controller": ["fixed", "adaptive"], "cars": ["42.0", "18.5"], "trams": ["26.0", "51.0"],
                       "per person": ["26.0", "51.0"]}  # fmt: skip
