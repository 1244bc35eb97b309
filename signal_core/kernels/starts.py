"""Vehicles that start between the loops of a road and its line: from car parks, drives, and lanes beside the road.

No loop has counted them before they leave. Who has left the line and never passed the middle loop was one of them; so
how many come is known, though not when. They join a queue that is there, as often as they usually do.
"""

from signal_core.kernels.arrivals import RATIO_KEEP
from signal_core.kernels.compiled import inlined

SHARE = 0.25
"""Of the vehicles that leave a road, so many that no loop upstream has counted are no error of counting ..."""
VEHICLES = 10.0
"""... once so many have left (own choice)."""


@inlined
def _gone_and_come(tables, lanes, first, last, k):
    """Vehicles that have left the road of lane k lately, and that have passed its middle loops; none where that is
    not known."""
    gone, come = 0.0, 0.0
    for other in range(first, last):
        if tables.road[other] == tables.road[k]:
            if tables.mid_ptr[other + 1] == tables.mid_ptr[other] or tables.stop_loop[other] < 0:
                return 0.0, 0.0
            gone += lanes.claims.departed[other]
            come += lanes.arrivals.mid_seen[other]
    return gone, come


@inlined
def _is_much(gone, come):
    return gone >= VEHICLES and gone - come > SHARE * gone


@inlined
def starts_inside(tables, lanes, first, last, k):
    """True where much of the traffic on the road of lane k starts between its loops and the line."""
    gone, come = _gone_and_come(tables, lanes, first, last, k)
    return _is_much(gone, come)


@inlined
def unseen_vps(tables, lanes, first, last, k):
    """Vehicles per second that start behind the loops of lane k, one of first .. last - 1; 0 where they are few."""
    gone, come = _gone_and_come(tables, lanes, first, last, k)
    return (1.0 - RATIO_KEEP) * (gone - come) * lanes.claims.departed[k] / gone if _is_much(gone, come) else 0.0


@inlined
def count(tables, lanes, left):
    """Note who has left the line of every lane in this second, remembered for as long as who passes the middle loop.

    left: float64[loops], vehicles that left each.
    """
    for k in range(len(tables.stop_loop)):
        if tables.stop_loop[k] >= 0:
            lanes.claims.departed[k] = RATIO_KEEP * lanes.claims.departed[k] + left[tables.stop_loop[k]]


@inlined
def join(tables, lanes):
    """Those who start unseen in this second join the queues that are there."""
    for i in range(len(tables.lane_ptr) - 1):
        first, last = tables.lane_ptr[i], tables.lane_ptr[i + 1]
        for k in range(first, last):
            if lanes.queue.wait_s[k] > 0.0:
                lanes.queue.near[k] += unseen_vps(tables, lanes, first, last, k)
