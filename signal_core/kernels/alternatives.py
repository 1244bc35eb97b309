"""What the planner's dynamic programme makes of one first action: for looking at decisions, and for how sure one is."""

import numpy as np

from signal_core.kernels import planner
from signal_core.kernels.compiled import inlined, kernel


@kernel
def cost_of(action, at, problem, work, settings):
    """Predicted cost of keeping the present phase for `at` seconds, leaving it then for `action`, and going on at best.

    From `at` = horizon on it is the cost of keeping the phase throughout. problem: Problem; work: PlanWork; inf where
    the problem is bad and where the order of phases forbids the change.
    """
    phase, horizon = problem.phase, problem.horizon_s
    leaves = at < horizon
    if leaves and problem.n_phases > 1 and not planner.may_follow(phase, action, problem.n_phases, settings):
        return np.inf
    status, wide = planner.prepare(problem, work, settings)
    if status != planner.OK:
        return np.inf
    _keep(min(at, horizon), problem, wide, work)
    if leaves:
        _leave_at(problem, action, at, wide, work, settings)
        _go_on(problem, at + 1, wide, work, settings)
    return planner.best(problem, work).cost


@kernel
def cost_kept(seconds, problem, work, settings):
    """Predicted cost of keeping the present phase for so many `seconds` at least, and going on at best; inf where the
    problem is bad."""
    status, wide = planner.prepare(problem, work, settings)
    if status != planner.OK:
        return np.inf
    kept_s = min(seconds, problem.horizon_s)
    _keep(kept_s, problem, wide, work)
    _go_on(problem, kept_s, wide, work, settings)
    return planner.best(problem, work).cost


@inlined
def _keep(seconds, problem, wide, work):
    """Stay in the present phase for so long, without leaving it on the way."""
    for t in range(seconds):
        planner.stay_on(problem.phase, t, problem.n_phases, wide, work)
    for t in range(seconds):
        work.cost[problem.phase, t] = np.inf


@inlined
def _leave_at(problem, action, at, wide, work, settings):
    """Leave the present phase at second `at` for `action`, and not otherwise."""
    phase, horizon = problem.phase, problem.horizon_s
    h = min(at + problem.min_split_s[phase, action], horizon)
    planner.settle(phase, at, problem.n_phases, wide, work)
    planner.all_red_worth(phase, action, at, h, problem.n_lanes, work)
    planner.leave(problem, phase, action, at, 1, settings.yellow_use_s, work)
    work.cost[phase, at] = np.inf


@inlined
def _go_on(problem, first, wide, work, settings):
    """The programme from second `first` on."""
    horizon = problem.horizon_s
    for t in range(first, horizon):
        for p in range(problem.n_phases):
            if work.cost[p, t] < np.inf:
                planner.stay_on(p, t, problem.n_phases, wide, work)
        if planner.is_looked_at(t, horizon, settings):
            planner.leave_all(problem, t, 1, 0, planner.LONGEST, work, settings)
