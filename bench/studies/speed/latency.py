"""``signal-core bench latency``: one decision, from counts to checked states, many times over."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from bench.studies.speed import reference
from bench.studies.speed.city import Cabinet, Second, Traffic, city, drive
from bench.studies.speed.measure import Row, figure, median_figure, percentiles, record, resident_kb
from bench.studies.speed.reference import Question
from signal_core.kernels.kept import kept
from signal_core.planning.work import plan_work

RECORDED_S = 3600
WARM_S = 200
ASKED = 200
ASKED_SLOWLY = 10
REQUESTED_S = 2000
REQUEST = (1, 0, 0, 0, 12.0, 10.0, 12.0, 12.0, 0, 0.0, 0.0)
"""A `signal_core.tables.slots.SLOT`: a bus with twenty persons, ten seconds before the line of the first lane."""
NETWORK_INPUTS = 12 * 5 + 4
PARTS = ("estimate", "plan", "sequence", "interlock")


def measure(decisions: int, deadline_ms: float) -> tuple[Row, NDArray[np.float64]]:
    """The content of the file, and microseconds per decision."""
    counts, asked = recorded(RECORDED_S)
    cabinet = Cabinet(city(1))
    for i in range(WARM_S):
        cabinet.second(counts[i])
    samples, own = np.full((2, decisions), np.nan)  # written now, so that it is there before memory is measured
    _replay(cabinet, counts, samples[:100], own[:100])
    before_kb, collections = resident_kb(), _collections()
    _replay(cabinet, counts, samples, own)
    grown_kb = resident_kb() - before_kb
    figures = {
        **percentiles(samples, "us"),
        "p99.9 / p50": figure(float(np.percentile(samples, 99.9) / np.median(samples)), ""),
        "p99.9 / p50 of the time it had the core": figure(float(np.percentile(own, 99.9) / np.median(own)), ""),
        "missed deadlines": figure(float((samples > 1000.0 * deadline_ms).sum()), f"of {len(samples)}"),
        "memory growth": figure(grown_kb, "KB"),
        **_parts(cabinet, counts),
        **_ratios(asked),
        "with a request, of one without": figure(with_a_request(counts[:REQUESTED_S]), "x"),
    }
    edges = np.geomspace(float(samples.min()), float(samples.max()) + 1e-9, 61)
    histogram = {"edges_us": edges.tolist(), "decisions": np.histogram(samples, edges)[0].tolist()}
    more = {"collections": _collections() - collections, "histogram": histogram, "deadline_ms": deadline_ms}
    return record("latency", figures, **more), samples


def recorded(seconds: int) -> tuple[list[Second], list[Question]]:
    """Counts of a closed loop, and some of the questions put to the planner on the way."""
    cabinet = Cabinet(city(1))
    counts: list[Second] = []
    asked: list[Question] = []
    for second, decisions in drive(cabinet, Traffic(1), seconds):
        counts.append(second)
        if decisions and len(asked) < ASKED and len(counts) > WARM_S:
            asked.append(reference.question(cabinet.planner, 0))
    return counts, asked


def with_a_request(counts: Sequence[Second]) -> float:
    """Mean time of a second with a decision while somebody asks for green, over the same second without.

    Both plans are made after another one of the same state, so that neither finds the caches colder.
    """
    cabinet, clock = Cabinet(city(1)), time.thread_time_ns
    planner, asked, other = cabinet.planner, cabinet.sequencer.state.asked, cabinet.wanted.copy()
    alone, both = list[int](), list[int]()
    for second in counts:
        began = clock()
        planner.estimator.observe(*second)
        observed = clock()
        decisions = planner.plan(cabinet.wanted)
        first = clock()
        planner.plan(other)
        planned = clock()
        asked[0] = REQUEST
        again = clock()
        planner.plan(other)
        replanned = clock()
        asked[0] = np.zeros((), asked.dtype)
        shown = clock()
        cabinet.sequencer.show(cabinet.check(second, cabinet.sequencer.propose(cabinet.wanted)))
        if decisions:
            rest = clock() - shown + observed - began
            alone.append(rest + planned - first)
            both.append(rest + replanned - again)
    return float(np.mean(both) / np.mean(alone))


def _collections() -> int:
    return sum(int(generation["collections"]) for generation in gc.get_stats())


def _replay(cabinet: Cabinet, counts: Sequence[Second], samples: NDArray[np.float64], own: NDArray[np.float64]) -> None:
    """Microseconds of every second of control with a decision, until `samples` is full; garbage is collected.

    own: the same without the time for which the core was given to others.
    """
    done, i = 0, 0
    while done < len(samples):
        second = counts[i % len(counts)]
        had = time.thread_time_ns()
        started = time.perf_counter_ns()
        decided, _codes = cabinet.second(second)
        spent = time.perf_counter_ns() - started
        had = time.thread_time_ns() - had
        i += 1
        if decided:
            samples[done], own[done] = spent / 1000.0, had / 1000.0
            done += 1


def _parts(cabinet: Cabinet, counts: Sequence[Second]) -> dict[str, Row]:
    """Medians of the parts of a second with a decision."""
    spent: list[list[float]] = []
    for second in counts[:2000]:
        times = [time.perf_counter_ns()]
        cabinet.planner.estimator.observe(*second)
        times.append(time.perf_counter_ns())
        decided = cabinet.planner.plan(cabinet.wanted)
        times.append(time.perf_counter_ns())
        proposed = cabinet.sequencer.propose(cabinet.wanted)
        times.append(time.perf_counter_ns())
        codes = cabinet.check(second, proposed)
        times.append(time.perf_counter_ns())
        cabinet.sequencer.show(codes)
        if decided:
            spent.append((np.diff(times) / 1000.0).tolist())
    columns = np.array(spent)
    return {f"part: {name}": median_figure(columns[:, k], "us") for k, name in enumerate(PARTS)}


def _ratios(asked: Sequence[Question]) -> dict[str, Row]:
    """The planner alone against the two references, on the same questions; the answers have to be the same."""
    cabinet = Cabinet(city(1))
    settings = cabinet.planner.settings
    given = kept(plan_work(4, 12, settings.horizon_s)), kept(settings)
    few = asked[:ASKED_SLOWLY]
    kernel = _timed(lambda question: reference.compiled(question, *given, False), list(asked) * 5)
    plain = _timed(lambda question: reference.plain(question, settings), few)
    in_numpy = _timed(lambda question: reference.in_numpy(question, settings), few)
    network, seen = reference.Network(NETWORK_INPUTS, 4), np.ones(NETWORK_INPUTS, dtype=np.float32)
    learned = _timed(lambda question: network.decide(seen), list(asked) * 5)
    same = 0
    for question in few:
        own, slow, array = (reference.compiled(question, *given), reference.plain(question, settings),
                            reference.in_numpy(question, settings))
        alone = reference.compiled(question, *given, False)[0]
        same += own[0] == alone == slow[0] == array[0] and np.allclose([slow[1], array[1]], own[1], rtol=1e-6)
    middle = float(np.median(kernel))
    return {
        "planner alone, called from Python": median_figure(kernel, "us"),
        "planner in plain Python, times slower": figure(float(np.median(plain)) / middle, "x", less_is_better=False),
        "planner in NumPy, times slower": figure(float(np.median(in_numpy)) / middle, "x", less_is_better=False),
        "a small network's forward pass in NumPy": median_figure(learned, "us"),
        "answers that differ": figure(len(few) - same, f"of {len(few)}"),
    }


def _timed(answer: Callable[[Question], object], asked: Sequence[Question]) -> list[float]:
    """Microseconds per question."""
    spent = []
    for question in asked:
        started = time.perf_counter_ns()
        answer(question)
        spent.append((time.perf_counter_ns() - started) / 1000.0)
    return spent
