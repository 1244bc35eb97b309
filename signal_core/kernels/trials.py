"""Does the plan do better? Asked where a lane is starved, answered by the departures under both.

A lane that has stood for `starved_s` without a break, and of which less than `starved_share` of what the plan would let
go has left, may be the price of more that goes elsewhere, or green that nobody can use. Nobody can tell by rates that
are taken for granted, so the plan is tried: where in `trial_s` the signal lets `better_share` of what it let go before,
or more, the plan stays until no lane stands any more; otherwise control goes on, and asks again after `rest_s`.
"""

from signal_core.kernels.compiled import inlined
from signal_core.kernels.verdicts import SEES

EMPTY_S = 4
"""A lane whose stop line has been empty for so long does not stand."""
SETTLES_S = 60
"""The first seconds of a trial, which the change to the plan takes, do not count."""
MEMORY_S = 300.0
"""Time constant of what left before."""


@inlined
def _count(trials, tables, lanes, i):
    """Vehicles that left signal i in this second; counts for how long each of its lanes has stood, and who left."""
    left = 0
    for k in range(tables.lane_ptr[i], tables.lane_ptr[i + 1]):
        if tables.stop_loop[k] < 0:
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
def _go_on(trials, tables, i, left, settings):
    """One second of a trial at signal i, or of the plan that has stood it."""
    trials.tried_s[i] += 1
    if trials.tried_s[i] > SETTLES_S and trials.tried_s[i] <= settings.trial_s:
        trials.counted[i] += left
    if trials.tried_s[i] == settings.trial_s:
        seconds = settings.trial_s - SETTLES_S
        if trials.counted[i] < settings.better_share * trials.before_vps[i] * seconds:
            trials.tried_s[i] = 0
            trials.rest_s[i] = settings.rest_s
    elif trials.tried_s[i] > settings.trial_s and not _stands(trials, tables, i, settings):
        trials.tried_s[i] = 0


@inlined
def watch(trials, worse, loops, tables, lanes, settings):
    """One second of every signal, before `floor`. trials: TrialState; worse: of FloorState, signals that run their plan
    anyway."""
    for i in range(len(tables.lane_ptr) - 1):
        left = _count(trials, tables, lanes, i)
        trials.rest_s[i] = max(trials.rest_s[i] - 1, 0)
        if tables.adapts[i] or worse[i] == 1 or loops.signals.sight[i] != SEES:
            trials.tried_s[i] = 0
            continue
        if trials.tried_s[i] > 0:
            _go_on(trials, tables, i, left, settings)
        else:
            trials.before_vps[i] += (left - trials.before_vps[i]) / MEMORY_S
            if trials.rest_s[i] == 0 and _is_starved(trials, tables, i, settings):
                trials.tried_s[i], trials.counted[i] = 1, 0
