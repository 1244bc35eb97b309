"""``signal-core bench ...``: measurements of the controller itself. One more module here adds one."""

from __future__ import annotations

import argparse
from typing import Any

from bench.cli.experiments import compare, control, faults, glosa, latency, loop, record, routes, scale, start, week

EXPERIMENTS: tuple[Any, ...] = (latency, scale, start, loop, week, record, compare, faults, control, glosa, routes)


def register(commands: Any) -> None:
    """Add the group."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "bench",
        help="measure the controller itself: control, latency, scale, start, loop, week, faults",
        description="Measurements of the controller itself, with machine and versions; --json keeps them.",
    )
    experiments = parser.add_subparsers(title="measurements", metavar="WHAT", required=True)
    for module in EXPERIMENTS:
        module.register(experiments)
