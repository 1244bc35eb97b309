"""Commitment: a change is announced so many seconds before it begins, and kept.

The planner decides for the second in which a change announced now can begin, with the street as it will be by then if
the present phase goes on. An announced change that is due waits for the one before it to come to its end; it is
dropped only where somebody else changes the signal.

Nobody knows who comes meanwhile, so what is announced costs something where little speaks for it. With a margin only
such changes are announced as would cost more if they came later still; all others are decided for now, as if there
were no commitment.
"""

import numpy as np

from signal_core.kernels import alternatives, planner
from signal_core.kernels.compiled import inlined, kernel

NOTHING = -1
"""`due_s` where nothing is announced."""
SURE_SHARE = 0.75
"""Part of the discharge rate that is counted on until then: a queue that is cut off waits for all the others (own
choice, docs/experiments/2026-11-28-commitment.md)."""


@inlined
def is_announced(signals, i):
    """True where signal i has a change announced."""
    return signals.due_s[i] != NOTHING


@inlined
def may_announce(signals, i, lead_s):
    """True where signal i shows its phase, or will in `lead_s`: that it leaves then is asked elsewhere."""
    return signals.settled[i] == 1 or (lead_s > 0 and signals.previous[i] >= 0)


@inlined
def due_phase(signals, i):
    """The phase that signal i is to show now: the announced one once it is due."""
    return signals.announced[i] if signals.due_s[i] == 0 else signals.phase[i]


@inlined
def withdraw(signals, i):
    """Announce nothing any more: somebody has to be let through."""
    signals.due_s[i] = NOTHING


@inlined
def announce(signals, i, phase, lead_s):
    """Announce that `phase` was decided for signal i, to begin in `lead_s`; returns the phase to show now."""
    if lead_s == 0 or phase == signals.phase[i]:
        return phase
    signals.announced[i], signals.due_s[i] = phase, lead_s
    return signals.phase[i]


@kernel
def sure_phase(problem, lead_s, work, settings):
    """The phase to leave the present one for at once, where it would cost so much more to keep it for `lead_s` that who
    is not known yet will hardly make it pay; else the present one. problem: as it will be when the change can begin."""
    if planner.plan(problem, work, settings, np.bool_(False)).phase == problem.phase:  # most seconds end here
        return problem.phase
    found = planner.plan(problem, work, settings, np.bool_(True))
    more = alternatives.cost_kept(lead_s, problem, work, settings) - found.cost
    return found.phase if more >= settings.commitment_margin_vehicle_s else problem.phase


@inlined
def look_ahead(problem, first, before, since_s, lead_s):
    """Make of a planner's problem the one of `lead_s` later, with the present phase kept until then.

    first: lane from which on this is done. before, since_s: the phase that was left for it, -1 for none, and how long
    ago: its lanes may not have green yet.
    What comes in the last seconds of the horizon is what was known of its end.
    """
    horizon_s = problem.horizon_s
    for k in range(first, problem.n_lanes if lead_s > 0 else first):
        queue, coming = problem.queue[k], problem.arrivals[k]
        start_s = np.int64(problem.lag_s[before, problem.phase, k]) - since_s if before >= 0 else 0
        for t in range(min(lead_s, horizon_s)):
            left = SURE_SHARE * problem.rate_now_vps[k] if t >= start_s else 0.0
            queue = max(queue + coming[t] - left, 0.0)
        problem.queue[k] = queue
        last = coming[horizon_s - 1]
        for t in range(horizon_s):
            coming[t] = coming[t + lead_s] if t + lead_s < horizon_s else last
