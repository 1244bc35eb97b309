"""Scratch space of decisions, sized once for the largest signal of a batch: P phases, L lanes, n links.

Nothing in it outlives a decision, and each thread has its own.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from signal_core.kernels.codes import SLOTS
from signal_core.kernels.preparation import BLOCK, MARGIN
from signal_core.tables.arrays import CodeArray, FloatArray, IntArray
from signal_core.tables.packed import Tables

VECTOR = 4
"""Lanes that one instruction of the planner handles."""


class ProblemSpace(NamedTuple):
    """Where a `Problem` is gathered. queue, weight, rate_now: [L]; service: [P, L]; arrivals: [L, row].

    min_split_s: [P, P] and lag_s: [P P L], of `Tables` as this decision takes them. L: also those who wait on foot, and
    requests; best_vps: [L], joined_lag_s: [P P L] with the former and asked_lag_s: [P P L] with both.
    """

    queue: FloatArray
    weight: FloatArray
    rate_now: FloatArray
    service: FloatArray
    arrivals: FloatArray
    min_split_s: IntArray
    lag_s: CodeArray
    best_vps: FloatArray
    joined_lag_s: CodeArray
    asked_lag_s: CodeArray


class DeadlineWork(NamedTuple):
    """turns: [P + 1], phases in the order in which waits are served; waits: [L + n], seconds each has lasted."""

    turns: IntArray
    waits: IntArray


class PlanWork(NamedTuple):
    """Scratch space of the planner.

    Labels, [P, row] with a row of one entry per second of the horizon and a margin: cost so far, key (cost and what
    the queues are worth), done (weighted departures), origin (order of the offers), first and when (the first change
    on the way). departed: [P, row, L], departures of a label; leaving: [P, L, 2 BLOCK], the same of those about to
    leave. due: [P, L], see `fill_due`. come: [L, row], queue and cumulative arrivals; come_by_second: [row, L];
    totals: [2, row], the same weighted over lanes, and its sums; within: [row], 1 inside the horizon; rate: [P + 1,
    L], the present green last; order, starts, served: [P P, L] and greens: [P P], see `sort_lanes`. L is rounded up
    to whole vectors.
    """

    cost: FloatArray
    key: FloatArray
    done: FloatArray
    origin: IntArray
    first: IntArray
    when: IntArray
    departed: FloatArray
    leaving: FloatArray
    come: FloatArray
    come_by_second: FloatArray
    totals: FloatArray
    within: FloatArray
    rate: FloatArray
    load: FloatArray
    worth: FloatArray
    due: FloatArray
    row: FloatArray
    trial: FloatArray
    block: FloatArray
    order: NDArray[np.uint16]
    greens: NDArray[np.uint16]
    starts: NDArray[np.uint16]
    served: FloatArray


class DecisionWork(NamedTuple):
    """All that one decision needs."""

    space: ProblemSpace
    deadlines: DeadlineWork
    plan: PlanWork


def decision_work(tables: Tables, horizon_s: int) -> DecisionWork:
    """Scratch space for `horizon_s` and the largest numbers of phases, lanes and links in the batch."""
    lanes = max(int((np.diff(tables.lane_ptr) + _walks(tables)).max(initial=0)), 1) + SLOTS
    links = int(np.diff(tables.link_ptr).max(initial=0))
    phases = max(int(np.diff(tables.phase_ptr).max(initial=0)), 1)
    deadlines = DeadlineWork(_ints(phases + 1), _ints(lanes + links))
    return DecisionWork(problem_space(phases, lanes, horizon_s), deadlines, plan_work(phases, lanes, horizon_s))


def _walks(tables: Tables) -> IntArray:
    """int64[signals]: links at which somebody may wait on foot."""
    before = np.concatenate([[0], np.cumsum(tables.undetected, dtype=np.int64)])
    return np.asarray(np.diff(before[tables.link_ptr]))


def problem_space(phases: int, lanes: int, horizon_s: int) -> ProblemSpace:
    """For problems of at most so many phases and lanes."""
    return ProblemSpace(
        queue=np.zeros(lanes), weight=np.zeros(lanes), rate_now=np.zeros(lanes), service=np.zeros((phases, lanes)),
        arrivals=np.zeros((lanes, horizon_s + 1)), min_split_s=_ints(phases, phases),
        lag_s=np.zeros(phases * phases * lanes, np.uint8), best_vps=np.zeros(lanes),
        joined_lag_s=np.zeros(phases * phases * lanes, np.uint8),
        asked_lag_s=np.zeros(phases * phases * lanes, np.uint8))


def plan_work(phases: int, lanes: int, horizon_s: int) -> PlanWork:
    """The planner's, for signals of at most so many phases and lanes."""
    row, pairs, wide = horizon_s + MARGIN, phases * phases, -(-lanes // VECTOR) * VECTOR

    def floats(*shape: int) -> FloatArray:
        return np.zeros(shape)

    return PlanWork(
        cost=floats(phases, row), key=floats(phases, row), done=floats(phases, row), origin=_ints(phases, row),
        first=_ints(phases, row), when=_ints(phases, row), departed=floats(phases, row, wide),
        leaving=floats(phases, wide, 2 * BLOCK), come=floats(wide, row), come_by_second=floats(row, wide),
        totals=floats(2, row), within=floats(row), rate=floats(phases + 1, wide), load=floats(wide), worth=floats(wide),
        due=floats(phases, wide), row=floats(wide), trial=floats(wide, BLOCK), block=floats(VECTOR, BLOCK),
        order=np.zeros((pairs, wide), np.uint16), greens=np.zeros(pairs, np.uint16),
        starts=np.zeros((pairs, wide), np.uint16), served=floats(pairs, wide))


def _ints(*shape: int) -> IntArray:
    return np.zeros(shape, dtype=np.int64)
