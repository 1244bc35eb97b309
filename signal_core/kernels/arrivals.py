"""Vehicles on their way to the stop line of every lane, by the second in which they are due there.

A vehicle at the far loop is an expected arrival, scaled by how many of them really follow (`ratio`). A vehicle at the
middle loop is a sure one, and uses up as much that was expected.
"""

from signal_core.kernels.compiled import inlined

WINDOW = 64
"""Seconds of arrivals kept per lane, as a ring; a power of two."""
EARLY_S = 8
"""A vehicle that has passed the middle loop may be at the stop line this much before its time (own choice)."""
SAME_VEHICLE_S = 20
"""A vehicle at the middle loop is one of those expected at the stop line within this time (own choice)."""
SOMEBODY = 0.5
"""Vehicles due in one second that are taken for one."""
RATIO_KEEP = 0.998
"""Part of the counts behind `ratio` that is kept each second: a memory of 500 s, some cycles (own choice)."""
RATIO_PRIOR = 2.0
"""Vehicles at both loops that `ratio` starts from, so that it is 1 until something else is known."""
RATIO_MOST = 2.0
"""No more than this many vehicles follow for one at the far loop; more is a loop that misses vehicles."""


@inlined
def take(ring, base, now, span_s, vehicles):
    """Remove up to so many vehicles from the earliest of `span_s` seconds of a ring; return how many are left over."""
    for t in range(span_s):
        slot = base + (now + t) % WINDOW
        if vehicles <= 0.0:
            break
        taken = min(ring[slot], vehicles)
        ring[slot] -= taken
        vehicles -= taken
    return vehicles


@inlined
def take_early(lanes, k, now, vehicles):
    """Take vehicles that are at the stop line of lane k before their time; return how many are left over."""
    return take(lanes.arrivals.sure, k * WINDOW, now + 1, EARLY_S, vehicles)


@inlined
def take_due(lanes, k, now):
    """Remove what is due at lane k in this second; return (sure, expected) vehicles."""
    slot = k * WINDOW + now % WINDOW
    sure, expected = lanes.arrivals.sure[slot], lanes.arrivals.expected[slot]
    lanes.arrivals.sure[slot] = 0.0
    lanes.arrivals.expected[slot] = 0.0
    return sure, expected


@inlined
def is_due(tables, lanes, k, at_s):
    """True where somebody is due at lane k in a second to come, as its last loops before the line have it."""
    slot = k * WINDOW + at_s % WINDOW
    has_middle = tables.mid_ptr[k + 1] > tables.mid_ptr[k]
    return (lanes.arrivals.sure[slot] if has_middle else lanes.arrivals.expected[slot]) >= SOMEBODY


@inlined
def expect_from_far(tables, lanes, first, last, now, entered):
    """Counts of the far loops become expected arrivals."""
    for k in range(first, last):
        for e in range(tables.far_ptr[k], tables.far_ptr[k + 1]):
            count = entered[tables.far_loop[e]]
            if count > 0.0:
                vehicles = count * tables.far_share[e]
                lanes.arrivals.far_seen[k] += vehicles
                expect(lanes, k, now + tables.far_lag_s[e], vehicles * lanes.arrivals.ratio[k])


@inlined
def expect(lanes, k, at_s, vehicles):
    """Expect vehicles at lane k at a second, fewer than WINDOW from now."""
    lanes.arrivals.expected[k * WINDOW + at_s % WINDOW] += vehicles


@inlined
def confirm(tables, lanes, first, last, k, now, lag_s, vehicles):
    """Vehicles at the middle loop of lane k are sure to come; as many are expected no longer.

    Where fewer were expected at lane k, they were at lanes that share its far loop (first .. last - 1).
    """
    lanes.arrivals.sure[k * WINDOW + (now + lag_s) % WINDOW] += vehicles
    left = take(lanes.arrivals.expected, k * WINDOW, now, SAME_VEHICLE_S, vehicles)
    for other in range(first, last):
        if left <= 0.0:
            break
        if other != k and _share_a_loop(other, k, tables.far_ptr, lanes.arrivals.far_group):
            left = take(lanes.arrivals.expected, other * WINDOW, now, SAME_VEHICLE_S, left)


@inlined
def _share_a_loop(a, b, far_ptr, group):
    return far_ptr[a + 1] > far_ptr[a] and far_ptr[b + 1] > far_ptr[b] and group[a] == group[b]


@inlined
def count_middle(lanes, k, vehicles):
    """Note vehicles at the middle loop of lane k, for its ratio."""
    lanes.arrivals.mid_seen[k] += vehicles


@inlined
def learn(tables, lanes, k, departed, settings):
    """One second of the averages of lane k: departures, and vehicles at the middle loop for one at the far loop."""
    arrivals = lanes.arrivals
    arrivals.flow_vps[k] += (departed - arrivals.flow_vps[k]) / settings.flow_memory_s
    arrivals.far_seen[k] *= RATIO_KEEP
    arrivals.mid_seen[k] *= RATIO_KEEP
    if tables.far_ptr[k + 1] > tables.far_ptr[k] and tables.mid_ptr[k + 1] > tables.mid_ptr[k]:
        ratio = (arrivals.mid_seen[k] + RATIO_PRIOR) / (arrivals.far_seen[k] + RATIO_PRIOR)
        arrivals.ratio[k] = min(RATIO_MOST, ratio)


@inlined
def forget(lanes, k):
    """Begin anew with lane k: what is known of it cannot be."""
    lanes.arrivals.far_seen[k] = 0.0
    lanes.arrivals.mid_seen[k] = 0.0
    lanes.arrivals.flow_vps[k] = 0.0
    lanes.arrivals.ratio[k] = 1.0
    for slot in range(k * WINDOW, (k + 1) * WINDOW):
        lanes.arrivals.expected[slot] = 0.0
        lanes.arrivals.sure[slot] = 0.0


@inlined
def predict(lanes, k, now, horizon_s, usual_from_s, row):
    """Arrivals of lane k in every coming second, into row[:horizon_s]; from `usual_from_s` on, the usual flow on top.

    Before that the loops have seen all that come.
    """
    flow_vps = lanes.arrivals.flow_vps[k]
    for t in range(min(horizon_s, WINDOW - 1)):
        slot = k * WINDOW + ((now + 1 + t) & (WINDOW - 1))
        row[t] = lanes.arrivals.expected[slot] + lanes.arrivals.sure[slot]
    for t in range(WINDOW - 1, horizon_s):
        row[t] = 0.0
    for t in range(usual_from_s, horizon_s):
        row[t] += flow_vps


@inlined
def add(row, until_s, vps):
    """Arrivals that no loop sees, on top of those in row[:until_s]."""
    for t in range(until_s):
        row[t] += vps


@inlined
def add_due_within(lanes, k, now, seconds, vehicles):
    """`vehicles`, and those that are due at lane k within the next seconds."""
    for t in range(now + 1, now + 1 + seconds):
        slot = k * WINDOW + t % WINDOW
        vehicles += lanes.arrivals.sure[slot] + lanes.arrivals.expected[slot]
    return vehicles


@inlined
def under_way(lanes, k):
    """Vehicles between the loops and the stop line of lane k that are not due yet."""
    return add_due_within(lanes, k, -1, WINDOW, 0.0)
