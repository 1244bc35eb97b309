"""``signal-core bench loop``: what control adds to SUMO's own time, against SUMO fed the same signal states."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.runs.console import make_console
from bench.runs.fresh import RunDied, fresh_run
from bench.runs.spec import RunSpec, Study, write_spec
from bench.studies.speed.measure import Row, figure, median_figure
from network.errors import ScenarioError
from scenarios.generated import GridPlan

CONTROLLED, REPLAYED = "adaptive", "replay"
STATES, RESULT = "states.json", "loop.json"
TITLES = {CONTROLLED: "under adaptive control", REPLAYED: "fed the same states"}
GRID = GridPlan(end_s=600)


def figures(rows: list[dict[str, Row]]) -> dict[str, Row]:
    controlled, replayed = [row[CONTROLLED] for row in rows], [row[REPLAYED] for row in rows]
    ratios = [a["wall_s"] / b["wall_s"] for a, b in zip(controlled, replayed, strict=True)]
    busy = [a["cpu_s"] / b["cpu_s"] for a, b in zip(controlled, replayed, strict=True)]
    differ = sum(a["vehicles"] != b["vehicles"] for a, b in zip(controlled, replayed, strict=True))
    return {
        "wall time over SUMO's": median_figure(ratios, "x"),
        "processor time over SUMO's": median_figure(busy, "x"),
        "adaptive": median_figure([row["wall_s"] for row in controlled], "s"),
        "SUMO fed the same states": median_figure([row["wall_s"] for row in replayed], "s"),
        "control per second": median_figure([1e6 * row["control_s"] / row["seconds"] for row in controlled], "us"),
        "runs that differ in vehicles": figure(differ, f"of {len(rows)}"),
    }


def teller() -> Callable[[str], None]:
    console = make_console()
    return lambda line: console.print(line)


def pair(study: Study, folder: Path, tell: Callable[[str], None]) -> dict[str, Row]:
    """A run under control, and one fed its states; `tell` hears how far they are, every ten seconds."""
    found, end_s = {}, study.scenario.end_s

    def hear(message: dict[str, Any]) -> None:
        if "time_s" in message:
            tell(f"{TITLES[name]}: at {message['time_s']:.0f} of {end_s:.0f} s")

    folder.mkdir(parents=True)
    for name in (CONTROLLED, REPLAYED):
        spec = RunSpec(replace(study), name, 1, str(folder))
        write_spec(spec, folder / f"{name}.json")
        try:
            fresh_run("bench.studies.speed.loop_run", folder / f"{name}.json", folder, hear)
        except RunDied as died:
            raise ScenarioError(str(died)) from died
        found[name] = json.loads((folder / RESULT).read_text(encoding="utf-8"))
    return found
