"""``signal-core bench start``: from the start of a process to its first valid plan."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from network.errors import ScenarioError
from signal_core.compiling import BARE

FIRST_PLAN = """
import sys
from signal_core.compiling import provide
provide(print, sys.argv[1])
from bench.studies.speed.city import Cabinet, Traffic, city, drive
for _counts, decisions in drive(Cabinet(city(1)), Traffic(1), 60):
    if decisions:
        sys.exit(0)
sys.exit("no decision within a minute")
"""


def first_plan_s(cache: str | None = None, run: str = BARE) -> float:
    """Seconds until a new process has its first valid plan, with the compile cache in folder `cache`, or as usual.

    run: what is compiled before, as of `signal_core.compiling.provide`.
    """
    return timed(["-c", FIRST_PLAN, run], cache)


def used_s() -> float:
    """Processor time of all processes that were waited for."""
    used = os.times()
    return used.children_user + used.children_system


def timed(words: list[str], cache: str | None) -> float:
    started = time.perf_counter()
    environment = {**os.environ, **({"NUMBA_CACHE_DIR": cache} if cache else {})}
    done = subprocess.run([sys.executable, *words], env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ScenarioError(f"a new process failed: {(done.stderr.strip().splitlines() or ['no message'])[-1]}")
    return time.perf_counter() - started
