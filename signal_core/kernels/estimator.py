"""Queues and arrivals of every lane from loop counts and occupancies alone.

Far loop: an expected arrival, scaled by what really follows (`ratio`). Middle loop: an exact arrival, which
replaces that much expectation. Stop-line loop: a departure. Three observations bound the drift: nobody on the
stop-line loop means no queue, a vehicle standing there means one, a standing upstream loop means the queue
reaches it.
"""

from signal_core.kernels.compiled import inlined

WINDOW = 64
"""Seconds of expected arrivals kept per lane, as a ring; a power of two."""
EARLY_S = 8
"""A vehicle that passed the middle loop may be at the stop line this much before its time."""
ALL_PRIORITY = 2
"""Of a lane: all its movements have green, with priority."""
OVER_LINE_SHARE = 0.5
"""Who has been on the stop-line loop for this part of its first second, at the pace of free traffic, has its front
over the line, 5 m on; with less it may still be held back."""

SLOW_S = 1.6
"""Who takes so long over the stop-line loop starts from rest, or stops behind the line."""


@inlined
def _take(ring, base, now, span, amount):
    """Remove up to `amount` from the earliest of `span` seconds of a ring; return what is left over."""
    for k in range(span):
        slot = base + (now + k) % WINDOW
        if amount <= 0.0:
            break
        taken = min(ring[slot], amount)
        ring[slot] -= taken
        amount -= taken
    return amount


@inlined
def _expect(lanes, T, first, last, now, counts):
    """Far counts become expected arrivals."""
    for k in range(first, last):
        for e in range(T.far_ptr[k], T.far_ptr[k + 1]):
            count = counts[T.far_loop[e]]
            if count > 0.0:
                mass = count * T.far_share[e]
                lanes.far_seen[k] += mass
                lanes.expected[k * WINDOW + (now + T.far_lag_s[e]) % WINDOW] += mass * lanes.ratio[k]


@inlined
def _confirm(lanes, T, first, last, now, counts):
    """Middle counts become sure arrivals and use up what was expected or already taken to stand beyond the loop."""
    for k in range(first, last):
        seen = 0.0
        for e in range(T.mid_ptr[k], T.mid_ptr[k + 1]):
            mass = counts[T.mid_loop[e]] * T.mid_share[e]
            if mass <= 0.0:
                continue
            seen += mass
            known = min(mass, lanes.beyond[k])
            lanes.beyond[k] -= known
            lanes.near[k] += known
            lanes.sure[k * WINDOW + (now + T.mid_lag_s[e]) % WINDOW] += mass - known
            left = _take(lanes.expected, k * WINDOW, now, 20, mass - known)
            for other in range(first, last):
                if left <= 0.0:
                    break
                if other != k and _share_a_loop(other, k, T.far_ptr, lanes.far_group):
                    left = _take(lanes.expected, other * WINDOW, now, 20, left)
        lanes.mid_seen[k] += seen


@inlined
def _claim(lanes, T, first, last, k, amount):
    """Vehicles that lane k turns out to have came from the lanes beside it; return how many did not."""
    for other in range(first, last):
        if amount <= 0.0:
            break
        if other != k and T.road[other] == T.road[k]:
            spare = lanes.near[other] - (1.0 if lanes.stop_empty_s[other] == 0 else 0.0)
            taken = min(max(spare, 0.0), amount)
            lanes.near[other] -= taken
            amount -= taken
    return amount


@inlined
def _share_a_loop(a, b, far_ptr, group):
    return far_ptr[a + 1] > far_ptr[a] and far_ptr[b + 1] > far_ptr[b] and group[a] == group[b]


@inlined
def _range(k, occupancy, ptr, loop):
    """Smallest and largest occupancy among the loops of one distance: a queue reaches them all or none."""
    low, high = 1.0, 0.0
    for e in range(ptr[k], ptr[k + 1]):
        low = min(low, occupancy[loop[e]])
        high = max(high, occupancy[loop[e]])
    return (low, high) if ptr[k + 1] > ptr[k] else (0.0, 0.0)


@inlined
def _run(seconds, goes_on):
    """Length of a run of seconds, one second later."""
    return seconds + 1 if goes_on else 0


@inlined
def _look(lanes, T, k, occupancy):
    """How long each loop has been standing or empty, and how occupied it has been over a minute."""
    s = T.stop_loop[k]
    if s >= 0:
        lanes.stop_empty_s[k] = _run(lanes.stop_empty_s[k], occupancy[s] <= 0.0)
        lanes.stop_standing_s[k] = _run(lanes.stop_standing_s[k], occupancy[s] > 0.99)
    low, high = _range(k, occupancy, T.mid_ptr, T.mid_loop)
    lanes.mid_standing_s[k] = _run(lanes.mid_standing_s[k], low > 0.99)
    lanes.mid_empty_s[k] = _run(lanes.mid_empty_s[k], high <= 0.0)
    lanes.mid_occupancy[k] += (low - lanes.mid_occupancy[k]) / 60.0
    low, high = _range(k, occupancy, T.far_ptr, T.far_loop)
    lanes.far_standing_s[k] = _run(lanes.far_standing_s[k], low > 0.99)
    lanes.far_empty_s[k] = _run(lanes.far_empty_s[k], high <= 0.0)
    lanes.far_occupancy[k] += (low - lanes.far_occupancy[k]) / 60.0


@inlined
def _bound(lanes, T, first, last, k, now, settings):
    """Bound the two parts of the queue by what the loops show standing or empty."""
    if T.mid_storage[k] > 0.0:
        further = max(T.far_storage[k] - T.mid_storage[k], 0.0)
        lanes.near[k] = min(lanes.near[k], settings.packing * T.mid_storage[k] + 1.0)
        if lanes.mid_standing_s[k] >= settings.standing_s:
            lanes.near[k] = max(lanes.near[k], T.mid_storage[k])
            if lanes.far_standing_s[k] >= settings.standing_s:
                lanes.beyond[k] = max(lanes.beyond[k], further)
        elif lanes.mid_empty_s[k] >= settings.empty_s:
            lanes.near[k] = min(lanes.near[k], T.mid_storage[k])
            lanes.beyond[k] = min(lanes.beyond[k], lanes.fresh[k])
        if lanes.far_empty_s[k] >= settings.empty_s and further > 0.0:
            lanes.beyond[k] = min(lanes.beyond[k], further)
        if lanes.mid_empty_s[k] >= 2:
            lanes.beyond[k] *= 0.5  # who is late and not seen is not there
    if T.stop_loop[k] >= 0:
        if lanes.stop_empty_s[k] >= settings.empty_s:
            lanes.near[k] = min(lanes.near[k], lanes.fresh[k])
            lanes.beyond[k] = min(lanes.beyond[k], lanes.fresh[k])
        elif lanes.stop_standing_s[k] >= 2 and lanes.near[k] < 1.0:
            early = _take(lanes.sure, k * WINDOW, now + 1, EARLY_S, 1.0 - lanes.near[k])
            _claim(lanes, T, first, last, k, early)
            lanes.near[k] = 1.0


@inlined
def _pass(lanes, T, first, last, k, now, departed, has_mid):
    """Arrivals that are due join the queue, departures leave it; return the queue before they left."""
    slot = k * WINDOW + now % WINDOW
    sure, expected = lanes.sure[slot], lanes.expected[slot]
    lanes.sure[slot] = 0.0
    lanes.expected[slot] = 0.0
    lanes.fresh[k] = 0.7 * lanes.fresh[k] + sure + expected
    lanes.near[k] += sure
    if has_mid:
        lanes.beyond[k] += expected
    else:
        lanes.near[k] += expected
    before = lanes.near[k] + lanes.beyond[k]
    short = departed - lanes.near[k]
    lanes.near[k] = max(-short, 0.0)
    if short > 0.0:
        short = _take(lanes.sure, k * WINDOW, now + 1, EARLY_S, short)
        short = _claim(lanes, T, first, last, k, short)
        lanes.beyond[k] -= min(short, lanes.beyond[k])
    return before


@inlined
def _cross(lanes, k, entered, departed, occupied, lane_green):
    """Who is over the stop line, but still on its loop: gone, for whatever is decided now."""
    lanes.on_stop[k] = max(lanes.on_stop[k] + entered - departed, 0.0) if occupied > 0.0 else 0.0
    crosses = entered > 0.0 and occupied >= OVER_LINE_SHARE and lane_green == ALL_PRIORITY
    lanes.over_line[k] = min(lanes.on_stop[k], 1.0) if crosses else 0.0


@inlined
def _watch(lanes, k, departed, occupied):
    """How long it is that somebody left the line slowly, behind another one of the same green."""
    lanes.passing_s[k] += occupied
    slowly = departed > 0.0 and lanes.passing_s[k] >= SLOW_S
    lanes.caught_s[k] = _run(lanes.caught_s[k], not slowly or lanes.idle_s[k] >= lanes.green_s[k])
    if departed > 0.0 or occupied <= 0.0:
        lanes.passing_s[k] = 0.0


@inlined
def update(lanes, T, first, last, now, entered, left, occupancy, lane_green, settings):
    """Advance lanes `first..last` by one second of counts.

    lanes: LaneState; T: Tables; entered, left, occupancy: float[loops], vehicles that came onto and left each loop, and
    the share of the second it was occupied; lane_green: uint8[lanes], 1 where the lane had green in this second, or
    ALL_PRIORITY.
    """
    _expect(lanes, T, first, last, now, entered)
    _confirm(lanes, T, first, last, now, entered)
    for k in range(first, last):
        _look(lanes, T, k, occupancy)
    for k in range(first, last):
        has_mid = T.mid_ptr[k + 1] > T.mid_ptr[k]
        stop = T.stop_loop[k]
        departed = left[stop] if stop >= 0 else 0.0
        if stop >= 0:
            _cross(lanes, k, entered[stop], departed, occupancy[stop], lane_green[k])
        before = _pass(lanes, T, first, last, k, now, departed, has_mid)
        _bound(lanes, T, first, last, k, now, settings)
        if departed > 0.0:
            lanes.wait_s[k] *= max(0.0, 1.0 - departed / max(before, 1.0))
            lanes.refused[k] = 0
        _watch(lanes, k, departed, occupancy[stop] if stop >= 0 else 0.0)
        lanes.idle_s[k] = _run(lanes.idle_s[k], departed <= 0.0)
        lanes.head_s[k] = _run(lanes.head_s[k], departed <= 0.0 and lanes.stop_empty_s[k] == 0 and stop >= 0)
        lanes.wait_s[k] = lanes.wait_s[k] + 1.0 if lanes.near[k] + lanes.beyond[k] >= 0.5 else 0.0
        priority = lane_green[k] == ALL_PRIORITY
        gained = priority and lanes.priority[k] == 0  # who could not go may go now
        lanes.green_s[k] = _run(0 if gained else lanes.green_s[k], lane_green[k] > 0)
        lanes.priority[k] = priority
        lanes.red_s[k] = _run(lanes.red_s[k], lane_green[k] == 0)
        lanes.blocked[k] = min(lanes.stop_standing_s[k], lanes.green_s[k], lanes.idle_s[k]) >= settings.stall_s
        lanes.flow_vps[k] += (departed - lanes.flow_vps[k]) / settings.flow_memory_s
        lanes.far_seen[k] *= 0.998
        lanes.mid_seen[k] *= 0.998
        if T.far_ptr[k + 1] > T.far_ptr[k] and has_mid:
            lanes.ratio[k] = min(2.0, (lanes.mid_seen[k] + 2.0) / (lanes.far_seen[k] + 2.0))


@inlined
def forget(lanes, first, last):
    """Begin anew with lanes `first..last`: what is known of them cannot be."""
    for k in range(first, last):
        lanes.near[k] = 0.0
        lanes.beyond[k] = 0.0
        lanes.fresh[k] = 0.0
        lanes.over_line[k] = 0.0
        lanes.wait_s[k] = 0.0
        lanes.far_seen[k] = 0.0
        lanes.mid_seen[k] = 0.0
        lanes.flow_vps[k] = 0.0
        lanes.mid_occupancy[k] = 0.0
        lanes.far_occupancy[k] = 0.0
        lanes.ratio[k] = 1.0
        for slot in range(k * WINDOW, (k + 1) * WINDOW):
            lanes.expected[slot] = 0.0
            lanes.sure[slot] = 0.0


@inlined
def demand(lanes, k, now, horizon, lag_s, queue, arrivals, column, mid_storage, far_storage, settings):
    """Queue and arrivals per second of lane k as the planner sees them, into queue[column], arrivals[column]."""
    occupied = min(lanes.mid_occupancy[k], lanes.far_occupancy[k]) if far_storage[k] > 0.0 else lanes.mid_occupancy[k]
    unseen = min(max((occupied - settings.unseen_from) / settings.unseen_span, 0.0), 1.0)
    seen = max(far_storage[k], mid_storage[k])
    near = lanes.near[k] - max(min(lanes.over_line[k], lanes.near[k]), 0.0)  # a negative one is a fault to be told
    queue[column] = near + lanes.beyond[k] + lanes.before[k] + settings.unseen_factor * seen * unseen
    row, flow_vps = arrivals[column], lanes.flow_vps[k]
    for t in range(min(horizon, WINDOW - 1)):
        slot = k * WINDOW + ((now + 1 + t) & (WINDOW - 1))
        row[t] = lanes.expected[slot] + lanes.sure[slot]
    for t in range(WINDOW - 1, horizon):
        row[t] = 0.0
    for t in range(lag_s, horizon):
        row[t] += flow_vps
