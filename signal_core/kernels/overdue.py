"""Who has waited so long that the wait decides what is shown next, whatever the planner would like.

A wait is that of the first vehicle of a lane, or of somebody whom no lane's loops see: on foot, or inside the junction.
"""

import numpy as np

from signal_core.kernels.compiled import inlined
from signal_core.kernels.sequencer import GREEN, PERMISSIVE


@inlined
def _shows_green(T, i, p, j):
    """Whether phase p of signal i has green for its link j."""
    code = T.phase_codes[T.code_ptr[i] + p * (T.link_ptr[i + 1] - T.link_ptr[i]) + j]
    return code == GREEN or code == PERMISSIVE


@inlined
def _least_stay(T, i, a, b):
    """Shortest seconds from leaving phase a of signal i until b may be left."""
    return np.int64(T.min_stay_s[T.pair_ptr[i] + a * (T.phase_ptr[i + 1] - T.phase_ptr[i]) + b])


@inlined
def _lane_lag(T, i, a, b, k):
    """Seconds from leaving phase a of signal i for b until its lane k has green."""
    lanes = T.lane_ptr[i + 1] - T.lane_ptr[i]
    return np.int64(T.start_lag_s[T.lag_ptr[i] + (a * (T.phase_ptr[i + 1] - T.phase_ptr[i]) + b) * lanes + k])


@inlined
def _link_lag(T, i, a, b, j):
    """The same for its link j, at the most: the shortest stay has room for its shortest green."""
    return max(0, _least_stay(T, i, a, b) - np.int64(T.min_green_s[T.link_ptr[i] + j]))


@inlined
def _lane_wait(T, L, k):
    return L.starved_s[k] if T.stop_loop[k] >= 0 else L.red_s[k]


@inlined
def _serves_most(T, L, W, i, j, phase):
    """Phase of the program with green for link j that serves the longest queues, -1 for none."""
    most, chosen = -1.0, -1
    for p in range(T.own_phases[i]):
        if p == phase or not _shows_green(T, i, p, j):
            continue
        served = 0.0
        for k in range(T.lane_ptr[i], T.lane_ptr[i + 1]):
            if W.service[p, k - T.lane_ptr[i]] > 0.0:
                served += L.near[k] + L.beyond[k]
        if served > most:
            most, chosen = served, p
    return chosen


@inlined
def _serves_fastest(T, W, i, k, phase):
    """Phase of the program with the highest rate of lane k, -1 for none."""
    most, chosen = 0.0, -1
    for p in range(T.own_phases[i]):
        if p != phase and W.service[p, k] > most:
            most, chosen = W.service[p, k], p
    return chosen


@inlined
def _waits(T, S, L, W, i, turns):
    """Write into W.waits what each lane, then each link of signal i has waited; 0 where one of the turns ends it."""
    first, base = T.lane_ptr[i], T.link_ptr[i]
    lanes = T.lane_ptr[i + 1] - first
    for k in range(lanes):
        W.waits[k] = _lane_wait(T, L, first + k)
        for turn in range(turns):
            if W.service[W.turns[turn], k] > 0.0:
                W.waits[k] = 0
    for j in range(T.link_ptr[i + 1] - base):
        W.waits[lanes + j] = S.ended_s[base + j] if T.unseen[base + j] else 0
        for turn in range(turns):
            if _shows_green(T, i, W.turns[turn], j):
                W.waits[lanes + j] = 0


@inlined
def _next_turn(T, L, W, i, phase):
    """Phase for the longest of W.waits, -1 where nobody waits or nothing ends it."""
    lanes, links = T.lane_ptr[i + 1] - T.lane_ptr[i], T.link_ptr[i + 1] - T.link_ptr[i]
    longest, chosen = 0, -1
    for e in range(lanes + links):
        if W.waits[e] > longest:
            p = _serves_fastest(T, W, i, e, phase) if e < lanes else _serves_most(T, L, W, i, e - lanes, phase)
            if p >= 0:
                longest, chosen = W.waits[e], p
    return chosen


@inlined
def _until_served(T, W, i, phase, p):
    """The longest of W.waits that p ends, when it ends: p follows `phase`, which is left now."""
    lanes, links = T.lane_ptr[i + 1] - T.lane_ptr[i], T.link_ptr[i + 1] - T.link_ptr[i]
    longest = 0
    for k in range(lanes):
        if W.waits[k] > 0 and W.service[p, k] > 0.0:
            longest = max(longest, W.waits[k] + _lane_lag(T, i, phase, p, k))
    for j in range(links):
        if W.waits[lanes + j] > 0 and _shows_green(T, i, p, j):
            longest = max(longest, W.waits[lanes + j] + _link_lag(T, i, phase, p, j))
    return longest


@inlined
def _has_time(T, S, L, W, i, limit_s):
    """Whether nobody's wait can pass the limit however the phases follow each other: most seconds end here."""
    phases, longest, most_s = T.phase_ptr[i + 1] - T.phase_ptr[i], 0, 0
    for k in range(T.lane_ptr[i], T.lane_ptr[i + 1]):
        longest = max(longest, _lane_wait(T, L, k))
    for j in range(T.link_ptr[i], T.link_ptr[i + 1]):
        if T.unseen[j]:
            longest = max(longest, S.ended_s[j])
    for pair in range(T.pair_ptr[i], T.pair_ptr[i] + phases * phases):
        most_s = max(most_s, np.int64(T.min_stay_s[pair]))
    return longest + (T.own_phases[i] + 1) * most_s <= limit_s


@inlined
def forced(T, S, L, W, i, planned, limit_s):
    """Phase of signal i to show next instead of `planned` so that no wait passes `limit_s`; -1 while all have time.

    Those whom the planned phase does not serve get theirs after it, the longest wait first and each for the shortest
    green. A phase of the program ends a wait: those beyond it serve fewer, and others may wait as long.
    """
    if _has_time(T, S, L, W, i, limit_s):
        return -1
    phase, first, turns, at_s = S.phase[i], -1, 0, 0
    if planned != phase:
        at_s = _least_stay(T, i, phase, planned)
        W.turns[0] = planned
        phase, turns = planned, 1
    while turns < len(W.turns):
        _waits(T, S, L, W, i, turns)
        p = _next_turn(T, L, W, i, phase)
        if p < 0:
            return -1
        if first < 0:
            first = p
        if at_s + _until_served(T, W, i, phase, p) > limit_s:
            return first
        at_s += _least_stay(T, i, phase, p)
        W.turns[turns] = p
        phase = p
        turns += 1
    return -1


@inlined
def forced_in_order(T, S, L, W, i, limit_s):
    """The next phase where a wait would pass `limit_s` with the shortest greens before its turn, -1 otherwise."""
    first, base, phases = T.lane_ptr[i], T.link_ptr[i], T.phase_ptr[i + 1] - T.phase_ptr[i]
    after = (S.phase[i] + 1) % phases
    for k in range(first, T.lane_ptr[i + 1]):
        waited, p = _lane_wait(T, L, k), S.phase[i]
        for _ in range(phases - 1 if waited > 0 else 0):
            before, p = p, (p + 1) % phases
            if W.service[p, k - first] > 0.0:
                if waited + _lane_lag(T, i, before, p, k - first) > limit_s:
                    return after
                break
            waited += W.stay_s[before, p]
    for j in range(T.link_ptr[i + 1] - base):
        waited, p = S.ended_s[base + j], S.phase[i]
        for _ in range(phases - 1 if T.unseen[base + j] else 0):
            before, p = p, (p + 1) % phases
            if _shows_green(T, i, p, j):
                if waited + _link_lag(T, i, before, p, j) > limit_s:
                    return after
                break
            waited += W.stay_s[before, p]
    return -1
