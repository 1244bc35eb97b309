"""Losers: movements that one controller makes wait, found for the report, and what the engine saw there."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from bench.cli.main import main
from bench.measures.costs import read_unit_costs
from bench.report.gather import read_run, read_world
from bench.report.losers import is_worse, losers
from bench.runs.seen import read_seen


@pytest.fixture(scope="module")
def folder(small_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fixed time measured against adaptive control: many are worse off."""
    place = tmp_path_factory.mktemp("losers")
    words = ["compare", str(small_world), "-c", "adaptive,fixed", "--seeds", "1", "-e", "600", "-o", str(place)]
    assert main([*words, "--", "--scale", "1.8"]) == 0
    return place


def test_both_limits_have_to_be_passed() -> None:
    assert is_worse(40.0, 61.0)
    assert not is_worse(40.0, 59.0)
    assert not is_worse(100.0, 124.0)
    assert is_worse(0.0, 21.0)


def test_the_list_is_that_of_the_movements_table(folder: Path) -> None:
    world = read_world(folder, read_unit_costs())
    runs = {row["controller"]: [read_run(world, row)] for row in world.content["runs"]}
    found = losers(world, runs, "fixed")
    with (folder / "tables" / "movements.csv").open(encoding="utf-8") as stream:
        delays = {(row["controller"], row["from"], row["to"]): (max(0.0, float(row["delay_s"])), float(row["flow_vph"]))
                  for row in csv.DictReader(stream) if int(row["vehicles"]) >= 5}  # fmt: skip
    expected = {
        f"{start} -> {end}"
        for (name, start, end), (delay_s, flow_vph) in delays.items()
        if name == "fixed" and ("adaptive", start, end) in delays and flow_vph >= 6
        and delay_s > 20 + delays["adaptive", start, end][0] and delay_s > 1.25 * delays["adaptive", start, end][0]
    }  # fmt: skip
    assert expected
    assert {one.name.partition(" (")[0] for one in found if one.kind == "movement"} == expected
    assert [one.lost_h for one in found] == sorted((one.lost_h for one in found), reverse=True)
    assert all("green" in one.thought for one in found if one.kind == "movement")
    assert losers(world, runs, "adaptive") == []


def test_the_page_begins_with_them(folder: Path) -> None:
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert page.index("Who is worse off") < page.index("What changed")
    assert (folder / "tables" / "losers.csv").is_file()


def test_the_queues_the_engine_saw_are_kept(folder: Path) -> None:
    seen = read_seen(folder / "runs" / "adaptive" / "1")
    assert seen
    assert all(0.0 <= one["mean_veh"] <= one["most_veh"] for one in seen.values())
    assert max(one["most_veh"] for one in seen.values()) >= 2.0
    assert read_seen(folder / "runs" / "fixed" / "1") == {}


def test_waits_are_counted_for_every_controller(folder: Path) -> None:
    content = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    for row in content["runs"]:
        assert row["overdue_s"] == sum(one["overdue_s"] for one in row["overdue"])
