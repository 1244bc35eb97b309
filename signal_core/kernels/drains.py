"""Rings of short ways between signals are drained before they are full.

A turn that waits for a gap on a way with room for a vehicle or two keeps those behind it in the junction before. Where
that is a ring, those stand in the way of the turn that waits there, on the way back: each turn waits for the traffic
that the other one stops, for good. The plans of such pairs of signals clear the inner lanes first. So a lane of a ring
whose turn waits, and which has hardly any room left, gets priority next. Where the signal is saturated a change costs
more than it gives: greens are long there, and the plan is the floor.

Longer ways close the same ring where the lane of the turn is short: it spills over, and nobody passes. So a turn that
waits on a way which ends before the far loop goes first, too, once its queue stands on the middle loop: that is rare,
and where the signal is saturated the ring is closed before the plan would be asked.
"""

from signal_core.kernels.clearance import is_any_saturated
from signal_core.kernels.codes import GREEN
from signal_core.kernels.compiled import inlined, kernel
from signal_core.kernels.sequencer import phase_code

STOOD_S = 2
"""A head that stands so long on a green that gives way waits for a gap (own choice) ..."""
CROSSES_S = 4
"""... and so does one that has left the line so long ago and is still inside (own choice)."""
SOMEBODY = 0.5
ROOM = 2.0
"""A way is drained while fewer vehicles have room on it: those that yellow lets in (own choice)."""


@kernel
def forced(tables, lanes, i, settings):
    """The phase in which the fullest way of a ring that needs it has priority at signal i; -1 where none does."""
    least, chosen, saturated = ROOM, -1, is_any_saturated(tables, lanes, i, settings)
    for k in range(tables.lane_ptr[i], tables.lane_ptr[i + 1]):
        drains = tables.in_ring[k] and not saturated
        if not _waits(lanes, k) or not (drains or _closes_ring(tables, lanes, k, settings)):
            continue
        room = max(tables.mid_storage[k], tables.far_storage[k]) - lanes.queue.near[k] - lanes.queue.beyond[k]
        p = _clearing_phase(tables, lanes, i, k) if room < least else -1
        if p >= 0:
            least, chosen = room, p
    return chosen


@inlined
def _closes_ring(tables, lanes, k, settings):
    """True where the queue of lane k fills a way of a ring between signals, one that ends before the far loop."""
    if tables.far_ptr[k + 1] > tables.far_ptr[k] or lanes.runs.mid_standing_s[k] < settings.standing_s:
        return False
    for e in range(len(tables.ring_lane)):
        if tables.ring_lane[e] == k:
            return True
    return False


@inlined
def _waits(lanes, k):
    """True where somebody of lane k waits for a gap, at the line or inside the junction."""
    if lanes.green.green_s[k] == 0 or lanes.green.has_priority[k] == 1:
        return False
    stands = min(lanes.head.standing_s[k], lanes.green.green_s[k]) >= STOOD_S
    return stands or (lanes.inside.vehicles[k] >= SOMEBODY and lanes.line.idle_s[k] >= CROSSES_S)


@inlined
def _clearing_phase(tables, lanes, i, k):
    """The phase of signal i in which all of lane k has priority, and the longest queues go besides; -1 without one."""
    first, most, chosen = tables.lane_ptr[i], -1.0, -1
    n_lanes = tables.lane_ptr[i + 1] - first
    for p in range(tables.phase_ptr[i + 1] - tables.phase_ptr[i]):
        clears, served = True, 0.0
        for e in range(tables.lane_link_ptr[k], tables.lane_link_ptr[k + 1]):
            clears &= phase_code(tables, i, p, tables.lane_links[e]) == GREEN
        for g in range(first, first + n_lanes):
            served += tables.service_vps[tables.service_ptr[i] + p * n_lanes + g - first] * lanes.queue.near[g]
        if clears and served > most:
            most, chosen = served, p
    return chosen
