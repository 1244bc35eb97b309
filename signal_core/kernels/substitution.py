"""What stands in for loops that cannot be believed: other loops that see the same vehicles, then what is usual."""

from signal_core.kernels.compiled import inlined
from signal_core.kernels.health import BIASED, HEALTHY, RING, believed, rate

OWN, BESIDE, UPSTREAM, DOWNSTREAM, PROFILE = 0, 1, 2, 3, 4
MARGIN = 1.3
"""More than usual is expected where nothing is seen: what came unseen before it was noticed has to leave, too."""
STANDING, LEAST, MOST = 0.99, 0.01, 0.98
"""Occupancy from which a vehicle stands on a loop; next to nobody; and next to standing."""
NOBODY_TELLS = 2.0
NEUTRAL = 0.2
"""An occupancy that means neither nobody nor a queue."""


@inlined
def _from_beside(X, R, i, counts):
    """Vehicles at loop i this second by the loops beside it; -1 where none can be believed."""
    vehicles, rates, n = 0.0, 0.0, 0
    for e in range(R.beside_ptr[i], R.beside_ptr[i + 1]):
        j = R.beside[e]
        if counts[j] >= 0.0 and believed(X, j):
            vehicles += counts[j]
            rates += rate(X, j)
            n += 1
    if n == 0:
        return -1.0
    return vehicles * rate(X, i) / rates if rates > 0.0 and X.seen[i] > 0.0 else vehicles / n


@inlined
def _from_mates(X, R, i, now, upstream):
    """The same by the loops before it, as they counted when these vehicles passed, or by the minute behind it."""
    vehicles, rates = 0.0, 0.0
    for e in range(R.mate_ptr[i], R.mate_ptr[i + 1]):
        j, lag_s = R.mate[e], R.mate_lag_s[e]
        if not believed(X, j) or (lag_s > 0) != upstream:
            continue
        rates += rate(X, j)
        vehicles += X.ring[j * RING + (now - min(lag_s, RING - 1)) % RING] if upstream else X.minute[j]
    return vehicles * rate(X, i) / rates if rates > 0.0 else -1.0


@inlined
def _estimate(X, R, i, now, counts):
    """Vehicles that loop i would have counted: the first of the sources that has an answer."""
    X.source[i] = BESIDE
    vehicles = _from_beside(X, R, i, counts)
    if vehicles < 0.0:
        X.source[i] = UPSTREAM
        vehicles = _from_mates(X, R, i, now, True)
    if vehicles < 0.0:
        X.source[i] = DOWNSTREAM
        vehicles = _from_mates(X, R, i, now, False)
    if vehicles < 0.0:
        X.source[i] = PROFILE
        vehicles = MARGIN * rate(X, i)
    return vehicles


@inlined
def _lowest(X, R, i, counts, occupancy, upstream):
    """The lowest occupancy among the loops before loop i on its ways, or behind it; NOBODY_TELLS without one."""
    low = NOBODY_TELLS
    for e in range(R.mate_ptr[i], R.mate_ptr[i + 1]):
        j = R.mate[e]
        if (R.mate_lag_s[e] > 0) == upstream and counts[j] >= 0.0 and believed(X, j):
            low = min(low, occupancy[j])
    return low


@inlined
def _occupancy_elsewhere(X, R, i, counts, occupancy):
    """Occupancy of loop i by the loops before it, behind it, or beside it.

    A queue that reaches the loops before it stands here, too. Else they say how busy the lane is, but neither that
    somebody stands here nor that nobody does: the estimator would take it for the end of the queue.
    """
    low = _lowest(X, R, i, counts, occupancy, True)
    if STANDING < low < NOBODY_TELLS:
        return 1.0
    if low == NOBODY_TELLS:
        low = _lowest(X, R, i, counts, occupancy, False)
    for e in range(R.beside_ptr[i], R.beside_ptr[i + 1]):
        j = R.beside[e]
        if low == NOBODY_TELLS and counts[j] >= 0.0 and believed(X, j):
            low = occupancy[j]
    return min(max(low, LEAST), MOST) if low < NOBODY_TELLS else NEUTRAL


@inlined
def substitute(X, R, now, entered, left, occupancy, counts, use_entered, use_left, use_occupancy):
    """Samples to work with, float64[loops] each: the loop's own, or what stands in for it (`source`)."""
    for i in range(len(counts)):
        if counts[i] >= 0.0 and X.status[i] == HEALTHY:
            X.source[i] = OWN
            use_entered[i] = entered[i]
            use_left[i] = left[i]
            use_occupancy[i] = occupancy[i]
        elif counts[i] >= 0.0 and X.status[i] == BIASED:
            X.source[i] = OWN
            use_entered[i] = entered[i] * X.factor[i]
            use_left[i] = left[i] * X.factor[i]
            use_occupancy[i] = occupancy[i]
        else:
            use_entered[i] = _estimate(X, R, i, now, counts)
            use_left[i] = use_entered[i]
            passing = X.status[i] == HEALTHY  # one sample is missing: nothing has changed since the last
            use_occupancy[i] = X.occupancy[i] if passing else _occupancy_elsewhere(X, R, i, counts, occupancy)


@inlined
def stand_in_stop_lines(X, T, L, counts, use_left, use_occupancy, call_s, recall_s):
    """Lanes whose stop-line loop is bad: the queue that is known leaves on green, and a wait on red is a call.

    The constant minimum call of a failed detector: after `call_s` of red somebody is taken to stand there. One that has
    never counted may never have worked: after `recall_s` of red it has a call, too.
    """
    for k in range(T.lane_ptr[len(T.lane_ptr) - 1]):
        i = T.stop_loop[k]
        if i < 0:
            continue
        if believed(X, i) and counts[i] >= 0.0:
            if X.seen[i] == 0.0 and L.red_s[k] >= recall_s:
                use_occupancy[i] = 1.0
            continue
        queue = L.near[k] + L.beyond[k]
        leaving = min(queue, T.best_vps[k]) if L.green_s[k] >= 2 else 0.0
        use_left[i] = leaving
        if believed(X, i):
            continue
        if leaving > 0.0:
            use_occupancy[i] = 0.6
        else:
            use_occupancy[i] = 1.0 if queue >= 0.5 or L.red_s[k] >= call_s else 0.5  # 0 would mean nobody
