"""People on foot: their loss stands beside that of the vehicles, and nowhere where nobody walks."""

from __future__ import annotations

import csv
import json
import statistics
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from bench.report.notes import longer_walks
from bench.report.table import caption, more_tables
from bench.runs.results import summary


@pytest.fixture(scope="module")
def content(walks_folder: Path) -> dict[str, Any]:
    """results.json."""
    found: dict[str, Any] = json.loads((walks_folder / "results.json").read_text(encoding="utf-8"))
    return found


def test_every_walk_counts_in_every_run(walks_folder: Path, content: dict[str, Any]) -> None:
    for row in content["runs"]:
        tripinfo = walks_folder / "runs" / row["controller"] / "1" / "tripinfo.xml"
        walks = [walk.attrib for walk in ET.parse(tripinfo).getroot().iter("walk")]
        done = [walk for walk in walks if walk["arrival"] != "-1"]
        lost = [float(walk["timeLoss"]) for walk in done]
        lost += [float(walk["waitingTime"]) for walk in walks if walk not in done]
        assert 0 < len(done) < len(walks)
        assert (row["walks"], row["walks_finished"]) == (len(walks), len(done))
        assert row["walk_loss_s"] == pytest.approx(statistics.fmean(lost))


def test_the_tables_have_them(walks_folder: Path, content: dict[str, Any]) -> None:
    fixed, actuated = (row["walk_loss_s"] for row in content["runs"])
    assert content["summary"][1]["walk_loss_change_pct"] == pytest.approx(100 * (actuated / fixed - 1))
    for name in ("results.csv", "tables/runs.csv"):
        with (walks_folder / name).open(encoding="utf-8") as stream:
            assert [float(row["walk_loss_s"]) for row in csv.DictReader(stream)] == pytest.approx([fixed, actuated])
    (walks,) = [table for table in more_tables(content) if "walk loss s" in {column.header for column in table.columns}]
    columns = {str(column.header): list(column.cells) for column in walks.columns}
    assert columns["walk loss s"] == [f"{fixed:.1f}", f"{actuated:.1f}"]
    assert "walk loss is the mean time loss of the 50 walks of a run" in caption(content)
    page = (walks_folder / "report.html").read_text(encoding="utf-8")
    assert "<th>time loss per walk<br>s</th>" in page
    assert "<th>walks finished</th>" in page


def test_where_nobody_walks_there_is_no_column(content: dict[str, Any]) -> None:
    nobody = {"walks": 0, "walks_finished": 0, "walk_loss_s": None, "classes": {}}
    runs = [row | nobody for row in content["runs"]]
    without = content | {"runs": runs, "summary": summary(runs, ["fixed", "actuated"])}
    assert not [column for table in more_tables(without) for column in table.columns if "walk" in str(column.header)]
    assert "walk" not in caption(without)
    assert without["summary"][1]["walk_loss_s"] is None


def test_who_makes_people_wait_longer_is_told_what_to_do(content: dict[str, Any]) -> None:
    row = content["summary"][1] | {"controller": "adaptive", "walk_loss_change_pct": 80.0}
    there = content | {"summary": [content["summary"][0], row]}
    assert "under adaptive than under fixed: --phases program" in longer_walks(there)
    assert longer_walks(there | {"phases": "program"}) == longer_walks(there | {"order": "fixed"}) == ""
    assert longer_walks(content) == ""
    assert longer_walks(there | {"summary": [content["summary"][0], row | {"walk_loss_change_pct": None}]}) == ""
