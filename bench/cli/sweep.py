"""``signal-core sweep``: several scenarios, each at several levels of demand, under several controllers and seeds."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.cli.compare import DEFAULT_CONTROLLERS
from bench.cli.options import add_study_options, make_runner, seeds
from bench.report.notes import tell_after
from bench.report.tables import write_rows
from bench.runs.console import make_console
from bench.runs.folders import make_folder
from bench.runs.jobs import Outcome
from bench.runs.progress import watch_runs
from bench.runs.results import results, write_csv, write_json
from bench.runs.spec import Study, distances, on_crossing, read_limits, walk_lead, walking
from bench.studies.comparison import controller_names, require_traffic
from bench.studies.control.maps import scales_of
from bench.studies.study_runs import study_runs
from controllers import registry
from network.errors import ScenarioError
from scenarios.config import load_scenario


def register(commands: Any) -> None:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "sweep",
        help="several scenarios at several levels of demand, in one go",
        description="Compare controllers on several scenarios and scales of demand. Every scenario and scale gets a "
        "folder like that of compare (signal-core report makes its report); runs that are there are not made again.",
        epilog=registry.HELP,
    )
    parser.add_argument("cfgs", nargs="+", metavar="CFG", help=".sumocfg files")
    parser.add_argument("-c", "--controllers", default=DEFAULT_CONTROLLERS, metavar="NAMES", help="as for compare")
    parser.add_argument("--seeds", type=seeds, default=(1, 2, 3), metavar="SEEDS", help="default 1:3")
    add_study_options(parser)
    parser.set_defaults(command=command)


def command(given: argparse.Namespace) -> int:
    """Do what the options describe; 1 where a run died or the interlock tripped."""
    console = make_console()
    names = controller_names(given.controllers)
    home = Path(given.output or "sweep").absolute()
    studies = make_studies(given, home)
    make_folder(home)
    specs = [spec for folder, study in studies.items()
             for spec in study_runs(folder, study, names, given, console)]  # fmt: skip
    outcomes: dict[Path, list[Outcome]] = {folder: [] for folder in studies}
    for outcome in watch_runs(specs, make_runner(given), console):
        folder = Path(outcome.spec.run_dir).parents[2]
        outcomes[folder].append(outcome)
        write_json(results(studies[folder], outcomes[folder], names), folder / "results.json")
    return conclude(studies, outcomes, names, home, console)


def make_studies(given: argparse.Namespace, home: Path) -> dict[Path, Study]:
    """One study per scenario and scale, by its folder."""
    found: dict[Path, Study] = {}
    for cfg in given.cfgs:
        for scale in scales_of(given.scales):
            options = [*given.sumo_options, "--scale", f"{scale:g}"]
            scenario = load_scenario(cfg, begin=given.begin, end=given.end, sumo_options=options)
            label = f"{scenario.name}-x{scale:g}"
            folder = home / label
            if folder in found:
                raise ScenarioError(f"{cfg}: another scenario here has the name '{scenario.name}', too; rename one")
            study = Study(scenario, given.protocol, distances(given.detectors), given.backend, False,
                          str(folder / "prepared"), given.report)  # fmt: skip
            found[folder] = replace(study, label=label, order=given.order, phases=given.phases,
                                    right_on_red=given.right_on_red == "program",
                                    walk=walking(given.walk), walk_lead_s=walk_lead(given.walk_lead),
                                    on_crossing_s=on_crossing(given.on_crossing),
                      limits=read_limits(given.limits))  # fmt: skip
    return found


def conclude(
    studies: dict[Path, Study], outcomes: dict[Path, list[Outcome]], names: Sequence[str], home: Path, console: Console
) -> int:
    """Write and print one table over everything."""
    rows, bad = [], False
    for folder, study in studies.items():
        require_traffic(study, outcomes[folder])
        content = results(study, outcomes[folder], names)
        if content["runs"]:
            write_csv(content["runs"], folder / "results.csv")
        for failed in content["failed"]:
            said = f"died: {study.label}, {failed['controller']}, seed {failed['seed']}: {failed['message']}"
            console.print(said, style="red")
        tell_after(content, console, study.label)
        bad |= bool(content["failed"]) or any(row["interlock_trips"] for row in content["runs"])
        rows += [{"scenario": study.scenario.name, "scale": study.scenario.options.get("scale", "1"), **row}
                 for row in content["summary"]]  # fmt: skip
    write_rows(home / "sweep.csv", rows)
    walked = any(row["walks"] for row in rows)
    table = Table()
    for heading in ("scenario", "scale", "controller"):
        table.add_column(heading, no_wrap=True)
    for heading in ("delay s", "change", "speed km/h", "jams", "locked", *["walk loss s"] * walked):
        table.add_column(heading, justify="right")
    for row in rows:
        change = row["delay_change_pct"]
        table.add_row(row["scenario"], row["scale"], row["controller"], f"{row['delay_s']:.1f}",
                      "" if change is None or row["controller"] == names[0] else f"{change:+.1f} %",
                      f"{row['speed_kmh']:.1f}", str(row["jams"]), str(row["locked"]),
                      *[f"{row['walk_loss_s']:.1f}" if row["walks"] else ""] * walked)  # fmt: skip
    console.print(table)
    console.print(f"files: {home} (sweep.csv, and a folder per scenario and scale)", soft_wrap=True)
    return int(bad)
