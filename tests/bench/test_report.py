"""Every figure of the report again, from SUMO's raw outputs, by other code."""

from __future__ import annotations

import csv
import json
import math
import re
import shutil
import statistics
import tomllib
import xml.etree.ElementTree as ET
from collections import defaultdict
from pathlib import Path

import pytest
from scipy import stats

from bench.cli.main import main
from bench.measures.paired import change, t95, verdict

ROOT = Path(__file__).resolve().parents[2]
CONTROLLERS = ("fixed", "actuated")
Table = list[dict[str, str]]


@pytest.fixture(scope="module")
def folder(small_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A comparison recorded in full, three seeds."""
    place = tmp_path_factory.mktemp("report")
    words = ["compare", str(small_world), "-c", ",".join(CONTROLLERS), "--seeds", "1:3", "--report", "full"]
    assert main([*words, "-o", str(place), "--jobs", "2"]) == 0
    return place


def _table(folder: Path, name: str) -> Table:
    with (folder / "tables" / f"{name}.csv").open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def _each_run(folder: Path) -> list[tuple[dict[str, str], Path]]:
    return [(row, folder / "runs" / row["controller"] / row["seed"]) for row in _table(folder, "runs")]


def _all(path: Path, tag: str) -> list[ET.Element]:
    return list(ET.parse(path).getroot().iter(tag))


def test_the_headline_is_that_of_results_json(folder: Path) -> None:
    known = {
        (row["controller"], str(row["seed"])): row
        for row in json.loads((folder / "results.json").read_text(encoding="utf-8"))["runs"]
    }
    for row, place in _each_run(folder):
        expected = known[row["controller"], row["seed"]]
        trips = _all(place / "tripinfo.xml", "tripinfo")
        assert float(row["delay_s"]) == pytest.approx(expected["delay_s"])
        assert float(row["speed_kmh"]) == pytest.approx(expected["speed_kmh"])
        assert float(row["stops"]) == pytest.approx(statistics.fmean(int(t.attrib["waitingCount"]) for t in trips))
        spent = [float(t.attrib["duration"]) + float(t.attrib["departDelay"]) for t in trips]
        assert float(row["travel_s"]) == pytest.approx(statistics.fmean(spent))


def test_changes_are_paired_with_student_intervals(folder: Path) -> None:
    delays = {(row["controller"], row["seed"]): float(row["delay_s"]) for row, _ in _each_run(folder)}
    changes = [100 * (delays["actuated", s] - delays["fixed", s]) / delays["fixed", s] for s in "123"]
    low, high = stats.t.interval(0.95, 2, loc=statistics.fmean(changes), scale=stats.sem(changes))
    (row,) = (r for r in _table(folder, "changes") if (r["controller"], r["figure"]) == ("actuated", "delay_s"))
    found = [float(row[key]) for key in ("change_pct", "low_pct", "high_pct")]
    assert found == pytest.approx([statistics.fmean(changes), low, high], abs=1e-3)


@pytest.mark.parametrize("degrees", [1, 2, 4, 29, 30, 31, 60, 1000])
def test_quantiles_of_student(degrees: int) -> None:
    assert t95(degrees) == pytest.approx(stats.t.ppf(0.975, degrees), abs=2e-3)


def test_words_claim_no_more_than_the_data() -> None:
    assert "too few" in verdict("delay", change([8, 9], [10, 10]), better_is_less=True)
    assert "does not support" in verdict("delay", change([8, 12, 10], [10, 10, 10]), better_is_less=True)
    assert "better by 20.0 %" in verdict("delay", change([8, 8.1, 7.9], [10, 10, 10]), better_is_less=True)
    assert "WORSE" in verdict("speed", change([8, 8.1, 7.9], [10, 10, 10]), better_is_less=False)
    assert "nothing to compare" in verdict("delay", change([1, 2, 3], [0, 0, 0]), better_is_less=True)


def test_conflicts_are_counted_once_per_encounter(folder: Path) -> None:
    for row, place in _each_run(folder):
        below = 0
        seen: dict[tuple[str, ...], list[tuple[float, float, float]]] = defaultdict(list)
        for found in _all(place / "ssm.xml", "conflict"):
            value = found.find("minTTC")
            ttc = math.inf if value is None or value.attrib["value"] == "NA" else float(value.attrib["value"])
            pair = tuple(sorted((found.attrib["ego"], found.attrib["foe"])))
            seen[pair].append((float(found.attrib["begin"]), float(found.attrib["end"]), ttc))
        for intervals in seen.values():
            intervals.sort()
            groups: list[list[tuple[float, float, float]]] = []
            for one in intervals:
                if groups and one[0] <= max(other[1] for other in groups[-1]):
                    groups[-1].append(one)
                else:
                    groups.append([one])
            below += sum(min(one[2] for one in group) < 1.5 for group in groups)
        assert float(row["TTC < 1.5 s"]) == below


def test_fuel_co2_and_cost(folder: Path) -> None:
    for row, place in _each_run(folder):
        edges = _all(place / "emissions.xml", "edge")
        fuel_g = sum(float(e.attrib["fuel_abs"]) for e in edges) / 1000
        co2_g = sum(float(e.attrib["CO2_abs"]) for e in edges) / 1000
        trips = _all(place / "tripinfo.xml", "tripinfo")
        lost_h = sum(float(t.attrib["timeLoss"]) + float(t.attrib["departDelay"]) for t in trips) / 3600
        per_hour = 3600 / 200
        unit = tomllib.loads((ROOT / "bench/measures/costs.toml").read_text(encoding="utf-8"))
        litres = fuel_g / (1000 * unit["fuel_kg_per_litre"])
        time_cost = lost_h * unit["persons_per_vehicle"] * unit["value_of_time_per_hour"]
        cost = per_hour * (time_cost + litres * unit["fuel_per_litre"] + co2_g / 1e6 * unit["co2_per_tonne"])
        assert float(row["fuel_kg"]) == pytest.approx(fuel_g / 1000)
        assert float(row["cost"]) == pytest.approx(cost)


def test_emissions_agree_with_the_fuel_law(folder: Path) -> None:
    """Petrol gives about 3.1 kg of CO2 per kg, whatever else is wrong."""
    for row, _ in _each_run(folder):
        assert float(row["co2_kg"]) / float(row["fuel_kg"]) == pytest.approx(3.1, abs=0.15)


def test_delays_of_movements_are_time_lost_before_stop_lines(folder: Path) -> None:
    """Per vehicle the parts sum up to SUMO's time loss; here all vehicles pass a signal before they leave."""
    movements = _table(folder, "movements")
    for name in CONTROLLERS:
        places = [folder / "runs" / name / seed for seed in "123"]
        lost_s = sum(
            float(t.attrib["timeLoss"]) + float(t.attrib["departDelay"])
            for place in places for t in _all(place / "tripinfo.xml", "tripinfo") if float(t.attrib["depart"]) >= 0
        )  # fmt: skip
        vehicles = _passages(places)
        rows = {(m["from"], m["to"]): m for m in movements if m["controller"] == name}
        counted_s = sum(float(rows[way]["delay_s"]) * n for way, n in vehicles.items())
        # what is lost behind the last stop line (getting up to speed) belongs to no signal
        assert 0.75 * lost_s < counted_s <= 1.001 * lost_s
        hours = 3 * 200 / 3600
        flow = sum(float(row["flow_vph"]) for row in rows.values())
        assert flow == pytest.approx(sum(_passages(places, passed_only=True).values()) / hours, rel=1e-6)


def _passages(places: list[Path], passed_only: bool = False) -> dict[tuple[str, str], int]:
    """Vehicles at every signal: those that passed, and each that is still on its way to its next one."""
    counts: dict[tuple[str, str], int] = defaultdict(int)
    signalled = _signalled(places[0].parents[2])
    for place in places:
        for route in _all(place / "routes.xml", "route"):
            edges, exits = route.attrib["edges"].split(), route.attrib["exitTimes"].split()
            for way, exit_s in zip(zip(edges, edges[1:], strict=False), exits, strict=False):
                if way in signalled:
                    counts[way] += not (passed_only and float(exit_s) < 0)
                    if float(exit_s) < 0:
                        break
    return counts


def _signalled(folder: Path) -> set[tuple[str, str]]:
    study = json.loads((folder / "prepared" / "study.json").read_text(encoding="utf-8"))
    connections = _all(Path(study["scenario"]["options"]["net-file"]), "connection")
    return {(c.attrib["from"], c.attrib["to"]) for c in connections if c.get("tl")}


def test_every_key_of_results_json_stands_in_the_page_of_formats(folder: Path) -> None:
    page = (ROOT / "docs" / "reference" / "files.md").read_text(encoding="utf-8")
    content = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    keys = content.keys() | content["runs"][0].keys() | content["summary"][0].keys()
    assert {key for key in keys if f"`{key}`" not in page} == set()


def test_splits_fill_the_time_and_greens_are_those_shown(folder: Path) -> None:
    splits = _table(folder, "splits")
    for row, place in _each_run(folder):
        green_s: dict[str, int] = defaultdict(int)
        for shown in _all(place / "tlsstates.xml", "tlsState"):
            green_s[shown.attrib["id"]] += not set(shown.attrib["state"]) & set("yYu") and "G" in shown.attrib["state"]
        for signal, seconds in green_s.items():
            own = [
                s
                for s in splits
                if (s["controller"], s["seed"], s["signal"]) == (row["controller"], row["seed"], signal)
            ]
            assert sum(float(s["green_s"]) for s in own) == seconds
            starts = [float(s["start_s"]) + float(s["length_s"]) for s in own]
            assert starts[:-1] == [float(s["start_s"]) for s in own[1:]]


def test_saturation_of_one_movement_by_hand(folder: Path) -> None:
    """v / (s g/C N) where a straight movement has a lane to itself or shares it with a turn."""
    for row in _table(folder, "movements"):
        assert 0 <= float(row["saturation"]) < 2
        assert 0 < float(row["green_share"]) < 1
        assert float(row["flow_vph"]) <= 1900 * 3 * float(row["green_share"]) * 1.3


def test_nobody_runs_a_red_light(folder: Path) -> None:
    assert all(float(row["red_runs"]) == 0 for row, _ in _each_run(folder))


def test_edges_are_those_of_sumo(folder: Path) -> None:
    rows = _table(folder, "edges")
    for run, place in _each_run(folder):
        own = [r for r in rows if (r["controller"], r["seed"]) == (run["controller"], run["seed"])]
        total = sum(float(e.attrib["timeLoss"]) for e in _all(place / "edges.xml", "edge"))
        assert sum(float(r["time_loss_s"]) for r in own) == pytest.approx(total, abs=0.01)


def test_the_page_stands_alone(folder: Path) -> None:
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"(src|href)=[\"'](https?:|//|file:)", page)
    assert "<script" not in page
    for words in (
        "What changed",
        "Every scheduled trip counts.",
        "Safety",
        "TTC &lt; 1.5 s",
        "Cost per hour",
        "+9.7 %",
        "Time and space",
        "1x1",
        "2x1",
    ):
        assert words in page
    assert "waits above the maximum red" in page
    assert re.search(r"<td>fixed</td>.*<td>\d+</td></tr>", page)  # by SUMO's record, whoever controls
    ids = re.findall(r'<clipPath id="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_the_report_can_be_made_again(folder: Path, tmp_path: Path) -> None:
    before = (folder / "report.html").read_text(encoding="utf-8")
    assert main(["report", str(folder)]) == 0
    assert (folder / "report.html").read_text(encoding="utf-8") == before
    costs = tmp_path / "costs.toml"
    costs.write_text("currency = 'CHF'\n", encoding="utf-8")
    assert main(["report", str(folder), "--costs", str(costs)]) == 2
    assert main(["report", str(tmp_path)]) == 2
    assert main(["report", str(folder), "--corridor", "nowhere,2x1"]) == 2


def test_the_page_says_where_trip_counts_differ(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "copy")
    content = json.loads((copy / "results.json").read_text(encoding="utf-8"))
    content["runs"][0]["trips"] -= 1
    (copy / "results.json").write_text(json.dumps(content), encoding="utf-8")
    assert main(["report", str(copy)]) == 0
    page = (copy / "report.html").read_text(encoding="utf-8")
    assert "Trips counted differ, so delays do not compare: seed " in page
    assert "Every scheduled trip counts" not in page


def test_recording_changes_no_trip(folder: Path, small_world: Path, tmp_path: Path) -> None:
    words = [
        "run",
        str(small_world),
        "-c",
        "actuated",
        "--seed",
        "1",
        "--report",
        "none",
        "-o",
        str(tmp_path / "plain"),
    ]
    assert main(words) == 0
    plain, full = (
        [{k: v for k, v in trip.attrib.items() if k != "devices"} for trip in _all(path, "tripinfo")]
        for path in (tmp_path / "plain/runs/actuated/1/tripinfo.xml", folder / "runs/actuated/1/tripinfo.xml")
    )
    assert plain == full
    assert not (tmp_path / "plain" / "report.html").exists()
