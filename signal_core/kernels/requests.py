"""Requests for green: buses and trams, blue lights, rail crossings. To the planner each is one more lane.

One job arrives on it: so fluid, and so early, that it needs the green which those ahead of it on its own lane need. If
that green comes by y seconds too late, the job waits y seconds, as the vehicle does. So extension, early green and
other orders of phases all follow from the weight of the job.
"""

import numpy as np

from signal_core.kernels import planner
from signal_core.kernels.codes import NEVER, SLOTS
from signal_core.kernels.compiled import inlined, kernel
from signal_core.kernels.deadlines import counts
from signal_core.kernels.preparation import Problem
from signal_core.kernels.sequencer import is_green, min_split_s, phase_code

AHEAD_VPS = 1.9
"""As many vehicles at most are ahead of one for each second it has to go: 7.5 m each at 50 km/h."""


@inlined
def count(signals, i, settings):
    """Requests at signal i that count now."""
    n = 0
    for s in range(i * SLOTS, (i + 1) * SLOTS):
        if counts(signals.asked[s], settings):
            n += 1
    return n


@inlined
def preempts(signals, i):
    """True where a request at signal i counts before the claims of others."""
    for s in range(i * SLOTS, (i + 1) * SLOTS):
        if signals.asked[s]["active"] == 1 and signals.asked[s]["preempts"] == 1:
            return True
    return False


@inlined
def serves(tables, i, p, slot):
    """True where phase p of signal i gives a request green."""
    if slot["link"] >= 0:
        return is_green(phase_code(tables, i, p, slot["link"] - tables.link_ptr[i]))
    for e in range(tables.lane_link_ptr[slot["lane"]], tables.lane_link_ptr[slot["lane"] + 1]):
        if is_green(phase_code(tables, i, p, tables.lane_links[e])):
            return True
    return False


@inlined
def _ahead(space, k, likely_s, horizon_s):
    """Vehicles on lane k that leave before who is at the line in `likely_s` if nobody is in the way; itself, too."""
    vehicles = space.queue[k]
    for t in range(min(max(np.int64(likely_s), 0), horizon_s)):
        vehicles += space.arrivals[k, t]
    return max(1.0, min(vehicles, 1.0 + AHEAD_VPS * max(likely_s, 0.0)))


@inlined
def _arrive(space, k, from_s, to_s, horizon_s):
    """One job, evenly from one second to another: what is due before now is there."""
    span = max(1.0, to_s - from_s)
    space.queue[k] = min(1.0, max(0.0, -from_s) / span)
    for t in range(horizon_s):
        begin, end = max(float(t), from_s), min(t + 1.0, from_s + span)
        space.arrivals[k, t] = max(0.0, end - begin) / span


@inlined
def _fill(tables, space, i, k, slot, lag_s, joined_s, n_phases, horizon_s, settings):
    """Lane k of the problem: one request at signal i."""
    own, best = slot["lane"] - tables.lane_ptr[i] if slot["lane"] >= 0 else -1, 0.0
    for b in range(n_phases):
        rate = 0.0
        if serves(tables, i, b, slot):
            rate = space.service[b, own] if own >= 0 else 1.0
        space.service[b, k] = rate
        best = max(best, rate)
        for a in range(n_phases):
            lag = np.int64(NEVER)
            if rate > 0.0:
                lag = np.int64(lag_s[a, b, own]) if own >= 0 else _link_lag_s(tables, i, a, b, slot)
            joined_s[a, b, k] = lag
    ahead = _ahead(space, own, slot["likely_s"], horizon_s) if own >= 0 else 1.0
    for b in range(n_phases):
        space.service[b, k] = min(1.0, space.service[b, k] / ahead)
    space.best_vps[k] = min(1.0, best / ahead)
    clear_s = ahead / best if best > 0.0 else 0.0
    _arrive(space, k, slot["earliest_s"] - clear_s, max(slot["latest_s"], slot["earliest_s"]), horizon_s)
    space.weight[k] = slot["weight"]


@inlined
def _link_lag_s(tables, i, a, b, slot):
    """Seconds from leaving phase a of signal i until a link that no lane leads to has green in b; at most."""
    if serves(tables, i, a, slot):
        return np.int64(0)
    least_s = np.int64(tables.min_green_s[slot["link"]])  # the minimum split has room for it
    return max(np.int64(0), min_split_s(tables, i, a, b) - least_s)


@inlined
def join(tables, signals, space, i, problem, settings):
    """The problem with requests as lanes after the others; `space` has room for them."""
    n_phases, n_lanes = problem.n_phases, problem.n_lanes
    n = n_lanes + count(signals, i, settings)
    joined_s = space.asked_lag_s[:n_phases * n_phases * n].reshape(n_phases, n_phases, n)
    for k in range(n_lanes):
        space.best_vps[k] = problem.best_vps[k]
        for a in range(n_phases):
            for b in range(n_phases):
                joined_s[a, b, k] = problem.lag_s[a, b, k]
    k = n_lanes
    for s in range(i * SLOTS, (i + 1) * SLOTS):
        if not counts(signals.asked[s], settings):
            continue
        _fill(tables, space, i, k, signals.asked[s], problem.lag_s, joined_s, n_phases, problem.horizon_s, settings)
        space.rate_now[k] = space.service[problem.phase, k]
        k += 1
    return Problem(problem.phase, n_phases, n, problem.horizon_s, space.queue, space.arrivals, space.weight,
                   space.rate_now, space.service, space.best_vps[:n], joined_s, space.min_split_s)


@inlined
def _denied(problem, given, wanted):
    """Vehicles that wait and would have had green in phase `wanted`, and have none in `given`."""
    vehicles = 0.0
    for k in range(problem.n_lanes):
        if problem.service_vps[wanted, k] > 0.0 and problem.service_vps[given, k] == 0.0:
            vehicles += problem.queue[k]
    return vehicles


@kernel
def note(tables, signals, i, problem, usual, given, work, settings):
    """Write down what requests at signal i changed: phase `given` is shown next, and would be `usual` without them.

    problem: without them.
    """
    phase = problem.phase
    if usual == given:
        return
    early_s, since = 1.0, usual
    if given != phase and usual == phase:
        whole = planner.plan(problem, work, settings, np.bool_(True))
        early_s = float(whole.start_s if whole.start_s > 0 else problem.horizon_s)
    elif given != phase:
        early_s = float(problem.min_split_s[phase, usual])
    for s in range(i * SLOTS, (i + 1) * SLOTS):
        slot = signals.asked[s]
        if not counts(slot, settings) or not serves(tables, i, given, slot):
            continue
        if given == phase:
            slot["held_s"] += 1
        elif not serves(tables, i, usual, slot):
            slot["early_s"] += early_s
        else:
            continue
        slot["cost_s"] += early_s * _denied(problem, given, since)
