"""What the commands over several scenarios and scales of demand share: options, and the runs of one study."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from bench.plan.write import plan_for_runs
from bench.report.notes import tell_hasty, tell_remarks
from bench.runs.prepare import prepare
from bench.runs.spec import RunSpec, Study
from bench.runs.switching import announce_time_of_day
from bench.studies.comparison import make_specs
from controllers.laws.tuned import NAME as TUNED
from scenarios.fitness import require_fit


def study_runs(folder: Path, study: Study, names: Sequence[str], given: argparse.Namespace,
               console: Console) -> list[RunSpec]:
    """The runs of a study, after everything they share has been made."""
    require_fit(study.scenario)
    with console.status(f"reading {study.label}"):
        prepared = prepare(study)
    tell_remarks(study.scenario, console, study.label)
    tell_hasty(prepared.signals.values(), study.protocol, console, study.label)
    if TUNED in names:
        plan_for_runs(study, prepared, given.plan_budget, console, given.jobs)
    announce_time_of_day(study, prepared, names, console)
    return make_specs(study, folder, names, given.seeds)
