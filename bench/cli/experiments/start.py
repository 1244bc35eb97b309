"""``signal-core bench start``: from the start of a process to its first valid plan."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

from bench.cli.options import add_file_option, amount, positive
from bench.studies.speed.measure import Row, figure, keep, median_figure, record, show
from bench.studies.speed.start import first_plan_s, timed, used_s
from signal_core.compiling import WATCHED


def register(commands: Any) -> None:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "start",
        help="from the start of a process to its first valid plan",
        description="Seconds from the start of a process to its first plan that the interlock let pass: with an "
        "empty compile cache, also where health and modes are compiled before, and with a filled one.",
    )
    parser.add_argument("--repeats", type=positive, default=5, metavar="N", help="with a filled cache (default 5)")
    parser.add_argument("--fail-above", type=amount, metavar="US", help="exit code 1 where a warm start takes longer")
    add_file_option(parser)
    parser.set_defaults(command=command)


def command(given: argparse.Namespace) -> int:
    """Measure."""
    with tempfile.TemporaryDirectory() as cache:
        before_s = used_s()
        cold_s = first_plan_s(cache)
        spent_s = used_s() - before_s
        with tempfile.TemporaryDirectory() as other:
            watched_s = first_plan_s(other, WATCHED)
        size_kb = sum(path.stat().st_size for path in Path(cache).rglob("*") if path.is_file()) / 1024
        warm_s = [first_plan_s(cache) for _ in range(given.repeats)]
        bare_s = [timed(["-c", "import numpy, numba"], cache) for _ in range(given.repeats)]
    figures: dict[str, Row] = {
        "cache empty": figure(cold_s, "s"),
        "processor time of it": figure(spent_s, "s"),
        "cache empty, health and modes compiled too": figure(watched_s, "s"),
        "cache filled": median_figure(warm_s, "s"),
        "of it importing numpy and numba": median_figure(bare_s, "s"),
        "compile cache": figure(size_kb, "KB"),
    }
    content = record("start", figures)
    show(content, "start of a process to its first valid plan")
    keep(content, given.json)
    return int(given.fail_above is not None and 1e6 * figures["cache filled"]["value"] > given.fail_above)
