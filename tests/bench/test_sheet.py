"""The timing sheet says what plain SUMO shows under the plan: read beside the lamps that it records."""

from __future__ import annotations

import csv
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench.cli.main import main
from bench.plan.sheet import Sheets, names_of
from network.build import build_signals
from network.program.programs import read_programs
from network.roads.reader import read_network
from network.sumo_package import binary


def test_plan_writes_a_sheet_whose_times_are_shown(small_world: Path, tmp_path: Path) -> None:
    plan = tmp_path / "tuned.add.xml"
    assert main(["plan", str(small_world), "--budget", "6", "-o", str(plan), "--", "--scale", "1.5"]) == 0
    with (tmp_path / "tuned.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    shown = _shown(small_world, plan, tmp_path)
    assert {row["signal"] for row in rows} == set(shown)
    for signal_id, states in shown.items():
        own = [row for row in rows if row["signal"] == signal_id]
        cycle_s = float(own[0]["cycle_s"])
        assert sum(float(row["split_s"]) for row in own) == cycle_s
        for row in own:
            green = set(map(int, row["links"].split()))
            runs = [run for run in _runs(states) if run[0] == green]
            assert runs, f"{row['phase']}: its links are never green together"
            assert {length_s for _, length_s in runs[1:-1]} <= {float(row["max_green_s"])}
    page = (tmp_path / "tuned.html").read_text(encoding="utf-8")
    assert page.count("<section>") == len(shown)


def _shown(config: Path, plan: Path, folder: Path) -> dict[str, list[str]]:
    ids = read_programs([config.parent / "small.net.xml"])
    events = "".join(f'<timedEvent type="SaveTLSStates" source="{i}" dest="{folder}/states.xml"/>' for i in ids)
    (folder / "record.add.xml").write_text(f"<additional>{events}</additional>", encoding="utf-8")
    files = f"{plan},{folder}/record.add.xml"
    subprocess.run([binary("sumo"), "-c", str(config), "-a", files, "-e", "300"], check=True, capture_output=True)
    found: dict[str, list[str]] = {}
    for state in ElementTree.parse(folder / "states.xml").getroot().iter("tlsState"):
        found.setdefault(state.attrib["id"], []).append(state.attrib["state"])
    return found


def _runs(states: list[str]) -> list[tuple[set[int], int]]:
    """Sets of links that are green while nothing is yellow, and for how many seconds."""
    runs: list[tuple[set[int], int]] = []
    for before, state in zip(["", *states], states, strict=False):
        if "y" in state or not set(state) & set("Gg"):
            continue
        green = {i for i, lamp in enumerate(state) if lamp in "Gg"}
        if state == before:
            runs[-1] = green, runs[-1][1] + 1
        else:
            runs.append((green, 1))
    return runs


def test_a_crossing_has_its_walk_and_what_it_lacks_is_said() -> None:
    place = Path(__file__).parents[3] / "shared" / "cases" / "midblock" / "net.net.xml"
    if not place.is_file():
        pytest.skip("the case of a crossing alone is not here")
    signals = build_signals(read_network(place), read_programs([place]))
    rows = list(Sheets(signals, {}, [(names_of(1)[0], 0.0, {})]).rows())
    walk = next(row for row in rows if row.walk_s)
    assert walk.movements.endswith("crossing")
    assert walk.flashing_dont_walk_s == 5.0
    assert walk.crossing_takes_s > walk.flashing_dont_walk_s
    assert sum(row.split_s for row in rows) == walk.cycle_s
