"""``signal-core run``: one run under one controller."""

from __future__ import annotations

import argparse
from typing import Any

from bench.cli.options import (
    add_control_options,
    add_order_option,
    add_priority_options,
    add_run_options,
    add_scenario_options,
    make_runner,
    make_study,
    seed,
)
from bench.runs.console import make_console
from bench.studies.comparison import compare, controller_names
from network.errors import ScenarioError


def register(commands: Any) -> None:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "run", help="one run under one controller", description="One run of a scenario under one controller."
    )
    add_scenario_options(parser)
    parser.add_argument("-c", "--controller", default="adaptive", metavar="NAME", help="default: adaptive")
    parser.add_argument("--seed", type=seed, default=1, metavar="N", help="SUMO's random seed (default 1)")
    add_control_options(parser)
    add_order_option(parser)
    add_priority_options(parser)
    add_run_options(parser)
    parser.set_defaults(command=command)


def command(given: argparse.Namespace) -> int:
    """Do the run the options describe."""
    names = controller_names(given.controller)
    if len(names) != 1:
        raise ScenarioError(f"--controller '{given.controller}': one name here; compare takes several")
    study, folder = make_study(given)
    return compare(study, folder, names, (given.seed,), make_runner(given), make_console(), jobs=given.jobs)
