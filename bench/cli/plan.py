"""``signal-core plan``: the best fixed-time plan for a scenario's demand."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.cli.options import add_control_options, add_scenario_options, make_scenario, positive
from bench.plan.make import Made, find_tunables
from bench.plan.sheet import Sheets, names_of, write_sheet
from bench.plan.sheet_page import write_sheet_page
from bench.plan.write import BUDGET_S, make_counted_plan, make_plan
from bench.report.notes import tell_left_out
from bench.runs.console import make_console
from bench.runs.prepare import Prepared, prepare
from bench.runs.spec import Study, distances, on_crossing, read_limits, walk_lead, walking
from bench.runs.switching import undone_by
from network.errors import ScenarioError
from scenarios.config import seconds
from scenarios.fitness import require_fit


def register(commands: Any) -> None:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "plan",
        help="the best fixed-time plan for a scenario's demand, as a file for plain sumo",
        description="Search splits, cycles and offsets of the fixed-time programs in simulation, within the minimum "
        "greens and clearances of the programs themselves; NEMA programs stay NEMA. Where nothing better "
        "is found the plan stays as it is.",
    )
    add_scenario_options(parser)
    add_control_options(parser)
    parser.add_argument("-o", "--output", default="tuned.add.xml", metavar="FILE", help="default: tuned.add.xml")
    parser.add_argument(
        "--budget", type=positive, default=BUDGET_S, metavar="S", help=f"seconds to search (default {BUDGET_S})"
    )
    parser.add_argument(
        "--times",
        default="auto",
        metavar="TIMES",
        help="begins of the periods with a plan of their own, by comma; auto finds them where demand changes and "
        "lasts two hours or more (default), one makes a single plan",
    )
    parser.add_argument(
        "--counts",
        metavar="FILE",
        help="demand from counts at the stop lines instead of the scenario's trips: CSV (lane, begin_s, end_s, "
        "vehicles) or the tape.npz of a run; by formula, without simulation",
    )
    parser.add_argument("--jobs", type=positive, default=1, metavar="N", help="simulations at a time (default 1)")
    parser.set_defaults(command=command)


def command(given: argparse.Namespace) -> int:
    """Make the plan the options describe."""
    console = make_console()
    path = Path(given.output).absolute()
    if path.is_dir():
        raise ScenarioError(f"{path}: a directory; choose a file with -o, {path / 'plan.add.xml'} say")
    if not path.parent.is_dir():
        raise ScenarioError(f"{path}: no such directory {path.parent}; choose another file with -o")
    scenario = make_scenario(given)
    if not given.counts:
        require_fit(scenario)
    with tempfile.TemporaryDirectory() as folder:
        study = Study(scenario, given.protocol, distances(given.detectors), "libsumo", False, folder,
                      right_on_red=given.right_on_red == "program", walk=walking(given.walk),
                      walk_lead_s=walk_lead(given.walk_lead), on_crossing_s=on_crossing(given.on_crossing),
                      limits=read_limits(given.limits))  # fmt: skip
        prepared = prepare(study)
    tell_left_out(scenario, console)
    times = _times(given.times)
    if given.counts:
        made = make_counted_plan(study, prepared, path, Path(given.counts).absolute(), console, times)
    else:
        made = make_plan(study, prepared, path, given.budget, console, given.jobs, times)
    console.print(f"file: {path}", soft_wrap=True)
    _write_sheets(study, prepared, made, path, console)
    if made.changed:
        files = ",".join([*scenario.additional_files, str(path)])  # -a replaces what a configuration names
        for line in undone_by(scenario, made.changed):
            console.print(line, soft_wrap=True)
        console.print(f"use it: sumo -c {scenario.source} -a {files}", soft_wrap=True)
    return 0


def _write_sheets(study: Study, prepared: Prepared, made: Made, path: Path, console: Console) -> None:
    """The timing sheet of all signals, beside the file for SUMO."""
    begins, plans = ((study.scenario.begin_s,), (made.plan,)) if made.day is None else \
        (made.day.begins_s, made.day.plans)
    controlled = {i: signal for i, signal in prepared.signals.items() if not signal.left_alone}
    named = list(zip(names_of(len(plans)), begins, plans, strict=True))
    rows = list(Sheets(controlled, find_tunables(study, prepared)[0], named).rows())
    stem = path.name.removesuffix(".xml").removesuffix(".add")
    table, page = path.with_name(f"{stem}.csv"), path.with_name(f"{stem}.html")
    write_sheet(rows, table)
    write_sheet_page(rows, study.scenario.name, page)
    console.print(f"timing sheet: {page} and {table}", soft_wrap=True)


def _times(text: str) -> list[float] | None:
    """Begins of periods: None to find them, none for one plan."""
    if text in ("auto", "one"):
        return None if text == "auto" else []
    times = [seconds(part, "--times") for part in text.split(",")]
    if times != sorted(set(times)):
        raise ScenarioError(f"--times '{text}': times must ascend")
    return times
