"""When to leave the present phase, and for which: a dynamic programme over (second, phase).

A label is the best way found to be in a phase, free to leave it, at a second of the horizon; it carries the queues
it has led to. Labels of one second and phase are compared by cost so far plus what their queues will still cost:
by cost alone, a label that spent time emptying queues would lose to one that did nothing (see docs/control.md).
"""

import numpy as np
from numba import njit

NEVER = 255


@njit(cache=True, inline="always")
def _to_come(queue, weight, best_vps, lanes, share):
    """What queues will cost beyond the horizon when served `share` of the time: sum of w q^2 / (2 s share)."""
    total = 0.0
    for k in range(lanes):
        total += weight[k] * queue[k] * queue[k] / (2.0 * share * best_vps[k])
    return total


@njit(cache=True)
def _hold(source, target, t, seconds, rate, arrivals, weight, lanes):
    """Serve at constant `rate` for `seconds` from second t; return the cost."""
    cost = 0.0
    for k in range(lanes):
        q, spent = source[k], 0.0
        for u in range(t, t + seconds):
            q = max(q + arrivals[u, k] - rate[k], 0.0)
            spent += q
        target[k] = q
        cost += spent * weight[k]
    return cost


@njit(cache=True)
def _change(source, target, t, seconds, rate_from, rate_to, lag, arrivals, weight, lanes, start_loss, yellow_use):
    """Leave one phase for another: each lane stops after its yellow and starts after its own lag; return the cost."""
    cost = 0.0
    for k in range(lanes):
        q, spent = source[k], 0.0
        starts = np.int64(lag[k])
        if starts != NEVER and starts > 0:
            starts += start_loss
        stops = yellow_use if starts != 0 else 0
        for u in range(seconds):
            served = 0.0
            if u < stops:
                served = rate_from[k]
            elif u >= starts and starts != NEVER:
                served = rate_to[k]
            q = max(q + arrivals[t + u, k] - served, 0.0)
            spent += q
        target[k] = q
        cost += spent * weight[k]
    return cost


@njit(cache=True)
def plan(phase, phases, lanes, horizon, queue, arrivals, weight, rate_now, service, best_vps, lag, stay,
         work, settings):
    """Return (phase to show, seconds until it is to start, predicted cost) for a signal that may leave `phase` now.

    queue, weight, rate_now, best_vps: float[lanes], rate_now what the present green really discharges;
    arrivals: float[horizon + 256, lanes]; service: float[phases, lanes]; lag: uint8[phases, phases, lanes];
    stay: [phases, phases], seconds from the change to the end of the shortest green; work: PlanWork.
    """
    cost, queues, first, when = work.cost, work.queues, work.first, work.when
    for t in range(horizon + 1):
        for p in range(phases):
            cost[t, p] = np.inf
            work.key[t, p] = np.inf
    cost[0, phase] = 0.0
    work.key[0, phase] = 0.0
    first[0, phase] = -1
    when[0, phase] = 0
    for k in range(lanes):
        queues[0, phase, k] = queue[k]
    for t in range(horizon):
        for p in range(phases):
            if cost[t, p] == np.inf:
                continue
            held = first[t, p] < 0
            rate = rate_now if held else service[p]
            here = queues[t, p]
            spent = cost[t, p] + _hold(here, work.trial, t, 1, rate, arrivals, weight, lanes)
            _offer(work, t + 1, p, spent, lanes, weight, best_vps, first[t, p], when[t, p], settings.terminal_share)
            for b in range(phases):
                if b == p:
                    continue
                seconds = stay[p, b]
                end = min(t + seconds, horizon)
                spent = cost[t, p] + _change(here, work.trial, t, end - t, rate, service[b], lag[p, b], arrivals, weight,
                                             lanes, settings.start_loss_s, settings.yellow_use_s)
                short = t + seconds - end
                if short > 0:
                    for k in range(lanes):
                        spent += short * weight[k] * work.trial[k]
                _offer(work, end, b, spent, lanes, weight, best_vps, b if held else first[t, p],
                       t if held else when[t, p], settings.terminal_share)
    best, chosen, start = np.inf, phase, 0
    for p in range(phases):
        if work.key[horizon, p] < best:
            best = work.key[horizon, p]
            chosen = first[horizon, p]
            start = when[horizon, p]
    if chosen < 0 or start > 0:
        return phase if start > 0 or chosen < 0 else chosen, start, best
    return chosen, 0, best


@njit(cache=True)
def _offer(work, t, p, spent, lanes, weight, best_vps, first, when, share):
    """Keep the trial as the label of (t, p) if it is better than the one there."""
    key = spent + _to_come(work.trial, weight, best_vps, lanes, share)
    if key < work.key[t, p]:
        work.key[t, p] = key
        work.cost[t, p] = spent
        work.first[t, p] = first
        work.when[t, p] = when
        for k in range(lanes):
            work.queues[t, p, k] = work.trial[k]
