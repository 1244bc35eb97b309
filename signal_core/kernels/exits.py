"""Lanes whose first vehicle has green and does not go: their exit is blocked, by a queue, an accident or a barrier.

Green counts that is for a movement the vehicle may want; where it has refused them all, it is hindered, and any green
does.
"""

from signal_core.kernels.codes import GREEN, PERMISSIVE
from signal_core.kernels.compiled import inlined, kernel
from signal_core.kernels.heads import is_hindered
from signal_core.kernels.verdicts import believed


@inlined
def _offered(tables, signals, lanes, i, k, permissive_share):
    """What this second of green is worth to the vehicle at the head of lane k of signal i: 1, a share of it, or 0."""
    first, last = tables.lane_link_ptr[k], tables.lane_link_ptr[k + 1]
    hindered = is_hindered(tables, lanes, k)
    worth = 0.0
    for e in range(first, last):
        if hindered or not (lanes.head.refused[k] >> (e - first)) & 1:
            code = signals.shown[tables.link_ptr[i] + tables.lane_links[e]]
            if code == GREEN:
                worth = 1.0
            elif code == PERMISSIVE:
                worth = max(worth, permissive_share)
    return worth


@inlined
def _judge(exits, loops, lanes, k, loop, settings):
    """Raise or clear the alarm of lane k."""
    if exits.blocked[k] == 0:
        passed = loops.evidence.pending[loop] * loops.usual.ratio[loop]  # if its mates are right
        if passed < settings.exit_vehicles:
            exits.blocked[k] = 1
            exits.alarms[k] += 1
            exits.events[0] += 1
            exits.gone[k] = 0
        return
    if exits.waited_s[k] >= settings.exit_green_s:
        exits.gone[k] = 0
    if lanes.line.idle_s[k] == 0:
        exits.gone[k] += 1
    flows = exits.gone[k] >= settings.exit_clear_vehicles or lanes.runs.stop_empty_s[k] >= settings.exit_clear_s
    if flows or not believed(loops, loop):
        exits.blocked[k] = 0
        exits.waited_s[k] = 0.0
        exits.events[0] += 1


@inlined
def _tell_loops(exits, loops, tables):
    """Mark the loops of blocked lanes: where traffic stands for good, no loop is stuck."""
    for i in range(len(loops.verdict.is_queued)):
        loops.verdict.is_queued[i] = 0
    for k in range(len(exits.blocked)):
        if exits.blocked[k] == 1:
            loops.verdict.is_queued[tables.stop_loop[k]] = 1
            for e in range(tables.mid_ptr[k], tables.mid_ptr[k + 1]):
                loops.verdict.is_queued[tables.mid_loop[e]] = 1
            for e in range(tables.far_ptr[k], tables.far_ptr[k + 1]):
                loops.verdict.is_queued[tables.far_loop[e]] = 1


@kernel
def watch(exits, loops, tables, signals, lanes, settings):
    """One second of every lane, after the estimator's. Never raises, allocates nothing.

    exits: ExitState; loops: LoopHealth; signals: SignalState; lanes: LaneState; settings: HealthSettings.
    """
    before = exits.events[0]
    for i in range(len(tables.lane_ptr) - 1):
        for k in range(tables.lane_ptr[i], tables.lane_ptr[i + 1]):
            loop = tables.stop_loop[k]
            if loop < 0:
                continue
            if lanes.head.standing_s[k] > 0 and believed(loops, loop):
                exits.waited_s[k] += _offered(tables, signals, lanes, i, k, settings.exit_permissive_share)
            else:
                exits.waited_s[k] = 0.0
            if exits.blocked[k] == 1 or exits.waited_s[k] >= settings.exit_green_s:
                _judge(exits, loops, lanes, k, loop, settings)
    if exits.events[0] != before:
        _tell_loops(exits, loops, tables)
