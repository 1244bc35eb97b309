"""The queue of every lane, from loop counts and occupancies alone.

The queue is carried forward by conservation: arrivals that are due join it, vehicles that leave the stop-line loop
leave it. Two parts are told apart: `near`, downstream of the middle loop, and `beyond` it. Occupancy bounds the
drift: nobody on the stop-line loop means no queue, a vehicle standing there means one, a standing advance loop means
that the queue reaches it, an empty one that it does not.
"""

from signal_core.kernels import arrivals
from signal_core.kernels.compiled import inlined, kernel

STANDING = 0.99
"""Occupancy of a second above which a vehicle stands on the loop all the time; below 1, as parts of it are summed."""
STOPPED_S = 2
"""A vehicle that has been on the stop-line loop this long waits there; in free flow it takes less than a second."""
OCCUPANCY_MEMORY_S = 60.0
"""Time constant of smoothed occupancy: about a cycle (own choice)."""
FRESH_KEEP = 0.7
"""Part of `fresh` that is kept each second: gone within the time an empty loop takes to tell (own choice)."""
ONE_STOPS = 1.0
"""Vehicles beyond those there is room for that may still be between two loops: one moving on."""
LATE_AFTER_S = 2
"""With the middle loop empty for this long, vehicles that should have passed it are late ..."""
LATE_KEEP = 0.5
"""... and every second this part of them is still believed in (own choice)."""
WAITING = 0.5
"""Vehicles from which a queue is taken to be there; parts of vehicles are estimates."""


@inlined
def pass_middle(tables, lanes, first, last, now, entered):
    """Counts of the middle loops: vehicles that stood beyond it come nearer, the others become sure arrivals."""
    for k in range(first, last):
        seen = 0.0
        for e in range(tables.mid_ptr[k], tables.mid_ptr[k + 1]):
            vehicles = entered[tables.mid_loop[e]] * tables.mid_share[e]
            if vehicles <= 0.0:
                continue
            seen += vehicles
            known = min(vehicles, lanes.queue.beyond[k])
            lanes.queue.beyond[k] -= known
            lanes.queue.near[k] += known
            arrivals.confirm(tables, lanes, first, last, k, now, tables.mid_lag_s[e], vehicles - known)
        arrivals.count_middle(lanes, k, seen)


@inlined
def _claim_beside(tables, lanes, first, last, k, vehicles):
    """Vehicles that lane k turns out to have came from lanes beside it; return how many did not.

    A vehicle on the stop-line loop of a lane stays there.
    """
    for other in range(first, last):
        if vehicles <= 0.0:
            break
        if other != k and tables.road[other] == tables.road[k]:
            spare = lanes.queue.near[other] - (1.0 if lanes.runs.stop_empty_s[other] == 0 else 0.0)
            taken = min(max(spare, 0.0), vehicles)
            lanes.queue.near[other] -= taken
            vehicles -= taken
    return vehicles


@inlined
def _range(k, occupancy, ptr, loop):
    """Smallest and largest occupancy among the loops of one distance: a queue reaches them all or none."""
    low, high = 1.0, 0.0
    for e in range(ptr[k], ptr[k + 1]):
        low = min(low, occupancy[loop[e]])
        high = max(high, occupancy[loop[e]])
    return (low, high) if ptr[k + 1] > ptr[k] else (0.0, 0.0)


@inlined
def run(seconds, goes_on):
    """Length of a run of seconds, one second later."""
    return seconds + 1 if goes_on else 0


@inlined
def look(tables, lanes, first, last, occupancy):
    """How long each loop has been standing or empty, and how occupied it has been lately."""
    runs = lanes.runs
    for k in range(first, last):
        stop = tables.stop_loop[k]
        if stop >= 0:
            runs.stop_empty_s[k] = run(runs.stop_empty_s[k], occupancy[stop] <= 0.0)
            runs.stop_standing_s[k] = run(runs.stop_standing_s[k], occupancy[stop] > STANDING)
        low, high = _range(k, occupancy, tables.mid_ptr, tables.mid_loop)
        runs.mid_standing_s[k] = run(runs.mid_standing_s[k], low > STANDING)
        runs.mid_empty_s[k] = run(runs.mid_empty_s[k], high <= 0.0)
        runs.mid_occupancy[k] += (low - runs.mid_occupancy[k]) / OCCUPANCY_MEMORY_S
        low, high = _range(k, occupancy, tables.far_ptr, tables.far_loop)
        runs.far_standing_s[k] = run(runs.far_standing_s[k], low > STANDING)
        runs.far_empty_s[k] = run(runs.far_empty_s[k], high <= 0.0)
        runs.far_occupancy[k] += (low - runs.far_occupancy[k]) / OCCUPANCY_MEMORY_S


@inlined
def _bound_upstream(tables, lanes, k, settings):
    """Bound the queue of lane k by what its advance loops show standing or empty."""
    queue, runs, room = lanes.queue, lanes.runs, tables.mid_storage[k]
    further = max(tables.far_storage[k] - room, 0.0)
    queue.near[k] = min(queue.near[k], settings.packing * room + ONE_STOPS)
    if runs.mid_standing_s[k] >= settings.standing_s:
        queue.near[k] = max(queue.near[k], room)
        if runs.far_standing_s[k] >= settings.standing_s:
            queue.beyond[k] = max(queue.beyond[k], further)
    elif runs.mid_empty_s[k] >= settings.empty_s:
        queue.near[k] = min(queue.near[k], room)
        queue.beyond[k] = min(queue.beyond[k], queue.fresh[k])
    if runs.far_empty_s[k] >= settings.empty_s and further > 0.0:
        queue.beyond[k] = min(queue.beyond[k], further)
    if runs.mid_empty_s[k] >= LATE_AFTER_S:
        queue.beyond[k] *= LATE_KEEP


@inlined
def _bound_at_line(tables, lanes, first, last, k, now, settings):
    """Bound the queue of lane k by what its stop-line loop shows: nobody, or a vehicle that waits."""
    queue, runs = lanes.queue, lanes.runs
    if runs.stop_empty_s[k] >= settings.empty_s:
        queue.aside[k] = min(queue.aside[k] + max(queue.near[k] - queue.fresh[k], 0.0), tables.mid_storage[k])
        queue.near[k] = min(queue.near[k], queue.fresh[k])
        queue.beyond[k] = min(queue.beyond[k], queue.fresh[k])
    elif runs.stop_empty_s[k] == 0:
        queue.aside[k] = 0.0
    if runs.stop_standing_s[k] >= STOPPED_S and queue.near[k] < 1.0:
        unknown = arrivals.take_early(lanes, k, now, 1.0 - queue.near[k])
        _claim_beside(tables, lanes, first, last, k, unknown)
        queue.near[k] = 1.0


@inlined
def _conserve(tables, lanes, first, last, k, now, departed):
    """Arrivals that are due join the queue of lane k, departures leave it; return the queue before they left.

    More departures than there are vehicles near came early, else from lanes beside, else from beyond.
    """
    queue = lanes.queue
    sure, expected = arrivals.take_due(lanes, k, now)
    queue.fresh[k] = FRESH_KEEP * queue.fresh[k] + sure + expected
    queue.near[k] += sure
    if tables.mid_ptr[k + 1] > tables.mid_ptr[k]:
        queue.beyond[k] += expected
    else:
        queue.near[k] += expected
    before = queue.near[k] + queue.beyond[k]
    missing = departed - queue.near[k]
    queue.near[k] = max(-missing, 0.0)
    if missing > 0.0:
        missing = arrivals.take_early(lanes, k, now, missing)
        missing = _claim_beside(tables, lanes, first, last, k, missing)
        queue.beyond[k] -= min(missing, queue.beyond[k])
    return before


@kernel
def advance(tables, lanes, first, last, now, left, occupancy, settings):
    """Advance the queues of lanes first .. last - 1 by one second; left, occupancy: float[loops]."""
    queue = lanes.queue
    for k in range(first, last):
        stop = tables.stop_loop[k]
        departed = left[stop] if stop >= 0 else 0.0
        before = _conserve(tables, lanes, first, last, k, now, departed)
        if tables.mid_storage[k] > 0.0:
            _bound_upstream(tables, lanes, k, settings)
        if stop >= 0:
            _bound_at_line(tables, lanes, first, last, k, now, settings)
        if departed > 0.0:
            queue.wait_s[k] *= max(0.0, 1.0 - departed / max(before, 1.0))
        queue.wait_s[k] = queue.wait_s[k] + 1.0 if queue.near[k] + queue.beyond[k] >= WAITING else 0.0
        arrivals.learn(tables, lanes, k, departed, settings)


@inlined
def forget(lanes, k):
    """Begin anew with lane k: what is known of it cannot be."""
    lanes.queue.near[k] = 0.0
    lanes.queue.beyond[k] = 0.0
    lanes.queue.fresh[k] = 0.0
    lanes.queue.wait_s[k] = 0.0
    lanes.queue.aside[k] = 0.0
    lanes.queue.beside[k] = 0.0
    lanes.runs.mid_occupancy[k] = 0.0
    lanes.runs.far_occupancy[k] = 0.0


@inlined
def unseen_share(occupied, settings):
    """How sure it is that the queue goes on beyond the loops [0, 1], by their occupancy over some time."""
    return min(max((occupied - settings.unseen_from) / settings.unseen_span, 0.0), 1.0)


@inlined
def to_serve(tables, lanes, k, settings):
    """Vehicles of lane k to plan for: in the queue, inferred beyond its loops, upstream of a short way, and on lanes
    beside.

    A vehicle that has crossed the stop line is gone, whatever is decided now.
    """
    runs, far, mid = lanes.runs, tables.far_storage[k], tables.mid_storage[k]
    occupied = min(runs.mid_occupancy[k], runs.far_occupancy[k]) if far > 0.0 else runs.mid_occupancy[k]
    # a queue below 0 is a fault that the planner has to be told
    near = lanes.queue.near[k] - max(min(lanes.line.over_line[k], lanes.queue.near[k]), 0.0)
    unseen = settings.unseen_factor * max(far, mid) * unseen_share(occupied, settings)
    return near + lanes.queue.beyond[k] + lanes.queue.beside[k] + lanes.spacing.upstream_queue[k] + unseen
