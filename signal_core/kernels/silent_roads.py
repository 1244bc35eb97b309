"""Roads that have fallen silent: nobody comes any more, or their loops have died.

It takes long until silence alone proves loops dead, and meanwhile nobody would get green there. So once many usually
come in the time in which nobody has, half of what is usual is expected: in red the queue grows as that would, in green
it leaves. Who comes out of the junction tells: after a green that brings nobody to the loops behind it nobody is
expected for a while, after the next for twice as long.
"""

import numpy as np

from signal_core.kernels.compiled import inlined, kernel
from signal_core.kernels.substitution import DISCHARGES_S, EXPECTED, LEAVING, PRESENT, leaving
from signal_core.kernels.verdicts import believed, rate

SHARE = 0.5
"""Of what is usual so much is expected (own choice)."""
SILENT_S = 60
"""A road has fallen silent after so long at the soonest."""
NEVER_S = 1_000_000_000
CALL_VEHICLES = 1.0
"""From here on somebody stands at the line."""
ACROSS_S = 8
"""From the end of green until the last are past the loops behind the junction (own choice)."""
TELL_SHARE = 0.5
"""Of a lane's vehicles so many leave past loops that work, or nobody there says nothing (own choice)."""


@inlined
def _works(loops, i):
    """True where loop i has counted anybody lately, as far as it can be believed."""
    return i >= 0 and loops.samples.minute_vps[i] > 0.0 and believed(loops, i)


@inlined
def _silent_s(loops, i):
    """Seconds since loop i has seen anybody, NEVER_S where it has not."""
    return loops.runs.silent_s[i] if i >= 0 and loops.usual.seen[i] > 0.0 else NEVER_S


@inlined
def _lane_silent_s(loops, tables, k):
    """Seconds since any loop of lane k has seen anybody, NEVER_S where none has."""
    least = _silent_s(loops, tables.stop_loop[k])
    for e in range(tables.mid_ptr[k], tables.mid_ptr[k + 1]):
        least = min(least, _silent_s(loops, tables.mid_loop[e]))
    for e in range(tables.far_ptr[k], tables.far_ptr[k + 1]):
        least = min(least, _silent_s(loops, tables.far_loop[e]))
    return least


@inlined
def _is_silent(loops, tables, i, k, limits):
    """True where nobody has been seen on the road of lane k of signal i while many usually come."""
    least_s, usual_vps = NEVER_S, 0.0
    for j in range(tables.lane_ptr[i], tables.lane_ptr[i + 1]):
        if tables.road[j] == tables.road[k]:
            least_s = min(least_s, _lane_silent_s(loops, tables, j))
            usual_vps += rate(loops, tables.stop_loop[j]) if tables.stop_loop[j] >= 0 else 0.0
    return SILENT_S <= least_s < NEVER_S and least_s * usual_vps >= limits.dead_least_vehicles


@inlined
def _count_out(roads, loops, tables, entered):
    """Who comes past the loops behind the junction while a green is looked at."""
    for x in range(len(tables.exit_loop)):
        if entered[tables.exit_loop[x]] > 0.0 and believed(loops, tables.exit_loop[x]):
            for e in range(tables.exit_ptr[x], tables.exit_ptr[x + 1]):
                if roads.across_s[tables.exit_lane[e]] > 0:
                    roads.brings[tables.exit_lane[e]] = 1


@inlined
def _can_tell(loops, tables, k):
    """True where most who leave lane k pass loops that work."""
    told = 0.0
    for x in range(len(tables.exit_loop)):
        if _works(loops, tables.exit_loop[x]):
            for e in range(tables.exit_ptr[x], tables.exit_ptr[x + 1]):
                told += tables.exit_share[e] if tables.exit_lane[e] == k else 0.0
    return told >= TELL_SHARE


@inlined
def _conclude(roads, loops, tables, i, k, longest_s):
    """A green of lane k of signal i is over, and all that left in it are across."""
    if roads.brings[k] == 1:  # others may have sent them
        roads.next_rest_s[k] //= 2
    elif _can_tell(loops, tables, k):
        roads.next_rest_s[k] = min(max(np.int64(tables.cycle_s[i]), 2 * roads.next_rest_s[k]), longest_s)
        for j in range(tables.lane_ptr[i], tables.lane_ptr[i + 1]):
            if tables.road[j] == tables.road[k]:
                roads.rest_s[j] = max(roads.rest_s[j], roads.next_rest_s[k])


@inlined
def _look(roads, loops, tables, green_s, i, k, longest_s):
    """One second of the green of lane k that is looked at, from its first until all are across."""
    if roads.across_s[k] == 0:
        if green_s >= DISCHARGES_S:
            roads.across_s[k], roads.brings[k] = ACROSS_S, 0
    elif green_s == 0:
        roads.across_s[k] -= 1
        if roads.across_s[k] == 0:
            _conclude(roads, loops, tables, i, k, longest_s)


@inlined
def _expect(loops, tables, lanes, k, used):
    """What the stop-line loop of lane k would say, and its queue, where half of what is usual came."""
    i, green_s = tables.stop_loop[k], lanes.green.green_s[k]
    due = SHARE * rate(loops, i) * lanes.green.red_s[k]
    loops.verdict.source[i] = EXPECTED
    if green_s == 0:
        lanes.queue.near[k] = max(lanes.queue.near[k], due)
        used.occupancy[i] = 1.0 if due >= CALL_VEHICLES else PRESENT
    elif green_s < DISCHARGES_S:
        used.occupancy[i] = PRESENT
    else:
        used.left[i] = leaving(tables, lanes, k)
        used.occupancy[i] = LEAVING if used.left[i] > 0.0 else 0.0


@kernel
def stand_in(roads, loops, tables, lanes, used, limits):
    """One second of all lanes, before the estimator's: writes into samples and queues who is taken to be there.

    roads: SilentRoads; loops: LoopHealth; tables: Tables; lanes: LaneState; used: Samples; limits: HealthSettings.
    Never raises, allocates nothing.
    """
    _count_out(roads, loops, tables, used.entered)
    for k in range(len(roads.rest_s)):
        roads.rest_s[k] -= roads.rest_s[k] > 0
    for i in range(len(tables.lane_ptr) - 1):
        for k in range(tables.lane_ptr[i], tables.lane_ptr[i + 1]):
            if (tables.stop_loop[k] < 0 or _lane_silent_s(loops, tables, k) < SILENT_S
                    or not _is_silent(loops, tables, i, k, limits)):
                roads.across_s[k], roads.rest_s[k], roads.next_rest_s[k] = 0, 0, 0
                continue
            _look(roads, loops, tables, lanes.green.green_s[k], i, k, limits.recall_s)
            if roads.rest_s[k] == 0 and rate(loops, tables.stop_loop[k]) > 0.0:
                _expect(loops, tables, lanes, k, used)
