"""``signal-core bench control``: every controller on every map, scale and seed, in one table."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.cli.options import add_study_options, make_runner, seeds
from bench.runs.console import make_console
from bench.runs.folders import make_folder, require_place
from bench.runs.identity import study_identity
from bench.runs.jobs import Outcome
from bench.runs.progress import watch_runs
from bench.runs.results import results, versions, write_json
from bench.runs.spec import Study, distances, read_limits, walking
from bench.studies.comparison import compile_kernels, controller_names, require_traffic
from bench.studies.control.figures import case, totals
from bench.studies.control.harm import harm
from bench.studies.control.maps import Map, given_maps, own_maps, read_set, scales_of
from bench.studies.control.table import harm_screen, markdown, screen
from bench.studies.study_runs import study_runs
from controllers import registry
from controllers.laws.tuned import NAME as TUNED
from network.errors import ScenarioError

Studies = dict[Path, Study]
DEFAULT_CONTROLLERS = ",".join(name for name in registry.names() if name not in (TUNED, "static"))
DEFAULT_SEEDS = tuple(range(1, 11))


def register(commands: Any) -> None:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "control",
        help="every controller on every map, scale and seed, in one table",
        description="Runs controllers with paired seeds on maps at scales of their demand and writes control.json and "
        "control.md: medians, jams, paired differences with 95 % intervals, safety. Without CFG and --set it runs on "
        "worlds made here. What was run before is not run again, so a run that was interrupted goes on.",
        epilog=registry.HELP,
    )
    parser.add_argument("cfgs", nargs="*", metavar="CFG", help=".sumocfg files; default: worlds of our own")
    parser.add_argument("--set", metavar="FILE", help="TOML file with a [[map]] per scenario: path, name, protocol, "
                        "begin, end, sumo, scales")  # fmt: skip
    parser.add_argument("--maps", metavar="DIR", help="what the paths in it are relative to; default: its own folder")
    parser.add_argument("-c", "--controllers", default=DEFAULT_CONTROLLERS, metavar="NAMES",
                        help="by comma; the first is the baseline (default: all but static and tuned)")  # fmt: skip
    parser.add_argument("--seeds", type=seeds, default=DEFAULT_SEEDS, metavar="SEEDS", help="default 1:10")
    add_study_options(parser)
    parser.set_defaults(command=command, report="movements")


def command(given: argparse.Namespace) -> int:
    """Run everything that is not there yet; 1 where a run died or the interlock tripped."""
    console = make_console()
    names = controller_names(given.controllers)
    home = Path(given.output or "control").absolute()
    maps = maps_of(given)
    make_folder(home)
    studies = make_studies(maps, given, home)
    specs = [spec for folder, study in studies.items()
             for spec in study_runs(folder, study, names, given, console)]  # fmt: skip
    if any(registry.get(name).make(study.settings).owns_signals for name in names for study in studies.values()):
        compile_kernels(console)
    outcomes: dict[Path, list[Outcome]] = {folder: [] for folder in studies}
    cases: dict[Path, dict[str, Any]] = {}
    for outcome in watch_runs(specs, make_runner(given), console):
        folder = Path(outcome.spec.run_dir).parents[2]
        outcomes[folder].append(outcome)
        cases[folder] = ended(folder, studies[folder], outcomes[folder], names)
        content = gather([cases[each] for each in studies if each in cases], names, given.seeds)
        write_json(content, home / "control.json")
    (home / "control.md").write_text(markdown(content), encoding="utf-8")
    return conclude(content, home, console)


def maps_of(given: argparse.Namespace) -> list[Map]:
    """What the options name."""
    scales = scales_of(given.scales)
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
            require_place(folder, "name the map otherwise, in a --set file")
            if folder.parent != home:
                raise ScenarioError(f"a map has the name '{label}'; it is that of a folder, so give one without '/'")
            if folder in found:
                raise ScenarioError(f"two maps have the name '{label}'; name one of them otherwise in a --set file")
            found[folder] = Study(one.scenario(scale, home), one.protocol, distances(given.detectors), given.backend,
                                  False, str(folder / "prepared"), given.report, label, order=given.order,
                                  phases=given.phases, right_on_red=given.right_on_red == "program",
                                  walk=walking(given.walk), limits=read_limits(given.limits))  # fmt: skip
    return found


def ended(folder: Path, study: Study, outcomes: Sequence[Outcome], names: Sequence[str]) -> dict[str, Any]:
    """The case of one study, of its runs that have ended; its results.json is written on the way."""
    require_traffic(study, outcomes)
    content = results(study, outcomes, names)
    write_json(content, folder / "results.json")
    return {**case(study.label, content), "identity": study_identity(study)}


def gather(cases: Sequence[dict[str, Any]], names: Sequence[str], with_seeds: Sequence[int]) -> dict[str, Any]:
    """The content of control.json."""
    return {
        "schema": 1,
        "baseline": names[0],
        "controllers": list(names),
        "seeds": list(with_seeds),
        "versions": versions(),
        "totals": totals(cases),
        "harm": harm(cases, names),
        "cases": list(cases),
    }


def conclude(content: dict[str, Any], home: Path, console: Console) -> int:
    """Print the table, what died, and where the files are."""
    console.print(screen(content))
    console.print(harm_screen(content))
    died = [(each["case"], one) for each in content["cases"] for one in each["died"]]
    for label, one in died:
        said = f"died: {label}, {one['controller']}, seed {one['seed']}: {one['message']}"
        console.print(said, style="red")
    console.print(f"files: {home} (control.md, control.json, and a folder per map and scale)", soft_wrap=True)
    return int(bool(died) or any(row["interlock_trips"] for row in content["totals"].values()))
