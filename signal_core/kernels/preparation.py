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
def fill_lanes(lanes, horizon, queue, arrivals, weight, best_vps, share, work):
    """Arrivals and the weights; returns (how many numbers are negative, a number that is finite if all are)."""
    negative, total = 0, 0.0
    for k in range(lanes):
        served = best_vps[k] > 0.0
        work.load[k] = weight[k] if served else 0.0  # what nobody serves costs the same whatever is done
        work.worth[k] = weight[k] / (2.0 * share * best_vps[k]) if served else 0.0
        negative += (queue[k] < 0.0) + (weight[k] < 0.0) + (best_vps[k] < 0.0)
        total += queue[k] + work.worth[k] + weight[k]
        coming, given = work.coming[k], arrivals[k]
        for t in range(horizon):
            coming[t] = given[t]
            negative += given[t] < 0.0
        for t in range(horizon, horizon + MARGIN):
            coming[t] = 0.0
    return negative, total


@inlined
def sum_up(lanes, horizon, work):
    """Cumulative arrivals, their sums, and both weighted over all lanes; returns a number finite if all are."""
    total, both, sums = 0.0, work.totals[0], work.totals[1]
    for t in range(horizon + MARGIN):
        both[t] = 0.0
        sums[t] = 0.0
    for k in range(0, lanes, 2):  # two lanes at a time, as each sum has to wait for the one before
        other = min(k + 1, lanes - 1)
        coming, arrived, summed = work.coming[k], work.arrived[k], work.summed[k]
        coming_too, arrived_too, summed_too = work.coming[other], work.arrived[other], work.summed[other]
        a, s, a_too, s_too = 0.0, 0.0, 0.0, 0.0
        for t in range(horizon + MARGIN):
            arrived[t], arrived_too[t] = a, a_too
            summed[t], summed_too[t] = s, s_too
            a += coming[t]
            a_too += coming_too[t]
            s += a
            s_too += a_too
        total += s + s_too
    for k in range(lanes):
        load, arrived, summed = work.load[k], work.arrived[k], work.summed[k]
        for t in range(horizon + MARGIN):
            both[t] += load * arrived[t]
            sums[t] += load * summed[t]
    return total


@inlined
def fill_net(row, lanes, horizon, rates, work):
    """Arrivals less discharge of every lane, from row `row` on; as `fill_lanes`."""
    negative, total = 0, 0.0
    for k in range(lanes):
        net, coming, rate = work.net[index(row + k)], work.coming[k], rates[k]
        negative += rate < 0.0
        total += rate
        for t in range(horizon):
            net[t] = coming[t] - rate
        for t in range(horizon, horizon + MARGIN):
            net[t] = 0.0
    return negative, total


@inlined
def sort_lanes(phases, lanes, service, lag, stay, settings, work):
    """For every change: the lanes that discharge during it, then the others; and when each starts."""
    for p in range(phases):
        for b in range(phases):
            pair, n, red = p * phases + b, 0, lanes
            for k in range(lanes):
                start = np.int64(lag[p, b, k])
                green = service[b, k] > 0.0 and start < min(stay[p, b], NEVER)
                if green or (settings.yellow_use_s > 0 and start != 0):
                    work.order[pair, n] = k
                    work.starts[pair, n] = start + settings.start_loss_s if start > 0 else 0
                    n += 1
                else:
                    red -= 1
                    work.order[pair, red] = k
            work.greens[pair] = n
