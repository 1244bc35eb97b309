"""``signal-core bench compare``: what got slower between two files, beyond their noise."""

from __future__ import annotations

import argparse
from typing import Any

from rich.table import Table

from bench.runs.console import make_console
from bench.studies.speed.compare import LEAST_PCT, TIMES_NOISE, change, read, verdict
from network.errors import ScenarioError


def register(commands: Any) -> None:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "compare",
        help="what got slower between two files of measurements",
        description=f"Every figure of A and B. Slower is what grew by more than {LEAST_PCT:g} % and "
        f"{TIMES_NOISE:g} times the noise of both; the exit code is 1 where something did.",
    )
    parser.add_argument("before", metavar="A.json")
    parser.add_argument("after", metavar="B.json")
    parser.set_defaults(command=command)


def command(given: argparse.Namespace) -> int:
    """Compare."""
    before, after = read(given.before), read(given.after)
    if before["experiment"] != after["experiment"]:
        raise ScenarioError(f"{given.after}: measures {after['experiment']}, {given.before} {before['experiment']}")
    console, table = make_console(), Table(show_edge=False, pad_edge=False)
    for heading in ("figure", "A", "B", "unit", "change", ""):
        table.add_column(heading)
    verdicts = []
    for name, old in before["figures"].items():
        if name in after["figures"]:
            new = after["figures"][name]
            verdicts.append(verdict(old, new))
            values = [f"{row['value']:.4g}" for row in (old, new)]
            table.add_row(name, *values, new["unit"], change(old, new), verdicts[-1])
    if before["machine"]["processor"] != after["machine"]["processor"]:
        console.print("measured on different processors: only ratios can be compared", style="yellow")
    console.print(table)
    return int("slower" in verdicts)
