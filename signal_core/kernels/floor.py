"""The plan is the floor: signals where queues stand for minutes and less leaves than the plan would let go.

A lane whose queue has reached its outermost loop for `full_s` (where trips start beyond that loop nobody knows while
it is empty, and a claim is what the lane has) sends as much as its green and its exit allow. Where such a lane has sent
less than `floor_share` of what the program's shares of green would have let it discharge, control may have lost its
way, or exits are full: the network's plan, at its own offset, may do better, and empties a row of full
blocks in step. So neighbours with queues join it. Whether it does, `trials` say. Where it does it is kept until no
queue of the signal, nor of those in its row, has reached that far for `floor_clear_s`: one that leaves the row too soon
feeds the others' exits.
"""

from signal_core.kernels.compiled import inlined, kernel
from signal_core.kernels.starts import starts_inside
from signal_core.kernels.trials import EMPTY_S, spread
from signal_core.kernels.verdicts import LOCKED, SEES, WORSE

GAP_S = 3
"""A green that the program leaves to gaps ends after one so long (SUMO's `max-gap`)."""
WELL_SERVED = 0.75
"""Whoever this green serves less well than that share of their best has one of their own (own choice)."""


@inlined
def _count(floor, tables, lanes, k):
    """Count for how long the queue of lane k has reached its outermost loop.

    It counts until the lane has cleared: what stands beyond a junction or a full block comes in parts.
    """
    there = lanes.claims.reached_s[k] > 0 or (floor.full_s[k] > 0 and lanes.runs.stop_empty_s[k] < EMPTY_S)
    floor.full_s[k] = floor.full_s[k] + 1 if there else 0
    floor.sent[k] = floor.sent[k] + (lanes.line.idle_s[k] == 0) if there else 0


@inlined
def _queue_s(floor, tables, lanes, i, k):
    """For how long lane k of signal i has been full.

    Where trips start beyond the outermost loop, `claims` take the line for it: 0 while nobody is on the loop itself.
    """
    first, last = tables.lane_ptr[i], tables.lane_ptr[i + 1]
    has_far = tables.far_ptr[k + 1] > tables.far_ptr[k]
    empty_s = lanes.runs.far_empty_s[k] if has_far else lanes.runs.mid_empty_s[k]
    if empty_s > GAP_S and starts_inside(tables, lanes, first, last, k):
        return 0
    return floor.full_s[k]


@inlined
def _is_behind(floor, tables, lanes, i, settings):
    """True where a lane of signal i whose queue reaches so far has sent much less than the plan would have let go.

    Counted since the queue is there: it is a suspicion, which a trial answers.
    """
    for k in range(tables.lane_ptr[i], tables.lane_ptr[i + 1]):
        full_s = _queue_s(floor, tables, lanes, i, k)
        reaches = full_s > 0 and lanes.claims.reached_s[k] >= settings.full_s
        if reaches and tables.stop_loop[k] >= 0 and floor.sent[k] < settings.floor_share * tables.plan_vps[k] * full_s:
            return True
    return False


@inlined
def _longest_s(floor, tables, lanes, i):
    """For how long a queue of signal i has reached its outermost loop."""
    longest_s = 0
    for k in range(tables.lane_ptr[i], tables.lane_ptr[i + 1]):
        longest_s = max(longest_s, _queue_s(floor, tables, lanes, i, k))
    return longest_s


@inlined
def _such_neighbours(floor, tables, i):
    """How many neighbours of signal i run their plan."""
    found = 0
    for e in range(tables.neighbour_ptr[i], tables.neighbour_ptr[i + 1]):
        found += floor.worse[tables.neighbour[e]] == 1
    return found


@inlined
def _joins(floor, tables, i, queue_s, settings):
    """True where signal i goes with its neighbours: one of them and a queue of its own, or it lies between two."""
    others = _such_neighbours(floor, tables, i)
    return others >= 2 or (others == 1 and queue_s >= settings.joins_s)


@inlined
def _is_kept(tables, signals, lanes, i):
    """True where traffic keeps the green of signal i: it comes and goes on a lane that no phase serves much better."""
    first, last, runs = tables.lane_ptr[i], tables.lane_ptr[i + 1], lanes.runs
    row = tables.service_ptr[i] + signals.phase[i] * (last - first)
    for k in range(first, last):
        gap_s = runs.mid_empty_s[k] if tables.mid_ptr[k + 1] > tables.mid_ptr[k] else runs.stop_empty_s[k]
        well = tables.service_vps[row + k - first] >= WELL_SERVED * tables.best_vps[k]
        goes = lanes.green.green_s[k] > 0 and not lanes.head.stalled[k]
        if well and tables.best_vps[k] > 0.0 and goes and gap_s < GAP_S:
            return True
    return False


@inlined
def _hold_together(floor, tables, settings):
    """Mark the signals to be kept on their plan: those with a queue, and all that are connected to one by others."""
    n = len(floor.worse)
    for i in range(n):
        floor.held[i] = floor.worse[i] == 1 and floor.clear_s[i] < settings.floor_clear_s
    spreads = True
    while spreads:
        spreads = False
        for i in range(n):
            spreads |= floor.worse[i] == 1 and spread(tables, floor.held, i)


@kernel
def watch(floor, trials, locked, guards, loops, tables, signals, lanes, settings):
    """One second of every signal, after `exits`, `locks` and `trials`: sight becomes WORSE where the plan is better, or
    tried, and LOCKED where a signal is in a lock, which no plan empties. Who guards a full ring
    stays, as the plan feeds it.

    floor: FloorState; trials: TrialState; locked, guards: of LockState.
    """
    for i in range(len(tables.lane_ptr) - 1):
        floor.extends[i] = _is_kept(tables, signals, lanes, i)
        for k in range(tables.lane_ptr[i], tables.lane_ptr[i + 1]):
            _count(floor, tables, lanes, k)
        queue_s = _longest_s(floor, tables, lanes, i)
        floor.behind_s[i] = floor.behind_s[i] + 1 if _is_behind(floor, tables, lanes, i, settings) else 0
        floor.clear_s[i] = floor.clear_s[i] + 1 if queue_s == 0 else 0
        if trials.rest_s[i] > 0:
            floor.worse[i] = 0
        elif tables.adapts[i]:  # there is no fixed plan to go back to
            continue
        elif floor.behind_s[i] >= settings.behind_s or _joins(floor, tables, i, queue_s, settings):
            floor.worse[i] = 1
    _hold_together(floor, tables, settings)
    for i in range(len(tables.lane_ptr) - 1):
        if floor.worse[i] == 1 and floor.held[i] == 0:
            floor.worse[i], trials.tried_s[i] = 0, 0
        if locked[i] == 1 and loops.signals.sight[i] == SEES:
            loops.signals.sight[i] = LOCKED
        elif (floor.worse[i] == 1 or trials.tried_s[i] > 0) and guards[i] == 0 and loops.signals.sight[i] == SEES:
            loops.signals.sight[i] = WORSE
