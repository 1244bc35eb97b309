"""``signal-core bench week``: a week of decisions in one process, to see whether latency or memory creep."""

from __future__ import annotations

import math
import time
import tracemalloc
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from bench.studies.speed.city import Cabinet, Second, Traffic, city
from bench.studies.speed.measure import FloatArray, Row, figure, record, resident_kb

DAY_S = 86_400
HOUR_S = 3_600
TRACED_S = 2_000
FLAT = 1.25
"""Largest ratio between the median of the last day and of the first that counts as flat."""


class _Hour(NamedTuple):
    decisions: int
    p50_us: float
    p999_us: float
    resident_kb: int


def measure(seconds: int, tell: Any = lambda hour, hours: None) -> Row:
    """Hour by hour; the first and the last seventh are compared."""
    cabinet, traffic = Cabinet(city(1)), Traffic(1)
    hours: list[_Hour] = []
    for samples in _hours(cabinet, traffic, seconds):
        p50, p999 = np.percentile(samples, [50, 99.9])
        hours.append(_Hour(len(samples), float(p50), float(p999), resident_kb()))
        tell(len(hours), seconds // HOUR_S)
    part = max(1, len(hours) // 7)
    first, last = hours[:part], hours[-part:]
    traced = _traced_bytes(cabinet, traffic)
    p50, tail = (_middle(hours, name) for name in ("p50_us", "p999_us"))
    figures = {
        "decisions": figure(sum(hour.decisions for hour in hours), "", less_is_better=False),
        "p50, median of the hours": figure(p50, "us"),
        "p99.9, median of the hours": figure(tail, "us"),
        "median, last part over first": figure(_middle(last, "p50_us") / _middle(first, "p50_us"), "x"),
        "p99.9, last part over first": figure(_middle(last, "p999_us") / _middle(first, "p999_us"), "x"),
        "memory growth after the first part": figure(hours[-1].resident_kb - first[-1].resident_kb, "KB"),
        f"Python objects kept per second, over {TRACED_S} s": figure(traced / TRACED_S, "bytes"),
    }
    return record("week", figures, seconds=seconds, hours=[hour._asdict() for hour in hours])


def _middle(hours: list[_Hour], name: str) -> float:
    return float(np.median([getattr(hour, name) for hour in hours]))


def _day_share(second: int) -> float:
    """Demand over the day: a fifth at night, all of it in the afternoon."""
    return 0.6 - 0.4 * math.cos(2.0 * math.pi * second / DAY_S)


def _hours(cabinet: Cabinet, traffic: Traffic, seconds: int) -> Iterator[FloatArray]:
    """Microseconds of the decisions of each hour, in one array that is used again."""
    samples, codes = np.zeros(HOUR_S), cabinet.sequencer.state.shown
    for start in range(0, seconds - HOUR_S + 1, HOUR_S):
        decisions = 0
        for now in range(start, start + HOUR_S):
            counts = traffic.second(codes, _day_share(now))
            began = time.perf_counter_ns()
            decided, codes = cabinet.second(counts)
            spent = time.perf_counter_ns() - began
            if decided:
                samples[decisions] = spent / 1000.0
                decisions += 1
        yield samples[:decisions]


def _traced_bytes(cabinet: Cabinet, traffic: Traffic) -> int:
    """Growth of what Python allocates while control alone goes on, on counts made before."""
    codes, counts = cabinet.sequencer.state.shown.copy(), []
    for _ in range(TRACED_S):
        counts.append(Second(*(values.copy() for values in traffic.second(codes))))
    tracemalloc.start()
    for second in counts[:100]:
        cabinet.second(second)
    before = tracemalloc.get_traced_memory()[0]
    for second in counts:
        cabinet.second(second)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return grown
