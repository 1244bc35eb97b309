"""Turns at full exits: who has stood for long before an exit gets in, as the others wait and there is room for him.

An exit with room for one at a time goes to who has green first when it moves, and a lane whose green comes at the wrong
moment, or whose vehicle is longer, never gets in. So who has stood for long, with green at all, has the next turn on
that road: who else leads there is held, and he has green as soon as there is room, until he has gone. Where he does not
go, something else is in his way, and the others go on.

On a way for a few vehicles there is room only once there are places for the longest on it, whether or not somebody
stands at its beginning; and as it holds no more than somebody lets go at its end, it is emptied there meanwhile.
"""

from signal_core.kernels import arrivals, tight_ways
from signal_core.kernels.compiled import inlined, kernel
from signal_core.kernels.queues import WAITING, run
from signal_core.kernels.sequencer import is_green, phase_code

AGO_S = 60
"""Who stands before an exit that stood no longer ago than this waits for it (own choice)."""
STOOD_S = 90
"""Who has stood at the line for so long has the next turn: longer than a red usually takes (own choice) ..."""
GREEN_S = 5.0
"""... if he stood through so much green: else he waits for that (own choice)."""
RESTS_S = 90
"""Who did not go in his turn has another one so long afterwards (own choice)."""
WITHOUT_ROOM = 0.25
"""Seconds of a turn in which a way is emptied for him or he has red count for so much (own choice)."""
ROOM_S = 2
"""There is room for one behind a junction where nobody has been on the loop there for so long (own choice)."""
SHORT = 8.0
"""A way with room for fewer is emptied for who has the turn: nobody else is on it then (by trial)."""
PLACES = 2.5
"""A bus takes so many places of a way, or all of it less half of one."""
HALF = 0.5
"""Who leads to a road with so much of its traffic is held wholly: who stands first may go there."""
NOBODY = -1
GOES, WAITS, STANDS = 1, 2, 3
"""Of who has a turn: there is room, there will be as the way is emptied, or it is not known when."""


@inlined
def _stood_ahead(locks, tables, k):
    """The part of lane k that leads to exits which have stood lately."""
    found = 0.0
    for x in range(len(tables.exit_loop)):
        if locks.moved_s[x] <= AGO_S:
            for e in range(tables.exit_ptr[x], tables.exit_ptr[x + 1]):
                if tables.exit_lane[e] == k:
                    found += tables.exit_share[e]
    return found


@inlined
def _is_open(locks, tables, x):
    """True where a signal ends the way behind exit x, and lets go whoever stands there."""
    for o in range(tables.onward_ptr[x], tables.onward_ptr[x + 1]):
        if _stood_ahead(locks, tables, tables.onward_lane[o]) >= HALF:
            return False
    return tables.onward_ptr[x] < tables.onward_ptr[x + 1]


@inlined
def _is_due(locks, waited_s, tables, lanes, x, k, turn_s):
    """True where lane k has a turn at exit x, or is to have the next."""
    if locks.turn_s[k] >= turn_s or waited_s[k] < GREEN_S:
        return False
    if waited_s[k] >= turn_s:
        return True
    return lanes.head.standing_s[k] >= STOOD_S and _is_open(locks, tables, x)


@inlined
def _storage(tables, k):
    return max(tables.mid_storage[k], tables.far_storage[k])


@inlined
def _is_short(tables, k):
    """True where the way to lane k has room for a few."""
    return _storage(tables, k) < SHORT


@inlined
def _has_places(tables, lanes, x):
    """True where there are places for one more on every short way behind exit x."""
    for o in range(tables.onward_ptr[x], tables.onward_ptr[x + 1]):
        k = tables.onward_lane[o]
        if _is_short(tables, k):
            left = _storage(tables, k) - lanes.queue.near[k] - lanes.queue.beyond[k] - arrivals.under_way(lanes, k)
            if left < min(PLACES, _storage(tables, k) - HALF):
                return False
    return True


@inlined
def _is_before(locks, lanes, k, first):
    """True where lane k has had more of a turn than another one, or has stood longer."""
    if locks.turn_s[k] != locks.turn_s[first]:
        return locks.turn_s[k] > locks.turn_s[first]
    return lanes.head.standing_s[k] > lanes.head.standing_s[first]


@inlined
def _give(locks, waited_s, tables, lanes, x, turn_s):
    """Note who has the next turn on the road of exit x: who has one already, or who has stood longest."""
    road = tables.exit_road[x]
    for e in range(tables.exit_ptr[x], tables.exit_ptr[x + 1]):
        k, first = tables.exit_lane[e], locks.turn[road]
        if _is_due(locks, waited_s, tables, lanes, x, k, turn_s):
            if first == NOBODY or _is_before(locks, lanes, k, first):
                locks.turn[road] = k


@inlined
def _waits(lanes, k):
    """True where somebody waits on lane k."""
    return lanes.queue.near[k] + lanes.queue.beyond[k] >= WAITING


@inlined
def _empty(locks, tables, lanes, x):
    """Mark the short ways behind exit x, on which there is no room for who has the turn, and who lets them go.

    Where nobody waits at the end of one, who stands on it wants to change into a lane beside.
    """
    for o in range(tables.onward_ptr[x], tables.onward_ptr[x + 1]):
        k = tables.onward_lane[o]
        if not _is_short(tables, k):
            continue
        i, beside = tables.lane_signal[k], not _waits(lanes, k)
        for e in range(tables.lane_ptr[i], tables.lane_ptr[i + 1]):
            if e == k or (beside and tables.road[e] == tables.road[k]):
                lanes.spacing.is_emptied[e] = 1
                locks.guards[i] = 1


@inlined
def _look_for_room(locks, tables, lanes, x):
    """Write whether who has the turn at exit x has room there, and where it is to be made."""
    turn, spacing = locks.turn[tables.exit_road[x]], lanes.spacing
    for e in range(tables.exit_ptr[x], tables.exit_ptr[x + 1]):
        k = tables.exit_lane[e]
        if k == turn:
            is_open = _is_open(locks, tables, x)
            has_room = locks.free_s[x] >= ROOM_S and locks.closed[x] == 0
            has_room &= _has_places(tables, lanes, x) or not is_open
            without = WAITS if is_open else STANDS
            spacing.has_turn[k] = max(spacing.has_turn[k], GOES if has_room else without)
            if is_open:
                locks.guards[tables.lane_signal[k]] = 1
                if not has_room:
                    _empty(locks, tables, lanes, x)


@inlined
def _hold(locks, tables, spacing, x):
    """Add to what is held of the lanes that lead to exit x where somebody else has the turn."""
    if locks.turn[tables.exit_road[x]] == NOBODY:
        return
    is_open = _is_open(locks, tables, x)
    for e in range(tables.exit_ptr[x], tables.exit_ptr[x + 1]):
        k = tables.exit_lane[e]
        if spacing.has_turn[k] == 0:
            spacing.held_share[k] = min(spacing.held_share[k] + tables.exit_share[e], 1.0)
            spacing.waits_turn[k] |= is_open


@inlined
def _hold_wholly(spacing, k):
    """Hold all of lane k where most of it is to wait for a way that is open at its end."""
    if spacing.waits_turn[k] == 1 and spacing.held_share[k] >= HALF:
        spacing.held_share[k] = 1.0
    else:
        spacing.waits_turn[k] = 0


@inlined
def _count(locks, lanes, k, turn_s):
    """Count the turn of lane k, or the rest after it, and say whether it may go now."""
    spacing = lanes.spacing
    if lanes.head.standing_s[k] == 0 or locks.turn_s[k] >= turn_s + RESTS_S:
        locks.turn_s[k] = 0.0
    elif locks.turn_s[k] >= turn_s:
        locks.turn_s[k] += 1.0
    elif spacing.has_turn[k] != 0:
        is_whole = spacing.has_turn[k] != WAITS and lanes.green.green_s[k] > 0
        locks.turn_s[k] += 1.0 if is_whole else WITHOUT_ROOM
    spacing.has_turn[k] = spacing.has_turn[k] == GOES


@kernel
def watch(locks, waited_s, tables, lanes, standing_s, turn_s):
    """Write who has a turn, who is held for him, and which ways are emptied; after `locks`."""
    spacing = lanes.spacing
    for k in range(len(waited_s)):
        spacing.held_share[k] = 0.0
        spacing.has_turn[k] = spacing.waits_turn[k] = spacing.is_emptied[k] = 0
    for road in range(len(locks.turn)):
        k = locks.turn[road]
        if k != NOBODY and (lanes.head.standing_s[k] == 0 or locks.turn_s[k] >= turn_s):
            locks.turn[road] = NOBODY
    for x in range(len(tables.exit_loop)):
        locks.moved_s[x] = run(locks.moved_s[x], lanes.inside.standing_s[x] < standing_s)
    for x in range(len(tables.exit_loop)):
        if turn_s > 0.0 and (locks.moved_s[x] <= AGO_S or not _has_places(tables, lanes, x)):
            _give(locks, waited_s, tables, lanes, x, turn_s)
    for x in range(len(tables.exit_loop)):
        _look_for_room(locks, tables, lanes, x)
    for x in range(len(tables.exit_loop)):
        _hold(locks, tables, spacing, x)
    for k in range(len(waited_s)):
        _hold_wholly(spacing, k)
        _count(locks, lanes, k, turn_s)


@inlined
def _keeps_out(tables, lanes, i, p):
    """True where phase p of signal i lets nobody go who is held wholly for a turn."""
    for k in range(tables.lane_ptr[i], tables.lane_ptr[i + 1]):
        if lanes.spacing.waits_turn[k] == 1:
            for e in range(tables.lane_link_ptr[k], tables.lane_link_ptr[k + 1]):
                if is_green(phase_code(tables, i, p, tables.lane_links[e])):
                    return False
    return True


@inlined
def _emptied(tables, lanes, i, p):
    """Vehicles that phase p of signal i lets go, with priority, from ways that are to be emptied."""
    found = 0.0
    for k in range(tables.lane_ptr[i], tables.lane_ptr[i + 1]):
        if lanes.spacing.is_emptied[k] == 1 and _waits(lanes, k) and tight_ways.clears(tables, i, p, k):
            found += lanes.queue.near[k] + lanes.queue.beyond[k]
    return found


@inlined
def _goes(tables, lanes, service, i, p):
    """The rate at which phase p of signal i lets those go who have a turn."""
    found = 0.0
    for k in range(tables.lane_ptr[i], tables.lane_ptr[i + 1]):
        if lanes.spacing.has_turn[k] == 1:
            found += service[p, k - tables.lane_ptr[i]]
    return found


@inlined
def _served(tables, lanes, service, i, p):
    """Vehicles that wait at signal i, each by the rate at which phase p lets its lane go."""
    found = 0.0
    for k in range(tables.lane_ptr[i], tables.lane_ptr[i + 1]):
        found += service[p, k - tables.lane_ptr[i]] * lanes.queue.near[k]
    return found


@inlined
def _rank(tables, signals, lanes, i, p):
    """2 where phase p of signal i keeps out who is held for a turn, and 1 more where it is shown."""
    return 2 * int(_keeps_out(tables, lanes, i, p)) + int(p == signals.phase[i])


@kernel
def forced(tables, signals, lanes, service, i):
    """Phase of signal i for the turn at an exit, or to empty the way there; -1 for none. service: float[P, L].

    Best is one that lets nobody go who is held for the turn, then the one shown; then that with most of what is asked
    for, and with the longest queues besides.
    """
    has_turn = False
    for k in range(tables.lane_ptr[i], tables.lane_ptr[i + 1]):
        has_turn |= lanes.spacing.has_turn[k] == 1
    chosen, best_rank, most, longest = -1, -1, 0.0, 0.0
    for p in range(tables.phase_ptr[i + 1] - tables.phase_ptr[i]):
        worth = _goes(tables, lanes, service, i, p) if has_turn else _emptied(tables, lanes, i, p)
        if worth <= 0.0:
            continue
        rank, served = _rank(tables, signals, lanes, i, p), _served(tables, lanes, service, i, p)
        if rank > best_rank or (rank == best_rank and (worth > most or (worth == most and served > longest))):
            chosen, best_rank, most, longest = p, rank, worth, served
    return chosen
