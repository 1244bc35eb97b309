"""Who waits on foot: calls of push buttons or counts of persons, and their place in the planner's problem.

A call is kept until the link has green. To the planner those who wait at a link, and those still to come, are one more
lane, whose vehicles all leave in a second of green. So a walk that goes on is worth something where people come, and
rests while nobody else needs more.
"""

import numpy as np

from signal_core.kernels.codes import NEVER
from signal_core.kernels.compiled import inlined, kernel
from signal_core.kernels.preparation import Problem
from signal_core.kernels.sequencer import is_green, min_split_s, phase_code

UNKNOWN = -1
"""`called_s` of links where nobody can tell."""
GROWTH = 4.0
"""A second counts double after half of the longest wait, five times at its end."""
MEMORY = 0.998
"""Part of who came, and of the red in which they did, that is remembered a second later."""
UNSEEN_S = 60.0
"""Seconds in which nobody came, taken as seen before all others."""
LEAST_VPS = 0.005
"""Fewer are not planned for before they come: a person in 200 s (own choice)."""


@kernel
def take_calls(tables, signals, waiting, head_start_s):
    """Take one second of calls. waiting: float64[links], persons who wait, at least 1 for a call; NaN for unknown."""
    for j in range(len(waiting)):
        if not tables.undetected[j] or not waiting[j] >= 0.0:
            signals.called_s[j], signals.waiting[j] = UNKNOWN, 0.0
            signals.came[j], signals.watched_s[j] = 0.0, 0.0
        elif is_green(signals.shown[j]):
            signals.called_s[j], signals.waiting[j] = 0, 0.0
        else:
            before_s = signals.called_s[j]
            signals.came[j] = MEMORY * signals.came[j] + max(0.0, waiting[j] - signals.waiting[j])
            signals.watched_s[j] = MEMORY * signals.watched_s[j] + 1.0
            if before_s > 0 or waiting[j] > 0.0:
                signals.called_s[j] = max(before_s, head_start_s) + 1
                signals.waiting[j] = max(waiting[j], 1.0)
            else:
                signals.called_s[j], signals.waiting[j] = 0, 0.0


@inlined
def _coming_vps(signals, j, settings):
    """Persons a second to plan for who come to link j, by how many came in its red; 0 for too few."""
    if signals.called_s[j] < 0:
        return 0.0
    vps = settings.rest_in_walk * (signals.came[j] / (signals.watched_s[j] + UNSEEN_S))
    return vps if vps >= LEAST_VPS else 0.0


@inlined
def count(tables, signals, i, settings):
    """Links of signal i at which somebody on foot waits, or is expected."""
    n = 0
    for j in range(tables.link_ptr[i], tables.link_ptr[i + 1]):
        if signals.waiting[j] > 0.0 or _coming_vps(signals, j, settings) > 0.0:
            n += 1
    return n


@inlined
def _lag_s(tables, i, a, b, place):
    """Seconds from leaving phase a of signal i until link `place` of it has green in b; at most."""
    if not is_green(phase_code(tables, i, b, place)):
        return NEVER
    if is_green(phase_code(tables, i, a, place)):
        return 0
    least_s = np.int64(tables.min_green_s[tables.link_ptr[i] + place])  # the minimum split has room for it
    return max(0, min_split_s(tables, i, a, b) - least_s)


@inlined
def _weight(signals, j, settings):
    """What a second of waiting at link j counts: more, the nearer the longest wait is."""
    head_start_s = max(0, settings.max_red_s - settings.walk_wait_s)
    share = max(0, signals.called_s[j] - head_start_s) / max(1, settings.walk_wait_s)
    return settings.walker_weight * (1.0 + GROWTH * share * share)


@inlined
def join(tables, signals, space, i, lag_s, problem, settings):
    """The problem with those who wait on foot as lanes after the others; `space` has room for them.

    lag_s: uint8[P, P, L], of the lanes.
    """
    n_phases, n_lanes, n = problem.n_phases, problem.n_lanes, problem.n_lanes + count(tables, signals, i, settings)
    joined_s = space.joined_lag_s[:n_phases * n_phases * n].reshape(n_phases, n_phases, n)
    for k in range(n_lanes):
        space.best_vps[k] = problem.best_vps[k]
        for a in range(n_phases):
            for b in range(n_phases):
                joined_s[a, b, k] = lag_s[a, b, k]
    k, base = n_lanes, tables.link_ptr[i]
    for j in range(base, tables.link_ptr[i + 1]):
        coming_vps = _coming_vps(signals, j, settings)
        if signals.waiting[j] <= 0.0 and coming_vps <= 0.0:
            continue
        rate = signals.waiting[j] + coming_vps * problem.horizon_s  # all leave in a second
        space.queue[k], space.weight[k] = signals.waiting[j], _weight(signals, j, settings)
        space.best_vps[k] = rate
        for t in range(problem.horizon_s):
            space.arrivals[k, t] = coming_vps
        for b in range(n_phases):
            for a in range(n_phases):
                joined_s[a, b, k] = _lag_s(tables, i, a, b, j - base)
            space.service[b, k] = rate if joined_s[b, b, k] == 0 else 0.0
        space.rate_now[k] = space.service[problem.phase, k]
        k += 1
    return Problem(problem.phase, n_phases, n, problem.horizon_s, space.queue, space.arrivals, space.weight,
                   space.rate_now, space.service, space.best_vps[:n], joined_s, space.min_split_s)
