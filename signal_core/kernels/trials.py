"""Does the plan do better? Asked where a lane is starved or a signal behind, answered by the departures under both.

A lane that has stood for `starved_s` without a break, and of which less than `starved_share` of what the plan would let
go has left, may be the price of more that goes elsewhere, or green that nobody can use. Where a full lane has sent much
less than the plan would have let go (`floor`), the plan may be no better. Nobody can tell by rates that are taken for
granted, so it is tried. The plan stays until the queues are gone, unless in `trial_s` the signal and those on their
plan beside it (a row, tried in step) let fewer go than before: beyond chance, or where a lane was starved at all; then
control goes on, and asks again after a rest. A signal that is kept from its plan, at a full ring or in a lock, is under
control, so there is no trial.
"""

import numpy as np

from signal_core.kernels.compiled import inlined, kernel
from signal_core.kernels.substitution import EXPECTED
from signal_core.kernels.verdicts import SEES

EMPTY_S = 4
"""A lane whose stop line has been empty for so long does not stand."""
SETTLES_S = 180
"""The first seconds of a trial do not count: so long the change takes, as those who did not get the green of control
stand in the way of those who get that of the plan."""
LOOKS_S = 60
"""So often a trial is looked at for whether the plan is worse beyond chance ..."""
CHANCE = 2.0
"""... which is below by so many times what counts scatter by at its end, and by more before: who looks often sees
chance more often (O'Brien and Fleming 1979)."""
MEMORY_S = 300
"""Time constant of what left before."""
REST_S = 600
"""So long a signal that was behind rests after a trial that failed; `rest_s` where one has failed not long before."""


@inlined
def _count(trials, loops, tables, lanes, i):
    """Vehicles that left signal i in this second, but for those that are only expected; counts for how long each of its
    lanes has stood, and who left."""
    left = 0
    for k in range(tables.lane_ptr[i], tables.lane_ptr[i + 1]):
        if tables.stop_loop[k] < 0 or loops.verdict.source[tables.stop_loop[k]] == EXPECTED:
            continue
        gone = 1 if lanes.line.idle_s[k] == 0 else 0
        left += gone
        stands = lanes.runs.stop_empty_s[k] < EMPTY_S
        trials.stood_s[k] = trials.stood_s[k] + 1 if stands else 0
        trials.sent[k] = trials.sent[k] + gone if stands else 0
    return left


@inlined
def _is_starved(trials, tables, i, settings):
    """True where a lane of signal i has stood for long and sent next to nothing."""
    for k in range(tables.lane_ptr[i], tables.lane_ptr[i + 1]):
        due = tables.plan_vps[k] * trials.stood_s[k]
        if trials.stood_s[k] >= settings.starved_s and trials.sent[k] < settings.starved_share * due:
            return True
    return False


@inlined
def _stands(trials, tables, i, settings):
    """True where a lane of signal i has stood without a break for a while."""
    for k in range(tables.lane_ptr[i], tables.lane_ptr[i + 1]):
        if trials.stood_s[k] >= settings.joins_s:
            return True
    return False


@inlined
def _is_on_plan(trials, worse, i):
    return worse[i] == 1 or trials.tried_s[i] > 0


@inlined
def _begin(trials, tables, i, settings):
    """The first second of the plan at signal i; beside a row that has stood its trial there is none."""
    trials.tried_s[i], trials.counted[i] = 1, 0
    for e in range(tables.neighbour_ptr[i], tables.neighbour_ptr[i + 1]):
        if trials.tried_s[tables.neighbour[e]] > settings.trial_s:
            trials.tried_s[i] = settings.trial_s + 1


@inlined
def _go_on(trials, worse, tables, i, left, settings):
    """One second of a trial at signal i, or of the plan that has stood it."""
    if trials.tried_s[i] == 0:
        _begin(trials, tables, i, settings)
        return
    trials.tried_s[i] += 1
    if trials.tried_s[i] > SETTLES_S and trials.tried_s[i] <= settings.trial_s:
        trials.counted[i] += left
    elif trials.tried_s[i] > settings.trial_s and worse[i] == 0 and not _stands(trials, tables, i, settings):
        trials.tried_s[i] = 0


@inlined
def spread(tables, marks, i):
    """Mark signal i where a neighbour of it is marked. Returns whether it is new."""
    for e in range(tables.neighbour_ptr[i], tables.neighbour_ptr[i + 1]):
        if marks[tables.neighbour[e]] == 1 and marks[i] == 0:
            marks[i] = 1
            return True
    return False


@inlined
def _mark_row(trials, locks, tables, i):
    """Mark signal i and all on their plan that are connected to it by others on theirs.

    One that is kept from its plan, at a full ring or in a lock, is under control: it connects nobody.
    """
    marks = locks.marks
    for j in range(len(marks)):
        marks[j] = 0
    marks[i], spreads = 1, True
    while spreads:
        spreads = False
        for j in range(len(marks)):
            runs_plan = trials.tried_s[j] > 0 and locks.guards[j] == 0 and locks.locked[j] == 0
            spreads |= runs_plan and spread(tables, marks, j)


@inlined
def _begin_again(trials, locks, tables, i, settings):
    """Begin the trial of the row of signal i again, as it has joined: a row is tried in step."""
    _mark_row(trials, locks, tables, i)
    marks = locks.marks
    for j in range(len(marks)):
        if marks[j] == 1 and 0 < trials.tried_s[j] and trials.tried_s[j] <= settings.trial_s:
            trials.tried_s[j], trials.counted[j] = 1, 0


@inlined
def _remember(trials, i, left):
    """Add a second to what leaves signal i under control: the mean since the first has left, later of some minutes."""
    if trials.before_s[i] > 0 or left > 0:
        trials.before_s[i] = min(trials.before_s[i] + 1, MEMORY_S)
        trials.before_vps[i] += (left - trials.before_vps[i]) / trials.before_s[i]


@inlined
def _is_looked_at(trials, i, settings):
    """True in the seconds in which the trial of signal i is judged."""
    counted_s = trials.tried_s[i] - SETTLES_S
    return 0 < counted_s and trials.tried_s[i] <= settings.trial_s and (
        counted_s % LOOKS_S == 0 or trials.tried_s[i] == settings.trial_s)


@inlined
def _is_worse(left, due, counted_s, whole_s):
    """True where fewer have left than are due, by more than counts scatter: those, and those of the time before.

    counted_s of whole_s have been counted.
    """
    lack, variance = due - left, due * (1.0 + counted_s / (2.0 * MEMORY_S))
    return lack > 0.0 and lack * lack * counted_s > CHANCE * CHANCE * variance * whole_s


@inlined
def _judge(trials, worse, locks, tables, i, settings):
    """Look at the trial of signal i and its row: what has left all of them, against what left before in as long.

    It ends where that is too little beyond chance, or when its time is over. Returns whether it has ended.
    """
    _mark_row(trials, locks, tables, i)
    marks = locks.marks
    counted_s, whole_s = np.float64(trials.tried_s[i] - SETTLES_S), np.float64(settings.trial_s - SETTLES_S)
    left, before, is_suspected = 0.0, 0.0, False
    for j in range(len(marks)):
        if marks[j] == 1 and trials.tried_s[j] == trials.tried_s[i]:
            left += trials.counted[j]
            before += trials.before_vps[j] * counted_s
            is_suspected |= worse[j] == 1
    is_last, stands = trials.tried_s[i] == settings.trial_s, not _is_worse(left, before, counted_s, whole_s)
    if stands and not is_last:
        return False
    stands = stands and (is_suspected or left >= before)
    for j in range(len(marks)):
        if marks[j] == 1 and trials.tried_s[j] > 0:
            trials.left[j], trials.against[j] = left, before
            trials.judged[j] += 1
            first = worse[j] == 1 and trials.rest_s[j] <= -settings.rest_s
            trials.tried_s[j] = settings.trial_s + 1 if stands else 0
            if not stands:
                trials.rest_s[j] = REST_S if first else settings.rest_s
    return True


@kernel
def watch(trials, worse, locks, loops, tables, lanes, settings):
    """One second of every signal, before `floor`. trials: TrialState; worse: of FloorState; locks: LockState.

    Returns how many trials have ended.
    """
    for i in range(len(tables.lane_ptr) - 1):
        left = _count(trials, loops, tables, lanes, i)
        trials.rest_s[i] = max(trials.rest_s[i] - 1, -settings.rest_s)
        if tables.adapts[i] or loops.signals.sight[i] != SEES:
            trials.tried_s[i] = 0
        elif locks.guards[i] == 1 or locks.locked[i] == 1:
            _remember(trials, i, left)
            trials.tried_s[i] = 0 if trials.tried_s[i] <= settings.trial_s else trials.tried_s[i]
        elif _is_on_plan(trials, worse, i):
            _go_on(trials, worse, tables, i, left, settings)
        else:
            _remember(trials, i, left)
            if trials.rest_s[i] <= 0 and _is_starved(trials, tables, i, settings):
                _begin(trials, tables, i, settings)
    ended = 0
    for i in range(len(tables.lane_ptr) - 1):
        if trials.tried_s[i] == 1:
            _begin_again(trials, locks, tables, i, settings)
        elif _is_looked_at(trials, i, settings):
            ended += _judge(trials, worse, locks, tables, i, settings)
    return ended
