"""What the planner needs to know of arrivals and changes, whatever is decided: sums, net flows, who is served when."""

import numpy as np

from signal_core.kernels.compiled import inlined

NEVER = 255
BLOCK = 4
"""Labels that leave together."""
MARGIN = 2 * BLOCK + 1
"""Seconds kept beyond the horizon, so that blocks may reach over it; nothing arrives or leaves there."""

OK, BAD_INPUT, NOT_FINITE = 0, 1, 2


@inlined
def index(i):
    """The same number, known to the compiler as not negative: no wraparound to provide for."""
    return np.int64(np.uint32(i))


@inlined
def fill_lanes(lanes, wide, horizon, queue, arrivals, weight, best_vps, share, work):
    """Cumulative arrivals and the weights; returns (how many numbers are negative, a number finite if all are)."""
    negative, total = 0, 0.0
    for k in range(lanes):
        served = best_vps[k] > 0.0
        work.load[k] = weight[k] if served else 0.0  # what nobody serves costs the same whatever is done
        work.worth[k] = weight[k] / (2.0 * share * best_vps[k]) if served else 0.0
        negative += (queue[k] < 0.0) + (weight[k] < 0.0) + (best_vps[k] < 0.0)
        total += work.worth[k] + weight[k]
        coming = arrivals[k]
        for t in range(horizon):
            negative += coming[t] < 0.0
    for k in range(lanes, wide):
        work.load[k], work.worth[k] = 0.0, 0.0
    for k in range(0, wide, 4):  # beyond the last lane, it once more, without weight
        l1, l2, l3 = min(k + 1, lanes - 1), min(k + 2, lanes - 1), min(k + 3, lanes - 1)
        _accumulate(k, horizon, arrivals[k], arrivals[l1], arrivals[l2], arrivals[l3],
                    queue[k], queue[l1], queue[l2], queue[l3], work)
    return negative, total


@inlined
def _accumulate(k, horizon, n0, n1, n2, n3, a0, a1, a2, a3, work):
    """Who has come until each second, queues included, for lanes k .. k + 3 in both orders."""
    c0, c1, c2, c3, rows = work.come[k], work.come[k + 1], work.come[k + 2], work.come[k + 3], work.come_by_second
    for t in range(horizon):
        c0[t], c1[t], c2[t], c3[t] = a0, a1, a2, a3
        rows[t, k], rows[t, k + 1], rows[t, k + 2], rows[t, k + 3] = a0, a1, a2, a3
        a0, a1, a2, a3 = a0 + n0[t], a1 + n1[t], a2 + n2[t], a3 + n3[t]
    for t in range(horizon, horizon + MARGIN):
        c0[t], c1[t], c2[t], c3[t] = a0, a1, a2, a3
        rows[t, k], rows[t, k + 1], rows[t, k + 2], rows[t, k + 3] = a0, a1, a2, a3


@inlined
def sum_up(lanes, horizon, work):
    """Who has come, weighted over all lanes, and the sums of that; returns a number finite if all are."""
    total, both, sums = 0.0, work.totals[0], work.totals[1]
    for t in range(horizon + MARGIN):
        both[t] = 0.0
        work.within[t] = 1.0 if t < horizon else 0.0
    for k in range(lanes):
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
def fill_rates(phases, lanes, wide, rate_now, service, work):
    """Discharge of every lane in every phase, the present green's last; as `fill_lanes`."""
    negative, total = 0, 0.0
    for p in range(phases + 1):
        rates, row = service[p] if p < phases else rate_now, work.rate[p]
        for k in range(lanes):
            row[k] = rates[k]
            negative += rates[k] < 0.0
            total += rates[k]
        for k in range(lanes, wide):
            row[k] = 0.0
    return negative, total


@inlined
def sort_lanes(phases, lanes, wide, service, lag, stay, settings, work):
    """For every change: the lanes that discharge during it, when each starts, and the same as marks."""
    loss_s = settings.start_loss_s if settings.fixed_order == 0 else settings.order_loss_s
    for p in range(phases):
        for b in range(phases):
            pair, n = p * phases + b, 0
            served = work.served[pair]
            for k in range(wide):
                served[k] = 0.0
            for k in range(lanes):
                start = np.int64(lag[p, b, k])
                green = service[b, k] > 0.0 and start < min(stay[p, b], NEVER)
                if green or (settings.yellow_use_s > 0 and start != 0):
                    work.order[pair, n] = k
                    work.starts[pair, n] = start + loss_s if start > 0 else 0
                    served[k] = 1.0
                    n += 1
            work.greens[pair] = n


@inlined
def fill_due(phases, lanes, wide, best_vps, service, lag, stay, settings, work):
    """Where the order is fixed: the least seconds until each lane's green can come, told in vehicles.

    So many that `worth * queue * due` is that wait for everybody in the queue.
    """
    for p in range(phases):
        due = work.due[p]
        for k in range(wide):
            due[k] = 0.0
        for k in range(lanes if settings.fixed_order == 1 else 0):
            a, seconds = p, 0
            for _ in range(phases - 1 if service[p, k] == 0.0 else 0):
                b = a + 1 if a + 1 < phases else 0
                if service[b, k] > 0.0:
                    due[k] = 2.0 * settings.terminal_share * best_vps[k] * (seconds + lag[a, b, k])
                    break
                seconds += stay[a, b]
                a = b
