"""``signal-core bench latency``: one decision, from counts to checked states, many times over."""

from __future__ import annotations

import argparse
from typing import Any

from bench.cli.options import add_file_option, amount, positive
from bench.studies.speed import pictures
from bench.studies.speed.latency import measure
from bench.studies.speed.measure import keep, show


def register(commands: Any) -> None:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "latency",
        help="one decision, from counts to checked states",
        description="Time of one decision for an intersection of 4 phases and 12 lanes looking 60 s ahead: estimator, "
        "planner, sequencer and interlock, called from Python, on counts recorded from a closed loop.",
    )
    parser.add_argument("--decisions", type=positive, default=20_000, metavar="N", help="default 20000")
    parser.add_argument("--deadline-ms", type=amount, default=100.0, metavar="N", help="missed above (default 100)")
    parser.add_argument("--fail-above", type=amount, metavar="US", help="exit code 1 where the median is above")
    add_file_option(parser)
    parser.set_defaults(command=command)


def command(given: argparse.Namespace) -> int:
    """Measure."""
    content, samples = measure(given.decisions, given.deadline_ms)
    show(content, "one decision, 4 phases, 12 lanes, 60 s")
    place = keep(content, given.json)
    if place is not None:
        pictures.draw_latency(samples, place)
    return int(given.fail_above is not None and content["figures"]["p50"]["value"] > given.fail_above)
