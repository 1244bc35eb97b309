"""``signal-core bench loop``: what control adds to SUMO's own time, against SUMO fed the same signal states."""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.cli.options import add_file_option, add_scenario_options, amount, make_scenario, positive
from bench.runs.prepare import prepare
from bench.runs.spec import DETECTORS, Study, distances
from bench.studies.speed.loop import GRID, figures, pair, teller
from bench.studies.speed.measure import keep, record, show
from network.errors import ScenarioError
from scenarios.fitness import require_fit
from scenarios.generated import write_scenario
from signal_core.compiling import provide


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
    parser.add_argument("--fail-above", type=amount, metavar="US", help="exit code 1 where a second takes longer")
    add_file_option(parser)
    parser.set_defaults(command=command)


def command(given: argparse.Namespace) -> int:
    """Measure."""
    if (given.cfg is None) == (given.grid is None):
        raise ScenarioError("loop: one of CFG and --grid N is needed")
    with tempfile.TemporaryDirectory() as name:
        folder, tell = Path(name), teller()
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
        rows = [pair(study, folder / str(k), tell) for k in range(given.repeats)]
    content = record("loop", figures(rows), scenario=scenario.source)
    show(content, f"closed loop on {scenario.name}")
    keep(content, given.json)
    return int(given.fail_above is not None and content["figures"]["control per second"]["value"] > given.fail_above)
