"""``signal-core explain``: why a signal did what it did at a moment of a recorded run."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from bench.cli.options import add_recorded_run_options, recorded_run
from bench.report.moment import look
from bench.report.tell_moment import tell, write
from bench.runs.console import make_console
from network.errors import ScenarioError
from network.files import writing
from scenarios.config import seconds


def register(commands: Any) -> None:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "explain",
        help="why a signal did what it did: what was seen, weighed and chosen at a moment of a run",
        description="Replay a recorded run up to a moment and show, for one signal, what the engine saw on every lane, "
        "which first actions it weighed and what each was predicted to cost.",
    )
    add_recorded_run_options(parser)
    which = "a signal of the network, or a junction of one that is planned on its own"
    parser.add_argument("--signal", required=True, metavar="ID", help=which)
    parser.add_argument("--time", required=True, metavar="T", help="simulation time in s, or h:m:s")
    parser.add_argument("-o", "--output", metavar="FILE", help="picture (.svg, .png) or .json; repeatable by comma")
    parser.set_defaults(command=command)


def command(given: argparse.Namespace) -> int:
    """Explain the moment the options describe."""
    place = recorded_run(given)
    console = make_console()
    paths = [Path(part.strip()).absolute() for part in (given.output or "").split(",") if part.strip()]
    for path in paths:
        if path.suffix not in (".json", ".svg", ".png"):
            raise ScenarioError(f"{path}: give a file ending in .json, .svg or .png")
    with console.status("replaying the run"):
        moment = look(place, given.signal, seconds(given.time, "--time"))
    tell(moment, console)
    for path in paths:
        with writing(path):
            write(moment, path)
        console.print(f"file: {path}", soft_wrap=True)
    return 0
