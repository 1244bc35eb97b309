"""Gates before exits: who is held so that nobody is sent where there is no room.

Nobody is let into the closed exit of a lock, nor where somebody else has the turn (`turns`).

Ways that lead from signals to others and back are a ring. It locks once all of one way round is full, and lets fewer go
long before. It may be filled only from outside: so who would enter a ring of which some ways are full waits before it,
where the queue is in nobody's way, until they move again. Where some have stood for longer than a red explains, it is
about to lock: there nobody enters at all, for most of the maximum red, even where nobody else can go. And at no time
do more enter than it has room for (`room`).
"""

from signal_core.kernels import room, turns
from signal_core.kernels.compiled import inlined, kernel
from signal_core.kernels.queues import run
from signal_core.kernels.verdicts import believed

FULL_ONE_IN = 20
"""A ring is full where one of so many of its exits stands, one at least (by trial)."""
RING_HELD = 0.95
"""So much of a lane counts as held that would enter a full ring: its longest red still ends (own choice)."""
LONG_S = 30
"""Who stands so long at an exit of a ring stands for more than a red (by trial)."""
HELD_RED = 0.75
"""Nobody is held wholly for more of the maximum red: what is left has room for the turns of all (own choice)."""
GUARDS_S = 60
"""Signals at a ring do not go back to their plan, which feeds it, until it has not been full for so long."""


@inlined
def _hold_before_closed(locks, tables, spacing, x):
    """Hold who leads to exit x where it is closed."""
    for e in range(tables.exit_ptr[x], tables.exit_ptr[x + 1] if locks.closed[x] == 1 else tables.exit_ptr[x]):
        k = tables.exit_lane[e]
        spacing.held_share[k] = min(spacing.held_share[k] + tables.exit_share[e], 1.0)


@inlined
def _count_standing(locks, loops, tables, standing_at_exit_s, standing_s):
    """Count the exits of each ring that stand."""
    for r in range(len(locks.ring_stands)):
        locks.ring_stands[r] = 0
    for x in range(len(tables.exit_loop)):
        r = tables.exit_ring[x]
        if r >= 0 and standing_at_exit_s[x] >= standing_s and believed(loops, tables.exit_loop[x]):
            locks.ring_stands[r] += 1


@inlined
def _stands_long(loops, tables, standing_at_exit_s, r):
    """True where so many exits of ring r as make it full have stood for long."""
    found = 0
    for x in range(len(tables.exit_loop)):
        stands = tables.exit_ring[x] == r and standing_at_exit_s[x] >= LONG_S
        found += stands and believed(loops, tables.exit_loop[x])
    return found > 0 and found * FULL_ONE_IN >= tables.ring_exits[r]


@inlined
def _hold_before(locks, loops, tables, lanes, r):
    """Hold who would enter ring r where it is full, or has no room for him. Returns True where anybody may be held."""
    spacing, standing_s = lanes.spacing, lanes.inside.standing_s
    is_full = locks.ring_stands[r] > 0 and locks.ring_stands[r] * FULL_ONE_IN >= tables.ring_exits[r]
    if is_full:
        share = 1.0 if _stands_long(loops, tables, standing_s, r) else RING_HELD
        for e in range(tables.ring_entry_ptr[r], tables.ring_entry_ptr[r + 1]):
            k = tables.ring_entry[e]
            spacing.held_share[k] = max(spacing.held_share[k], share)
    return room.hand_out(tables, lanes, spacing, r) or is_full


@inlined
def _guard_rings(locks, loops, tables, lanes):
    """Hold who would enter rings that take no more, and mark the signals there."""
    for r in range(len(locks.full_ago_s)):
        locks.full_ago_s[r] = run(locks.full_ago_s[r], not _hold_before(locks, loops, tables, lanes, r))
    for x in range(len(tables.exit_loop)):
        if tables.exit_ring[x] >= 0 and locks.full_ago_s[tables.exit_ring[x]] < GUARDS_S:
            locks.guards[tables.lane_signal[tables.exit_lane[tables.exit_ptr[x]]]] = 1


@kernel
def watch(locks, waited_s, loops, tables, lanes, standing_s, turn_s):
    """Write who has a turn, and how much of each lane is held; after `locks`. turn_s: seconds of green, 0 for never."""
    for i in range(len(locks.guards)):
        locks.guards[i] = 0
    turns.watch(locks, waited_s, tables, lanes, standing_s, turn_s)
    for x in range(len(tables.exit_loop)):
        _hold_before_closed(locks, tables, lanes.spacing, x)
    if len(locks.ring_stands) > 0:
        _count_standing(locks, loops, tables, lanes.inside.standing_s, standing_s)
        _guard_rings(locks, loops, tables, lanes)


@inlined
def may_wait(tables, lanes, g):
    """True where lane g may be held wholly for somebody's turn, or before a ring: not where its exit is closed."""
    return tables.entry_ring[g] >= 0 or lanes.spacing.waits_turn[g] == 1


@inlined
def share_held(tables, lanes, g, max_red_s):
    """The part of lane g that is held now; for a turn or before a ring never all of it until the maximum red."""
    share = lanes.spacing.held_share[g]
    if may_wait(tables, lanes, g) and lanes.green.red_s[g] >= HELD_RED * max_red_s:
        return min(share, RING_HELD)
    return share
