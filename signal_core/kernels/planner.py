"""When to leave the present phase, and for which: a dynamic programme over (second, phase).

A label is the best way found to be in a phase, free to leave it, at a second of the horizon; it carries the queues
it has led to. Labels of one second and phase are compared by cost so far plus what their queues will still cost:
by cost alone, a label that spent time emptying queues would lose to one that did nothing. In a fixed order a queue
on red costs its seconds until green can come, too: a whole cycle may have to pass before.
Of equal ones the label without any change stays, then the one offered from the earliest second, then from the lowest
phase; at the end, the one that changes nothing now.

A lane is two curves: vehicles that have come until a second, queue at the start included, and that have departed. On
red the second stays where it is; on green it rises by the rate, up to the first. So what red costs is the weighted
area under the first curve, the same for all labels, less departures times seconds, and a lane that turns green adds
only what departs from it. The labels of BLOCK seconds leave together: no change ends sooner, or it is looked at
alone. What is planned for later is planned anew before it comes, so there fewer seconds are looked at.

Only what is done now is ever done: once all labels from which others can still come agree on it, nothing that follows
can change it, and without a question for the cost that is the answer.
"""

from typing import NamedTuple

import numpy as np

from signal_core.kernels.compiled import inlined, kernel
from signal_core.kernels.preparation import (
    BAD_INPUT,
    BLOCK,
    MARGIN,
    NOT_FINITE,
    OK,
    Problem,
    fill_due,
    fill_lanes,
    fill_rates,
    index,
    sort_lanes,
    sum_up,
)

__all__ = ["BAD_INPUT", "BLOCK", "MARGIN", "NOT_FINITE", "OK", "Plan", "Problem", "may_follow", "plan"]

LONGEST = 1 << 30
"""Seconds: longer than any change."""
FINE_S = 20
"""Up to here every second is looked at; all is planned anew before the later ones come."""
COST_BOUND = 1e300
"""A bound on costs that is far enough from the largest number for sums of a few."""
LATE_S = 12
"""A change that begins this close to the horizon serves hardly anybody before it."""


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
def _reset(problem, wide, work):
    """No label but the present one; nobody has left yet."""
    phase = problem.phase
    for p in range(problem.n_phases):
        for t in range(problem.horizon_s + MARGIN):
            work.key[p, t] = np.inf
            work.cost[p, t] = np.inf
            work.origin[p, t] = -1
    for k in range(wide):
        work.departed[phase, 0, k] = 0.0
    _take(phase, 0, 0.0, 0.0, 0.0, -1, -1, 0, work)


@inlined
def _take(p, t, cost, key, done, origin, first, when, work):
    work.cost[p, t] = cost
    work.key[p, t] = key
    work.done[p, t] = done
    work.origin[p, t] = origin
    work.first[p, t] = first
    work.when[p, t] = when


@inlined
def settle(p, t, n_phases, wide, work):
    """A label that is final: lanes that were on red in the change that led to it, and a copy to leave from."""
    own, leaving, slot = work.departed[p, t], work.leaving[p], index(t % BLOCK)
    if work.first[p, t] >= 0:
        origin, of = np.uint32(work.origin[p, t]), np.uint32(n_phases)
        i, before = index(origin // of), index(origin % of)
        if before != p:
            source, served = work.departed[before, i], work.served[before * n_phases + p]
            for k in range(0, wide, 4):
                x0 = own[k] if served[k] > 0.0 else source[k]
                x1 = own[k + 1] if served[k + 1] > 0.0 else source[k + 1]
                x2 = own[k + 2] if served[k + 2] > 0.0 else source[k + 2]
                x3 = own[k + 3] if served[k + 3] > 0.0 else source[k + 3]
                own[k], own[k + 1], own[k + 2], own[k + 3] = x0, x1, x2, x3
    for k in range(0, wide, 4):
        x0, x1, x2, x3 = own[k], own[k + 1], own[k + 2], own[k + 3]
        leaving[k, slot], leaving[k + 1, slot], leaving[k + 2, slot], leaving[k + 3, slot] = x0, x1, x2, x3


@inlined
def stay_on(p, t, n_phases, wide, work):
    """Offer the label of p at t, which is final now, another second of its green."""
    settle(p, t, n_phases, wide, work)
    own, come, trial = work.departed[p, t], work.come_by_second[t + 1], work.row
    rate, due = work.rate[n_phases if work.first[p, t] < 0 else p], work.due[p]
    y0, y1, y2, y3 = 0.0, 0.0, 0.0, 0.0
    v0, v1, v2, v3 = 0.0, 0.0, 0.0, 0.0
    for k in range(0, wide, 4):
        a0, a1, a2, a3 = come[k], come[k + 1], come[k + 2], come[k + 3]
        x0, x1, x2, x3 = own[k] + rate[k], own[k + 1] + rate[k + 1], own[k + 2] + rate[k + 2], own[k + 3] + rate[k + 3]
        x0 = x0 if x0 < a0 else a0
        x1 = x1 if x1 < a1 else a1
        x2 = x2 if x2 < a2 else a2
        x3 = x3 if x3 < a3 else a3
        trial[k], trial[k + 1], trial[k + 2], trial[k + 3] = x0, x1, x2, x3
        w0, w1, w2, w3 = work.load[k], work.load[k + 1], work.load[k + 2], work.load[k + 3]
        c0, c1, c2, c3 = work.worth[k], work.worth[k + 1], work.worth[k + 2], work.worth[k + 3]
        a0, a1, a2, a3 = a0 - x0, a1 - x1, a2 - x2, a3 - x3
        y0, y1, y2, y3 = y0 + w0 * x0, y1 + w1 * x1, y2 + w2 * x2, y3 + w3 * x3
        c0, c1, c2, c3 = c0 * (a0 + due[k]), c1 * (a1 + due[k + 1]), c2 * (a2 + due[k + 2]), c3 * (a3 + due[k + 3])
        v0, v1, v2, v3 = v0 + c0 * a0, v1 + c1 * a1, v2 + c2 * a2, v3 + c3 * a3
    done, value = work.block[0], work.block[1]
    done[0], done[1], done[2], done[3] = y0, y1, y2, y3
    value[0], value[1], value[2], value[3] = v0, v1, v2, v3
    gone = (done[0] + done[1]) + (done[2] + done[3])
    cost = work.cost[p, t] + (work.totals[0, t + 1] - gone)
    key = cost + ((value[0] + value[1]) + (value[2] + value[3]))
    origin = -1 if work.first[p, t] < 0 else t * n_phases + p
    if key < work.key[p, t + 1] or (key == work.key[p, t + 1] and origin < work.origin[p, t + 1]):
        after = work.departed[p, t + 1]
        for k in range(0, wide, 4):
            after[k], after[k + 1], after[k + 2], after[k + 3] = trial[k], trial[k + 1], trial[k + 2], trial[k + 3]
        _take(p, t + 1, cost, key, gone, origin, work.first[p, t], work.when[p, t], work)


@inlined
def _all_red(p, t, h, seconds, rest, work):
    """Cost of four labels if every lane were on red until h and `rest` seconds more, of `seconds` altogether."""
    cost, done, a, s = work.cost[p], work.done[p], work.totals[0], work.totals[1]
    return (cost[t] + (s[h] - s[t] + rest * a[h] - seconds * done[t]),
            cost[t + 1] + (s[h + 1] - s[t + 1] + rest * a[h + 1] - seconds * done[t + 1]),
            cost[t + 2] + (s[h + 2] - s[t + 2] + rest * a[h + 2] - seconds * done[t + 2]),
            cost[t + 3] + (s[h + 3] - s[t + 3] + rest * a[h + 3] - seconds * done[t + 3]))


@inlined
def all_red_worth(p, b, t, h, n_lanes, work):
    """What the queues of four labels are worth at h after red in every lane, into work.block."""
    leaving, slot, total = work.leaving[p], index(t % BLOCK), work.block[2]
    v0, v1, v2, v3 = 0.0, 0.0, 0.0, 0.0
    for k in range(n_lanes):
        x, a, c, d = leaving[k], work.come[k], work.worth[k], work.due[b, k]
        q0, q1, q2, q3 = a[h] - x[slot], a[h + 1] - x[slot + 1], a[h + 2] - x[slot + 2], a[h + 3] - x[slot + 3]
        v0, v1 = v0 + c * q0 * (q0 + d), v1 + c * q1 * (q1 + d)
        v2, v3 = v2 + c * q2 * (q2 + d), v3 + c * q3 * (q3 + d)
    total[0], total[1], total[2], total[3] = v0, v1, v2, v3


@inlined
def _serve(first, last, r0, r1, r2, r3, a, within, x0, x1, x2, x3):
    """Departures of four labels at consecutive seconds, served from `first` to `last`; returns them and their sums."""
    y0, y1, y2, y3 = 0.0, 0.0, 0.0, 0.0
    for u in range(first, last):
        i = index(u)
        x0, x1 = x0 + r0 * within[i], x1 + r1 * within[i + 1]
        x2, x3 = x2 + r2 * within[i + 2], x3 + r3 * within[i + 3]
        x0 = x0 if x0 < a[i + 1] else a[i + 1]
        x1 = x1 if x1 < a[i + 2] else a[i + 2]
        x2 = x2 if x2 < a[i + 3] else a[i + 3]
        x3 = x3 if x3 < a[i + 4] else a[i + 4]
        y0, y1, y2, y3 = y0 + x0, y1 + x1, y2 + x2, y3 + x3
    return x0, x1, x2, x3, y0, y1, y2, y3


@inlined
def _before(p, k, t, n_phases, work):
    """Discharge of lane k in the label of p at t."""
    return work.rate[n_phases if work.first[p, t] < 0 else p, k]


@inlined
def _follow(p, b, t, h, k, e, start, yellow, rest, n_phases, work):
    """Four labels' departures from lane k, which discharges during the change, into row e of work.trial.

    Returns what that costs more than red, how much more the queues are worth, and how much more has departed.
    """
    x, a, slot = work.leaving[p, k], work.come[k], index(t % BLOCK)
    d0, d1, d2, d3 = x[slot], x[slot + 1], x[slot + 2], x[slot + 3]
    x0, x1, x2, x3 = d0, d1, d2, d3
    since, g = t, index(min(t + start, h))
    q0, q1, q2, q3 = 0.0, 0.0, 0.0, 0.0
    if yellow > 0 and start > 0:
        i = index(min(t + yellow, h))
        x0, x1, x2, x3, q0, q1, q2, q3 = _serve(
            t, i, _before(p, k, t, n_phases, work), _before(p, k, t + 1, n_phases, work),
            _before(p, k, t + 2, n_phases, work), _before(p, k, t + 3, n_phases, work), a, work.within, x0, x1, x2, x3)
        g = max(g, i)
        wait = float(g - i)
        q0, q1, q2, q3 = q0 + wait * x0, q1 + wait * x1, q2 + wait * x2, q3 + wait * x3
    else:
        since = g
    r = work.rate[b, k]
    x0, x1, x2, x3, y0, y1, y2, y3 = _serve(g, h, r, r, r, r, a, work.within, x0, x1, x2, x3)
    y0, y1, y2, y3 = q0 + y0 + rest * x0, q1 + y1 + rest * x1, q2 + y2 + rest * x2, q3 + y3 + rest * x3
    red, w, c, new = float(h - since) + rest, work.load[k], work.worth[k], work.trial[e]
    new[0], new[1], new[2], new[3] = x0, x1, x2, x3
    y0, y1, y2, y3 = w * (red * d0 - y0), w * (red * d1 - y1), w * (red * d2 - y2), w * (red * d3 - y3)
    due = work.due[b, k]
    q0, q1 = 2.0 * a[h] - x0 - d0 + due, 2.0 * a[h + 1] - x1 - d1 + due
    q2, q3 = 2.0 * a[h + 2] - x2 - d2 + due, 2.0 * a[h + 3] - x3 - d3 + due
    x0, x1, x2, x3 = x0 - d0, x1 - d1, x2 - d2, x3 - d3
    return (y0, y1, y2, y3, c * x0 * q0, c * x1 * q1, c * x2 * q2, c * x3 * q3, w * x0, w * x1, w * x2, w * x3)


@inlined
def leave(problem, p, b, t, width, yellow, work):
    """Offer b the labels of p at seconds t .. t + width - 1; yellow: seconds of it that still discharge."""
    t, p, b = index(t), index(p), index(b)
    n_phases, horizon, split = problem.n_phases, problem.horizon_s, problem.min_split_s[p, b]
    h = index(min(t + split, horizon))
    pair, seconds, rest = index(p * n_phases + b), float(split), float(t + split - h)
    n = np.int64(work.greens[pair])
    s0, s1, s2, s3 = _all_red(p, t, h, seconds, rest, work)
    total, done, key = work.block[2], work.done[p], work.block[1]
    v0, v1, v2, v3 = total[0], total[1], total[2], total[3]
    m0, m1, m2, m3 = done[t], done[t + 1], done[t + 2], done[t + 3]
    for e in range(n):
        k, start = np.int64(work.order[pair, e]), np.int64(work.starts[pair, e])
        y0, y1, y2, y3, c0, c1, c2, c3, x0, x1, x2, x3 = _follow(p, b, t, h, k, e, start, yellow, rest, n_phases, work)
        s0, s1, s2, s3 = s0 + y0, s1 + y1, s2 + y2, s3 + y3
        v0, v1, v2, v3 = v0 - c0, v1 - c1, v2 - c2, v3 - c3
        m0, m1, m2, m3 = m0 + x0, m1 + x1, m2 + x2, m3 + x3
    cost, gone = work.block[0], work.block[3]
    cost[0], cost[1], cost[2], cost[3] = s0, s1, s2, s3
    key[0], key[1], key[2], key[3] = s0 + v0, s1 + v1, s2 + v2, s3 + v3
    gone[0], gone[1], gone[2], gone[3] = m0, m1, m2, m3
    for j in range(width):
        i = t + j
        end = index(min(i + split, horizon))
        if not key[j] <= work.key[b, end]:
            continue
        origin = i * n_phases + p
        if key[j] < work.key[b, end] or origin < work.origin[b, end]:
            if end < horizon:
                for e in range(n):
                    work.departed[b, end, np.int64(work.order[pair, e])] = work.trial[e, j]
            first, when = work.first[p, i], work.when[p, i]
            if first < 0:
                first, when = b, i
            _take(b, end, cost[j], key[j], gone[j], origin, first, when, work)


@inlined
def is_looked_at(t, horizon, settings):
    """True where a phase may be left at second t: later on only in every third block, and no more near the end.

    In a fixed order at any: that is one change per label, and a phase that comes late delays the whole cycle.
    """
    first = t // BLOCK * BLOCK
    return settings.fixed_order == 1 or first < FINE_S or (first % (3 * BLOCK) == 0 and first < horizon - LATE_S)


@inlined
def may_follow(p, b, n_phases, settings):
    """True where phase b may come after phase p."""
    return b != p and (settings.fixed_order == 0 or b == p + 1 or b == p + 1 - n_phases)


@inlined
def leave_all(problem, t, width, least, most, work, settings):
    """All changes from the labels of seconds t .. t + width - 1 that take `least` to `most` seconds."""
    n_phases, n_lanes, horizon, split_s = problem.n_phases, problem.n_lanes, problem.horizon_s, problem.min_split_s
    for p in range(n_phases):
        cost = work.cost[p]
        if min(min(cost[t], cost[t + 1]), min(cost[t + 2], cost[t + 3])) == np.inf:
            continue
        known = -1
        for b in range(n_phases):
            if may_follow(p, b, n_phases, settings) and least <= split_s[p, b] <= most:
                h = index(min(t + split_s[p, b], horizon))
                if h != known:
                    all_red_worth(index(p), index(b), index(t), h, index(n_lanes), work)
                    known = h
                leave(problem, p, b, t, width, settings.yellow_use_s, work)


@inlined
def prepare(problem, work, settings):
    """Everything that does not depend on labels; returns (a status, lanes rounded up to whole vectors)."""
    wide = index((problem.n_lanes + 3) // 4 * 4)
    negative, total = fill_lanes(problem, wide, settings.terminal_share, work)
    total += sum_up(problem, work)
    below, rates = fill_rates(problem, wide, work)
    if not np.isfinite(total + rates):
        return NOT_FINITE, wide
    if negative + below > 0:
        return BAD_INPUT, wide
    sort_lanes(problem, wide, settings, work)
    fill_due(problem, wide, settings, work)
    _reset(problem, wide, work)
    return OK, wide


@inlined
def best(problem, work):
    """The best label at the horizon; of equal ones one that leaves the present phase alone for now."""
    phase, n_phases, horizon = problem.phase, problem.n_phases, problem.horizon_s
    lowest, chosen, start = np.inf, -1, 0
    for p in range(n_phases):
        key, first, when = work.key[p, horizon], work.first[p, horizon], work.when[p, horizon]
        leaves_now, waits = chosen >= 0 and start == 0, first < 0 or when > 0
        if key < lowest or (key == lowest and leaves_now and waits):
            lowest, chosen, start = key, first, when
    if lowest == np.inf:
        return Plan(phase, 0, lowest, NOT_FINITE)
    if chosen < 0 or start > 0:
        return Plan(phase, start, lowest, OK)
    return Plan(chosen, 0, lowest, OK)


@inlined
def agreed(first, last, phase, n_phases, work):
    """The phase to show now by every label of seconds first .. last; -1 where they differ."""
    found = -1
    for t in range(first, last + 1):
        i = index(t)
        for p in range(n_phases):
            if work.cost[p, i] < np.inf:
                now = work.first[p, i] if work.first[p, i] >= 0 and work.when[p, i] == 0 else phase
                if found >= 0 and now != found:
                    return -1
                found = now
    return found


@inlined
def is_tame(problem, most, work):
    """True where no cost can become infinite on the way, whatever is done; `most`: seconds of the longest change."""
    horizon = problem.horizon_s
    bound = (2.0 * horizon + most) * work.totals[0, horizon]
    for k in range(problem.n_lanes):
        longest_due = 0.0
        for p in range(problem.n_phases):
            longest_due = max(longest_due, work.due[p, k])
        bound += 4.0 * work.worth[k] * work.come[k, horizon] * (work.come[k, horizon] + longest_due)
    return bound < COST_BOUND


@inlined
def _changes(problem):
    """Whether a change takes less than a block, and the seconds of the longest."""
    short, most = False, 1
    for p in range(problem.n_phases):
        for b in range(problem.n_phases):
            if p != b:
                short |= problem.min_split_s[p, b] < BLOCK
                most = max(most, problem.min_split_s[p, b])
    return short, most


@kernel
def plan(problem, work, settings, whole):
    """Decide a `Problem`; returns a Plan. Never raises, allocates nothing.

    work: PlanWork; whole: True to look to the horizon in any case; otherwise cost and start_s may be left out, 0 and 0.
    Kernels give it as `np.bool_`: for a bare True or False the whole planner would be compiled once more.
    """
    phase, n_phases, horizon = problem.phase, problem.n_phases, problem.horizon_s
    status, wide = prepare(problem, work, settings)
    if status != OK:
        return Plan(phase, 0, np.inf, status)
    short, most = _changes(problem)
    ends = not whole and is_tame(problem, most, work)
    for t in range(horizon):
        leaves = is_looked_at(t, horizon, settings)
        if ends and t >= BLOCK:
            now = agreed(t // BLOCK * BLOCK if leaves else t, min(t - 1 + most, horizon), phase, n_phases, work)
            if now >= 0:
                return Plan(now, 0, 0.0, OK)
        for p in range(n_phases):
            if work.cost[p, t] < np.inf:
                stay_on(p, t, n_phases, wide, work)
        for alone in range(2):
            if alone == 1:
                first, least, most_s = t, 0, BLOCK - 1
            else:
                first, least, most_s = t // BLOCK * BLOCK, BLOCK, LONGEST
            if leaves and (short if alone == 1 else t + 1 == min(first + BLOCK, horizon)):
                leave_all(problem, first, t + 1 - first, least, most_s, work, settings)
    return best(problem, work)
