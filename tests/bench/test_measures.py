"""Measures of agencies: by hand, and against the package that agencies run."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import pytest

from bench.cli.main import main
from bench.measures.green_use import Cycle, cycles, green_uses, is_on_green, merged
from controllers.logs.event_log import DAY, read_log

CHANGES = [(0.0, 10), (10.0, 1), (30.0, 8), (33.0, 10), (60.0, 1), (80.0, 8), (83.0, 10), (86.0, 1), (90.0, 8)]


def test_cycles_are_the_complete_ones() -> None:
    assert cycles(CHANGES) == [Cycle(10.0, 30.0, 33.0, 60.0), Cycle(60.0, 80.0, 83.0, 86.0)]


def test_an_arrival_counts_for_what_begins_with_it() -> None:
    times = (5.0, 10.0, 29.9, 30.0, 59.0, 60.0)
    assert [is_on_green(CHANGES, t) for t in times] == [False, True, True, False, False, True]


def test_a_split_fails_where_the_queue_stands_through_it_and_after() -> None:
    def use(*occupied: tuple[float, float]) -> tuple[float, float, bool]:
        (found,) = green_uses(CHANGES, merged(occupied))  # the second red is too short to tell
        return found.green_occupancy, found.red_occupancy, found.failed

    assert use() == (0.0, 0.0, False)
    assert use((0.0, 100.0)) == (1.0, 1.0, True)
    assert use((10.0, 26.0), (33.0, 37.0)) == (0.8, 0.8, True)
    assert use((10.0, 25.0), (33.0, 38.0)) == (0.75, 1.0, False)
    assert use((12.0, 20.0), (15.0, 30.0), (33.0, 36.0)) == (0.9, 0.6, False)


@pytest.fixture(scope="module")
def logged(small_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten minutes of fixed time with more traffic than fits, as an event log."""
    place = tmp_path_factory.mktemp("measures")
    words = ["run", str(small_world), "-c", "fixed", "-e", "600", "-o", str(place), "--", "--scale", "4"]
    assert main(words) == 0
    assert main(["events", str(place), "-c", "fixed", "-o", str(place / "log.csv")]) == 0
    return place


def _by_phase(folder: Path, function: str) -> dict[tuple[int, int], set[int]]:
    found = defaultdict(set)
    with (folder / "log-detectors.csv").open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            if row["Function"] == function:
                found[int(row["DeviceId"]), int(row["Phase"])].add(int(row["Parameter"]))
    return found


@pytest.mark.filterwarnings("ignore")
def test_the_figures_are_those_of_atspm(logged: Path) -> None:
    atspm = pytest.importorskip("atspm", reason="extra atspm is not installed")
    options = {"red_time": 5, "red_occupancy_threshold": 0.8, "green_occupancy_threshold": 0.8, "by_approach": True,
               "by_cycle": True}  # fmt: skip
    with atspm.SignalDataProcessor(
        raw_data=str(logged / "log.csv"), detector_config=str(logged / "log-detectors.csv"), bin_size=60,
        output_dir=str(logged / "atspm"), output_format="csv", remove_incomplete=False, verbose=0,
        aggregations=[{"name": "has_data", "params": {"no_data_min": 5, "min_data_points": 3}},
                      {"name": "arrival_on_green", "params": {"latency_offset_seconds": 0}},
                      {"name": "split_failures", "params": options}],
    ) as processor:  # fmt: skip
        processor.load()
        processor.aggregate()
        theirs = {name: processor.conn.query(f"SELECT * FROM {name}").df().to_dict("records")
                  for name in ("arrival_on_green", "split_failures")}  # fmt: skip
    events = read_log(logged / "log.csv").events
    changes = defaultdict(list)
    for e in events:
        if e.event in (1, 8, 10):
            changes[e.device, e.parameter].append((e.time_s, e.event))
    for row in theirs["arrival_on_green"]:
        key = row["DeviceId"], row["Phase"]
        detectors = _by_phase(logged, "Advance")[key]
        times = [e.time_s for e in events if e.device == key[0] and e.event == 82 and e.parameter in detectors]
        on_green = [is_on_green(changes[key], time_s) for time_s in times]
        assert len(on_green) == row["Total_Actuations"]
        assert sum(on_green) / len(on_green) == pytest.approx(row["Percent_AOG"], abs=1e-6)
    compared = failed = 0
    for key, detectors in _by_phase(logged, "Presence").items():
        spans = []
        for number in detectors:
            times = [(e.time_s, e.event) for e in events
                     if e.device == key[0] and e.parameter == number and e.event in (81, 82)]  # fmt: skip
            spans += [(a, b) for (a, on), (b, off) in zip(times, times[1:], strict=False) if (on, off) == (82, 81)]
        ours = green_uses(changes[key], merged(spans))
        rows = [row for row in theirs["split_failures"] if (row["DeviceId"], row["Phase"]) == key]
        ends = {cycle.green_s: cycle.red_s + 5.0 for cycle in cycles(changes[key])}
        found = {ends[use.start_s]: use for use in ours}
        for row in rows:
            use = found.get(round((row["TimeStamp"] - DAY).total_seconds(), 1))
            if use is not None:  # before the first actuation, and at the end of the log, they know less or more cycles
                compared += 1
                failed += use.failed
                assert use.failed == bool(row["Split_Failure"])
                assert use.green_occupancy == pytest.approx(row["Green_Occupancy"], abs=1e-3)
                assert use.red_occupancy == pytest.approx(row["Red_Occupancy"], abs=1e-3)
        assert abs(len(rows) - sum(use.start_s > min(spans)[0] for use in ours)) <= 2
    assert compared >= 10
    assert failed
