"""``signal-core plan``: the best fixed-time plan for a scenario's demand."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import fmean
from typing import Any

from rich.console import Console

from bench.console import make_console
from bench.identity import file_hash, hash_of, scenario_hash
from bench.options import add_control_options, add_scenario_options, distances, make_scenario, positive
from bench.prepare import Prepared, prepare
from bench.report.movements import find_movements
from bench.spec import Study
from bench.tuning.search import Found, Search
from bench.tuning.timing import find_knobs, retimed
from bench.tuning.trial import Trials
from controllers.tuned import PLAN_FILE
from network.errors import ScenarioError
from network.reader import read_network
from network.sumo_package import sumo_version
from scenarios.plan_file import write_programs

BUDGET_S = 300


def register(commands: Any) -> None:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "plan",
        help="the best fixed-time plan for a scenario's demand, as a file for plain sumo",
        description="Search splits, cycles and offsets of the fixed-time programs in simulation, within the minimum "
        "greens and clearances of the programs themselves. Where nothing better is found the plan stays as it is.",
    )
    add_scenario_options(parser)
    add_control_options(parser)
    parser.add_argument("-o", "--output", default="tuned.add.xml", metavar="FILE", help="default: tuned.add.xml")
    parser.add_argument(
        "--budget", type=positive, default=BUDGET_S, metavar="S", help=f"seconds to search (default {BUDGET_S})"
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
    found = make_plan(study, prepared, path, given.budget, console, given.jobs)
    console.print(f"file: {path}", soft_wrap=True, highlight=False, markup=False)
    if found.plan:
        console.print(f"use it: sumo -c {scenario.source} -a {path}", soft_wrap=True, highlight=False, markup=False)
    return 0


def make_plan(study: Study, prepared: Prepared, path: Path, budget_s: float, console: Console, jobs: int = 1) -> Found:
    """Search, write the programs that changed into ``path``, and say what was found."""
    network = read_network(study.scenario.net_file)
    knobs, left = [], []
    for signal in prepared.signals.values():
        own, reason = find_knobs(signal)
        if own is None:
            left.append(f"{signal.id} keeps its program: {reason}")
        else:
            knobs.append(own)
    trials = Trials(study.scenario, prepared.programs, jobs)
    with console.status("searching a plan") as status:
        found = Search(trials, knobs, find_movements(network, prepared.signals), budget_s, _teller(status)).run()
    found.notes += left
    write_programs([retimed(prepared.programs[i], timing) for i, timing in found.plan.items()], path)
    for note in found.notes:
        console.print(f"  {note}", highlight=False, markup=False)
    console.print(_summary(found, len(knobs)), highlight=False, markup=False, soft_wrap=True)
    return found


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


def _teller(status: Any) -> Callable[[str], None]:
    return lambda text: status.update(f"searching a plan: {text}")


def _summary(found: Found, signals: int) -> str:
    tried = f"{found.simulations} simulations"
    if not found.plan:
        judged = (
            f" (best found: {fmean(found.after_s):.1f} s against {fmean(found.before_s):.1f} s on fresh seeds)"
            if found.after_s
            else ""
        )
        return f"no better plan found{judged}: the network's own plan stays, {tried}"
    before, after = fmean(found.before_s), fmean(found.after_s)
    return (
        f"{len(found.plan)} of {signals} programs changed: delay {before:.1f} s to {after:.1f} s "
        f"({100 * (after / before - 1):+.1f} %) on {len(found.after_s)} seeds it was not tuned on, {tried}"
    )
