"""The event log against SUMO's raw outputs, counted by other code."""

from __future__ import annotations

import csv
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

import pytest

from bench.cli.main import main
from bench.runs.spec import read_study
from controllers.logs.event_log import Event, read_log, write_log
from network.errors import ScenarioError


@pytest.fixture(scope="module")
def folder(small_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One run recorded in full, and its log."""
    place = tmp_path_factory.mktemp("events")
    assert main(["run", str(small_world), "-c", "fixed", "-e", "400", "--report", "full", "-o", str(place)]) == 0
    assert main(["events", str(place), "-c", "fixed", "-o", str(place / "log.csv")]) == 0
    return place


def _meaning(folder: Path, kind: str) -> list[dict[str, str]]:
    with (folder / "log-meaning.csv").open(encoding="utf-8") as stream:
        return [row for row in csv.DictReader(stream) if row["kind"] == kind]


def test_the_log_is_in_order_and_complete(folder: Path) -> None:
    events = read_log(folder / "log.csv").events
    assert events == sorted(events)
    assert {0, 1, 6, 7, 8, 9, 10, 11, 12, 81, 82} == {event.event for event in events}
    assert (folder / "log.csv").read_text(encoding="utf-8").startswith("TimeStamp,DeviceId,EventId,Parameter")


def test_greens_and_yellows_begin_when_sumo_shows_them(folder: Path) -> None:
    events = Counter((e.time_s, e.device, e.event, e.parameter) for e in read_log(folder / "log.csv").events)
    rows = ET.parse(folder / "runs/fixed/1/tlsstates.xml").getroot().findall("tlsState")
    for phase in _meaning(folder, "phase"):
        i = int(phase["links"].split()[0])
        own = [(float(r.attrib["time"]), r.attrib["state"][i]) for r in rows if r.attrib["id"] == phase["signal"]]
        for event, lamps in ((1, "Gg"), (8, "yY")):
            expected = [t for (_, a), (t, b) in zip(own, own[1:], strict=False) if b in lamps and a not in lamps]
            found = sorted(
                t for t, device, e, p in events
                if (str(device), e, str(p)) == (phase["DeviceId"], event, phase["Parameter"])
            )  # fmt: skip
            assert found == expected


def test_detectors_count_what_drove_over_them(folder: Path) -> None:
    on = Counter((e.device, e.parameter) for e in read_log(folder / "log.csv").events if e.event == 82)
    stop = [row for row in _meaning(folder, "detector") if float(row["distance_m"]) < 5]
    assert stop
    assert all(row["phases"] for row in stop)
    counted = sum(on[int(row["DeviceId"]), int(row["Parameter"])] for row in stop)
    net = Path(read_study(folder / "prepared" / "study.json").scenario.net_file)
    signalled = {(c.attrib["from"], c.attrib["to"]) for c in ET.parse(net).getroot().iter("connection") if c.get("tl")}
    routes = ET.parse(folder / "runs/fixed/1/routes.xml").getroot().iter("route")
    each = [(r.attrib["edges"].split(), [float(t) for t in r.attrib["exitTimes"].split()]) for r in routes]
    passed = sum(
        exit_s >= 0 and way in signalled
        for edges, exits in each for way, exit_s in zip(zip(edges, edges[1:], strict=False), exits, strict=False)
    )  # fmt: skip
    assert counted == pytest.approx(passed, abs=0.05 * passed)


@pytest.mark.filterwarnings("ignore")
def test_the_software_of_agencies_reads_it(folder: Path) -> None:
    """`atspm` (Oregon DOT) computes its measures from the log; actuations and terminations are counted again here."""
    atspm = pytest.importorskip("atspm", reason="extra atspm is not installed")
    names = ("has_data", "actuations", "arrival_on_green", "split_failures", "terminations")
    wanted: dict[str, dict[str, object]] = {name: {} for name in names}
    wanted["has_data"] = {"no_data_min": 5, "min_data_points": 3}
    wanted["actuations"] = {"fill_in_missing": False}
    wanted["arrival_on_green"] = {"latency_offset_seconds": 0}
    wanted["split_failures"] = {
        "red_time": 5, "red_occupancy_threshold": 0.8, "green_occupancy_threshold": 0.8, "by_approach": True
    }  # fmt: skip
    with atspm.SignalDataProcessor(
        raw_data=str(folder / "log.csv"), detector_config=str(folder / "log-detectors.csv"), bin_size=15,
        output_dir=str(folder / "atspm"), output_format="csv", remove_incomplete=False, verbose=0,
        aggregations=[{"name": name, "params": params} for name, params in wanted.items()],
    ) as processor:  # fmt: skip
        processor.load()
        processor.aggregate()
        tables = {name: processor.conn.query(f"SELECT * FROM {name}").df() for name in names}
    events = read_log(folder / "log.csv").events
    assert not [name for name in names[1:] if tables[name].empty]
    assert tables["actuations"]["Total"].sum() == sum(event.event == 82 for event in events)
    assert tables["terminations"]["Total"].sum() == sum(event.event == 6 for event in events)
    assert tables["arrival_on_green"]["Percent_AOG"].between(0, 1).all()


def test_a_log_survives_writing_and_reading(tmp_path: Path) -> None:
    events = [Event(0.5, 1, 1, 2), Event(3.0, 1, 8, 2), Event(86399.9, 2, 82, 7)]
    write_log(tmp_path / "log.csv", events)
    assert read_log(tmp_path / "log.csv").events == events


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "TimeStamp,DeviceId,EventId,Parameter\nnoon,1,1,1\n"])
def test_what_is_no_log_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "log.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError, match="an event log has"):
        read_log(tmp_path / "log.csv")


def test_a_run_that_is_not_there_is_named(folder: Path) -> None:
    assert main(["events", str(folder), "-c", "actuated"]) == 2
