"""Tight ways: ways between two signals on which a vehicle that stops stands in the junction before.

Nobody is let onto one unless he can go on at its end: who leads there is held on red by the signal before until its
lane is cleared, in a phase in which nothing on it gives way to other traffic, and again as soon as that phase is to be
left. It is left once the last who was let in has passed. So each signal says what comes out of a way, the one before
what goes in, and a change begins at the end that is further on: neither waits for the other for good, as no way of a
ring of tight ways counts as one (`signal_core.tables.tight_ways`).
"""

from signal_core.kernels.codes import GREEN, PERMISSIVE, RED
from signal_core.kernels.compiled import inlined

NONE = -1
HELD, SOON = 1, 2
"""In `held`: who leads onto a way that takes nobody; SOON: the signal at its end is about to clear it."""
LONGEST_S = 30
"""A phase is left after so long even if somebody is still let in, by a signal that runs its plan, and kept for as long
at most for somebody who is about to be (own choice)."""


@inlined
def _is_green(code):
    return code == PERMISSIVE or code == GREEN


@inlined
def bound_for(signals, i):
    """The phase that signal i is in or about to go to."""
    return signals.next_phase[i] if signals.next_phase[i] != NONE else signals.phase[i]


@inlined
def clears(tables, i, p, k):
    """True where in phase p of signal i all of its lane k goes on."""
    n_lanes = tables.lane_ptr[i + 1] - tables.lane_ptr[i]
    return tables.clears[tables.service_ptr[i] + p * n_lanes + k - tables.lane_ptr[i]] != 0


@inlined
def takes(tables, signals, i, k):
    """True where who comes to lane k of signal i now goes on."""
    if not clears(tables, i, signals.phase[i], k) or not clears(tables, i, bound_for(signals, i), k):
        return False
    for e in range(tables.lane_link_ptr[k], tables.lane_link_ptr[k + 1]):
        if not _is_green(signals.shown[tables.link_ptr[i] + tables.lane_links[e]]):
            return False
    return True


@inlined
def _has_green(tables, i, p, j):
    """True where phase p of signal i shows green to its link j."""
    return _is_green(tables.phase_codes[tables.code_ptr[i] + p * (tables.link_ptr[i + 1] - tables.link_ptr[i]) + j])


@inlined
def sends(tables, signals, e):
    """True where the signal before is in a phase, or goes to one, in which the link of entry e has green."""
    i = tables.lane_signal[tables.upstream_lane[e]]
    return _has_green(tables, i, bound_for(signals, i), tables.upstream_link[e] - tables.link_ptr[i])


@inlined
def may_leave(tables, signals, i, to):
    """True where signal i may leave its phase for another: who was let onto a way that the other does not clear has
    passed."""
    for k in range(tables.lane_ptr[i], tables.lane_ptr[i + 1]):
        if not clears(tables, i, signals.phase[i], k) or clears(tables, i, to, k):
            continue
        for e in range(tables.upstream_ptr[k], tables.upstream_ptr[k + 1]):
            j = tables.upstream_link[e]
            if j >= 0 and signals.clearing_s[j] < tables.yellow_s[j] + tables.upstream_lag_s[e]:
                return False
    return True


@inlined
def _lets_in_soon(tables, signals, unserved_s, i, least_s):
    """True where somebody has waited for `least_s` before a way that signal i clears, and his signal is on its way to
    his green."""
    for k in range(tables.lane_ptr[i], tables.lane_ptr[i + 1]):
        for e in range(tables.upstream_ptr[k], tables.upstream_ptr[k + 1]):
            j = tables.upstream_link[e]
            if j >= 0 and unserved_s[tables.upstream_lane[e]] >= least_s and clears(tables, i, signals.phase[i], k):
                if sends(tables, signals, e) and not _is_green(signals.shown[j]):
                    return True
    return False


@inlined
def _goes_soon(tables, signals, unserved_s, i, least_s, limit_s):
    """True where the phase of signal i is green for a head that has been held for `limit_s` before a way, or for
    `least_s` and it is about to be cleared."""
    for k in range(tables.lane_ptr[i], tables.lane_ptr[i + 1]):
        for e in range(tables.lane_link_ptr[k], tables.lane_link_ptr[k + 1]):
            held = signals.held[tables.link_ptr[i] + tables.lane_links[e]]
            waits = held != 0 and unserved_s[k] >= (least_s if held == SOON else limit_s)
            if waits and _has_green(tables, i, signals.phase[i], tables.lane_links[e]):
                return True
    return False


@inlined
def keeps(tables, signals, unserved_s, i, least_s, limit_s):
    """True where signal i stays in its phase, as somebody who has waited for `least_s` is about to be let onto a tight
    way before it or behind it: else each of the two would leave before the other has come."""
    if signals.since_s[i] >= LONGEST_S:
        return False
    soon = _lets_in_soon(tables, signals, unserved_s, i, least_s)
    return soon or _goes_soon(tables, signals, unserved_s, i, least_s, limit_s)


@inlined
def emptying_s(tables, i):
    """Seconds that signal i waits until a tight way before it is empty, as it is to leave a phase that clears it: from
    the end of green there on, the longest; 0 where no way to it is tight."""
    longest_s = 0
    for e in range(tables.upstream_ptr[tables.lane_ptr[i]], tables.upstream_ptr[tables.lane_ptr[i + 1]]):
        j = tables.upstream_link[e]
        if j >= 0:
            longest_s = max(longest_s, tables.yellow_s[j] + tables.upstream_lag_s[e])
    return longest_s


@inlined
def is_second(tables, signals, i):
    """True where a signal beside signal i has just begun a change: what i does is decided anew, as it knows of that."""
    for e in range(tables.senior_ptr[i], tables.senior_ptr[i + 1]):
        j = tables.senior[e]
        if signals.leaving_s[j] == 1 or (signals.since_s[j] == 0 and signals.previous[j] >= 0):
            return signals.next_phase[i] == NONE
    return False


@inlined
def hold(tables, signals):
    """Mark the links that lead onto a way which does not take anybody now."""
    for j in range(len(signals.held)):
        signals.held[j] = 0
    for i in range(len(tables.link_ptr) - 1):
        for k in range(tables.lane_ptr[i], tables.lane_ptr[i + 1]):
            for e in range(tables.upstream_ptr[k], tables.upstream_ptr[k + 1]):
                j = tables.upstream_link[e]
                if j >= 0 and not takes(tables, signals, i, k):
                    soon = signals.held[j] != HELD and clears(tables, i, bound_for(signals, i), k)
                    signals.held[j] = SOON if soon else HELD


@inlined
def keep_out(tables, signals, i, codes):
    """Write what signal i is to show into `aim`: `codes`, uint8[links], but red for who is held."""
    first = tables.link_ptr[i]
    for j in range(len(codes)):
        signals.aim[first + j] = RED if signals.held[first + j] != 0 and _is_green(codes[j]) else codes[j]
