"""Vehicles that stand inside a junction because the queue in front of them has come to a stand.

Nobody is to enter where there is no room behind the junction, but who follows a queue that moves is inside when it
stops. The first loop of the way behind the junction tells: since somebody has stood on it, more have come than there
is room for before it. Movements that conflict with theirs wait until the queue moves, and the last of them is out.
Where that takes long, they wait no longer than `exit_hold_s` seconds after another.
"""

from signal_core.kernels.clearance import clear_from, first_conflict_s
from signal_core.kernels.closely_spaced import standing_at_entry_s
from signal_core.kernels.compiled import inlined

ENTERS_S = 3
"""From the line to the first loop of the way behind it; so long are those remembered who have left the line."""
LEAVES_S = 3
"""Who stood inside is out so long after the exit has begun to move."""
MOST = 0.5
"""Part of a lane's vehicles, or of one, that is taken for all of it."""


@inlined
def advance(tables, signals, lanes, left, settings):
    """One second of all lanes, after `clearance`; left: float64[loops], vehicles that left each."""
    _count_entered(tables, lanes, left)
    held_s = lanes.sneakers.exit_held_s
    for i in range(len(tables.link_ptr) - 1):
        for k in range(tables.lane_ptr[i], tables.lane_ptr[i + 1]):
            if lanes.green.green_s[k] > 0:
                held_s[k] = 0
            elif held_s[k] < settings.exit_hold_s and stands_inside(tables, lanes, k, settings):
                held_s[k] += 1
                for e in range(tables.lane_link_ptr[k], tables.lane_link_ptr[k + 1]):
                    link = tables.lane_links[e]
                    clear_from(signals, tables.link_ptr[i] + link,
                               first_conflict_s(tables, signals, i, link) - LEAVES_S)


@inlined
def _count_entered(tables, lanes, left):
    """Vehicles that have come onto each way since somebody has stood at its beginning."""
    entered = lanes.spacing.entered
    for k in range(len(entered)):
        if standing_at_entry_s(tables, lanes, k) == 0:
            entered[k] *= 1.0 - 1.0 / ENTERS_S
    for k in range(len(entered)):
        if tables.fed_ptr[k + 1] > tables.fed_ptr[k] and left[tables.stop_loop[k]] > 0.0:
            for e in range(tables.fed_ptr[k], tables.fed_ptr[k + 1]):
                entered[tables.fed_lane[e]] += left[tables.stop_loop[k]] * tables.fed_share[e]


@inlined
def stands_inside(tables, lanes, k, settings):
    """True where the last vehicle of lane k stands inside, as it cannot have left: most of the lane goes there."""
    share = 0.0
    for e in range(tables.fed_ptr[k], tables.fed_ptr[k + 1]):
        way = tables.fed_lane[e]
        stood_s = standing_at_entry_s(tables, lanes, way)
        is_full = stood_s >= settings.standing_s and lanes.spacing.entered[way] >= tables.entry_room[way] + MOST
        if is_full and lanes.line.idle_s[k] < stood_s + ENTERS_S:
            share += tables.fed_share[e]
    return share >= MOST
