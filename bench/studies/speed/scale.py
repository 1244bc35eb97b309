"""``signal-core bench scale``: how cost and memory grow with the number of signals, without a simulator."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from bench.studies.speed.city import Cabinet, Traffic, city
from bench.studies.speed.measure import Row, median_figure
from bench.studies.speed.measure import figure as single
from signal_core.planning.parallel import ParallelPlanner
from signal_core.tables.arrays import IntArray

SIGNALS = "10,100,1000,10000"
WARM_S = 30
MEASURED_S = 20


class _Spent(NamedTuple):
    """own_us: as all_us, without the time for which the core was given to others."""

    runs_us: list[float]
    all_us: list[float]
    own_us: list[float]
    parallel_us: list[float]
    differ: int = 0


def measure(signals: int) -> dict[str, Row]:
    """Figures for one size."""
    cabinet = Cabinet(city(signals))
    spent = _seconds(cabinet, signals)
    every = np.array(spent.own_us)
    core = float(np.median(every)) / 1e6
    return {
        "as it runs, per signal": median_figure(np.array(spent.runs_us) / signals, "us"),
        "planner, every signal, per signal": median_figure(every / signals, "us"),
        "planner, every signal, share of one core": single(100 * core, "%"),
        "planner on all cores, times faster": single(_speedup(spent), "x", less_is_better=False),
        "planner on all cores, other bits": single(spent.differ, f"of {MEASURED_S}"),
        "memory per signal": single(_bytes(cabinet) / signals / 1024, "KB"),
    }


def _speedup(spent: _Spent) -> float:
    return float(np.median(spent.all_us) / np.median(spent.parallel_us))


def _seconds(cabinet: Cabinet, signals: int) -> _Spent:
    """Microseconds per second: of control as it runs, and of planning every signal, on one core and on all."""
    spent, traffic = _Spent([], [], [], []), Traffic(signals)
    workers = ParallelPlanner(cabinet.planner, len(os.sched_getaffinity(0)))
    alone, together = cabinet.wanted.copy(), cabinet.wanted.copy()
    codes, differ = cabinet.sequencer.state.shown, 0
    for i in range(WARM_S + MEASURED_S):
        counts = traffic.second(codes)
        started = time.perf_counter_ns()
        _decisions, codes = cabinet.second(counts)
        ran = (time.perf_counter_ns() - started) / 1000
        if i >= WARM_S:
            spent.runs_us.append(ran)
            with _all_free(cabinet):
                had = time.thread_time_ns()
                spent.all_us.append(_timed(cabinet.planner.plan, alone))
                spent.own_us.append((time.thread_time_ns() - had) / 1000)
                spent.parallel_us.append(_timed(workers.plan, together))
            differ += alone.tobytes() != together.tobytes()
    workers.close()
    return spent._replace(differ=differ)


@contextmanager
def _all_free(cabinet: Cabinet) -> Iterator[None]:
    """Every signal may leave its phase."""
    state = cabinet.sequencer.state
    settled, previous = state.settled.copy(), state.previous.copy()
    state.settled[:], state.previous[:] = 1, -1
    yield
    state.settled[:], state.previous[:] = settled, previous


def _timed(plan: Callable[[IntArray], int], wanted: IntArray) -> float:
    started = time.perf_counter_ns()
    plan(wanted)
    return (time.perf_counter_ns() - started) / 1000


def _bytes(cabinet: Cabinet) -> int:
    """What the records of the engine hold; the planner's scratch space does not grow with signals."""
    return _held((cabinet.tables, cabinet.planner.estimator.lanes, cabinet.sequencer.state))


def _held(records: Sequence[Any]) -> int:
    """Bytes of all arrays in records, which may hold records."""
    return sum(int(part.nbytes) if isinstance(part, np.ndarray) else _held(part) for part in records)
