"""``signal-core demo``: the main job on a world of our own."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.compare import compare
from bench.options import add_run_options, make_folder
from bench.spec import Study
from scenarios.config import load_scenario
from scenarios.generated import ARTERIAL, write_scenario

SEEDS = (1, 2)
CONTROLLERS = ("fixed", "actuated", "adaptive")
DETECTORS_M = (0.0, 40.0, 120.0)


def register(commands: Any) -> None:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "demo", help="fixed time against adaptive on an arterial made for it, about two minutes",
        description="Make an arterial with five signals and half an hour of traffic, and compare fixed time, "
                    "SUMO's actuated control and adaptive control on it.")
    add_run_options(parser)
    parser.set_defaults(command=command)


def command(given: argparse.Namespace) -> int:
    """Make the arterial and compare."""
    console = Console()
    folder = Path(given.output or "demo").absolute()
    make_folder(folder)
    config = write_scenario(folder / "scenario", ARTERIAL)
    console.print(f"an arterial with {ARTERIAL.columns} signals, {ARTERIAL.end_s // 60} minutes of traffic: {config}",
                  soft_wrap=True, highlight=False)
    backend = "traci" if given.gui else given.backend
    study = Study(load_scenario(config), "plan", DETECTORS_M, backend, given.gui, str(folder / "prepared"))
    return compare(study, folder, CONTROLLERS, SEEDS, given.jobs, console)
