"""``signal-core bench week``: a week of decisions in one process, to see whether latency or memory creep."""

from __future__ import annotations

import argparse
from typing import Any

from bench.cli.options import add_file_option, amount
from bench.runs.console import make_console
from bench.studies.speed import pictures
from bench.studies.speed.measure import keep, show
from bench.studies.speed.week import DAY_S, FLAT, HOUR_S, measure


def register(commands: Any) -> None:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "week",
        help="a week of decisions: do latency and memory stay flat",
        description="One signal of 4 phases and 12 lanes under control for 604,800 simulated seconds with the traffic "
        "of seven days, without a simulator. Exit code 1 where memory or the median creep.",
    )
    parser.add_argument("--days", type=amount, default=7.0, metavar="N", help="default 7; 0.05 for a quick look")
    parser.add_argument("--fail-above", type=amount, metavar="KB", default=1024.0, help="memory growth, default 1024")
    add_file_option(parser)
    parser.set_defaults(command=command)


def command(given: argparse.Namespace) -> int:
    """Measure."""
    seconds = max(round(given.days * DAY_S), 2 * HOUR_S)
    console = make_console()
    with console.status("") as status:
        content = measure(seconds, lambda hour, hours: status.update(f"hour {hour} of {hours}"))
    show(content, f"{seconds} s of control in one process")
    place = keep(content, given.json)
    if place is not None:
        pictures.draw_week(content, place)
    found = content["figures"]
    creeps = found["memory growth after the first part"]["value"] > given.fail_above
    return int(creeps or found["median, last part over first"]["value"] > FLAT)
