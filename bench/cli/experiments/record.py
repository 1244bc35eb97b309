"""``signal-core bench record``: latency and delay of this version as one more row of a table kept in the repository."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from rich.table import Table

from bench.cli.options import positive
from bench.runs.console import make_console
from bench.studies.speed.history import COLUMNS, SEEDS, TABLE, WORLD, measure, read, write
from network.errors import ScenarioError


def register(commands: Any) -> None:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "record",
        help="one more row of the table of latency and delay per version",
        description=f"Measure latency, and delay on a generated arterial of {WORLD.columns} signals over {len(SEEDS)} "
        "seeds, and add them to the table with commit, machine and versions. Delays are the same on every machine.",
    )
    parser.add_argument("--file", default=TABLE, metavar="CSV", help=f"default {TABLE}")
    parser.add_argument("--decisions", type=positive, default=20_000, metavar="N", help="default 20000")
    parser.set_defaults(command=command)


def command(given: argparse.Namespace) -> int:
    """Measure and add; the rows of the table are printed."""
    place = Path(given.file)
    rows = read(place) if place.is_file() else []
    if not place.parent.is_dir():
        raise ScenarioError(f"{place}: there is no folder {place.parent}; start it where the repository is")
    rows.append(measure(given.decisions))
    write(rows, place)
    console, table = make_console(), Table(show_edge=False, pad_edge=False)
    shown = ("date", "commit", *COLUMNS[8:])
    for name in shown:
        table.add_column(name)
    for row in rows[-8:]:
        table.add_row(*(row[name] for name in shown))
    console.print(table)
    return 0
