"""``signal-core bench compare``: what got slower between two files, beyond their noise."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from rich.table import Table

from bench.console import make_console
from bench.speed.measure import SCHEMA, Row
from network.errors import ScenarioError

LEAST_PCT = 10.0
TIMES_NOISE = 3.0


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
    before, after = _read(given.before), _read(given.after)
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
            table.add_row(name, *values, new["unit"], _change(old, new), verdicts[-1])
    if before["machine"]["processor"] != after["machine"]["processor"]:
        console.print("measured on different processors: only ratios can be compared", style="yellow")
    console.print(table)
    return int("slower" in verdicts)


def verdict(old: Row, new: Row) -> str:
    """'slower' or 'faster' beyond noise, otherwise nothing."""
    if min(old["value"], new["value"]) <= 0.0:
        return "" if new["value"] <= old["value"] else "slower"
    limit = 1.0 + max(LEAST_PCT / 100.0, TIMES_NOISE * max(old["noise"], new["noise"]))
    if new["value"] > limit * old["value"]:
        return "slower" if _less_is_better(new) else "faster"
    if old["value"] > limit * new["value"]:
        return "faster" if _less_is_better(new) else "slower"
    return ""


def _less_is_better(row: Row) -> bool:
    return bool(row.get("less_is_better", True))


def _change(old: Row, new: Row) -> str:
    return f"{100 * (new['value'] / old['value'] - 1):+.1f} %" if old["value"] > 0.0 else ""


def _read(path: str) -> Row:
    try:
        content: Row = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ScenarioError(f"{path}: cannot be read ({error}); give a file made with --json") from error
    if content.get("schema") != SCHEMA or "figures" not in content:
        raise ScenarioError(f"{path}: not a file made by signal-core bench ... --json")
    return content
