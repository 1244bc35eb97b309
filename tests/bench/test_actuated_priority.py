"""SUMO's own means of transit priority as a peer: what is written, and that SUMO does it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.cli.main import main
from bench.measures.classes import types_of
from scenarios.generated import STREET, write_scenario
from scenarios.transit import write_busline

SMALL = replace(STREET, columns=2, end_s=900)


def _compared(config: Path, out: Path) -> dict[str, Any]:
    command = ["compare", str(config), "-c", "actuated,actuated_priority", "--seeds", "1", "-o", str(out)]
    assert main(command) == 0
    summary = json.loads((out / "results.json").read_text(encoding="utf-8"))["summary"]
    return {row["controller"]: row["classes"] for row in summary}


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("actuated")
    found = _compared(write_busline(place, SMALL), place / "out")
    (place / "out" / "classes.json").write_text(json.dumps(found), encoding="utf-8")
    return place / "out"


def test_buses_lose_less_than_under_the_same_program_without_rules(out: Path) -> None:
    found = json.loads((out / "classes.json").read_text(encoding="utf-8"))
    assert found["actuated_priority"]["buses"]["delay_s"] < 0.8 * found["actuated"]["buses"]["delay_s"]


def test_each_green_ends_for_buses_of_others_and_not_in_front_of_its_own(out: Path) -> None:
    text = (out / "runs/actuated_priority/1/programs.add.xml").read_text(encoding="utf-8")
    assert 'vTypes="bus"' in text
    known = set(re.findall(r'<laneAreaDetector id="([^"]*)"', text))
    (program, *_) = text.split("</tlLogic>")
    rows = re.findall(r"<phase ([^>]*)/>", program)
    assert sum("minDur" in row for row in rows) == sum("earlyTarget" in row for row in rows) > 0
    for row, after in zip(rows, [*rows[1:], rows[0]], strict=True):
        if "minDur" in row:
            (rule,) = re.findall(r'earlyTarget="([^"]*)"', after)
            others, _, own = rule.partition(" or ")
            named = [re.findall(r"a:([\w.]+)", part) for part in (others, own)]
            assert set(named[0]) | set(named[1]) <= known
            assert not set(named[0]) & set(named[1])
            assert all(named)


def test_where_no_buses_are_it_is_the_actuated_program(tmp_path: Path) -> None:
    found = _compared(write_scenario(tmp_path, replace(SMALL, end_s=300), 1, "none"), tmp_path / "out")
    assert found["actuated"] == found["actuated_priority"]


def test_types_are_found_by_their_class(tmp_path: Path) -> None:
    path = tmp_path / "types.xml"
    path.write_text('<routes><vType id="b" vClass="bus"/><vType id="t" vClass="tram"/><vType id="c"/></routes>',
                    encoding="utf-8")  # fmt: skip
    assert types_of(("buses", "trams"), [path]) == ["b", "t"]
    assert types_of(("cars",), [path]) == ["c"]
