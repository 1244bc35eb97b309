"""``signal-core compare``: several controllers on one scenario with paired seeds."""

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
    positive,
    seeds,
)
from bench.plan.write import BUDGET_S
from bench.runs.console import make_console
from bench.runs.spec import THROUGH
from bench.studies.comparison import compare, controller_names
from controllers import registry

DEFAULT_CONTROLLERS = "fixed,adaptive"


def register(commands: Any) -> None:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "compare",
        help="several controllers on one scenario, paired by seed",
        description="Run several controllers on one scenario with the same seeds and say what changed.",
        epilog=registry.HELP,
    )
    add_scenario_options(parser)
    parser.add_argument(
        "-c",
        "--controllers",
        default=DEFAULT_CONTROLLERS,
        metavar="NAMES",
        help=f"by comma; the first is the baseline (default {DEFAULT_CONTROLLERS})",
    )
    parser.add_argument(
        "--seeds", type=seeds, default=(1, 2, 3), metavar="SEEDS", help="1:3 is 1,2,3; 1,5,9 works (default 1:3)"
    )
    parser.add_argument(
        "--plan-budget",
        type=positive,
        default=BUDGET_S,
        metavar="S",
        help=f"seconds to search the plan of the controller tuned (default {BUDGET_S})",
    )
    add_control_options(parser)
    add_order_option(parser)
    add_priority_options(parser)
    parser.add_argument(
        "--through", choices=THROUGH, default="",
        help="adaptive control by the wire: each signal behind a virtual controller, driven second by second (ntcip, "
        "tlcfi) or given a plan a cycle (ntcip-advise by SNMP, rsmp as the controller's supervisor)",
    )
    add_run_options(parser)
    parser.set_defaults(command=command)


def command(given: argparse.Namespace) -> int:
    """Do the comparison the options describe."""
    names = controller_names(given.controllers)
    study, folder = make_study(given)
    runner = make_runner(given)
    return compare(study, folder, names, given.seeds, runner, make_console(), given.plan_budget, given.jobs)
