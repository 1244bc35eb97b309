"""Who is held before a ring is not let in for nothing.

A green that serves nobody costs nothing, so a planner gives it where all who could go stand before full exits, and each
time some slip in. Where another phase lets go all that this one does but for those who are held wholly, that comes.
"""

from signal_core.kernels import gates
from signal_core.kernels.codes import GREEN
from signal_core.kernels.compiled import inlined, kernel
from signal_core.kernels.sequencer import is_green, phase_code


@inlined
def _waits(tables, lanes, k, max_red_s):
    """True where nobody of lane k is to enter a ring now."""
    return gates.may_wait(tables, lanes, k) and gates.share_held(tables, lanes, k, max_red_s) >= 1.0


@inlined
def _is_waiting(tables, lanes, i, j, max_red_s):
    """True where link j of signal i is that of a lane of which nobody is to enter."""
    for k in range(tables.lane_ptr[i], tables.lane_ptr[i + 1]):
        for e in range(tables.lane_link_ptr[k], tables.lane_link_ptr[k + 1]):
            if tables.lane_links[e] == j and _waits(tables, lanes, k, max_red_s):
                return True
    return False


@inlined
def _lets_in(tables, lanes, i, p, max_red_s):
    """True where phase p of signal i lets somebody in who is to wait."""
    for k in range(tables.lane_ptr[i], tables.lane_ptr[i + 1]):
        if _waits(tables, lanes, k, max_red_s):
            for e in range(tables.lane_link_ptr[k], tables.lane_link_ptr[k + 1]):
                if is_green(phase_code(tables, i, p, tables.lane_links[e])):
                    return True
    return False


@inlined
def _does_as_well(tables, lanes, i, q, p, max_red_s):
    """True where phase q of signal i lets go all that p does, as freely, but for those who are to wait."""
    if _lets_in(tables, lanes, i, q, max_red_s):
        return False
    for j in range(tables.link_ptr[i + 1] - tables.link_ptr[i]):
        ours, theirs = phase_code(tables, i, q, j), phase_code(tables, i, p, j)
        if is_green(theirs) and ours != theirs and ours != GREEN and not _is_waiting(tables, lanes, i, j, max_red_s):
            return False
    return True


@inlined
def _served(tables, lanes, i, p):
    """Vehicles that wait at signal i, each by the rate at which phase p lets its lane go."""
    first, n_lanes = tables.lane_ptr[i], tables.lane_ptr[i + 1] - tables.lane_ptr[i]
    found = 0.0
    for k in range(n_lanes):
        found += tables.service_vps[tables.service_ptr[i] + p * n_lanes + k] * lanes.queue.near[first + k]
    return found


@kernel
def instead(tables, signals, lanes, i, p, max_red_s):
    """The phase of signal i to show in place of p: p itself unless it lets in who is to wait, and another does as well;
    of several the one that is shown, or that with the longest queues."""
    if not _lets_in(tables, lanes, i, p, max_red_s):
        return p
    if _does_as_well(tables, lanes, i, signals.phase[i], p, max_red_s):
        return signals.phase[i]
    most, chosen = -1.0, p
    for q in range(tables.phase_ptr[i + 1] - tables.phase_ptr[i]):
        served = _served(tables, lanes, i, q)
        if served > most and _does_as_well(tables, lanes, i, q, p, max_red_s):
            most, chosen = served, q
    return chosen
