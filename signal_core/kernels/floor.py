"""The plan is the floor: signals where queues stand for minutes and less leaves than the plan would let go.

A lane whose queue has reached its outermost loop for `full_s` sends as much as its green and its exit allow. Where all
such lanes of a signal together send less than `floor_share` of what the program's shares of green would let them
discharge, control has lost its way, or exits are full: the network's plan, at its own offset, does no worse, and
empties a row of full blocks in step. So neighbours with queues join it. It is kept until no queue of the signal has
reached that far for `floor_clear_s`.
"""

from signal_core.kernels.compiled import inlined
from signal_core.kernels.health import SEES, WORSE


@inlined
def _is_behind(tables, lanes, i, settings):
    """True where the lanes of signal i with long queues send less than the plan would let go."""
    sent_vps, due_vps = 0.0, 0.0
    for k in range(tables.lane_ptr[i], tables.lane_ptr[i + 1]):
        if lanes.claims.reached_s[k] >= settings.full_s and tables.stop_loop[k] >= 0:
            sent_vps += lanes.arrivals.flow_vps[k]
            due_vps += tables.plan_vps[k]
    return sent_vps < settings.floor_share * due_vps


@inlined
def _longest_s(tables, lanes, i):
    """For how long a queue of signal i has reached its outermost loop."""
    longest_s = 0
    for k in range(tables.lane_ptr[i], tables.lane_ptr[i + 1]):
        longest_s = max(longest_s, lanes.claims.reached_s[k])
    return longest_s


@inlined
def _has_such_a_neighbour(floor, tables, i):
    """True where a neighbour of signal i runs its plan."""
    for e in range(tables.neighbour_ptr[i], tables.neighbour_ptr[i + 1]):
        if floor.worse[tables.neighbour[e]] == 1:
            return True
    return False


@inlined
def watch(floor, loops, tables, lanes, settings):
    """One second of every signal, after `exits`: sight becomes WORSE where the plan does better. floor: FloorState."""
    for i in range(len(tables.lane_ptr) - 1):
        queue_s = _longest_s(tables, lanes, i)
        floor.behind_s[i] = floor.behind_s[i] + 1 if _is_behind(tables, lanes, i, settings) else 0
        floor.clear_s[i] = floor.clear_s[i] + 1 if queue_s == 0 else 0
        if tables.adapts[i]:  # there is no fixed plan to go back to
            continue
        joins = queue_s >= settings.joins_s and _has_such_a_neighbour(floor, tables, i)
        if floor.behind_s[i] >= settings.behind_s or joins:
            floor.worse[i] = 1
        elif floor.clear_s[i] >= settings.floor_clear_s:
            floor.worse[i] = 0
        if floor.worse[i] == 1 and loops.signals.sight[i] == SEES:
            loops.signals.sight[i] = WORSE
