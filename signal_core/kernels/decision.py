"""One decision per signal and second: long waits decide where they must, else the problem is gathered and planned."""

import numpy as np

from signal_core.kernels import (
    arrivals,
    claims,
    clearance,
    commitment,
    deadlines,
    drains,
    entries,
    gates,
    heads,
    planner,
    queues,
    requests,
    starts,
    tight_ways,
    turns,
    walkers,
)
from signal_core.kernels.codes import GREEN, NEVER
from signal_core.kernels.compiled import inlined, kernel
from signal_core.kernels.preparation import Problem
from signal_core.kernels.sequencer import may_leave_in, min_split_s

KEEP = -1
"""No phase is forced."""


@kernel
def plan_range(tables, signals, lanes, work, first, last, now, wanted, settings):
    """Write the wanted phases of signals first .. last - 1; inside a change they stay. Returns the decisions taken.

    With a commitment what is decided is announced, and wanted once it is due: all of it, or only what is sure, and the
    rest is decided for now.

    Ranges that do not overlap may be planned at the same time, each with a DecisionWork of its own.
    """
    decisions = 0
    for i in range(first, last):
        wanted[i] = signals.phase[i]
        signals.plan_status[i] = planner.OK
        announces, only_sure = settings.commitment_s > 0, settings.commitment_margin_vehicle_s > 0.0
        if requests.preempts(signals, i):
            announces = False
            commitment.withdraw(signals, i)
        if signals.next_phase[i] != tight_ways.NONE:
            continue
        if commitment.is_announced(signals, i):
            wanted[i] = commitment.due_phase(signals, i)
            continue
        lead_s, may_be_sure = settings.commitment_s if announces and not only_sure else 0, True
        if commitment.may_announce(signals, i, lead_s) and may_leave_in(tables, signals, i, lead_s):
            chosen, status, is_planned = _plan_signal(tables, signals, lanes, work, i, now, lead_s, settings)
            wanted[i] = commitment.announce(signals, i, chosen, lead_s)
            may_be_sure = is_planned and status == planner.OK and chosen == signals.phase[i]
            decisions += 1
            if status != planner.OK:
                signals.plan_status[i] = status
                _forget(tables, lanes, i)
        if announces and only_sure and may_be_sure:
            _announce_sure(tables, signals, lanes, work, i, now, settings)
    return decisions


@inlined
def _forget(tables, lanes, i):
    """Nothing is known any more of the lanes of signal i: what was made no plan."""
    for k in range(tables.lane_ptr[i], tables.lane_ptr[i + 1]):
        queues.forget(lanes, k)
        arrivals.forget(lanes, k)
        heads.forget(lanes, k)


@inlined
def _plan_signal(tables, signals, lanes, work, i, now, lead_s, settings):
    """Phase to show at signal i once what is decided can begin, the planner's status, and whether the plan decided."""
    chosen, status, is_planned = _choose(tables, signals, lanes, work, i, now, lead_s, settings)
    if settings.fixed_order == 0 and not requests.preempts(signals, i):
        chosen = entries.instead(tables, signals, lanes, i, chosen, settings.max_red_s)
    return chosen, status, is_planned


@kernel
def _choose(tables, signals, lanes, work, i, now, lead_s, settings):
    """The same, but for who is to wait before a ring."""
    space, waits = work.space, work.deadlines
    phase, before = signals.phase[i], signals.previous[i]
    lag_s = _fill(tables, signals, lanes, space, i, phase, settings)
    limit_s = _limit_s(tables, i, lead_s, settings)
    forced = _overdue(tables, signals, lanes, work, i, phase, limit_s, settings)
    urgent = requests.preempts(signals, i)
    if settings.fixed_order == 0 and not urgent:
        least_s = 1 if forced == KEEP else limit_s  # who waits elsewhere for too long is served first
        if tight_ways.keeps(tables, signals, lanes.head.unserved_s, i, least_s, limit_s):
            return phase, planner.OK, False
    if forced == KEEP and settings.drain_rings == 1 and settings.fixed_order == 0 and not urgent:
        forced = drains.forced(tables, lanes, i, settings)
    if forced == KEEP and settings.fixed_order == 0 and not urgent:
        forced = turns.forced(tables, signals, lanes, space.service, i)
    if forced == KEEP and settings.claims == 1 and settings.fixed_order == 0 and not urgent:
        forced = claims.forced(tables, signals, lanes, i)
    if forced != KEEP:
        return forced, planner.OK, False
    least_s = space.min_split_s[before, phase] if before >= 0 and not urgent else 0  # longer where saturated
    if signals.since_s[i] + lead_s < least_s:
        return phase, planner.OK, True
    problem = gather(tables, lanes, space, i, phase, lag_s, now, settings)
    if walkers.count(tables, signals, i, settings) > 0:
        problem = walkers.join(tables, signals, space, i, lag_s, problem, settings)
    commitment.look_ahead(problem, 0, before, signals.since_s[i], lead_s)
    found = planner.plan(problem, work.plan, settings, np.bool_(False))
    if requests.count(signals, i, settings) > 0 and found.status == planner.OK:
        usual = found.phase
        joined = requests.join(tables, signals, space, i, problem, settings)
        commitment.look_ahead(joined, problem.n_lanes, before, signals.since_s[i], lead_s)
        found = planner.plan(joined, work.plan, settings, np.bool_(False))
        requests.note(tables, signals, i, problem, usual, found.phase, work.plan, settings)
    if found.phase != phase and settings.fixed_order == 0:  # rather than a green that a longer wait would cut short
        forced = deadlines.forced(tables, signals, lanes, space.service, i, found.phase, limit_s, waits)
        if forced != KEEP:
            return forced, found.status, False
    return found.phase, found.status, True


@kernel
def _announce_sure(tables, signals, lanes, work, i, now, settings):
    """Announce a change of signal i where a wait leaves no choice, or where much speaks for it: not for a bus or a
    debt, which may be done with any second."""
    lead_s, space, waits = settings.commitment_s, work.space, work.deadlines
    phase, before = signals.phase[i], signals.previous[i]
    asks = requests.count(signals, i, settings) > 0 or claims.owes(tables, lanes, i)
    if asks or not commitment.may_announce(signals, i, lead_s) or not may_leave_in(tables, signals, i, lead_s):
        return
    lag_s = _fill(tables, signals, lanes, space, i, phase, settings)
    limit_s = _limit_s(tables, i, lead_s, settings)
    forced = _overdue(tables, signals, lanes, work, i, phase, limit_s, settings)
    if forced != KEEP:
        commitment.announce(signals, i, forced, lead_s)
    if forced != KEEP or (before >= 0 and signals.since_s[i] + lead_s < space.min_split_s[before, phase]):
        return
    problem = gather(tables, lanes, space, i, phase, lag_s, now, settings)
    if walkers.count(tables, signals, i, settings) > 0:
        problem = walkers.join(tables, signals, space, i, lag_s, problem, settings)
    commitment.look_ahead(problem, 0, before, signals.since_s[i], lead_s)
    sure = commitment.sure_phase(problem, lead_s, work.plan, settings)
    if sure != phase and settings.fixed_order == 0:
        forced = deadlines.forced(tables, signals, lanes, space.service, i, sure, limit_s, waits)
    commitment.announce(signals, i, sure if forced == KEEP else forced, lead_s)


@inlined
def _fill(tables, signals, lanes, space, i, phase, settings):
    """Rates and minimum splits of signal i into `space`; returns seconds until its lanes start, per change."""
    _fill_rates(tables, lanes, space.service, i, settings)
    _fill_min_splits(tables, lanes, space.min_split_s, i, settings)
    return clearance.start_lags(tables, signals, lanes, space, i, phase, settings)


@inlined
def _limit_s(tables, i, lead_s, settings):
    """Seconds of a wait from which on it decides at signal i, so that it ends by the maximum red."""
    before_s = settings.max_red_margin_s + lead_s
    if settings.fixed_order == 0:
        before_s += tight_ways.emptying_s(tables, i)
    return settings.max_red_s - before_s


@inlined
def _overdue(tables, signals, lanes, work, i, phase, limit_s, settings):
    """The phase that a wait at signal i asks for which would pass `limit_s`, or KEEP."""
    space = work.space
    if settings.fixed_order == 0:
        return deadlines.forced(tables, signals, lanes, space.service, i, phase, limit_s, work.deadlines)
    return deadlines.forced_in_order(tables, signals, lanes, space.service, space.min_split_s, i, limit_s)


@inlined
def gather(tables, lanes, space, i, phase, lag_s, now, settings):
    """The planner's problem at signal i in `phase`: rates and minimum splits from `space`, demand as it is now."""
    _fill_demand(tables, lanes, space, i, phase, now, settings)
    first, last = tables.lane_ptr[i], tables.lane_ptr[i + 1]
    return Problem(phase, tables.phase_ptr[i + 1] - tables.phase_ptr[i], last - first, settings.horizon_s, space.queue,
                   space.arrivals, space.weight, space.rate_now, space.service, tables.best_vps[first:last], lag_s,
                   space.min_split_s)


@kernel
def _fill_demand(tables, lanes, space, i, phase, now, settings):
    """Who waits on the lanes of signal i, who comes, what their waiting counts, and what the present green lets go."""
    first, last = tables.lane_ptr[i], tables.lane_ptr[i + 1]
    for g in range(first, last):
        k = g - first
        farthest_s = 0
        for e in range(tables.far_ptr[g], tables.far_ptr[g + 1]):
            farthest_s = max(farthest_s, tables.far_lag_s[e])
        space.queue[k] = queues.to_serve(tables, lanes, g, settings)
        arrivals.predict(lanes, g, now, settings.horizon_s, farthest_s, space.arrivals[k])
        unseen_vps = starts.unseen_vps(tables, lanes, first, last, g)
        arrivals.add(space.arrivals[k], min(farthest_s, settings.horizon_s), unseen_vps)
        ratio = lanes.queue.wait_s[g] / settings.wait_scale_s
        space.weight[k] = min(1.0 + ratio * ratio, settings.wait_weight_max)
        space.rate_now[k] = 0.0 if lanes.head.stalled[g] else space.service[phase, k]


@kernel
def _fill_rates(tables, lanes, service, i, settings):
    """Discharge rates of this decision: as built, but for heads that have refused movements and exits that are full."""
    first, n_lanes = tables.lane_ptr[i], tables.lane_ptr[i + 1] - tables.lane_ptr[i]
    for k in range(n_lanes):
        g = first + k
        for p in range(tables.phase_ptr[i + 1] - tables.phase_ptr[i]):
            service[p, k] = tables.service_vps[tables.service_ptr[i] + p * n_lanes + k]
            if heads.is_hindered(tables, lanes, g):
                service[p, k] *= settings.hindered_share
            elif lanes.head.refused[g] != 0:
                code = heads.best_offer(tables, lanes, i, p, g)
                share = 1.0 if code == GREEN else settings.gap_share
                service[p, k] = share * tables.best_vps[g] if code != 0 else 0.0
            held = gates.share_held(tables, lanes, g, settings.max_red_s)
            service[p, k] *= (1.0 - lanes.spacing.exit_full_share[g]) * (1.0 - held)


@kernel
def _fill_min_splits(tables, lanes, split_s, i, settings):
    """Minimum splits of this decision, int64[P, P]: longer where a phase starts a saturated lane."""
    n_phases = tables.phase_ptr[i + 1] - tables.phase_ptr[i]
    saturated = clearance.is_any_saturated(tables, lanes, i, settings)
    for a in range(n_phases):
        for b in range(n_phases):
            least_s = min_split_s(tables, i, a, b)
            split_s[a, b] = _saturated_split_s(tables, lanes, i, a, b, least_s, settings) if saturated else least_s


@inlined
def _saturated_split_s(tables, lanes, i, a, b, least_s, settings):
    """Minimum split of phase b of signal i after a: `least_s`, or enough green for a saturated lane that b starts."""
    n_phases, n_lanes = tables.phase_ptr[i + 1] - tables.phase_ptr[i], tables.lane_ptr[i + 1] - tables.lane_ptr[i]
    row = tables.lag_ptr[i] + (a * n_phases + b) * n_lanes
    own = tables.lag_ptr[i] + (a * n_phases + a) * n_lanes
    green_s = max(settings.saturated_green_s, np.int64(settings.saturated_green_share * tables.change_s[i]))
    for k in range(n_lanes):
        starts = tables.start_lag_s[own + k] == NEVER and tables.start_lag_s[row + k] < NEVER
        if starts and clearance.is_saturated(lanes, tables.lane_ptr[i] + k, settings):
            least_s = max(least_s, np.int64(tables.start_lag_s[row + k]) + green_s)
    return least_s
