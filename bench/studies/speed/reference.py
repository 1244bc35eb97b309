"""To compare the planner with: itself in plain Python and in NumPy, and what a trained network has to compute."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from signal_core.kernels import planner as kernel
from signal_core.planning.planner import Planner
from signal_core.planning.work import PlanWork
from signal_core.settings import Settings
from signal_core.tables.arrays import CodeArray, FloatArray, IntArray

NEVER = 255


class Question(NamedTuple):
    """What the planner is asked, with P phases, L lanes and T seconds."""

    phase: int
    queue: FloatArray
    arrivals: FloatArray
    weight: FloatArray
    rate_now: FloatArray
    service: FloatArray
    best_vps: FloatArray
    lag: CodeArray
    stay: IntArray


def question(planner: Planner, i: int) -> Question:
    """The last question asked for signal i, which has to be the last signal decided."""
    tables, space, horizon = planner.tables, planner.work.space, planner.settings.horizon_s
    first, last = int(tables.lane_ptr[i]), int(tables.lane_ptr[i + 1])
    lanes, phases = last - first, int(tables.phase_ptr[i + 1] - tables.phase_ptr[i])
    lag = space.lag_s[:phases * phases * lanes].reshape(phases, phases, lanes)
    return Question(
        int(planner.estimator.signals.phase[i]), space.queue[:lanes].copy(), space.arrivals[:lanes, :horizon].copy().T,
        space.weight[:lanes].copy(), space.rate_now[:lanes].copy(), space.service[:phases, :lanes].copy(),
        tables.best_vps[first:last].copy(), lag.copy(), space.min_split_s[:phases, :phases].copy())


def compiled(asked: Question, work: PlanWork, settings: Settings, whole: bool = True) -> tuple[int, float]:
    """(phase, cost) by the kernel, called from Python; without a cost where not the whole horizon is wanted.

    work, settings: `kept`.
    """
    phases, lanes = asked.service.shape
    problem = kernel.Problem(asked.phase, phases, lanes, len(asked.arrivals), asked.queue, asked.arrivals.T, *asked[3:])
    found = kernel.plan(problem, work, settings, whole)
    return int(found.phase), float(found.cost)


class Network:
    """A decision as learned controllers take it: layers of 128, 64 and 64 numbers, one value per phase, the best wins.

    With made-up weights: what it decides means nothing, what it costs does not depend on that.
    """

    def __init__(self, inputs: int, phases: int) -> None:
        rng, sizes = np.random.Generator(np.random.PCG64(1)), (inputs, 128, 64, 64, phases)
        self._layers = [(rng.normal(size=(n, m)).astype(np.float32), np.zeros(m, dtype=np.float32))
                        for n, m in pairwise(sizes)]

    def decide(self, seen: NDArray[np.float32]) -> int:
        """The phase for what is seen, float32[inputs]."""
        for weight, bias in self._layers[:-1]:
            seen = np.maximum(seen @ weight + bias, 0.0)
        weight, bias = self._layers[-1]
        return int(np.argmax(seen @ weight + bias))


class _Label(NamedTuple):
    key: float
    cost: float
    queues: Any
    change: tuple[int, int] | None


def _decided(labels: dict[tuple[int, int], _Label], asked: Question, horizon: int) -> tuple[int, float]:
    """(phase to show, cost) from the labels at the horizon."""
    last = [labels[horizon, p] for p in range(len(asked.service)) if (horizon, p) in labels]
    best = min(last, key=lambda label: (label.key, label.change is not None and label.change[1] == 0))
    change = best.change
    return (change[0] if change is not None and change[1] == 0 else asked.phase), best.key


def _looked_at(t: int, horizon: int) -> bool:
    """Whether a change may begin at second t."""
    first = t - t % kernel.BLOCK
    return t < kernel.FINE_S or (first % (3 * kernel.BLOCK) == 0 and first < horizon - kernel.LATE_S)


def plain(asked: Question, settings: Settings) -> tuple[int, float]:
    """(phase, cost) in plain Python: lists and loops, second by second and lane by lane."""
    phases, lanes = asked.service.shape
    arrivals, weight, service = asked.arrivals.tolist(), asked.weight.tolist(), asked.service.tolist()
    rate_now, lag, stay = asked.rate_now.tolist(), asked.lag.tolist(), asked.stay.tolist()
    worth = [w / (2.0 * settings.terminal_share * s) for w, s in zip(weight, asked.best_vps.tolist(), strict=True)]
    horizon = settings.horizon_s
    labels = {(0, asked.phase): _Label(0.0, 0.0, asked.queue.tolist(), None)}

    def offer(t: int, p: int, cost: float, queues: list[float], change: tuple[int, int] | None) -> None:
        key = cost + sum(c * q * q for c, q in zip(worth, queues, strict=True))
        if (t, p) not in labels or key < labels[t, p].key:
            labels[t, p] = _Label(key, cost, queues, change)

    def through(t: int, end: int, q: float, k: int, rate: float, start: int) -> tuple[float, float]:
        spent = 0.0
        for u in range(t, end):
            q = max(q + arrivals[u][k] - (rate if u - t >= start else 0.0), 0.0)
            spent += q
        return q, spent

    for t in range(horizon):
        for p in range(phases):
            if (t, p) not in labels:
                continue
            label = labels[t, p]
            for b in range(phases) if _looked_at(t, horizon) else [p]:
                end = min(t + (stay[p][b] if b != p else 1), horizon)
                rest = t + stay[p][b] - end if b != p else 0
                rates, cost, queues = service[b], label.cost, []
                if b == p and label.change is None:
                    rates = rate_now
                for k in range(lanes):
                    start = 0 if b == p else lag[p][b][k]
                    late = settings.start_loss_s if start > 0 else 0
                    q, spent = through(t, end, label.queues[k], k, rates[k] if start != NEVER else 0.0, start + late)
                    queues.append(q)
                    cost += weight[k] * (spent + rest * q)
                offer(end, b, cost, queues, label.change if b == p else label.change or (b, t))
    return _decided(labels, asked, horizon)


def in_numpy(asked: Question, settings: Settings) -> tuple[int, float]:
    """(phase, cost) with NumPy: all changes from one label at once, [P, L] arrays, second by second."""
    phases, lanes = asked.service.shape
    worth = asked.weight / (2.0 * settings.terminal_share * asked.best_vps)
    start = np.where(asked.lag > 0, asked.lag.astype(np.int64) + settings.start_loss_s, 0)
    never, horizon = asked.lag == NEVER, settings.horizon_s
    labels = {(0, asked.phase): _Label(0.0, 0.0, asked.queue, None)}
    for t in range(horizon):
        for p in range(phases):
            if (t, p) not in labels:
                continue
            label = labels[t, p]
            rates = np.where(never[p], 0.0, asked.service)
            rates[p] = asked.rate_now if label.change is None else asked.service[p]
            begin, length = start[p].copy(), asked.stay[p].copy()
            begin[p], length[p] = 0, 1
            queues, spent = np.tile(label.queues, (phases, 1)), np.zeros((phases, lanes))
            for u in range(int(length.max())):
                if t + u < horizon:
                    after = np.maximum(queues + asked.arrivals[t + u] - np.where(u >= begin, rates, 0.0), 0.0)
                    queues = np.where((u < length)[:, None], after, queues)
                spent += np.where((u < length)[:, None], queues, 0.0)
            costs = label.cost + spent @ asked.weight
            keys = costs + (queues * queues) @ worth
            for b in [p, *(b for b in range(phases) if b != p and _looked_at(t, horizon))]:
                end = min(t + int(length[b]), horizon)
                if (end, b) not in labels or keys[b] < labels[end, b].key:
                    change = label.change if b == p else label.change or (b, t)
                    labels[end, b] = _Label(float(keys[b]), float(costs[b]), queues[b].copy(), change)
    return _decided(labels, asked, horizon)
