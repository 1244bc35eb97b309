"""What the commands over several scenarios and scales of demand share: options, and the runs of one study."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from bench.compare import make_specs
from bench.notes import tell_remarks
from bench.options import add_control_options, add_order_option, add_run_options, positive
from bench.prepare import prepare
from bench.spec import RunSpec, Study
from bench.switching import announce_left_out
from bench.tuning.command import BUDGET_S, plan_for_runs
from controllers.tuned import NAME as TUNED
from scenarios.fitness import require_fit


def add_study_options(parser: argparse.ArgumentParser) -> None:
    """What holds for every scenario and scale."""
    parser.add_argument("--scales", default="1", metavar="SCALES", help="of the demand, by comma (default 1)")
    parser.add_argument("-b", "--begin", metavar="TIME", help="first second of all; default: as in CFG")
    parser.add_argument("-e", "--end", metavar="TIME", help="last second of all; default: as in CFG")
    parser.add_argument("--plan-budget", type=positive, default=BUDGET_S, metavar="S", help="as for compare")
    add_control_options(parser)
    add_order_option(parser)
    add_run_options(parser)


def study_runs(folder: Path, study: Study, names: Sequence[str], given: argparse.Namespace,
               console: Console) -> list[RunSpec]:
    """The runs of a study, after everything they share has been made."""
    require_fit(study.scenario)
    with console.status(f"reading {study.label}"):
        prepared = prepare(study)
    tell_remarks(study.scenario, console, study.label)
    if TUNED in names:
        plan_for_runs(study, prepared, given.plan_budget, console, given.jobs)
    announce_left_out(study, prepared, names, console)
    return make_specs(study, folder, names, given.seeds)
