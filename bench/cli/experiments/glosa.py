"""``signal-core bench glosa``: what speed advice saves under adaptive control, by the share of equipped vehicles."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from bench.cli.options import seeds
from bench.runs.console import make_console
from bench.runs.folders import output_folder
from bench.runs.spec import DETECTORS, Study, distances
from bench.runs.stored import write_json
from bench.studies.comparison import compile_kernels
from bench.studies.glosa import EMISSIONS, OF_TRIPS, WHOSE, bounds, means, measure
from controllers.registry import get, settings_for
from network.errors import ScenarioError
from scenarios.config import load_scenario

HEADINGS = ("of equipped: stops", "fuel", "of others: stops", "fuel")
COMMITTED = "adaptive+commitment_s=5+commitment_margin_vehicle_s=0"


def register(commands: Any) -> None:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "glosa",
        help="speed advice for connected vehicles: stops, fuel and delay by the share that is equipped",
        description="Run a scenario with a share of its vehicles told at which speed to come to the next signal, by "
        "what that signal means to show, and compare stops, fuel and delay.",
    )
    add_options(parser, COMMITTED)
    parser.set_defaults(command=command)


def add_options(parser: argparse.ArgumentParser, controller: str) -> None:
    """Of every study of a share of connected vehicles."""
    parser.add_argument("cfg", metavar="CFG", help="a .sumocfg")
    parser.add_argument("-c", "--controller", default=controller, metavar="NAME", help=f"default: {controller}")
    parser.add_argument("--shares", default="0,25,50,100", metavar="LIST", help="per cent equipped (0,25,50,100)")
    parser.add_argument("--seeds", type=seeds, default=(1,), metavar="LIST", help="default: 1")
    parser.add_argument("-e", "--end", metavar="TIME", help="last second")
    parser.add_argument("-o", "--output", metavar="DIR", help="default: named after the scenario")


def command(given: argparse.Namespace) -> int:
    """Measure, print, keep."""
    shares, study, folder = shares_of(given.shares), *study_of(given, EMISSIONS)
    console = make_console()
    compile_kernels(console)
    with console.status("") as status:
        found = measure(study, given.controller, shares, given.seeds, lambda text: status.update(text))
    rows, limits = means(found), bounds(found)
    table = Table(caption=f"{given.controller}; means over {len(given.seeds)} seeds, changes against nobody equipped, "
                  "of some vehicles against the same ones")
    for heading in ("equipped", "delay s", "", "stops", "", "fuel g", "", *HEADINGS):
        table.add_column(heading, justify="right")
    for row in rows:
        cells = [f"{100 * row['share']:.0f} %"]
        for name, digits in (("delay_s", 1), ("stops", 2), ("fuel_g", 0)):
            cells += [f"{row[name]:.{digits}f}", _change(row, name)]
        table.add_row(*cells, *(_change(row, f"{whose}_{name}") for whose in WHOSE for name in OF_TRIPS))
    console.print(table)
    if limits:
        console.print(_bound(limits), soft_wrap=True)
    write_json({"schema": 1, "controller": given.controller, "rows": rows, "fuel_bound": limits}, folder / "glosa.json")
    console.print(f"{folder / 'glosa.json'}", soft_wrap=True)
    return 0


def _bound(limits: Sequence[dict[str, Any]]) -> str:
    """What there is to save, in words."""
    fuel_g, undelayed_g, lost_time_g, most_g = (
        sum(one[name] for one in limits) / len(limits) for name in ("fuel_g", "undelayed_g", "lost_time_g", "most_g"))
    return (f"of {fuel_g:.1f} g a trip with nobody equipped {undelayed_g:.1f} would be taken without any delay and "
            f"{lost_time_g:.1f} by the lost time at a steady speed; braking and speeding up again take the other "
            f"{most_g:.1f}: advice can save {100.0 * most_g / fuel_g:.1f} % at the most where everybody is equipped")


def _change(row: dict[str, Any], name: str) -> str:
    change = row[f"{name}_change"]
    return "" if change is None or not row["share"] else f"{100 * change:+.1f} %"


def shares_of(text: str) -> list[float]:
    """0 to 1. Raises ScenarioError where the text is none."""
    try:
        found = [float(part) / 100.0 for part in text.split(",")]
    except ValueError:
        found = [-1.0]
    if not all(0.0 <= share <= 1.0 for share in found):
        raise ScenarioError(f"--shares '{text[:60]}': per cent from 0 to 100, separated by commas")
    return found


def study_of(given: argparse.Namespace, more: Sequence[str] = ()) -> tuple[Study, Path]:
    """What is run, and where to. more: options for SUMO. Raises ScenarioError where SUMO runs the signals."""
    scenario = load_scenario(given.cfg, [], [], None, given.end, [*given.sumo_options, *more])
    folder = output_folder(given.output, scenario)
    study = Study(scenario, "plan", distances(DETECTORS), "libsumo", False, str(folder / "prepared"), "none")
    if not get(given.controller).make(settings_for(given.controller, study.settings)).owns_signals:
        raise ScenarioError(f"-c {given.controller}: SUMO runs these signals; the engine has nothing to tell of them")
    return study, folder
