"""``signal-core report``: the report of a comparison, again or with another corridor."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from bench.measures.costs import DEFAULT
from bench.report.write import write_report
from bench.runs.console import make_console
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
    parser.add_argument("--names", action="store_true", help="maps with the id of every signal")
    parser.set_defaults(command=command)


def command(given: argparse.Namespace) -> int:
    """Write the report the options describe."""
    console = make_console()
    costs = Path(given.costs) if given.costs else DEFAULT
    if not write_report(Path(given.folder).absolute(), console, _ends(given.corridor), costs, given.names):
        raise ScenarioError("the report needs matplotlib and jinja2: pip install 'signal-core[report]'")
    return 0


def _ends(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    start, comma, goal = text.partition(",")
    if not comma or not start.strip() or not goal.strip():
        raise ScenarioError(f"--corridor '{text}': give two edges, FROM,TO")
    return start.strip(), goal.strip()
