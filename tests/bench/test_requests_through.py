"""Requests that go through the wire are written down as those inside SUMO are: by vehicle, with events and sums."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.cli.main import main
from bench.runs.through_asked import street_number
from scenarios.generated import STREET
from scenarios.transit import write_busline


@pytest.mark.parametrize(("key", "number"), [
    (("1211", 1, b"42".ljust(17)), 42), (("1211", 1, b"radio 7".ljust(17)), -1),
    (("special", 3, None, None, None, 42, None), 42), (("special", 3, None, None, None, None, None), -1),
    (("rsmp", "bus 7"), -1), (None, -1)])  # fmt: skip
def test_the_streets_number_is_in_the_key(key: Any, number: int) -> None:
    assert street_number(key) == number


@pytest.mark.nightly
@pytest.mark.parametrize("through", ["ntcip", "tlcfi"])
def test_every_bus_has_its_name(tmp_path: Path, through: str) -> None:
    config = write_busline(tmp_path, replace(STREET, columns=2, end_s=600))
    assert main(["compare", str(config), "-c", "adaptive", "--priority", "transit=always", "--through", through,
                 "-e", "600", "--seeds", "1", "--report", "none", "-o", str(tmp_path / "out")]) == 0
    found = json.loads((tmp_path / "out/runs/adaptive/1/requests.json").read_text(encoding="utf-8"))
    assert {one["vehicle"].startswith("bus") for one in found["requests"]} == {True}
    assert len({one["id"] for one in found["requests"]}) == len(found["requests"])
    assert {event["id"] for event in found["events"]} == {one["id"] for one in found["requests"]}
    assert found["sums"]["transit"]["used"] > 0
    (row,) = json.loads((tmp_path / "out/results.json").read_text(encoding="utf-8"))["runs"]
    assert row["requests"]["transit"]["asked"] == len(found["requests"])
