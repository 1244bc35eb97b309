"""``signal-core demo``: the main job on a world that needs no file from the user."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from bench.cli.options import add_run_options, make_runner
from bench.runs.console import make_console
from bench.runs.folders import make_folder
from bench.runs.spec import DETECTORS, Study, distances
from bench.studies.comparison import compare
from controllers.sumo_port import Backend
from scenarios.bundled import WORLDS, write_world
from scenarios.config import load_scenario

SEEDS = (1, 2)
CONTROLLERS = ("fixed", "actuated", "adaptive")


def register(commands: Any) -> None:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "demo",
        help="fixed time against adaptive on an arterial made for it, within about two minutes",
        description="Compare fixed time, SUMO's actuated control and adaptive control on an arterial of five "
        "signals and half an hour of traffic, or on another world that needs no file of yours.",
    )
    parser.add_argument("--on", choices=WORLDS, default="arterial", metavar="WORLD", help=", ".join(WORLDS))
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
    return compare(study, folder, CONTROLLERS, SEEDS, make_runner(given), console)
