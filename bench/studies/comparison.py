"""``signal-core compare``: several controllers on one scenario with paired seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.plan.write import BUDGET_S, plan_for_runs
from bench.report.figure import draw_comparison
from bench.report.notes import tell_after, tell_hasty, tell_remarks
from bench.report.table import caption, comparison_table, more_tables, title
from bench.report.write import write_report
from bench.runs.console import say
from bench.runs.identity import run_hash, study_identity
from bench.runs.jobs import Outcome, Runner
from bench.runs.prepare import Prepared, prepare
from bench.runs.progress import watch_runs
from bench.runs.results import results, write_csv, write_json
from bench.runs.spec import RunSpec, Study
from bench.runs.switching import announce_time_of_day
from controllers import registry
from controllers.laws.tuned import NAME as TUNED
from network.errors import ScenarioError
from scenarios.fitness import require_fit
from scenarios.recording import REPORTED
from signal_core.compiling import provide
from signal_core.settings import Settings


def compare(
    study: Study,
    folder: Path,
    names: Sequence[str],
    seeds: Sequence[int],
    runner: Runner,
    console: Console,
    plan_budget_s: float = BUDGET_S,
    jobs: int = 1,
) -> int:
    """Run everything into ``folder`` and print the table; 1 where a run died or the interlock tripped.

    ``jobs``: simulations at a time while a plan is searched, which is done here.
    """
    require_fit(study.scenario)
    with console.status("reading the network and its running programs"):
        prepared = prepare(study)
    ours = [name for name in names if registry.get(name).make(Settings()).owns_signals]
    announce(prepared, console, ours)
    tell_hasty(prepared.signals.values() if ours else (), study.protocol, console)
    tell_remarks(study.scenario, console)
    if ours:
        compile_kernels(console)
    if TUNED in names:
        plan_for_runs(study, prepared, plan_budget_s, console, jobs)
    announce_time_of_day(study, prepared, names, console)
    specs = make_specs(study, folder, names, seeds)
    outcomes: list[Outcome] = []
    for outcome in watch_runs(specs, runner, console):
        outcomes.append(outcome)
        write_json(results(study, outcomes, names), folder / "results.json")
        require_traffic(study, outcomes)  # the others would be as empty as the first
    if all(outcome.row is None for outcome in outcomes):
        raise ScenarioError(outcomes[0].error)
    content = results(study, outcomes, names)
    code = conclude(content, folder, console)
    if study.record in REPORTED and any(row["controller"] == names[0] for row in content["runs"]):
        write_report(folder, console, bounded=True)  # there is nothing to compare with where every run of it died
    return code


def require_traffic(study: Study, outcomes: Sequence[Outcome]) -> None:
    """ScenarioError where runs were made and nobody was on the way in any."""
    rows = [outcome.row for outcome in outcomes if outcome.row is not None]
    if rows and not any(row["trips"] or row["walks"] for row in rows):
        scenario = study.scenario
        until = "the end" if scenario.end_s is None else f"{scenario.end_s:g} s"
        raise ScenarioError(f"{scenario.source}: no trip was scheduled from {scenario.begin_s:g} s to {until}; look at "
                            "the routes, at -b and -e, and at --scale")


def compile_kernels(console: Console) -> None:
    """Once on a machine, before the runs: each would do it for itself otherwise."""
    with console.status("loading the engine") as status:
        provide(status.update if console.is_terminal else lambda line: console.print(line))


def run_folder(folder: Path, name: str, seed: int) -> Path:
    """Where the run of a controller with a seed lies in the folder of a comparison."""
    return folder / "runs" / registry.folder_of(name) / str(seed)


def make_specs(study: Study, folder: Path, names: Sequence[str], seeds: Sequence[int]) -> list[RunSpec]:
    """Every run of a comparison with its identity; what they share must have been prepared."""
    shared = study_identity(study)
    specs = [
        RunSpec(study, name, seed, str(run_folder(folder, name, seed)), trajectories=seed == seeds[0])
        for seed in seeds
        for name in names
    ]
    return [replace(spec, identity=run_hash(spec, shared)) for spec in specs]


def conclude(content: dict[str, Any], folder: Path, console: Console) -> int:
    """Write table and picture, print them and where the files are."""
    write_csv(content["runs"], folder / "results.csv")
    draw_comparison(content, folder)
    console.print(title(content), soft_wrap=True)
    for table in (comparison_table(content), *more_tables(content)):
        console.print(table)
    say(console, caption(content))
    tell_after(content, console)
    for failed in content["failed"]:
        console.print(
            f"died: {failed['controller']}, seed {failed['seed']}: {failed['message']}",
            style="red",
        )
    console.print(
        f"files: {folder} (results.json, results.csv, comparison.svg, raw outputs below runs/)",
        soft_wrap=True,
    )
    return 1 if content["failed"] or any(row["interlock_trips"] for row in content["runs"]) else 0


def announce(prepared: Prepared, console: Console, ours: Sequence[str] = ()) -> None:
    """Say how many signals are controlled, why others are left alone, and where ``ours`` have nothing to do."""
    alone = {i: signal.left_alone for i, signal in prepared.signals.items() if signal.left_alone}
    every, loops = len(prepared.signals), len(prepared.layout.loops)
    console.print(
        f"{every - len(alone)} of {every} signals can be controlled, {loops} loops",
    )
    for signal_id, reason in list(alone.items())[:5]:
        console.print(f"  {signal_id} is left alone: {reason}")
    if len(alone) > 5:
        console.print(f"  and {len(alone) - 5} more; signal-core check lists them")
    if ours and len(alone) == every:
        leaves, it_is = ("leaves", "it is") if len(ours) == 1 else ("leave", "they are")
        said = f"{', '.join(ours)} {leaves} every signal to its own program here, so {it_is} the same as fixed"
        say(console, said, "yellow")


def controller_names(text: str) -> tuple[str, ...]:
    """Names by comma, each known; ScenarioError otherwise."""
    names = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if not names:
        raise ScenarioError(f"-c '{text}': name at least one controller of {', '.join(registry.names())}")
    return tuple(map(registry.named, names))  # raises, naming what there is
