"""Room in rings is handed out: nobody is let in for whom there may be no place left.

Ways for a few vehicles fill within one green, long before anybody stands at their beginning, and a ring locks once all
of them are full. One free place is enough for all to move on, each into the place before him. So those who would enter
are let in for the room that the ring has left: who has green first, then who has waited longest, each for as many as
wait, or as a least green and its yellow let in. Who finds nothing left waits before the ring.
"""

from signal_core.kernels import arrivals
from signal_core.kernels.compiled import inlined

LET_IN_S = 8.0
"""Whoever gets green lets in what comes in so long: the least green, and the yellow (own choice)."""
FREE = 1.0
"""So many places of a ring stay free: with one it moves, with none it never does again."""


@inlined
def _left(tables, lanes, r):
    """How many vehicles ring r has room for, less the place that stays free."""
    room = -FREE
    for e in range(tables.ring_ptr[r], tables.ring_ptr[r + 1]):
        k = tables.ring_lane[e]
        there = lanes.queue.near[k] + lanes.queue.beyond[k] + arrivals.under_way(lanes, k)
        room += max(tables.mid_storage[k], tables.far_storage[k]) - there
    for x in range(len(tables.exit_loop)):
        for e in range(tables.exit_ptr[x], tables.exit_ptr[x + 1] if tables.exit_ring[x] == r else tables.exit_ptr[x]):
            room -= lanes.inside.vehicles[tables.exit_lane[e]] * tables.exit_share[e]
    return room


@inlined
def _wants(tables, lanes, k):
    """Vehicles of lane k that enter with its next green."""
    return min(lanes.queue.near[k] + lanes.queue.beyond[k], LET_IN_S * tables.best_vps[k])


@inlined
def _all_want(tables, lanes, r):
    """Vehicles that would enter ring r if all had green."""
    found = 0.0
    for e in range(tables.ring_entry_ptr[r], tables.ring_entry_ptr[r + 1]):
        found += _wants(tables, lanes, tables.ring_entry[e])
    return found


@inlined
def _is_before(red_s, a, b):
    """True where lane a has its part before lane b: it has green, or has been red for longer."""
    if (red_s[a] == 0) != (red_s[b] == 0):
        return red_s[a] == 0
    return red_s[a] > red_s[b] or (red_s[a] == red_s[b] and a < b)


@inlined
def _next(tables, red_s, r, last):
    """The lane that has its part of ring r after `last`, which is -1 before the first; -1 where it was the last."""
    found = -1
    for e in range(tables.ring_entry_ptr[r], tables.ring_entry_ptr[r + 1]):
        k = tables.ring_entry[e]
        if (last < 0 or _is_before(red_s, last, k)) and (found < 0 or _is_before(red_s, k, found)):
            found = k
    return found


@inlined
def hand_out(tables, lanes, spacing, r):
    """Hold who finds no room left in ring r. Returns True where anybody is."""
    left, holds = _left(tables, lanes, r), False
    if _all_want(tables, lanes, r) <= left:
        return False
    k = _next(tables, lanes.green.red_s, r, -1)
    while k >= 0:
        wants = _wants(tables, lanes, k)
        if wants <= left:
            left -= wants
        else:
            spacing.held_share[k], holds = 1.0, True
        k = _next(tables, lanes.green.red_s, r, k)
    return holds
