"""When to leave the present phase, and for which: a dynamic programme over (second, phase).

A label is the best way found to be in a phase, free to leave it, at a second of the horizon; it carries the queues
it has led to. Labels of one second and phase are compared by cost so far plus what their queues will still cost:
by cost alone, a label that spent time emptying queues would lose to one that did nothing (see docs/control.md).
Of equal ones the label without any change stays, then the one offered from the earliest second, then from the lowest
phase; at the end, the one that changes nothing now.

What makes it fast (docs/speed.md): cumulative arrivals and their sums give a lane on red its cost in one step, only
lanes that turn green are followed second by second, and the labels of BLOCK seconds leave together: no change ends
sooner, or it is looked at alone.
"""

from typing import NamedTuple

import numpy as np

from signal_core.kernels.compiled import inlined, kernel
from signal_core.kernels.preparation import (
    BAD_INPUT,
    BLOCK,
    MARGIN,
    NEVER,
    NOT_FINITE,
    OK,
    fill_lanes,
    fill_net,
    index,
    sort_lanes,
    sum_up,
)

__all__ = ["BAD_INPUT", "BLOCK", "MARGIN", "NEVER", "NOT_FINITE", "OK", "Plan", "may_follow", "plan"]

LONGEST = 1 << 30


class Plan(NamedTuple):
    """`phase` to show from now on; `start_s`: seconds until the present one is to be left, 0 for never or now.

    status: OK; BAD_INPUT, a negative number; NOT_FINITE, a number is not finite or the cost is not. Without OK the
    present phase is kept and the cost is infinite.
    """

    phase: int
    start_s: int
    cost: float
    status: int


@inlined
def _reset(phase, phases, lanes, horizon, queue, work):
    """No label but the present one."""
    for p in range(phases):
        for t in range(horizon + MARGIN):
            work.key[p, t] = np.inf
            work.cost[p, t] = np.inf
            work.origin[p, t] = -1
    waiting = 0.0
    for k in range(lanes):
        work.queues[phase * lanes + k, 0] = queue[k]
        waiting += work.load[k] * queue[k]
    work.waiting[phase, 0] = waiting
    _take(phase, 0, 0.0, 0.0, -1, -1, 0, work)


@inlined
def _take(p, t, cost, key, origin, first, when, work):
    work.cost[p, t] = cost
    work.key[p, t] = key
    work.origin[p, t] = origin
    work.first[p, t] = first
    work.when[p, t] = when


@inlined
def _settle(p, t, phases, lanes, work):
    """Queues on red of a label that came to stay by a change; those that were served are there already."""
    if work.first[p, t] < 0:
        return
    origin, of = np.uint32(work.origin[p, t]), np.uint32(phases)
    i, before = index(origin // of), index(origin % of)
    if before == p:
        return
    own, target, pair, waiting = index(before * lanes), index(p * lanes), index(before * phases + p), 0.0
    n = np.int64(work.greens[pair])
    for e in range(n, lanes):
        k = np.int64(work.order[pair, e])
        q = work.queues[own + k, i] + (work.arrived[k, t] - work.arrived[k, i])
        work.queues[target + k, t] = q
        waiting += work.load[k] * q
    for e in range(n):
        k = np.int64(work.order[pair, e])
        waiting += work.load[k] * work.queues[target + k, t]
    work.waiting[p, t] = waiting


@inlined
def _stay(p, t, phases, lanes, work):
    """Offer the label of p at t, which is final now, another second of its green."""
    _settle(p, t, phases, lanes, work)
    own = index(p * lanes)
    net = index((phases if work.first[p, t] < 0 else p) * lanes)
    spent, worth = 0.0, 0.0
    for k in range(lanes):
        q = work.queues[own + k, t] + work.net[net + k, t]
        q = q if q > 0.0 else 0.0
        work.trial[k, 0] = q
        spent += work.load[k] * q
        worth += work.worth[k] * q * q
    cost = work.cost[p, t] + spent
    key, origin = cost + worth, (-1 if work.first[p, t] < 0 else t * phases + p)
    if key < work.key[p, t + 1] or (key == work.key[p, t + 1] and origin < work.origin[p, t + 1]):
        for k in range(lanes):
            work.queues[own + k, t + 1] = work.trial[k, 0]
        work.waiting[p, t + 1] = spent
        _take(p, t + 1, cost, key, origin, work.first[p, t], work.when[p, t], work)


@inlined
def _all_red(p, t, h, seconds, rest, work):
    """Cost of four labels if every lane were on red until h and `rest` seconds more, of `seconds` altogether."""
    cost, waiting, a, s = work.cost[p], work.waiting[p], work.totals[0], work.totals[1]
    return (cost[t] + seconds * waiting[t] + (s[h] - s[t] + rest * a[h] - seconds * a[t]),
            cost[t + 1] + seconds * waiting[t + 1] + (s[h + 1] - s[t + 1] + rest * a[h + 1] - seconds * a[t + 1]),
            cost[t + 2] + seconds * waiting[t + 2] + (s[h + 2] - s[t + 2] + rest * a[h + 2] - seconds * a[t + 2]),
            cost[t + 3] + seconds * waiting[t + 3] + (s[h + 3] - s[t + 3] + rest * a[h + 3] - seconds * a[t + 3]))


@inlined
def _all_red_worth(p, t, h, lanes, work):
    """What every lane's queue is worth at h after red, for four labels, into work.red, and their sums."""
    own, total = index(p * lanes), work.block[2]
    v0, v1, v2, v3 = 0.0, 0.0, 0.0, 0.0
    for k in range(lanes):
        q, a, c, red = work.queues[own + k], work.arrived[k], work.worth[k], work.red[k]
        x0 = q[t] + (a[h] - a[t])
        x1 = q[t + 1] + (a[h + 1] - a[t + 1])
        x2 = q[t + 2] + (a[h + 2] - a[t + 2])
        x3 = q[t + 3] + (a[h + 3] - a[t + 3])
        x0, x1, x2, x3 = c * x0 * x0, c * x1 * x1, c * x2 * x2, c * x3 * x3
        red[0], red[1], red[2], red[3] = x0, x1, x2, x3
        v0, v1, v2, v3 = v0 + x0, v1 + x1, v2 + x2, v3 + x3
    total[0], total[1], total[2], total[3] = v0, v1, v2, v3


@inlined
def _serve(first, last, net, x0, x1, x2, x3):
    """Four queues at consecutive seconds, served from `first` to `last`; returns them and their sums."""
    y0, y1, y2, y3 = 0.0, 0.0, 0.0, 0.0
    for u in range(first, last):
        i = index(u)
        x0 += net[i]
        x1 += net[i + 1]
        x2 += net[i + 2]
        x3 += net[i + 3]
        x0 = x0 if x0 > 0.0 else 0.0
        x1 = x1 if x1 > 0.0 else 0.0
        x2 = x2 if x2 > 0.0 else 0.0
        x3 = x3 if x3 > 0.0 else 0.0
        y0 += x0
        y1 += x1
        y2 += x2
        y3 += x3
    return x0, x1, x2, x3, y0, y1, y2, y3


@inlined
def _use_yellow(p, k, t, last, phases, lanes, j, q, work):
    """Queue j of a block served until `last` as before the change; returns it and its sum."""
    net = work.net[index((phases if work.first[p, t + j] < 0 else p) * lanes + k)]
    spent = 0.0
    for u in range(t, last):
        q = max(q + net[index(u + j)], 0.0)
        spent += q
    return q, spent


@inlined
def _follow(p, b, t, h, k, start, yellow, seconds, rest, phases, lanes, work):
    """Four labels' queues of lane k, which discharges during the change, into work.trial.

    Returns what that costs more than red, and how much more the queues are worth.
    """
    q, a, s, x = work.queues[index(p * lanes + k)], work.arrived[k], work.summed[k], work.trial[k]
    g = index(min(t + start, h))
    z0, z1, z2, z3 = q[t] - a[t], q[t + 1] - a[t + 1], q[t + 2] - a[t + 2], q[t + 3] - a[t + 3]
    on_red = seconds - float(g - t)
    r0 = s[g] - s[h] - on_red * z0 - rest * a[h]
    r1 = s[g + 1] - s[h + 1] - on_red * z1 - rest * a[h + 1]
    r2 = s[g + 2] - s[h + 2] - on_red * z2 - rest * a[h + 2]
    r3 = s[g + 3] - s[h + 3] - on_red * z3 - rest * a[h + 3]
    if yellow > 0 and start > 0:
        i = index(min(t + yellow, h))
        g = max(g, i)
        wait = float(g - i)
        x0, y0 = _use_yellow(p, k, t, i, phases, lanes, 0, q[t], work)
        x1, y1 = _use_yellow(p, k, t, i, phases, lanes, 1, q[t + 1], work)
        x2, y2 = _use_yellow(p, k, t, i, phases, lanes, 2, q[t + 2], work)
        x3, y3 = _use_yellow(p, k, t, i, phases, lanes, 3, q[t + 3], work)
        r0 = y0 + wait * (x0 - a[i]) + s[g] - s[i] - (seconds * z0 + s[h] - s[t] + rest * a[h])
        r1 = y1 + wait * (x1 - a[i + 1]) + s[g + 1] - s[i + 1] - (seconds * z1 + s[h + 1] - s[t + 1] + rest * a[h + 1])
        r2 = y2 + wait * (x2 - a[i + 2]) + s[g + 2] - s[i + 2] - (seconds * z2 + s[h + 2] - s[t + 2] + rest * a[h + 2])
        r3 = y3 + wait * (x3 - a[i + 3]) + s[g + 3] - s[i + 3] - (seconds * z3 + s[h + 3] - s[t + 3] + rest * a[h + 3])
        z0, z1, z2, z3 = x0 - a[i], x1 - a[i + 1], x2 - a[i + 2], x3 - a[i + 3]
    x0, x1, x2, x3, y0, y1, y2, y3 = _serve(g, h, work.net[index(b * lanes + k)],
                                            z0 + a[g], z1 + a[g + 1], z2 + a[g + 2], z3 + a[g + 3])
    x[0] = x0
    x[1] = x1
    x[2] = x2
    x[3] = x3
    w, c, red = work.load[k], work.worth[k], work.red[k]
    return (w * (r0 + y0 + rest * x0), w * (r1 + y1 + rest * x1), w * (r2 + y2 + rest * x2), w * (r3 + y3 + rest * x3),
            c * x0 * x0 - red[0], c * x1 * x1 - red[1], c * x2 * x2 - red[2], c * x3 * x3 - red[3])


@inlined
def _leave(p, b, t, width, phases, lanes, horizon, stay, yellow, work):
    """Offer b the labels of p at seconds t .. t + width - 1."""
    t, p, b, lanes = index(t), index(p), index(b), index(lanes)
    h = index(min(t + stay, horizon))
    pair, seconds, rest = index(p * phases + b), float(stay), float(t + stay - h)
    n = np.int64(work.greens[pair])
    s0, s1, s2, s3 = _all_red(p, t, h, seconds, rest, work)
    total = work.block[2]
    v0, v1, v2, v3 = total[0], total[1], total[2], total[3]
    for e in range(n):
        k, start = np.int64(work.order[pair, e]), np.int64(work.starts[pair, e])
        d0, d1, d2, d3, c0, c1, c2, c3 = _follow(p, b, t, h, k, start, yellow, seconds, rest, phases, lanes, work)
        s0, s1, s2, s3 = s0 + d0, s1 + d1, s2 + d2, s3 + d3
        v0, v1, v2, v3 = v0 + c0, v1 + c1, v2 + c2, v3 + c3
    cost, key = work.block[0], work.block[1]
    cost[0], cost[1], cost[2], cost[3] = s0, s1, s2, s3
    key[0], key[1], key[2], key[3] = s0 + v0, s1 + v1, s2 + v2, s3 + v3
    for j in range(width):
        i = t + j
        end = index(min(i + stay, horizon))
        if key[j] > work.key[b, end]:
            continue
        origin = i * phases + p
        if key[j] < work.key[b, end] or origin < work.origin[b, end]:
            if end < horizon:
                for e in range(n):
                    k = np.int64(work.order[pair, e])
                    work.queues[index(b * lanes + k), end] = work.trial[k, j]
            first, when = work.first[p, i], work.when[p, i]
            if first < 0:
                first, when = b, i
            _take(b, end, cost[j], key[j], origin, first, when, work)


@inlined
def may_follow(p, b, phases, settings):
    """True where phase b may come after phase p."""
    return b != p and (settings.fixed_order == 0 or b == p + 1 or b == p + 1 - phases)


@inlined
def _leave_all(t, width, least, most, phases, lanes, horizon, stay, yellow, work, settings):
    """All changes from the labels of seconds t .. t + width - 1 that take `least` to `most` seconds."""
    for p in range(phases):
        cost = work.cost[p]
        if min(min(cost[t], cost[t + 1]), min(cost[t + 2], cost[t + 3])) == np.inf:
            continue
        known = -1
        for b in range(phases):
            if may_follow(p, b, phases, settings) and least <= stay[p, b] <= most:
                h = index(min(t + stay[p, b], horizon))
                if h != known:
                    _all_red_worth(index(p), index(t), h, index(lanes), work)
                    known = h
                _leave(p, b, t, width, phases, lanes, horizon, stay[p, b], yellow, work)


@inlined
def _prepare(phase, phases, lanes, horizon, queue, arrivals, weight, rate_now, service, best_vps, lag, stay,
             work, settings):
    """Everything that does not depend on labels; returns a status."""
    negative, total = fill_lanes(lanes, horizon, queue, arrivals, weight, best_vps, settings.terminal_share, work)
    total += sum_up(lanes, horizon, work)
    for p in range(phases + 1):
        rates = service[p] if p < phases else rate_now
        below, rate = fill_net(p * lanes, lanes, horizon, rates, work)
        negative, total = negative + below, total + rate
    if not np.isfinite(total):
        return NOT_FINITE
    if negative > 0:
        return BAD_INPUT
    sort_lanes(phases, lanes, service, lag, stay, settings, work)
    _reset(phase, phases, lanes, horizon, queue, work)
    return OK


@inlined
def _best(phase, phases, horizon, work):
    """The best label at the horizon; of equal ones one that leaves the present phase alone for now."""
    best, chosen, start = np.inf, -1, 0
    for p in range(phases):
        key, first, when = work.key[p, horizon], work.first[p, horizon], work.when[p, horizon]
        leaves_now, waits = chosen >= 0 and start == 0, first < 0 or when > 0
        if key < best or (key == best and leaves_now and waits):
            best, chosen, start = key, first, when
    if best == np.inf:
        return Plan(phase, 0, best, NOT_FINITE)
    if chosen < 0 or start > 0:
        return Plan(phase, start, best, OK)
    return Plan(chosen, 0, best, OK)


@kernel
def plan(phase, phases, lanes, horizon, queue, arrivals, weight, rate_now, service, best_vps, lag, stay,
         work, settings):
    """Decide for a signal that may leave `phase` now; returns a Plan. Never raises, allocates nothing.

    queue, weight, rate_now, best_vps: float[lanes], rate_now what the present green really discharges;
    arrivals: float[lanes, horizon or more]; service: float[phases, lanes]; lag: uint8[phases, phases, lanes];
    stay: int[phases, phases], 1 or more, seconds from the change to the end of the shortest green; work: PlanWork.
    """
    status = _prepare(phase, phases, lanes, horizon, queue, arrivals, weight, rate_now, service, best_vps, lag, stay,
                      work, settings)
    if status != OK:
        return Plan(phase, 0, np.inf, status)
    yellow = settings.yellow_use_s
    short = False
    for p in range(phases):
        for b in range(phases):
            short |= p != b and stay[p, b] < BLOCK
    for t in range(horizon):
        for p in range(phases):
            if work.cost[p, t] < np.inf:
                _stay(p, t, phases, lanes, work)
        for alone in range(2):
            if alone == 1:
                first, least, most = t, 0, BLOCK - 1
            else:
                first, least, most = t // BLOCK * BLOCK, BLOCK, LONGEST
            if (short if alone == 1 else t + 1 == min(first + BLOCK, horizon)):
                _leave_all(first, t + 1 - first, least, most, phases, lanes, horizon, stay, yellow, work, settings)
    return _best(phase, phases, horizon, work)
