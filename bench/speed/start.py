"""``signal-core bench start``: from the start of a process to its first valid plan."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.options import positive
from bench.speed.measure import Row, add_file_option, figure, keep, median_figure, record, show
from network.errors import ScenarioError
from signal_core.compiling import BARE, WATCHED

FIRST_PLAN = """
import sys
from signal_core.compiling import provide
provide(print, sys.argv[1])
from bench.speed.city import Cabinet, Traffic, city, drive
for _counts, decisions in drive(Cabinet(city(1)), Traffic(1), 60):
    if decisions:
        sys.exit(0)
sys.exit("no decision within a minute")
"""


def register(commands: Any) -> None:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "start",
        help="from the start of a process to its first valid plan",
        description="Seconds from the start of a process to its first plan that the interlock let pass: with an "
        "empty compile cache, also where health and modes are compiled before, and with a filled one.",
    )
    parser.add_argument("--repeats", type=positive, default=5, metavar="N", help="with a filled cache (default 5)")
    parser.add_argument("--fail-above", type=float, metavar="US", help="exit code 1 where a warm start takes longer")
    add_file_option(parser)
    parser.set_defaults(command=command)


def command(given: argparse.Namespace) -> int:
    """Measure."""
    with tempfile.TemporaryDirectory() as cache:
        before_s = _used_s()
        cold_s = first_plan_s(cache)
        used_s = _used_s() - before_s
        with tempfile.TemporaryDirectory() as other:
            watched_s = first_plan_s(other, WATCHED)
        size_kb = sum(path.stat().st_size for path in Path(cache).rglob("*") if path.is_file()) / 1024
        warm_s = [first_plan_s(cache) for _ in range(given.repeats)]
        bare_s = [_timed(["-c", "import numpy, numba"], cache) for _ in range(given.repeats)]
    figures: dict[str, Row] = {
        "cache empty": figure(cold_s, "s"),
        "processor time of it": figure(used_s, "s"),
        "cache empty, health and modes compiled too": figure(watched_s, "s"),
        "cache filled": median_figure(warm_s, "s"),
        "of it importing numpy and numba": median_figure(bare_s, "s"),
        "compile cache": figure(size_kb, "KB"),
    }
    content = record("start", figures)
    show(content, "start of a process to its first valid plan")
    keep(content, given.json)
    return int(given.fail_above is not None and 1e6 * figures["cache filled"]["value"] > given.fail_above)


def first_plan_s(cache: str | None = None, run: str = BARE) -> float:
    """Seconds until a new process has its first valid plan, with the compile cache in folder `cache`, or as usual.

    run: what is compiled before, as of `signal_core.compiling.provide`.
    """
    return _timed(["-c", FIRST_PLAN, run], cache)


def _used_s() -> float:
    """Processor time of all processes that were waited for."""
    used = os.times()
    return used.children_user + used.children_system


def _timed(words: list[str], cache: str | None) -> float:
    started = time.perf_counter()
    environment = {**os.environ, **({"NUMBA_CACHE_DIR": cache} if cache else {})}
    done = subprocess.run([sys.executable, *words], env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ScenarioError(f"a new process failed: {(done.stderr.strip().splitlines() or ['no message'])[-1]}")
    return time.perf_counter() - started
