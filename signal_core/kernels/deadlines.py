"""Maximum wait: a wait that has lasted so long decides what is shown next, whatever the planner would like.

A wait is that of the first vehicle of a lane, or of somebody whom no lane's loops see: on foot, or inside the junction.
The waits of a signal are numbered: its lanes, then its links.
"""

import numpy as np

from signal_core.kernels import tight_ways
from signal_core.kernels.compiled import inlined, kernel
from signal_core.kernels.sequencer import is_green, min_split_s, phase_code


@inlined
def _n_lanes(tables, i):
    return tables.lane_ptr[i + 1] - tables.lane_ptr[i]


@inlined
def _count(tables, i):
    """How many waits signal i has, of 0 s too."""
    return _n_lanes(tables, i) + tables.link_ptr[i + 1] - tables.link_ptr[i]


@inlined
def _wait_s(tables, signals, lanes, i, e):
    """Seconds that wait e of signal i has lasted."""
    n_lanes = _n_lanes(tables, i)
    if e < n_lanes:
        k = tables.lane_ptr[i] + e
        return _head_wait_s(tables, signals, lanes, i, k) if tables.stop_loop[k] >= 0 else lanes.green.red_s[k]
    j = tables.link_ptr[i] + e - n_lanes
    if not tables.undetected[j]:
        return 0
    return signals.clearing_s[j] if signals.called_s[j] < 0 else signals.called_s[j]


@inlined
def _head_wait_s(tables, signals, lanes, i, k):
    """Seconds that the head of lane k of signal i has waited, or one before a tight way to it that is not cleared."""
    longest_s = lanes.head.unserved_s[k]
    cleared = tight_ways.clears(tables, i, signals.phase[i], k)
    for e in range(tables.upstream_ptr[k], tables.upstream_ptr[k + 1]):
        if tables.upstream_link[e] >= 0 and not cleared:
            longest_s = max(longest_s, lanes.head.unserved_s[tables.upstream_lane[e]])
    return longest_s


@inlined
def _ends(tables, service, i, p, e):
    """True where phase p of signal i ends wait e; service: float[P, L], discharge rates."""
    n_lanes = _n_lanes(tables, i)
    if e < n_lanes:
        return service[p, e] > 0.0
    return is_green(phase_code(tables, i, p, e - n_lanes))


@inlined
def _lag_s(tables, i, a, b, e):
    """Seconds from leaving phase a of signal i for b until that ends wait e; at most, for a link's."""
    n_lanes, n_phases = _n_lanes(tables, i), tables.phase_ptr[i + 1] - tables.phase_ptr[i]
    if e < n_lanes:
        return np.int64(tables.start_lag_s[tables.lag_ptr[i] + (a * n_phases + b) * n_lanes + e])
    least_s = np.int64(tables.min_green_s[tables.link_ptr[i] + e - n_lanes])  # the minimum split has room for it
    return max(0, min_split_s(tables, i, a, b) - least_s)


@inlined
def _served_queue(tables, lanes, service, i, p):
    """Vehicles waiting that phase p of signal i serves."""
    served = 0.0
    for k in range(tables.lane_ptr[i], tables.lane_ptr[i + 1]):
        if service[p, k - tables.lane_ptr[i]] > 0.0:
            served += lanes.queue.near[k] + lanes.queue.beyond[k]
    return served


@inlined
def _best_for(tables, lanes, service, i, e, phase):
    """Phase of the program to end wait e: the fastest for a lane, for a link that with the longest queues; or -1."""
    most, chosen = -1.0, -1
    for p in range(tables.own_phases[i]):
        if p != phase and _ends(tables, service, i, p, e):
            worth = service[p, e] if e < _n_lanes(tables, i) else _served_queue(tables, lanes, service, i, p)
            if worth > most:
                most, chosen = worth, p
    return chosen


@inlined
def _note_waits(tables, signals, lanes, service, i, n_turns, work):
    """Write the waits of signal i into work.waits, 0 for those that one of the first turns ends."""
    for e in range(_count(tables, i)):
        work.waits[e] = _wait_s(tables, signals, lanes, i, e)
        for turn in range(n_turns):
            if _ends(tables, service, i, work.turns[turn], e):
                work.waits[e] = 0


@inlined
def _next_turn(tables, lanes, service, i, phase, work):
    """Phase for the longest of work.waits, -1 where nobody waits or nothing ends it."""
    longest, chosen = 0, -1
    for e in range(_count(tables, i)):
        if work.waits[e] > longest:
            p = _best_for(tables, lanes, service, i, e, phase)
            if p >= 0:
                longest, chosen = work.waits[e], p
    return chosen


@inlined
def _until_ended(tables, service, i, phase, p, work):
    """The longest of work.waits that p ends, when it ends: p follows `phase`, which is left now."""
    longest = 0
    for e in range(_count(tables, i)):
        if work.waits[e] > 0 and _ends(tables, service, i, p, e):
            longest = max(longest, work.waits[e] + _lag_s(tables, i, phase, p, e))
    return longest


@inlined
def _has_time(tables, signals, lanes, i, limit_s):
    """True where no wait can pass the limit however the phases follow each other: most seconds end here."""
    longest = 0
    for e in range(_count(tables, i)):
        longest = max(longest, _wait_s(tables, signals, lanes, i, e))
    return longest + (tables.own_phases[i] + 1) * tables.longest_min_split_s[i] <= limit_s


@kernel
def forced(tables, signals, lanes, service, i, planned, limit_s, work):
    """Phase of signal i to show next instead of `planned` so that no wait passes `limit_s`; -1 while all have time.

    Waits that the planned phase does not end get their turns after it, the longest wait first and each for the minimum
    split. A phase of the program ends a wait: those beyond it serve fewer, and others may wait as long.
    service: float[P, L], discharge rates; work: DeadlineWork.
    """
    if _has_time(tables, signals, lanes, i, limit_s):
        return -1
    phase, first, n_turns, at_s = signals.phase[i], -1, 0, 0
    if planned != phase:
        at_s = min_split_s(tables, i, phase, planned)
        work.turns[0] = planned
        phase, n_turns = planned, 1
    while n_turns < len(work.turns):
        _note_waits(tables, signals, lanes, service, i, n_turns, work)
        p = _next_turn(tables, lanes, service, i, phase, work)
        if p < 0:
            return -1
        if first < 0:
            first = p
        if at_s + _until_ended(tables, service, i, phase, p, work) > limit_s:
            return first
        at_s += min_split_s(tables, i, phase, p)
        work.turns[n_turns] = p
        phase = p
        n_turns += 1
    return -1


@kernel
def forced_in_order(tables, signals, lanes, service, split_s, i, limit_s):
    """The next phase where a wait would pass `limit_s` with minimum splits before its turn, -1 otherwise.

    split_s: int64[P, P], minimum splits of this decision.
    """
    n_phases = tables.phase_ptr[i + 1] - tables.phase_ptr[i]
    for e in range(_count(tables, i)):
        until_s, p = _wait_s(tables, signals, lanes, i, e), signals.phase[i]
        for _ in range(n_phases - 1 if until_s > 0 else 0):
            before, p = p, (p + 1) % n_phases
            if _ends(tables, service, i, p, e):
                if until_s + _lag_s(tables, i, before, p, e) > limit_s:
                    return (signals.phase[i] + 1) % n_phases
                break
            until_s += split_s[before, p]
    return -1


@inlined
def counts(slot, settings):
    """True where a request counts now: green is kept for it only so long, but for one that preempts."""
    return slot["active"] == 1 and (slot["preempts"] == 1 or slot["held_s"] < settings.request_extension_s)
