"""``signal-core bench control``: every controller on every map, scale and seed, in one table."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.compare import compile_kernels, controller_names, make_specs
from bench.console import make_console
from bench.control.figures import case, totals
from bench.control.maps import Map, checked_scales, given_maps, own_maps, read_set
from bench.control.table import markdown, screen
from bench.identity import study_identity
from bench.jobs import Outcome
from bench.options import (
    add_control_options,
    add_order_option,
    add_run_options,
    distances,
    make_folder,
    make_runner,
    positive,
    seeds,
)
from bench.prepare import prepare
from bench.progress import watch_runs
from bench.results import results, versions, write_json
from bench.spec import RunSpec, Study
from bench.tuning.command import BUDGET_S, plan_for_runs
from controllers import registry
from controllers.tuned import NAME as TUNED
from network.errors import ScenarioError

Studies = dict[Path, Study]
DEFAULT_CONTROLLERS = ",".join(name for name in registry.names() if name != TUNED)
DEFAULT_SEEDS = tuple(range(1, 11))


def register(commands: Any) -> None:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "control",
        help="every controller on every map, scale and seed, in one table",
        description="Runs controllers with paired seeds on maps at scales of their demand and writes control.json and "
        "control.md: medians, jams, paired differences with 95 % intervals, safety. Without CFG and --set it runs on "
        "worlds made here. What was run before is not run again, so a run that was interrupted goes on.",
        epilog="controllers: " + ", ".join(registry.names()),
    )
    parser.add_argument("cfgs", nargs="*", metavar="CFG", help=".sumocfg files; default: worlds of our own")
    parser.add_argument("--set", metavar="FILE", help="TOML file with a [[map]] per scenario: path, name, protocol, "
                        "begin, end, sumo, scales")  # fmt: skip
    parser.add_argument("--maps", metavar="DIR", help="what the paths in it are relative to; default: its own folder")
    parser.add_argument("-c", "--controllers", default=DEFAULT_CONTROLLERS, metavar="NAMES",
                        help="by comma; the first is the baseline (default: all but tuned)")  # fmt: skip
    parser.add_argument("--seeds", type=seeds, default=DEFAULT_SEEDS, metavar="SEEDS", help="default 1:10")
    parser.add_argument("--scales", default="1", metavar="SCALES", help="of the demand, by comma (default 1)")
    parser.add_argument("-b", "--begin", metavar="TIME", help="first second of all; default: as in CFG")
    parser.add_argument("-e", "--end", metavar="TIME", help="last second of all; default: as in CFG")
    parser.add_argument("--plan-budget", type=positive, default=BUDGET_S, metavar="S", help="as for compare")
    add_control_options(parser)
    add_order_option(parser)
    add_run_options(parser)
    parser.set_defaults(command=command, report="none")


def command(given: argparse.Namespace) -> int:
    """Run everything that is not there yet; 1 where a run died or the interlock tripped."""
    console = make_console()
    names = controller_names(given.controllers)
    home = Path(given.output or "control").absolute()
    make_folder(home)
    studies = make_studies(maps_of(given), given, home)
    specs = [spec for folder, study in studies.items()
             for spec in _ready(folder, study, names, given, console)]  # fmt: skip
    if any(registry.get(name).make(study.settings).owns_signals for name in names for study in studies.values()):
        compile_kernels(console)
    outcomes: dict[Path, list[Outcome]] = {folder: [] for folder in studies}
    for outcome in watch_runs(specs, make_runner(given), console):
        outcomes[Path(outcome.spec.run_dir).parents[2]].append(outcome)
        content = gather(studies, outcomes, names, given.seeds)
        write_json(content, home / "control.json")
    (home / "control.md").write_text(markdown(content), encoding="utf-8")
    return conclude(content, home, console)


def maps_of(given: argparse.Namespace) -> list[Map]:
    """What the options name."""
    try:
        scales = checked_scales(given.scales.split(","))
    except ValueError as error:
        raise ScenarioError(f"--scales '{given.scales}': give numbers above 0 by comma, such as 0.8,1,1.2") from error
    like = Map(protocol=given.protocol, begin=given.begin, end=given.end, sumo=tuple(given.sumo_options), scales=scales)
    found = given_maps(given.cfgs, like) + (read_set(given.set, like, given.maps) if given.set else [])
    return found or own_maps(like)


def make_studies(maps: Sequence[Map], given: argparse.Namespace, home: Path) -> Studies:
    """One study per map and scale, by its folder."""
    found: Studies = {}
    for one in maps:
        for scale in one.scales:
            label = one.label(scale)
            folder = home / label
            if folder in found:
                raise ScenarioError(f"two maps have the name '{label}'; name one of them otherwise in a --set file")
            found[folder] = Study(one.scenario(scale, home), one.protocol, distances(given.detectors), given.backend,
                                  False, str(folder / "prepared"), given.report, label, given.order)  # fmt: skip
    return found


def _ready(folder: Path, study: Study, names: Sequence[str], given: argparse.Namespace,
           console: Console) -> list[RunSpec]:
    """The runs of a study, after everything they share has been made."""
    with console.status(f"reading {study.label}"):
        prepared = prepare(study)
    if TUNED in names:
        plan_for_runs(study, prepared, given.plan_budget, console, given.jobs)
    return make_specs(study, folder, names, given.seeds)


def gather(studies: Studies, outcomes: dict[Path, list[Outcome]], names: Sequence[str],
           with_seeds: Sequence[int]) -> dict[str, Any]:
    """The content of control.json, of the runs that have ended; each case's results.json is written on the way."""
    cases = []
    for folder, study in studies.items():
        if outcomes[folder]:
            content = results(study, outcomes[folder], names)
            write_json(content, folder / "results.json")
            cases.append({**case(study.label, content), "identity": study_identity(study)})
    return {
        "schema": 1,
        "baseline": names[0],
        "controllers": list(names),
        "seeds": list(with_seeds),
        "versions": versions(),
        "totals": totals(cases),
        "cases": cases,
    }


def conclude(content: dict[str, Any], home: Path, console: Console) -> int:
    """Print the table, what died, and where the files are."""
    console.print(screen(content))
    died = [(each["case"], one) for each in content["cases"] for one in each["died"]]
    for label, one in died:
        said = f"died: {label}, {one['controller']}, seed {one['seed']}: {one['message']}"
        console.print(said, style="red", markup=False)
    console.print(f"files: {home} (control.md, control.json, and a folder per map and scale)", soft_wrap=True,
                  highlight=False)  # fmt: skip
    return int(bool(died) or any(row["interlock_trips"] for row in content["totals"].values()))
