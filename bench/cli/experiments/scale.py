"""``signal-core bench scale``: how cost and memory grow with the number of signals, without a simulator."""

from __future__ import annotations

import argparse
from typing import Any

from bench.cli.options import add_file_option, amount
from bench.studies.speed import pictures
from bench.studies.speed.measure import Row, keep, record, show
from bench.studies.speed.measure import figure as single
from bench.studies.speed.scale import SIGNALS, measure


def register(commands: Any) -> None:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "scale",
        help="cost and memory against the number of signals",
        description="A city of four-arm intersections in a closed loop without a simulator: time per second of "
        "control, as it runs and with every signal planned anew, on one core (time it had the core) and on all.",
    )
    parser.add_argument("--signals", default=SIGNALS, metavar="N,N,...", help=f"default {SIGNALS}")
    parser.add_argument("--fail-above", type=amount, metavar="US", help="exit code 1 where a signal costs more")
    add_file_option(parser)
    parser.set_defaults(command=command)


def command(given: argparse.Namespace) -> int:
    """Measure."""
    sizes = sorted({int(part) for part in given.signals.split(",")})
    figures: dict[str, Row] = {}
    for size in sizes:
        figures |= {f"{size} signals: {name}": row for name, row in measure(size).items()}
    name = "planner, every signal, per signal"
    few, many = (figures[f"{size} signals: {name}"]["value"] for size in (sizes[0], sizes[-1]))
    figures[f"cost at {sizes[-1]} signals over cost at {sizes[0]}"] = single(many / few, "x")
    content = record("scale", figures, sizes=sizes)
    show(content, "a city without a simulator")
    place = keep(content, given.json)
    if place is not None:
        pictures.draw_scale(content, name, place)
    return int(given.fail_above is not None and many > given.fail_above)
