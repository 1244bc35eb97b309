"""Queues and arrivals of every lane from loop counts and occupancies alone.

Far loop: an expected arrival, scaled by what really follows (`ratio`). Middle loop: an exact arrival, which
replaces that much expectation. Stop-line loop: a departure. Three observations bound the drift: nobody on the
stop-line loop means no queue, a vehicle standing there means one, a standing upstream loop means the queue
reaches it.
"""

from numba import njit

WINDOW = 64
"""Seconds of expected arrivals kept per lane, as a ring."""


@njit(cache=True)
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


@njit(cache=True)
def _expect(lanes, first, last, now, counts, far_ptr, far_loop, far_share, far_lag_s):
    """Far counts become expected arrivals."""
    for k in range(first, last):
        for e in range(far_ptr[k], far_ptr[k + 1]):
            count = counts[far_loop[e]]
            if count > 0.0:
                mass = count * far_share[e]
                lanes.far_seen[k] += mass
                lanes.expected[k * WINDOW + (now + far_lag_s[e]) % WINDOW] += mass * lanes.ratio[k]


@njit(cache=True)
def _confirm(lanes, first, last, now, counts, mid_ptr, mid_loop, mid_share, mid_lag_s, far_ptr, far_lag_s):
    """Middle counts become sure arrivals and take away the expectation that they fulfil."""
    for k in range(first, last):
        seen = 0.0
        for e in range(mid_ptr[k], mid_ptr[k + 1]):
            mass = counts[mid_loop[e]] * mid_share[e]
            if mass > 0.0:
                seen += mass
                lanes.sure[k * WINDOW + (now + mid_lag_s[e]) % WINDOW] += mass
        if seen == 0.0:
            continue
        lanes.mid_seen[k] += seen
        left = _take(lanes.expected, k * WINDOW, now, 20, seen)
        for other in range(first, last):
            if left <= 0.0:
                break
            if other != k and _share_a_loop(other, k, far_ptr, lanes.far_group):
                left = _take(lanes.expected, other * WINDOW, now, 20, left)


@njit(cache=True, inline="always")
def _share_a_loop(a, b, far_ptr, group):
    return far_ptr[a + 1] > far_ptr[a] and far_ptr[b + 1] > far_ptr[b] and group[a] == group[b]


@njit(cache=True)
def _longest_occupied(k, occupancy, ptr, loop):
    """Smallest occupancy among the loops of one distance: a queue reaches them all or none."""
    low = 1.0
    for e in range(ptr[k], ptr[k + 1]):
        low = min(low, occupancy[loop[e]])
    return low if ptr[k + 1] > ptr[k] else 0.0


@njit(cache=True)
def _correct(lanes, k, occupancy, stop_loop, mid_storage, far_storage, settings):
    """Bound the queue by what the loops show standing or empty."""
    s = stop_loop[k]
    if s >= 0:
        busy = occupancy[s] > 0.0
        lanes.stop_empty_s[k] = 0 if busy else lanes.stop_empty_s[k] + 1
        lanes.stop_standing_s[k] = lanes.stop_standing_s[k] + 1 if occupancy[s] > 0.99 else 0
        if lanes.stop_empty_s[k] >= settings.empty_s:
            lanes.queue[k] = min(lanes.queue[k], lanes.fresh[k])
        elif lanes.stop_standing_s[k] >= 2:
            lanes.queue[k] = max(lanes.queue[k], 1.0)
    if mid_storage[k] > 0.0:
        if lanes.mid_standing_s[k] >= settings.standing_s:
            lanes.queue[k] = max(lanes.queue[k], mid_storage[k])
            if far_storage[k] > 0.0 and lanes.far_standing_s[k] >= settings.standing_s:
                lanes.queue[k] = max(lanes.queue[k], far_storage[k])
        else:
            lanes.queue[k] = min(lanes.queue[k], mid_storage[k] + 2.0)


@njit(cache=True)
def update(lanes, first, last, now, entered, left, occupancy, stop_loop, mid_ptr, mid_loop, mid_share, mid_lag_s,
           far_ptr, far_loop, far_share, far_lag_s, mid_storage, far_storage, best_vps, lane_green, settings):
    """Advance lanes `first..last` by one second of counts.

    lanes: LaneState; entered, left, occupancy: float[loops], vehicles that came onto and left each loop, and the share
    of the second it was occupied;
    lane_green: uint8[lanes], 1 where the lane had green in this second.
    """
    _expect(lanes, first, last, now, entered, far_ptr, far_loop, far_share, far_lag_s)
    _confirm(lanes, first, last, now, entered, mid_ptr, mid_loop, mid_share, mid_lag_s, far_ptr, far_lag_s)
    for k in range(first, last):
        mid_now = _longest_occupied(k, occupancy, mid_ptr, mid_loop)
        far_now = _longest_occupied(k, occupancy, far_ptr, far_loop)
        lanes.mid_standing_s[k] = lanes.mid_standing_s[k] + 1 if mid_now > 0.99 else 0
        lanes.far_standing_s[k] = lanes.far_standing_s[k] + 1 if far_now > 0.99 else 0
        lanes.mid_occupancy[k] += (mid_now - lanes.mid_occupancy[k]) / 60.0
        lanes.far_occupancy[k] += (far_now - lanes.far_occupancy[k]) / 60.0

        slot = k * WINDOW + now % WINDOW
        arrived = lanes.expected[slot] + lanes.sure[slot]
        lanes.expected[slot] = 0.0
        lanes.sure[slot] = 0.0
        lanes.fresh[k] = 0.7 * lanes.fresh[k] + arrived
        departed = left[stop_loop[k]] if stop_loop[k] >= 0 else 0.0
        before = lanes.queue[k] + arrived
        queue = before - departed
        if queue < 0.0:
            short = _take(lanes.sure, k * WINDOW, now + 1, settings.borrow_s, -queue)
            _take(lanes.expected, k * WINDOW, now + 1, settings.borrow_s, short)
            queue = 0.0
        lanes.queue[k] = queue
        _correct(lanes, k, occupancy, stop_loop, mid_storage, far_storage, settings)

        if departed > 0.0:
            lanes.idle_s[k] = 0
            lanes.wait_s[k] *= max(0.0, 1.0 - departed / max(before, 1.0))
        else:
            lanes.idle_s[k] += 1
        lanes.wait_s[k] = lanes.wait_s[k] + 1.0 if lanes.queue[k] >= 0.5 else 0.0
        lanes.green_s[k] = lanes.green_s[k] + 1 if lane_green[k] else 0
        lanes.red_s[k] = 0 if lane_green[k] else lanes.red_s[k] + 1
        standing = lanes.stop_standing_s[k] >= settings.stall_s
        lanes.blocked[k] = (lane_green[k] == 1 and standing and lanes.green_s[k] >= settings.stall_s
                            and lanes.idle_s[k] >= settings.stall_s)
        lanes.flow_vps[k] += (departed - lanes.flow_vps[k]) / settings.flow_memory_s
        lanes.far_seen[k] *= 0.998
        lanes.mid_seen[k] *= 0.998
        if far_ptr[k + 1] > far_ptr[k] and mid_ptr[k + 1] > mid_ptr[k]:
            lanes.ratio[k] = min(2.0, (lanes.mid_seen[k] + 2.0) / (lanes.far_seen[k] + 2.0))


@njit(cache=True)
def demand(lanes, k, now, horizon, lag_s, queue, arrivals, column, far_storage, settings):
    """Queue and arrivals per second of lane k as the planner sees them, into queue[column], arrivals[:, column]."""
    occupied = min(lanes.mid_occupancy[k], lanes.far_occupancy[k])
    unseen = min(max((occupied - settings.unseen_from) / settings.unseen_span, 0.0), 1.0)
    queue[column] = lanes.queue[k] + settings.unseen_factor * far_storage[k] * unseen
    for t in range(horizon):
        if t < WINDOW - 1:
            slot = k * WINDOW + (now + 1 + t) % WINDOW
            arrivals[t, column] = lanes.expected[slot] + lanes.sure[slot]
        else:
            arrivals[t, column] = 0.0
        if t >= lag_s:
            arrivals[t, column] += lanes.flow_vps[k]
