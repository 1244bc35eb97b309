"""Locks: rings of signals in which each waits for the next, seen by loops, and emptied as far as they can be.

A lane is *stuck* that stands through green while nobody has left it for `lock_s`: what is in front of it does not move.
Where somebody has stood as long behind a junction, and the first lane that this way leads to is stuck, the signal
before waits for the one behind. Nobody moves any more for good where such waits lead back to where they began. What is
left once signals are crossed out that wait for none of the others, or that none of them waits for, until there are no
such, are these rings, and the ways between them.

Their exits are closed: lanes that lead there are not served, so greens go to what leaves the ring, or passes it by,
and whatever moves next finds room. An exit is open again once nobody has stood there for a while.
"""

from signal_core.kernels.compiled import inlined, kernel
from signal_core.kernels.queues import run
from signal_core.kernels.verdicts import believed

OPEN_S = 4
"""An exit is open again once its loop has been empty for so long: the queue has gone on (as at a stop line) ..."""
NOBODY_S = 60
"""... or nobody has stood before any of the lines that it leads to for so long: then it is the loop that stands."""
SHORT = 3.0
"""On a way with room for fewer vehicles the first may stand where the loop behind the junction does not see it."""
ALIVE, WAITS, IS_WAITED_FOR = 1, 2, 4


@inlined
def _mark_stuck(locks, waited_s, loops, tables, lanes, settings):
    """Write which lanes are stuck; returns how many."""
    found = 0
    for k in range(len(tables.stop_loop)):
        loop = tables.stop_loop[k]
        long = waited_s[k] >= settings.lock_green_s and lanes.line.idle_s[k] >= settings.lock_s
        locks.stuck[k] = loop >= 0 and long and believed(loops, loop)
        found += locks.stuck[k]
    return found


@inlined
def _is_closing(locks, loops, tables, lanes, x, settings):
    """True where somebody has stood at exit x for as long as a lock takes, or it is closed already.

    On a way with room for one or two nobody stands as far back: there it is the lane at its end that tells.
    """
    if locks.closed[x] == 1:
        return True
    for o in range(tables.onward_ptr[x], tables.onward_ptr[x + 1]):
        k = tables.onward_lane[o]
        if locks.stuck[k] == 1 and max(tables.mid_storage[k], tables.far_storage[k]) < SHORT:
            return True
    return lanes.inside.standing_s[x] >= settings.lock_s and believed(loops, tables.exit_loop[x])


@inlined
def _cross_out(locks, loops, tables, lanes, settings):
    """Leave those signals ALIVE that wait for each other in a ring."""
    alive = locks.marks
    for i in range(len(alive)):
        alive[i] = ALIVE
    goes_on = True
    while goes_on:
        _mark_waits(locks, loops, tables, lanes, settings)
        goes_on = False
        for i in range(len(alive)):
            stays = alive[i] == ALIVE | WAITS | IS_WAITED_FOR
            goes_on |= alive[i] != 0 and not stays
            alive[i] = ALIVE if stays else 0


@inlined
def _mark_waits(locks, loops, tables, lanes, settings):
    """Of signals that are alive: which wait for one, and which is waited for."""
    marks = locks.marks
    for x in range(len(tables.exit_loop)):
        if _is_closing(locks, loops, tables, lanes, x, settings):
            for o in range(tables.onward_ptr[x], tables.onward_ptr[x + 1]):
                ahead = tables.onward_lane[o]
                there = tables.lane_signal[ahead]
                for e in range(tables.exit_ptr[x], tables.exit_ptr[x + 1]):
                    here = tables.lane_signal[tables.exit_lane[e]]
                    if locks.stuck[ahead] == 1 and marks[here] & ALIVE and marks[there] & ALIVE:
                        marks[here] |= WAITS
                        marks[there] |= IS_WAITED_FOR


@inlined
def _close(locks, loops, tables, lanes, settings):
    """Close the exits by which signals of a ring wait for each other."""
    for x in range(len(tables.exit_loop)):
        here = tables.lane_signal[tables.exit_lane[tables.exit_ptr[x]]]
        if locks.marks[here] == ALIVE and _is_closing(locks, loops, tables, lanes, x, settings):
            for o in range(tables.onward_ptr[x], tables.onward_ptr[x + 1]):
                ahead = tables.onward_lane[o]
                if locks.stuck[ahead] == 1 and locks.marks[tables.lane_signal[ahead]] == ALIVE:
                    locks.closed[x] = 1


@inlined
def _has_room(locks, tables, x, occupancy):
    """True where nobody is on the loop of exit x, nor, where it may see nobody, at a stuck lane that it leads to."""
    for o in range(tables.onward_ptr[x], tables.onward_ptr[x + 1]):
        k = tables.onward_lane[o]
        if locks.stuck[k] == 1 and max(tables.mid_storage[k], tables.far_storage[k]) < SHORT:
            return False
    return occupancy[tables.exit_loop[x]] <= 0.0


@inlined
def _open(locks, tables, lanes, occupancy):
    """Open the exits at which nobody stands any more; returns how many stay closed."""
    closed = 0
    for x in range(len(tables.exit_loop)):
        locks.free_s[x] = run(locks.free_s[x], _has_room(locks, tables, x, occupancy))
        somebody = False
        for o in range(tables.onward_ptr[x], tables.onward_ptr[x + 1]):
            somebody |= lanes.runs.stop_empty_s[tables.onward_lane[o]] < NOBODY_S
        if locks.free_s[x] >= OPEN_S or not somebody:
            locks.closed[x] = 0
        closed += locks.closed[x]
    return closed


@inlined
def _tell(locks, tables):
    """Write which signals are locked; returns how many have changed."""
    changes, found = 0, 0
    for i in range(len(locks.marks)):
        locks.marks[i] = 0
    for x in range(len(tables.exit_loop)):
        for e in range(tables.exit_ptr[x], tables.exit_ptr[x + 1] if locks.closed[x] == 1 else tables.exit_ptr[x]):
            locks.marks[tables.lane_signal[tables.exit_lane[e]]] = ALIVE
    for i in range(len(locks.marks)):
        changes += locks.locked[i] != locks.marks[i]
        locks.locked[i] = locks.marks[i]
        found += locks.locked[i]
    locks.any[0] = found
    return changes


@kernel
def watch(locks, waited_s, loops, tables, lanes, occupancy, settings):
    """One second of every signal, after `exits`; returns how many signals are locked that were not, or no longer.

    locks: LockState; waited_s: float64[lanes], of ExitState; occupancy: float64[loops]; settings: HealthSettings.
    """
    if settings.lock_s <= 0:
        return 0
    stuck = _mark_stuck(locks, waited_s, loops, tables, lanes, settings)
    closed = _open(locks, tables, lanes, occupancy)
    if stuck > 0:
        _cross_out(locks, loops, tables, lanes, settings)
        _close(locks, loops, tables, lanes, settings)
    return _tell(locks, tables) if closed > 0 or stuck > 0 or locks.any[0] > 0 else 0
