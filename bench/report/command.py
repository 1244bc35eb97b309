"""``signal-core report``: the report of a comparison, again or with another corridor."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.console import make_console
from bench.report.costs import DEFAULT, read_unit_costs
from bench.report.gather import Run, read_run, read_world
from bench.report.tables import write_tables
from network.errors import ScenarioError


def register(commands: Any) -> None:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "report",
        help="the report of a comparison, again or with another corridor",
        description="Write report.html, its figures and tables from the results of signal-core compare.",
    )
    parser.add_argument("folder", metavar="DIR", help="what compare wrote into")
    parser.add_argument(
        "--corridor", metavar="FROM,TO", help="edges between which time and space are drawn; default: found"
    )
    parser.add_argument("--costs", metavar="FILE", help=f"unit costs (default: {DEFAULT.name} of this package)")
    parser.set_defaults(command=command)


def command(given: argparse.Namespace) -> int:
    """Write the report the options describe."""
    console = make_console()
    costs = Path(given.costs) if given.costs else DEFAULT
    if not write_report(Path(given.folder).absolute(), console, _ends(given.corridor), costs):
        raise ScenarioError("the report needs matplotlib and jinja2: pip install 'signal-core[report]'")
    return 0


def write_report(
    folder: Path, console: Console, ends: tuple[str, str] | None = None, costs: Path = DEFAULT
) -> Path | None:
    """Write the report into ``folder`` and say where it is; None where the extra `report` is not installed."""
    try:
        from bench.report.page import write_page
    except ImportError:
        return None
    with console.status("reading the results") as status:
        world = read_world(folder, read_unit_costs(costs))
        runs: dict[str, Sequence[Run]] = {}
        for name in world.controllers:
            status.update(f"reading the runs of {name}")
            runs[name] = [read_run(world, row) for row in world.content["runs"] if row["controller"] == name]
        write_tables(folder / "tables", runs, world.baseline)
        page = write_page(world, runs, ends, status.update)
    console.print(f"report: {page}", soft_wrap=True, highlight=False, markup=False)
    return page


def _ends(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    start, comma, goal = text.partition(",")
    if not comma or not start.strip() or not goal.strip():
        raise ScenarioError(f"--corridor '{text}': give two edges, FROM,TO")
    return start.strip(), goal.strip()
