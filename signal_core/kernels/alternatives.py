"""What the planner's dynamic programme makes of one first action: for looking at decisions, not for taking them."""

import numpy as np

from signal_core.kernels import planner
from signal_core.kernels.compiled import kernel


@kernel
def cost_of(action, at, phase, phases, lanes, horizon, queue, arrivals, weight, rate_now, service, best_vps, lag, stay,
            work, settings):
    """Predicted cost of keeping `phase` for `at` seconds, leaving it then for `action`, and going on at best.

    From `at` = horizon on it is the cost of keeping the phase throughout. Arguments as of `planner.plan`; inf where
    they are bad and where the order of phases forbids the change.
    """
    if at < horizon and phases > 1 and not planner.may_follow(phase, action, phases, settings):
        return np.inf
    status, wide = planner.prepare(phase, phases, lanes, horizon, queue, arrivals, weight, rate_now, service, best_vps,
                                   lag, stay, work, settings)
    if status != planner.OK:
        return np.inf
    yellow = settings.yellow_use_s
    for t in range(min(at, horizon)):
        planner.stay_on(phase, t, phases, wide, work)
    for t in range(min(at, horizon)):
        work.cost[phase, t] = np.inf
    if at < horizon:
        h = min(at + stay[phase, action], horizon)
        planner.settle(phase, at, phases, wide, work)
        planner.all_red_worth(phase, action, at, h, lanes, work)
        planner.leave(phase, action, at, 1, phases, horizon, stay[phase, action], yellow, work)
        work.cost[phase, at] = np.inf
        for t in range(at + 1, horizon):
            for p in range(phases):
                if work.cost[p, t] < np.inf:
                    planner.stay_on(p, t, phases, wide, work)
            if planner.is_looked_at(t, horizon, settings):
                planner.leave_all(t, 1, 0, planner.LONGEST, phases, lanes, horizon, stay, yellow, work, settings)
    return planner.best(phase, phases, horizon, work).cost
