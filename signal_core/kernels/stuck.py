"""Vehicles that stand inside a junction because the queue in front of them has come to a stand.

Nobody is to enter where there is no room behind the junction, but who follows a queue that moves is inside when it
stops. Who has left the line of a lane and has not passed a loop behind the junction is inside. While somebody stands
on such a loop, all that is in conflict with the lanes that lead there and have vehicles inside waits: until the exit
moves, and the last of them is out. Where that takes long, it waits no longer than `exit_hold_s` seconds after another.
"""

from signal_core.kernels.clearance import clear_from, first_conflict_s
from signal_core.kernels.compiled import inlined, kernel
from signal_core.kernels.queues import STANDING, run

LEAVES_S = 3
"""Who stood inside is out so long after the exit has begun to move."""
KEPT_S = 30.0
"""Time constant in which vehicles inside are forgotten: one that a loop has missed is not waited for (own choice)."""
LONGEST_S = 120
"""Nobody waits for an exit that has stood for so long: the loop is stuck, or waiting is no cure (own choice)."""
SOMEBODY = 0.5
"""Part of a vehicle that is taken for one: parts are estimates, and what is forgotten."""


@kernel
def advance(tables, signals, lanes, left, occupancy, settings):
    """One second of all lanes, after `clearance`; left: float64[loops], vehicles that left each; occupancy as well."""
    _enter(tables, lanes, left)
    _leave(tables, lanes, left, occupancy, settings)
    held_s = lanes.sneakers.exit_held_s
    for i in range(len(tables.link_ptr) - 1):
        in_ring = _is_in_ring(tables, i)
        for k in range(tables.lane_ptr[i], tables.lane_ptr[i + 1]):
            if lanes.green.green_s[k] > 0:
                held_s[k] = 0
            elif held_s[k] < settings.exit_hold_s and lanes.inside.cannot_leave[k] == 1 and (
                    not in_ring or tables.in_ring[k]):
                held_s[k] += 1
                for e in range(tables.lane_link_ptr[k], tables.lane_link_ptr[k + 1]):
                    link = tables.lane_links[e]
                    clear_from(signals, tables.link_ptr[i] + link,
                               first_conflict_s(tables, signals, i, link) - LEAVES_S)


@inlined
def _is_in_ring(tables, i):
    """True where a short way of a ring leads to signal i: nothing is held that would empty it."""
    for k in range(tables.lane_ptr[i], tables.lane_ptr[i + 1]):
        if tables.in_ring[k]:
            return True
    return False


@inlined
def _enter(tables, lanes, left):
    """Who has left the line of a lane is inside."""
    vehicles = lanes.inside.vehicles
    for k in range(len(vehicles)):
        vehicles[k] *= 1.0 - 1.0 / KEPT_S
        if tables.stop_loop[k] >= 0:
            vehicles[k] += left[tables.stop_loop[k]]
        lanes.inside.cannot_leave[k] = 0


@inlined
def _leave(tables, lanes, left, occupancy, settings):
    """Who passes an exit is out; which of the lanes that lead there he came from is likelier the more of it go there.
    Where somebody stands on it, the others cannot leave."""
    vehicles, standing_s = lanes.inside.vehicles, lanes.inside.standing_s
    for x in range(len(tables.exit_loop)):
        loop, expected = tables.exit_loop[x], 0.0
        standing_s[x] = run(standing_s[x], occupancy[loop] > STANDING and left[loop] <= 0.0)
        for e in range(tables.exit_ptr[x], tables.exit_ptr[x + 1]):
            expected += vehicles[tables.exit_lane[e]] * tables.exit_share[e]
        for e in range(tables.exit_ptr[x], tables.exit_ptr[x + 1]):
            k = tables.exit_lane[e]
            if left[loop] > 0.0 and expected > 0.0:
                vehicles[k] *= max(1.0 - left[loop] * tables.exit_share[e] / expected, 0.0)
            if settings.standing_s <= standing_s[x] <= LONGEST_S and vehicles[k] >= SOMEBODY:
                lanes.inside.cannot_leave[k] = 1
