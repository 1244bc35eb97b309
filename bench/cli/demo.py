"""``signal-core demo``: the main job on a world that needs no file from the user."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from bench.cli.options import add_run_options, make_runner
from bench.report.quote import quote
from bench.runs.console import make_console
from bench.runs.folders import make_folder
from bench.runs.spec import DETECTORS, Study, distances
from bench.studies.comparison import compare
from controllers.sumo.port import Backend
from scenarios.bundled import ALL_WORLDS, DEMO, write_world
from scenarios.config import load_scenario

SEEDS = (1, 2, 3, 4, 5)
CONTROLLERS = ("fixed", "actuated", "adaptive")


def register(commands: Any) -> None:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "demo",
        help="fixed time against adaptive on an arterial made for it, within about three minutes",
        description="Compare fixed time, SUMO's actuated control and adaptive control on an arterial of five "
        "signals and half an hour of traffic, or on another world that needs no file of yours.",
    )
    parser.add_argument("--on", choices=tuple(ALL_WORLDS), default=DEMO, metavar="WORLD",
                        help=", ".join(ALL_WORLDS))  # fmt: skip
    add_run_options(parser)
    parser.set_defaults(command=command)


def command(given: argparse.Namespace) -> int:
    """Make the world and compare."""
    console = make_console()
    folder = Path(given.output or f"demo-{given.on}").absolute()
    make_folder(folder)
    scenario = load_scenario(write_world(given.on, folder / "scenario"), sumo_options=given.sumo_options)
    backend: Backend = "traci" if given.gui else given.backend
    prepared = str(folder / "prepared")
    study = Study(scenario, "plan", distances(DETECTORS), backend, given.gui, prepared, given.report)
    code = compare(study, folder, CONTROLLERS, SEEDS, make_runner(given), console)
    console.print(quote(json.loads((folder / "results.json").read_text(encoding="utf-8")), CONTROLLERS[-1]))
    return code
