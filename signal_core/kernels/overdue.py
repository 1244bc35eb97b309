"""Who has waited so long that the wait decides what is shown next, whatever the planner would like.

A wait is that of the first vehicle of a lane, or of somebody whom no lane's loops see: on foot, or inside the junction.
The waits of a signal are numbered: its lanes, then its links.
"""

import numpy as np

from signal_core.kernels.compiled import inlined
from signal_core.kernels.sequencer import is_green


@inlined
def _lanes(T, i):
    return T.lane_ptr[i + 1] - T.lane_ptr[i]


@inlined
def _count(T, i):
    """How many waits signal i has, of 0 s too."""
    return _lanes(T, i) + T.link_ptr[i + 1] - T.link_ptr[i]


@inlined
def _wait(T, S, L, i, e):
    """Seconds that wait e of signal i has lasted."""
    lanes = _lanes(T, i)
    if e < lanes:
        k = T.lane_ptr[i] + e
        return L.starved_s[k] if T.stop_loop[k] >= 0 else L.red_s[k]
    j = T.link_ptr[i] + e - lanes
    return S.ended_s[j] if T.unseen[j] else 0


@inlined
def _ends(T, W, i, p, e):
    """Whether phase p of signal i ends wait e."""
    lanes = _lanes(T, i)
    if e < lanes:
        return W.service[p, e] > 0.0
    return is_green(T.phase_codes[T.code_ptr[i] + p * (T.link_ptr[i + 1] - T.link_ptr[i]) + e - lanes])


@inlined
def _least_stay(T, i, a, b):
    """Shortest seconds from leaving phase a of signal i until b may be left."""
    return np.int64(T.min_stay_s[T.pair_ptr[i] + a * (T.phase_ptr[i + 1] - T.phase_ptr[i]) + b])


@inlined
def _lag(T, i, a, b, e):
    """Seconds from leaving phase a of signal i for b until that ends wait e; at most, for a link's."""
    lanes = _lanes(T, i)
    if e < lanes:
        return np.int64(T.start_lag_s[T.lag_ptr[i] + (a * (T.phase_ptr[i + 1] - T.phase_ptr[i]) + b) * lanes + e])
    least = np.int64(T.min_green_s[T.link_ptr[i] + e - lanes])  # the shortest stay has room for it
    return max(0, _least_stay(T, i, a, b) - least)


@inlined
def _queues(T, L, W, i, p):
    """Vehicles waiting that phase p of signal i serves."""
    served = 0.0
    for k in range(T.lane_ptr[i], T.lane_ptr[i + 1]):
        if W.service[p, k - T.lane_ptr[i]] > 0.0:
            served += L.near[k] + L.beyond[k]
    return served


@inlined
def _best_for(T, L, W, i, e, phase):
    """Phase of the program to end wait e: the fastest for a lane, for a link that with the longest queues; or -1."""
    most, chosen = -1.0, -1
    for p in range(T.own_phases[i]):
        if p != phase and _ends(T, W, i, p, e):
            worth = W.service[p, e] if e < _lanes(T, i) else _queues(T, L, W, i, p)
            if worth > most:
                most, chosen = worth, p
    return chosen


@inlined
def _note_waits(T, S, L, W, i, turns):
    """Write the waits of signal i into W.waits, 0 for those that one of the turns ends."""
    for e in range(_count(T, i)):
        W.waits[e] = _wait(T, S, L, i, e)
        for turn in range(turns):
            if _ends(T, W, i, W.turns[turn], e):
                W.waits[e] = 0


@inlined
def _next_turn(T, L, W, i, phase):
    """Phase for the longest of W.waits, -1 where nobody waits or nothing ends it."""
    longest, chosen = 0, -1
    for e in range(_count(T, i)):
        if W.waits[e] > longest:
            p = _best_for(T, L, W, i, e, phase)
            if p >= 0:
                longest, chosen = W.waits[e], p
    return chosen


@inlined
def _until_ended(T, W, i, phase, p):
    """The longest of W.waits that p ends, when it ends: p follows `phase`, which is left now."""
    longest = 0
    for e in range(_count(T, i)):
        if W.waits[e] > 0 and _ends(T, W, i, p, e):
            longest = max(longest, W.waits[e] + _lag(T, i, phase, p, e))
    return longest


@inlined
def _has_time(T, S, L, i, limit_s):
    """Whether nobody's wait can pass the limit however the phases follow each other: most seconds end here."""
    longest = 0
    for e in range(_count(T, i)):
        longest = max(longest, _wait(T, S, L, i, e))
    return longest + (T.own_phases[i] + 1) * T.longest_stay_s[i] <= limit_s


@inlined
def forced(T, S, L, W, i, planned, limit_s):
    """Phase of signal i to show next instead of `planned` so that no wait passes `limit_s`; -1 while all have time.

    Those whom the planned phase does not serve get theirs after it, the longest wait first and each for the shortest
    green. A phase of the program ends a wait: those beyond it serve fewer, and others may wait as long.
    """
    if _has_time(T, S, L, i, limit_s):
        return -1
    phase, first, turns, at_s = S.phase[i], -1, 0, 0
    if planned != phase:
        at_s = _least_stay(T, i, phase, planned)
        W.turns[0] = planned
        phase, turns = planned, 1
    while turns < len(W.turns):
        _note_waits(T, S, L, W, i, turns)
        p = _next_turn(T, L, W, i, phase)
        if p < 0:
            return -1
        if first < 0:
            first = p
        if at_s + _until_ended(T, W, i, phase, p) > limit_s:
            return first
        at_s += _least_stay(T, i, phase, p)
        W.turns[turns] = p
        phase = p
        turns += 1
    return -1


@inlined
def forced_in_order(T, S, L, W, i, limit_s):
    """The next phase where a wait would pass `limit_s` with the shortest greens before its turn, -1 otherwise."""
    phases = T.phase_ptr[i + 1] - T.phase_ptr[i]
    for e in range(_count(T, i)):
        until_s, p = _wait(T, S, L, i, e), S.phase[i]
        for _ in range(phases - 1 if until_s > 0 else 0):
            before, p = p, (p + 1) % phases
            if _ends(T, W, i, p, e):
                if until_s + _lag(T, i, before, p, e) > limit_s:
                    return (S.phase[i] + 1) % phases
                break
            until_s += W.stay_s[before, p]
    return -1
