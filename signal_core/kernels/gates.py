"""Gates before exits: who is held so that nobody is sent where there is no room, or so that somebody else gets in.

Nobody is let into the closed exit of a lock. An exit with room for one at a time goes to who has green first when it
moves, and a lane whose green comes at the wrong moment, or whose vehicle is longer, never gets in. So the lane that has
stood through `turn_green_s` of green before such an exit has the next turn there: the others that lead to that road
are held, and it has green as soon as there is room, until it has gone. Where it does not go within as much green again,
something else is in its way, and the others go on.

Ways that lead from signals to others and back are a ring. It locks once all of one way round is full, and lets fewer go
long before. It may be filled only from outside: so who would enter a ring of which some ways are full waits before it,
where the queue is in nobody's way, until they move again. Where some have stood for longer than a red explains, it is
about to lock: there nobody enters at all, for most of the maximum red, even where nobody else can go. And at no time
do more enter than it has room for (`room`).
"""

from signal_core.kernels import room
from signal_core.kernels.compiled import inlined, kernel
from signal_core.kernels.queues import run
from signal_core.kernels.verdicts import believed

AGO_S = 60
"""Who has stood through green before an exit that stood no longer ago than this waits for it (own choice)."""
ROUNDS = 4
"""One part of so many of the green that a lane stands through is a turn of its own (own choice)."""
ROOM_S = 2
"""There is room for one behind a junction where nobody has been on the loop there for so long (own choice)."""
NOBODY = -1
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
def _is_due(waited_s, turn_s):
    """True where a lane that has stood through so much green has the next turn at its exits."""
    into_round_s = waited_s % (ROUNDS * turn_s)
    return turn_s <= into_round_s and into_round_s < 2.0 * turn_s


@inlined
def _give_turns(locks, tables, waited_s, x, turn_s):
    """Note whose turn it is on the road of exit x: of all the lanes that are due there, who has stood longest."""
    road = tables.exit_road[x]
    for e in range(tables.exit_ptr[x], tables.exit_ptr[x + 1]):
        k, first = tables.exit_lane[e], locks.turn[road]
        if _is_due(waited_s[k], turn_s) and (first == NOBODY or waited_s[k] > waited_s[first]):
            locks.turn[road] = k


@inlined
def _hold(locks, tables, spacing, x):
    """Hold who leads to exit x: everybody where it is closed, all but one where that one has the turn on its road."""
    turn = locks.turn[tables.exit_road[x]]
    for e in range(tables.exit_ptr[x], tables.exit_ptr[x + 1]):
        k = tables.exit_lane[e]
        if locks.closed[x] == 1 or (turn != NOBODY and turn != k):
            spacing.held_share[k] = min(spacing.held_share[k] + tables.exit_share[e], 1.0)
        elif turn == k and locks.free_s[x] >= ROOM_S:
            spacing.has_turn[k] = 1


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
    for i in range(len(locks.guards)):
        locks.guards[i] = 0
    for x in range(len(tables.exit_loop)):
        if tables.exit_ring[x] >= 0 and locks.full_ago_s[tables.exit_ring[x]] < GUARDS_S:
            locks.guards[tables.lane_signal[tables.exit_lane[tables.exit_ptr[x]]]] = 1


@kernel
def watch(locks, waited_s, loops, tables, lanes, standing_s, turn_s):
    """Write who has a turn, and how much of each lane is held; after `locks`. turn_s: seconds of green, 0 for never."""
    spacing = lanes.spacing
    for k in range(len(waited_s)):
        spacing.held_share[k] = 0.0
        spacing.has_turn[k] = 0
    for x in range(len(tables.exit_loop)):
        locks.turn[tables.exit_road[x]] = NOBODY
    for x in range(len(tables.exit_loop)):
        locks.moved_s[x] = run(locks.moved_s[x], lanes.inside.standing_s[x] < standing_s)
        if turn_s > 0.0 and locks.moved_s[x] <= AGO_S:
            _give_turns(locks, tables, waited_s, x, turn_s)
    for x in range(len(tables.exit_loop)):
        _hold(locks, tables, spacing, x)
    if len(locks.ring_stands) > 0:
        _count_standing(locks, loops, tables, lanes.inside.standing_s, standing_s)
        _guard_rings(locks, loops, tables, lanes)


@inlined
def share_held(tables, lanes, g, max_red_s):
    """The part of lane g that is held now; before a ring never all of it until the maximum red."""
    share = lanes.spacing.held_share[g]
    if tables.entry_ring[g] >= 0 and lanes.green.red_s[g] >= HELD_RED * max_red_s:
        return min(share, RING_HELD)
    return share


@kernel
def forced(tables, signals, lanes, service, i):
    """Phase of signal i for the lane whose turn it is at its exit; -1 where it is nobody's. service: float[P, L]."""
    first, phase = tables.lane_ptr[i], signals.phase[i]
    for g in range(first, tables.lane_ptr[i + 1]):
        if lanes.spacing.has_turn[g] == 1:
            if service[phase, g - first] > 0.0:
                return phase
            return _best_for(tables, lanes, service, i, g)
    return -1


@inlined
def _best_for(tables, lanes, service, i, g):
    """The phase of signal i that serves lane g fastest, and the longest queues besides; -1 without one."""
    first, most, best, chosen = tables.lane_ptr[i], -1.0, 0.0, -1
    for p in range(tables.phase_ptr[i + 1] - tables.phase_ptr[i]):
        served, rate = 0.0, service[p, g - first]
        for k in range(first, tables.lane_ptr[i + 1]):
            served += service[p, k - first] * lanes.queue.near[k]
        if rate > best or (rate == best and rate > 0.0 and served > most):
            best, most, chosen = rate, served, p
    return chosen
