"""What is asked of the planner, and what is the same whatever is decided: sums, and which lane is served when."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from signal_core.kernels.codes import NEVER
from signal_core.kernels.compiled import inlined

BLOCK = 4
"""Labels that leave together."""
MARGIN = 2 * BLOCK + 1
"""Seconds kept beyond the horizon, so that blocks may reach over it; nothing arrives or leaves there."""

OK, BAD_INPUT, NOT_FINITE = 0, 1, 2


class Problem(NamedTuple):
    """What the planner is asked for one signal that may leave `phase` now: P phases, L lanes; arrays may be larger.

    queue: float[L], vehicles; arrivals: float[L, horizon], per second; weight: float[L], what a second of waiting
    counts. rate_now_vps: float[L], what the present green really discharges; service_vps: float[P, L], what the green
    of each phase does; best_vps: float[L], the most of a lane. lag_s: uint8[P, P, L], seconds from leaving a phase for
    another until a lane has green, NEVER for none; min_split_s: int64[P, P], until that other one may be left, 1 at
    least.
    """

    phase: int
    n_phases: int
    n_lanes: int
    horizon_s: int
    queue: NDArray[np.float64]
    arrivals: NDArray[np.float64]
    weight: NDArray[np.float64]
    rate_now_vps: NDArray[np.float64]
    service_vps: NDArray[np.float64]
    best_vps: NDArray[np.float64]
    lag_s: NDArray[np.uint8]
    min_split_s: NDArray[np.int64]


@inlined
def index(i):
    """The same number, known to the compiler as not negative: no wraparound to provide for."""
    return np.int64(np.uint32(i))


@inlined
def fill_lanes(problem, wide, share, work):
    """Cumulative arrivals and the weights; returns (how many numbers are negative, a number finite if all are)."""
    n_lanes, horizon, queue, arrivals = problem.n_lanes, problem.horizon_s, problem.queue, problem.arrivals
    weight, best_vps = problem.weight, problem.best_vps
    negative, total = 0, 0.0
    for k in range(n_lanes):
        served = best_vps[k] > 0.0
        work.load[k] = weight[k] if served else 0.0  # what nobody serves costs the same whatever is done
        work.worth[k] = weight[k] / (2.0 * share * best_vps[k]) if served else 0.0
        negative += (queue[k] < 0.0) + (weight[k] < 0.0) + (best_vps[k] < 0.0)
        total += work.worth[k] + weight[k]
        coming = arrivals[k]
        for t in range(horizon):
            negative += coming[t] < 0.0
    for k in range(n_lanes, wide):
        work.load[k], work.worth[k] = 0.0, 0.0
    for k in range(0, wide, 4):  # beyond the last lane, it once more, without weight
        l1, l2, l3 = min(k + 1, n_lanes - 1), min(k + 2, n_lanes - 1), min(k + 3, n_lanes - 1)
        _accumulate(k, horizon, arrivals[k], arrivals[l1], arrivals[l2], arrivals[l3],
                    queue[k], queue[l1], queue[l2], queue[l3], work)
    return negative, total


@inlined
def _accumulate(k, horizon, n0, n1, n2, n3, a0, a1, a2, a3, work):
    """Vehicles that have come until each second, queues included, for lanes k .. k + 3 in both orders."""
    c0, c1, c2, c3, rows = work.come[k], work.come[k + 1], work.come[k + 2], work.come[k + 3], work.come_by_second
    for t in range(horizon):
        c0[t], c1[t], c2[t], c3[t] = a0, a1, a2, a3
        rows[t, k], rows[t, k + 1], rows[t, k + 2], rows[t, k + 3] = a0, a1, a2, a3
        a0, a1, a2, a3 = a0 + n0[t], a1 + n1[t], a2 + n2[t], a3 + n3[t]
    for t in range(horizon, horizon + MARGIN):
        c0[t], c1[t], c2[t], c3[t] = a0, a1, a2, a3
        rows[t, k], rows[t, k + 1], rows[t, k + 2], rows[t, k + 3] = a0, a1, a2, a3


@inlined
def sum_up(problem, work):
    """Vehicles that have come, weighted over all lanes, and the sums of that; returns a number finite if all are."""
    n_lanes, horizon = problem.n_lanes, problem.horizon_s
    total, both, sums = 0.0, work.totals[0], work.totals[1]
    for t in range(horizon + MARGIN):
        both[t] = 0.0
        work.within[t] = 1.0 if t < horizon else 0.0
    for k in range(n_lanes):
        load, come = work.load[k], work.come[k]
        total += come[horizon]
        for t in range(horizon + MARGIN):
            both[t] += load * come[t]
    s = 0.0
    sums[0] = 0.0
    for t in range(1, horizon + MARGIN):
        s += both[t]
        sums[t] = s
    return total + s


@inlined
def fill_rates(problem, wide, work):
    """Discharge of every lane in every phase, the present green's last; as `fill_lanes`."""
    n_phases, n_lanes = problem.n_phases, problem.n_lanes
    negative, total = 0, 0.0
    for p in range(n_phases + 1):
        rates, row = problem.service_vps[p] if p < n_phases else problem.rate_now_vps, work.rate[p]
        for k in range(n_lanes):
            row[k] = rates[k]
            negative += rates[k] < 0.0
            total += rates[k]
        for k in range(n_lanes, wide):
            row[k] = 0.0
    return negative, total


@inlined
def sort_lanes(problem, wide, settings, work):
    """For every change: the lanes that discharge during it, when each starts, and the same as marks."""
    n_phases, n_lanes, lag_s, split_s = problem.n_phases, problem.n_lanes, problem.lag_s, problem.min_split_s
    loss_s = settings.start_loss_s if settings.fixed_order == 0 else settings.order_loss_s
    for p in range(n_phases):
        for b in range(n_phases):
            pair, n = p * n_phases + b, 0
            served = work.served[pair]
            for k in range(wide):
                served[k] = 0.0
            for k in range(n_lanes):
                start = np.int64(lag_s[p, b, k])
                green = problem.service_vps[b, k] > 0.0 and start < min(split_s[p, b], NEVER)
                if green or (settings.yellow_use_s > 0 and start != 0):
                    work.order[pair, n] = k
                    work.starts[pair, n] = start + loss_s if start > 0 else 0
                    served[k] = 1.0
                    n += 1
            work.greens[pair] = n


@inlined
def fill_due(problem, wide, settings, work):
    """Where the order is fixed: the least seconds until each lane's green can come, told in vehicles.

    So many that `worth * queue * due` is that wait for everybody in the queue.
    """
    n_phases, n_lanes, service = problem.n_phases, problem.n_lanes, problem.service_vps
    for p in range(n_phases):
        due = work.due[p]
        for k in range(wide):
            due[k] = 0.0
        for k in range(n_lanes if settings.fixed_order == 1 else 0):
            a, seconds = p, 0
            for _ in range(n_phases - 1 if service[p, k] == 0.0 else 0):
                b = a + 1 if a + 1 < n_phases else 0
                if service[b, k] > 0.0:
                    due[k] = 2.0 * settings.terminal_share * problem.best_vps[k] * (seconds + problem.lag_s[a, b, k])
                    break
                seconds += problem.min_split_s[a, b]
                a = b
