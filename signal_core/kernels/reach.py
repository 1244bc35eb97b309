"""For how long the queue of a lane has reached its outermost loop.

From there on it may be of any length, unless all who come have passed another signal just behind that loop. Where much
of the traffic starts between the loops and the line, nobody sees those who come: a queue at the line counts.
"""

from signal_core.kernels.compiled import inlined, kernel
from signal_core.kernels.starts import starts_inside


@inlined
def _stands(standing_s, empty_s, reached_s, settings):
    """A queue is there from when somebody stands until nobody has been seen for a while."""
    return standing_s >= settings.standing_s or (reached_s > 0 and empty_s < settings.empty_s)


@inlined
def _reaches_line(lanes, k, settings):
    runs = lanes.runs
    return _stands(runs.stop_standing_s[k], runs.stop_empty_s[k], lanes.queue.reached_s[k], settings)


@inlined
def _reaches_outermost(tables, lanes, k, settings):
    """True where the queue of lane k reaches its outermost loop."""
    runs, reached_s = lanes.runs, lanes.queue.reached_s[k]
    if tables.far_ptr[k + 1] > tables.far_ptr[k]:
        return _stands(runs.far_standing_s[k], runs.far_empty_s[k], reached_s, settings)
    if tables.mid_ptr[k + 1] > tables.mid_ptr[k]:
        return _stands(runs.mid_standing_s[k], runs.mid_empty_s[k], reached_s, settings)
    return _reaches_line(lanes, k, settings)


@kernel
def watch(tables, lanes, settings):
    """Advance by one second for how long the queue of every lane has reached so far."""
    reached_s = lanes.queue.reached_s
    for i in range(len(tables.lane_ptr) - 1):
        first, last = tables.lane_ptr[i], tables.lane_ptr[i + 1]
        for k in range(first, last):
            inside = starts_inside(tables, lanes, first, last, k)
            there = _reaches_line(lanes, k, settings) if inside else _reaches_outermost(tables, lanes, k, settings)
            reached_s[k] = reached_s[k] + 1 if there else 0
