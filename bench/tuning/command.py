"""``signal-core plan``: the best fixed-time plan for a scenario's demand."""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.console import make_console
from bench.identity import file_hash, hash_of, scenario_hash
from bench.notes import tell_left_out
from bench.options import add_control_options, add_scenario_options, distances, make_scenario, positive
from bench.prepare import Prepared, prepare
from bench.spec import Study
from bench.switching import undone_by
from bench.tuning.make import Made, plan_from_counts, search_plan, summary
from controllers.tuned import PLAN_FILE
from network.errors import ScenarioError
from network.sumo_package import sumo_version
from scenarios.config import seconds

BUDGET_S = 300


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
    if not path.parent.is_dir():
        raise ScenarioError(f"{path}: no such directory {path.parent}; choose another file with -o")
    scenario = make_scenario(given)
    with tempfile.TemporaryDirectory() as folder:
        study = Study(scenario, given.protocol, distances(given.detectors), "libsumo", False, folder)
        prepared = prepare(study)
    tell_left_out(scenario, console)
    times = _times(given.times)
    if given.counts:
        made = make_counted_plan(study, prepared, path, Path(given.counts).absolute(), console, times)
    else:
        made = make_plan(study, prepared, path, given.budget, console, given.jobs, times)
    console.print(f"file: {path}", soft_wrap=True, highlight=False, markup=False)
    if made.changed:
        files = ",".join([*scenario.additional_files, str(path)])  # -a replaces what a configuration names
        for line in undone_by(scenario, made.changed):
            console.print(line, soft_wrap=True, highlight=False, markup=False)
        console.print(f"use it: sumo -c {scenario.source} -a {files}", soft_wrap=True, highlight=False, markup=False)
    return 0


def make_plan(
    study: Study, prepared: Prepared, path: Path, budget_s: float, console: Console, jobs: int = 1,
    times: list[float] | None = None,
) -> Made:  # fmt: skip
    """Search, write the programs that changed into ``path``, and say what was found."""
    made = search_plan(study, prepared, path, budget_s, console, jobs, times)
    for note in made.notes:
        console.print(f"  {note}", highlight=False, markup=False)
    console.print(summary(made), highlight=False, markup=False, soft_wrap=True)
    return made


def make_counted_plan(
    study: Study, prepared: Prepared, path: Path, counts: Path, console: Console, times: list[float] | None
) -> Made:
    """The same from counts, by formula."""
    made, before_h, after_h = plan_from_counts(study, prepared, path, counts, times)
    for note in made.notes:
        console.print(f"  {note}", highlight=False, markup=False)
    periods = "" if made.day is None else f" in {len(made.day.plans)} periods"
    said = (
        f"{len(made.changed)} of {made.signals} programs changed{periods}: by the HCM's formula {before_h:.1f} to "
        f"{after_h:.1f} vehicle-hours of delay per hour; not simulated, as counts are no trips"
        if made.changed
        else "by the HCM's formula no plan is better by a per cent: the network's own plan stays"
    )
    console.print(said, highlight=False, markup=False, soft_wrap=True)
    return made


def plan_for_runs(study: Study, prepared: Prepared, budget_s: float, console: Console, jobs: int) -> None:
    """The plan that the controller tuned loads; one searched before for the same demand with as much time stays."""
    path = Path(study.prepared) / PLAN_FILE
    mark = path.with_suffix(".json")
    sources = [file_hash(source) for source in sorted(Path(__file__).parent.glob("*.py"))]
    wanted = hash_of([scenario_hash(study.scenario), study.protocol, budget_s, sumo_version(), sources])
    found = json.loads(mark.read_text(encoding="utf-8")) if mark.is_file() else {}
    if found == {"searched": wanted, "plan": file_hash(path)}:
        console.print(f"tuned: the plan searched before ({path})", soft_wrap=True, highlight=False, markup=False)
        return
    make_plan(study, prepared, path, budget_s, console, jobs)
    mark.write_text(json.dumps({"searched": wanted, "plan": file_hash(path)}), encoding="utf-8")


def _times(text: str) -> list[float] | None:
    """Begins of periods: None to find them, none for one plan."""
    if text in ("auto", "one"):
        return None if text == "auto" else []
    times = [seconds(part) for part in text.split(",")]
    if times != sorted(set(times)):
        raise ScenarioError(f"--times '{text}': times must ascend")
    return times
