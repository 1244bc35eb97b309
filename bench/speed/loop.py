"""``signal-core bench loop``: what control adds to SUMO's own time, against SUMO fed the same signal states."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.console import make_console
from bench.fresh import RunDied, fresh_run
from bench.options import DETECTORS, add_scenario_options, distances, make_scenario, positive
from bench.prepare import prepare
from bench.spec import RunSpec, Study, write_spec
from bench.speed.measure import Row, add_file_option, figure, keep, median_figure, record, show
from network.errors import ScenarioError
from scenarios.fitness import require_fit
from scenarios.generated import GridPlan, write_scenario
from signal_core.compiling import provide

CONTROLLED, REPLAYED = "adaptive", "replay"
STATES, RESULT = "states.json", "loop.json"
TITLES = {CONTROLLED: "under adaptive control", REPLAYED: "fed the same states"}
GRID = GridPlan(end_s=600)


def register(commands: Any) -> None:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "loop",
        help="wall time of a closed loop against SUMO fed the same states",
        description="A run under adaptive control, and the same run with the signal states it showed fed to SUMO and "
        "nothing else: same vehicles, so the difference is what control costs.",
    )
    add_scenario_options(parser, needed=False)
    parser.add_argument("--grid", type=positive, metavar="N", help=f"instead of CFG: a generated grid of N x N signals "
                        f"with demand over its borders for {GRID.end_s} s; 32 for a thousand signals")
    parser.add_argument("--repeats", type=positive, default=1, metavar="N", help="default 1")
    parser.add_argument("--fail-above", type=float, metavar="US", help="exit code 1 where a second takes longer")
    add_file_option(parser)
    parser.set_defaults(command=command)


def command(given: argparse.Namespace) -> int:
    """Measure."""
    if (given.cfg is None) == (given.grid is None):
        raise ScenarioError("loop: one of CFG and --grid N is needed")
    with tempfile.TemporaryDirectory() as name:
        folder, tell = Path(name), _teller()
        if given.grid is not None:
            tell(f"making a grid of {given.grid} x {given.grid} signals")
            plan = replace(GRID, columns=given.grid, rows=given.grid)
            given.cfg = str(write_scenario(folder / "grid", plan, name=f"grid-{given.grid}"))
        scenario = make_scenario(given)
        require_fit(scenario)
        if scenario.end_s is None:
            raise ScenarioError(f"{scenario.source}: has no end; give one with -e")
        study = Study(scenario, "plan", distances(DETECTORS), "libsumo", False, str(folder / "prepared"))
        provide(tell)
        tell("finding signals and placing loops")
        prepare(study)
        rows = [_pair(study, folder / str(k), tell) for k in range(given.repeats)]
    content = record("loop", _figures(rows), scenario=scenario.source)
    show(content, f"closed loop on {scenario.name}")
    keep(content, given.json)
    return int(given.fail_above is not None and content["figures"]["control per second"]["value"] > given.fail_above)


def _figures(rows: list[dict[str, Row]]) -> dict[str, Row]:
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


def _teller() -> Callable[[str], None]:
    console = make_console()
    return lambda line: console.print(line, highlight=False)


def _pair(study: Study, folder: Path, tell: Callable[[str], None]) -> dict[str, Row]:
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
            fresh_run("bench.speed.loop_run", folder / f"{name}.json", folder, hear)
        except RunDied as died:
            raise ScenarioError(str(died)) from died
        found[name] = json.loads((folder / RESULT).read_text(encoding="utf-8"))
    return found
