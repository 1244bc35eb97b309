"""Closely spaced signals: vehicles that wait at the upstream one may be waiting for the next.

A way between two signals that is full and red takes nobody, and what would come waits before it: so it is demand of
the next signal, and not of the upstream one. Where the upstream one has green, what waits there will be at the next in
a few seconds.
"""

from signal_core.kernels import arrivals, tight_ways
from signal_core.kernels.compiled import inlined
from signal_core.kernels.queues import STOPPED_S


@inlined
def expect(tables, lanes, now, left):
    """Vehicles that leave the upstream signal are expected, where no loop lies between; left: float[loops]."""
    for k in range(len(tables.upstream_ptr) - 1):
        if tables.mid_ptr[k + 1] > tables.mid_ptr[k]:
            continue
        for e in range(tables.upstream_ptr[k], tables.upstream_ptr[k + 1]):
            count = left[tables.upstream_loop[e]]
            if count > 0.0:
                arrivals.expect(lanes, k, now + tables.upstream_lag_s[e], count * tables.upstream_share[e])


@inlined
def standing_at_entry_s(tables, lanes, k):
    """For how long somebody has stood on the outermost loop of lane k."""
    if tables.far_ptr[k + 1] > tables.far_ptr[k]:
        return lanes.runs.far_standing_s[k]
    if tables.mid_ptr[k + 1] > tables.mid_ptr[k]:
        return lanes.runs.mid_standing_s[k]
    return lanes.runs.stop_standing_s[k]


@inlined
def _is_full(tables, lanes, k, standing_s):
    """True where the queue of lane k reaches the upstream signal, as far as loops tell."""
    only_stop = tables.far_ptr[k + 1] == tables.far_ptr[k] and tables.mid_ptr[k + 1] == tables.mid_ptr[k]
    return standing_at_entry_s(tables, lanes, k) >= (STOPPED_S if only_stop else standing_s)


@inlined
def look_back(tables, signals, lanes, standing_s):
    """Write `SpacingState`: a lane is demanded for by the queue upstream if it is full, or if that has green, or would
    have it if the way were not tight."""
    spacing = lanes.spacing
    for k in range(len(tables.upstream_ptr) - 1):
        spacing.upstream_queue[k] = 0.0
        spacing.exit_full_share[k] = 0.0
    for k in range(len(tables.upstream_ptr) - 1):
        if tables.upstream_ptr[k + 1] == tables.upstream_ptr[k]:
            continue
        full = _is_full(tables, lanes, k, standing_s)
        for e in range(tables.upstream_ptr[k], tables.upstream_ptr[k + 1]):
            other, share = tables.upstream_lane[e], tables.upstream_share[e]
            if other < 0:
                continue
            tight, i = tables.upstream_link[e] >= 0, tables.lane_signal[k]
            closed = not tight_ways.takes(tables, signals, i, k) if tight else full and lanes.green.green_s[k] == 0
            comes = lanes.green.green_s[other] > 0 or (tight and tight_ways.sends(tables, signals, e))
            if closed:
                spacing.exit_full_share[other] = min(spacing.exit_full_share[other] + share, 1.0)
            if full or comes:
                spacing.upstream_queue[k] += share * (lanes.queue.near[other] + lanes.queue.beyond[other])
