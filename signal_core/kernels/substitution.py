"""What stands in for loops that cannot be believed: other loops that see the same vehicles, then what is usual."""

from signal_core.kernels.compiled import inlined, kernel
from signal_core.kernels.health import RING, STANDING
from signal_core.kernels.queues import WAITING
from signal_core.kernels.verdicts import BIASED, HEALTHY, believed, rate

OWN, BESIDE, UPSTREAM, DOWNSTREAM, PROFILE, EXPECTED = 0, 1, 2, 3, 4, 5
MARGIN = 1.3
"""More than usual is expected where nothing is seen: what came unseen before it was noticed has to leave, too."""
LEAST, MOST = 0.01, 0.98
"""Occupancy next to nobody, and next to standing."""
NOBODY_TELLS = 2.0
NEUTRAL = 0.2
"""An occupancy that means neither nobody nor a queue."""
LEAVING, PRESENT = 0.6, 0.5
"""Occupancies of a stop-line loop over which vehicles leave; and that may or may not see one, where 0 means nobody."""
DISCHARGES_S = 2
"""Seconds of green after which a queue is taken to leave at the full rate: what a start loses."""


@inlined
def _from_beside(loops, relations, i, counts):
    """Vehicles at loop i this second by the loops beside it; -1 where none can be believed."""
    vehicles, rates, n = 0.0, 0.0, 0
    for e in range(relations.beside_ptr[i], relations.beside_ptr[i + 1]):
        j = relations.beside[e]
        if counts[j] >= 0.0 and believed(loops, j):
            vehicles += counts[j]
            rates += rate(loops, j)
            n += 1
    if n == 0:
        return -1.0
    return vehicles * rate(loops, i) / rates if rates > 0.0 and loops.usual.seen[i] > 0.0 else vehicles / n


@inlined
def _from_mates(loops, relations, i, now, upstream):
    """The same by the loops before it, as they counted when these vehicles passed, or by the minute behind it."""
    vehicles, rates = 0.0, 0.0
    for e in range(relations.mate_ptr[i], relations.mate_ptr[i + 1]):
        j, lag_s = relations.mate[e], relations.mate_lag_s[e]
        if not believed(loops, j) or (lag_s > 0) != upstream:
            continue
        rates += rate(loops, j)
        then = j * RING + (now - min(lag_s, RING - 1)) % RING
        vehicles += loops.samples.ring[then] if upstream else loops.samples.minute_vps[j]
    return vehicles * rate(loops, i) / rates if rates > 0.0 else -1.0


@inlined
def _estimate(loops, relations, i, now, counts):
    """Vehicles that loop i would have counted: the first of the sources that has an answer."""
    loops.verdict.source[i] = BESIDE
    vehicles = _from_beside(loops, relations, i, counts)
    if vehicles < 0.0:
        loops.verdict.source[i] = UPSTREAM
        vehicles = _from_mates(loops, relations, i, now, True)
    if vehicles < 0.0:
        loops.verdict.source[i] = DOWNSTREAM
        vehicles = _from_mates(loops, relations, i, now, False)
    if vehicles < 0.0:
        loops.verdict.source[i] = PROFILE
        vehicles = MARGIN * rate(loops, i)
    return vehicles


@inlined
def _lowest(loops, relations, i, counts, occupancy, upstream):
    """The lowest occupancy among the loops before loop i on its ways, or behind it; NOBODY_TELLS without one."""
    low = NOBODY_TELLS
    for e in range(relations.mate_ptr[i], relations.mate_ptr[i + 1]):
        j = relations.mate[e]
        if (relations.mate_lag_s[e] > 0) == upstream and counts[j] >= 0.0 and believed(loops, j):
            low = min(low, occupancy[j])
    return low


@inlined
def _occupancy_elsewhere(loops, relations, i, counts, occupancy):
    """Occupancy of loop i by the loops before it, behind it, or beside it.

    A queue that reaches the loops before it stands here, too. Else they say how busy the lane is, but neither that
    somebody stands here nor that nobody does: the estimator would take it for the end of the queue.
    """
    low = _lowest(loops, relations, i, counts, occupancy, True)
    if STANDING < low < NOBODY_TELLS:
        return 1.0
    if low == NOBODY_TELLS:
        low = _lowest(loops, relations, i, counts, occupancy, False)
    for e in range(relations.beside_ptr[i], relations.beside_ptr[i + 1]):
        j = relations.beside[e]
        if low == NOBODY_TELLS and counts[j] >= 0.0 and believed(loops, j):
            low = occupancy[j]
    return min(max(low, LEAST), MOST) if low < NOBODY_TELLS else NEUTRAL


@kernel
def substitute(loops, relations, now, samples, counts, used):
    """Write the samples to work with, Samples: the loop's own, or what stands in for it (`source`)."""
    entered, left, occupancy = samples.entered, samples.left, samples.occupancy
    for i in range(len(counts)):
        if counts[i] >= 0.0 and loops.verdict.status[i] == HEALTHY:
            loops.verdict.source[i] = OWN
            used.entered[i] = entered[i]
            used.left[i] = left[i]
            used.occupancy[i] = occupancy[i]
        elif counts[i] >= 0.0 and loops.verdict.status[i] == BIASED:
            loops.verdict.source[i] = OWN
            used.entered[i] = entered[i] * loops.verdict.factor[i]
            used.left[i] = left[i] * loops.verdict.factor[i]
            used.occupancy[i] = occupancy[i]
        else:
            used.entered[i] = _estimate(loops, relations, i, now, counts)
            used.left[i] = used.entered[i]
            if loops.verdict.status[i] == HEALTHY:  # one sample is missing: nothing has changed since the last
                used.occupancy[i] = loops.samples.occupancy[i]
            else:
                used.occupancy[i] = _occupancy_elsewhere(loops, relations, i, counts, occupancy)


@inlined
def _is_quiet(loops, relations, i, limits):
    """True where the signal of loop i has seen nobody for minutes."""
    s = relations.signal[i]
    return s >= 0 and loops.signals.silent_s[s] >= limits.blind_approach_s


@inlined
def leaving(tables, lanes, k):
    """Vehicles of the queue that is known of lane k that leave in this second."""
    queue = lanes.queue.near[k] + lanes.queue.beyond[k]
    return min(queue, tables.best_vps[k]) if lanes.green.green_s[k] >= DISCHARGES_S else 0.0


@kernel
def stand_in_stop_lines(loops, relations, tables, lanes, counts, used, limits):
    """Lanes whose stop-line loop is bad: the queue that is known leaves on green, and a wait on red is a call.

    The constant minimum call of a failed detector: after `call_s` of red somebody is taken to stand there; so, too, at
    a signal that has seen nobody for minutes, which may be the night. One that has never counted, or not for long, may
    not work: after `recall_s` of red it has a call, too.
    """
    for k in range(tables.lane_ptr[len(tables.lane_ptr) - 1]):
        i = tables.stop_loop[k]
        if i < 0:
            continue
        if believed(loops, i) and counts[i] >= 0.0:
            unused = loops.usual.seen[i] == 0.0 or loops.runs.silent_s[i] >= limits.dead_s
            recalled = unused and lanes.green.red_s[k] >= limits.recall_s
            if recalled or (_is_quiet(loops, relations, i, limits) and lanes.green.red_s[k] >= limits.call_s):
                used.occupancy[i] = 1.0
            continue
        queue = lanes.queue.near[k] + lanes.queue.beyond[k]
        used.left[i] = leaving(tables, lanes, k)
        if believed(loops, i):
            continue
        if used.left[i] > 0.0:
            used.occupancy[i] = LEAVING
        else:
            used.occupancy[i] = 1.0 if queue >= WAITING or lanes.green.red_s[k] >= limits.call_s else PRESENT
