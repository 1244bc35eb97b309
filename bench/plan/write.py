"""``signal-core plan``: the best fixed-time plan for a scenario's demand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console

from bench.plan.make import Made, plan_from_counts, search_plan, summary
from bench.runs.identity import file_hash, hash_of, scenario_hash
from bench.runs.prepare import Prepared
from bench.runs.spec import Study
from bench.runs.stored import read_json, write_json
from controllers.laws.tuned import PLAN_FILE
from network.errors import ScenarioError
from network.program import timing
from network.sumo_package import sumo_version

BUDGET_S = 300


def make_plan(
    study: Study, prepared: Prepared, path: Path, budget_s: float, console: Console, jobs: int = 1,
    times: list[float] | None = None,
) -> Made:  # fmt: skip
    """Search, write the programs that changed into ``path``, and say what was found."""
    made = search_plan(study, prepared, path, budget_s, console, jobs, times)
    for note in made.notes:
        console.print(f"  {note}")
    console.print(summary(made), soft_wrap=True)
    return made


def make_counted_plan(
    study: Study, prepared: Prepared, path: Path, counts: Path, console: Console, times: list[float] | None
) -> Made:
    """The same from counts, by formula."""
    made, before_h, after_h = plan_from_counts(study, prepared, path, counts, times)
    for note in made.notes:
        console.print(f"  {note}")
    periods = "" if made.day is None else f" in {len(made.day.plans)} periods"
    said = (
        f"{len(made.changed)} of {made.signals} programs changed{periods}: by the HCM's formula {before_h:.1f} to "
        f"{after_h:.1f} vehicle-hours of delay per hour; not simulated, as counts are no trips"
        if made.changed
        else "by the HCM's formula no plan is better by a per cent: the network's own plan stays"
    )
    console.print(said, soft_wrap=True)
    return made


def plan_for_runs(study: Study, prepared: Prepared, budget_s: float, console: Console, jobs: int) -> None:
    """The plan that the controller tuned loads; one searched before for the same demand with as much time stays."""
    path = Path(study.prepared) / PLAN_FILE
    mark = path.with_suffix(".json")
    sources = [file_hash(source) for source in (*sorted(Path(__file__).parent.glob("*.py")), Path(timing.__file__))]
    wanted = hash_of([scenario_hash(study.scenario), study.protocol, budget_s, sumo_version(), sources])
    if _searched(mark) == {"searched": wanted, "plan": file_hash(path)}:
        console.print(f"tuned: the plan searched before ({path})", soft_wrap=True)
        return
    make_plan(study, prepared, path, budget_s, console, jobs)
    write_json({"searched": wanted, "plan": file_hash(path)}, mark)


def _searched(mark: Path) -> Any:
    """What a plan was searched for; nothing where that is not known, or no longer."""
    try:
        return read_json(mark)
    except ScenarioError:
        return None
