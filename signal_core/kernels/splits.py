"""Cycle and splits of a fixed phase order: least delay, each lane weighted by its flow ratio.

A split is all the time from leaving the phase before until leaving the phase itself, intergreen included, so splits
add up to the cycle. The delay of a lane is that of the Highway Capacity Manual 2000, chapter 16: uniform delay (16-11)
plus incremental delay (16-12) with k = 0.5 and I = 1. Weights and capacities are taken in the lane's own saturation
flow, so plans depend on flow ratios only: lanes that ask for the same share of green get the same degree of saturation,
and demand and capacity both doubled give the same plan. As in Webster (Road Research Technical Paper 39, 1958) the
cycle is the one of least delay.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from signal_core.kernels import arrivals, queues
from signal_core.kernels.compiled import inlined, kernel
from signal_core.kernels.sequencer import may_leave

OK, OVERSATURATED, TIGHT, BAD_INPUT = 0, 1, 2, 3
FULL_VPS = 0.5
"""Saturation flow that the chance in arrivals is reckoned with."""
TINY = 1e-9
"""In place of a divisor of 0."""
LONGEST_S = 3600
"""No longer cycle is looked at."""
MOST_MOVES = 1000
"""Bound on the moves at one cycle length; a few are enough."""


class Task(NamedTuple):
    """One signal, its P phases in cyclic order, its L lanes.

    service_vps, lost_s: float64[P, L], discharge rate in a phase (0: not served) and the seconds of its split in which
    the lane does not discharge; demand_vps, best_vps: float64[L], best_vps the largest rate of the lane;
    least_s, most_s: int64[P], bounds of the splits.
    """

    service_vps: NDArray[np.float64]
    lost_s: NDArray[np.float64]
    demand_vps: NDArray[np.float64]
    best_vps: NDArray[np.float64]
    least_s: NDArray[np.int64]
    most_s: NDArray[np.int64]


class SplitAnswer(NamedTuple):
    """A cycle: its length, the largest degree of saturation of any lane, and its cost.

    status: OK; OVERSATURATED, as good as can be but some queue grows; TIGHT, the bounds of the splits allow no cycle
    within its own bounds, the nearest is taken; BAD_INPUT, something is no number, too large or a bound is senseless:
    the splits are the least ones, cost and saturation infinite.
    """

    status: int
    cycle_s: int
    saturation: float
    cost: float


@inlined
def delay_s(cycle_s, green_s, flow_ratio, saturation, period_s):
    """HCM delay of a vehicle: green_s effective green, saturation demand over capacity, period_s time it lasts."""
    share = min(green_s / cycle_s, 1.0)
    uniform_s = 0.5 * cycle_s * (1.0 - share) ** 2 / max(1.0 - min(saturation, 1.0) * share, TINY)
    vehicles = FULL_VPS * period_s * flow_ratio / saturation
    over = saturation - 1.0
    return uniform_s + 0.25 * period_s * (over + np.sqrt(over * over + 4.0 * saturation / vehicles))


@inlined
def _useful_s(green_s):
    """Effective green. Below a second it fades out instead of ending, so that a second more always helps a lane."""
    return green_s if green_s >= 1.0 else 1.0 / (2.0 - green_s)


@kernel
def assess(task, cycle_s, split_s, period_s):
    """Return (cost, largest degree of saturation) of a plan: sum over lanes of flow ratio x delay."""
    cost, worst = 0.0, 0.0
    n_phases, n_lanes = task.service_vps.shape
    for k in range(n_lanes):
        best = task.best_vps[k]
        if task.demand_vps[k] <= 0.0 or best <= 0.0:
            continue
        green_s, worth_s = 0.0, 0.0
        for p in range(n_phases):
            if task.service_vps[p, k] > 0.0:
                useful_s = _useful_s(split_s[p] - task.lost_s[p, k])
                green_s += useful_s
                worth_s += useful_s * (task.service_vps[p, k] / best)
        if worth_s <= 0.0:
            continue
        ratio = task.demand_vps[k] / best
        saturation = ratio * cycle_s / worth_s
        worst = max(worst, saturation)
        cost += ratio * delay_s(cycle_s, green_s, ratio, saturation, period_s)
    return cost, worst


@kernel
def _grow(task, cycle_s, split_s, period_s):
    """Give the second that makes the cycle `cycle_s` to the phase where it helps most; False where none may take it."""
    taker, least_cost = -1, np.inf
    for p in range(len(split_s)):
        if split_s[p] >= task.most_s[p]:
            continue
        split_s[p] += 1
        cost, _worst = assess(task, cycle_s, split_s, period_s)
        split_s[p] -= 1
        if taker < 0 or cost < least_cost or (cost == least_cost and split_s[p] < split_s[taker]):
            taker, least_cost = p, cost
    if taker >= 0:
        split_s[taker] += 1
    return taker >= 0


@kernel
def _settle(task, cycle_s, split_s, period_s):
    """Move seconds between phases, the best move first, until none helps; return (cost, worst saturation)."""
    cost, worst = assess(task, cycle_s, split_s, period_s)
    for _move in range(MOST_MOVES):
        giver, taker = -1, -1
        for a in range(len(split_s)):
            if split_s[a] <= task.least_s[a]:
                continue
            for b in range(len(split_s)):
                if a == b or split_s[b] >= task.most_s[b]:
                    continue
                split_s[a] -= 1
                split_s[b] += 1
                trial, saturation = assess(task, cycle_s, split_s, period_s)
                split_s[a] += 1
                split_s[b] -= 1
                if trial < cost:
                    cost, worst, giver, taker = trial, saturation, a, b
        if giver < 0:
            break
        split_s[giver] -= 1
        split_s[taker] += 1
    return cost, worst


@inlined
def _readable(task):
    """True where every rate and time is a number, and none but lost times is negative."""
    good = True
    n_phases, n_lanes = task.service_vps.shape
    for k in range(n_lanes):
        good = good and 0.0 <= task.demand_vps[k] < np.inf and 0.0 <= task.best_vps[k] < np.inf
        for p in range(n_phases):
            good = good and 0.0 <= task.service_vps[p, k] < np.inf and -np.inf < task.lost_s[p, k] < np.inf
    for p in range(n_phases):
        good = good and 0 < task.least_s[p] <= task.most_s[p]
    return good and n_phases > 0


@inlined
def _copy(source, target):
    """Copy whole numbers; return their sum."""
    total = np.int64(0)
    for p in range(len(source)):
        target[p] = source[p]
        total += source[p]
    return total


@kernel
def choose(task, shortest_s, longest_s, period_s, split_s, trial_s):
    """Write the best splits into `split_s`; the cycle is the one of least cost, and so are its splits.

    shortest_s, longest_s: bounds of the cycle; period_s: how long the demand lasts; split_s, trial_s: int64[P], the
    second one scratch. Of equal plans the shorter cycle wins, then the earlier phase.
    """
    if not (_readable(task) and 0.0 < period_s < np.inf and longest_s <= LONGEST_S):
        return SplitAnswer(BAD_INPUT, _copy(task.least_s, split_s), np.inf, np.inf)
    cycle_s = _copy(task.least_s, trial_s)
    found_s, least_cost, worst = np.int64(0), np.inf, 0.0
    while True:
        if cycle_s >= shortest_s:
            cost, saturation = _settle(task, cycle_s, trial_s, period_s)
            if found_s == 0 or cost < least_cost:
                found_s, least_cost, worst = cycle_s, cost, saturation
                _copy(trial_s, split_s)
        if cycle_s >= longest_s or not _grow(task, cycle_s + 1, trial_s, period_s):
            break
        cycle_s += 1
    if found_s == 0:
        found_s = cycle_s
        _copy(trial_s, split_s)
        least_cost, worst = assess(task, cycle_s, split_s, period_s)
    if not np.isfinite(least_cost):
        return SplitAnswer(BAD_INPUT, _copy(task.least_s, split_s), np.inf, np.inf)
    status = OVERSATURATED if worst > 1.0 else OK
    return SplitAnswer(status if shortest_s <= found_s <= longest_s else TIGHT, found_s, worst, least_cost)


class SplitCycles(NamedTuple):
    """The running plans of a batch. Per phase: split_s and its bounds; per phase and lane: lost_s; per signal: the
    cycle, the status of its last plan, the largest degree of saturation, and handed_s, what the present phase has from
    those before; per lane: demand_vps; scratch space."""

    split_s: NDArray[np.int64]
    least_s: NDArray[np.int64]
    most_s: NDArray[np.int64]
    lost_s: NDArray[np.float64]
    cycle_s: NDArray[np.int64]
    status: NDArray[np.int64]
    saturation: NDArray[np.float64]
    handed_s: NDArray[np.int64]
    demand_vps: NDArray[np.float64]
    found_s: NDArray[np.int64]
    trial_s: NDArray[np.int64]


@kernel
def estimate_demand(tables, lanes, cycles, i, seen_s, settings, options):
    """Flow, plus what is left over from earlier cycles spread over the coming ones, of every lane of signal i.

    seen_s: seconds the smoothed flows have been fed; what arrived during the present red is no left-over.
    """
    fed = 1.0 - np.exp(-seen_s / settings.flow_memory_s)
    for k in range(tables.lane_ptr[i], tables.lane_ptr[i + 1]):
        flow_vps = lanes.arrivals.flow_vps[k] / max(fed, TINY)
        left_over = max(lanes.queue.near[k] + lanes.queue.beyond[k] - flow_vps * lanes.green.red_s[k], 0.0)
        occupied = min(lanes.runs.mid_occupancy[k], lanes.runs.far_occupancy[k])
        left_over += settings.unseen_factor * tables.far_storage[k] * queues.unseen_share(occupied, settings)
        least_vps = options.least_ratio * tables.best_vps[k]
        cycles.demand_vps[k] = max(flow_vps + left_over / options.spread_s, least_vps)


@kernel
def plan_signal(tables, lanes, cycles, i, seen_s, settings, options):
    """Plan the coming cycle of signal i; the splits before stay where the answer is no good."""
    a, b = tables.phase_ptr[i], tables.phase_ptr[i + 1]
    first, last = tables.lane_ptr[i], tables.lane_ptr[i + 1]
    rows, end = tables.service_ptr[i], tables.service_ptr[i + 1]
    n_phases, n_lanes = b - a, last - first
    estimate_demand(tables, lanes, cycles, i, seen_s, settings, options)
    task = Task(tables.service_vps[rows:end].reshape(n_phases, n_lanes),
                cycles.lost_s[rows:end].reshape(n_phases, n_lanes), cycles.demand_vps[first:last],
                tables.best_vps[first:last], cycles.least_s[a:b], cycles.most_s[a:b])
    found_s, trial_s = cycles.found_s[:n_phases], cycles.trial_s[:n_phases]
    found = choose(task, options.shortest_s, settings.max_red_s, options.period_s, found_s, trial_s)
    cycles.status[i] = found.status
    if found.status != BAD_INPUT:
        _copy(found_s, cycles.split_s[a:b])
        cycles.cycle_s[i] = found.cycle_s
        cycles.saturation[i] = found.saturation


@inlined
def _has_demand(tables, lanes, k, now, options):
    """True where a vehicle waits at lane k or is about to come, or nobody can tell; a stalled one cannot use green."""
    if tables.stop_loop[k] < 0:
        return True
    if lanes.head.stalled[k]:
        return False
    vehicles = lanes.queue.near[k] + lanes.queue.beyond[k]
    return arrivals.add_due_within(lanes, k, now, options.gap_s, vehicles) >= options.gap_vehicles


@kernel
def is_served(tables, lanes, i, phase, after, now, options):
    """True where nobody comes to what `phase` of signal i gives and `after` does not."""
    first, n_lanes = tables.lane_ptr[i], tables.lane_ptr[i + 1] - tables.lane_ptr[i]
    own, other = tables.service_ptr[i] + phase * n_lanes, tables.service_ptr[i] + after * n_lanes
    for k in range(n_lanes):
        loses = tables.service_vps[own + k] > tables.service_vps[other + k]
        if loses and _has_demand(tables, lanes, first + k, now, options):
            return False
    return True


@kernel
def step_all(tables, signals, lanes, cycles, seen_s, wanted, settings, options):
    """Write the wanted phase of every signal; return the number of changes.

    The next one comes where a split is over, or sooner where all are served and no lane is close to saturated. What is
    left of a split then goes to the next one, up to the end of the cycle. seen_s: as many as the lanes have been fed.
    """
    changes = 0
    for i in range(len(tables.lane_ptr) - 1):
        phase, first = signals.phase[i], tables.phase_ptr[i]
        wanted[i] = phase
        if signals.settled[i] == 0 or not may_leave(tables, signals, i):
            continue
        after = (phase + 1) % (tables.phase_ptr[i + 1] - first)
        left_s = cycles.split_s[first + phase] + cycles.handed_s[i] - signals.since_s[i]
        if left_s > 0 and (cycles.saturation[i] >= options.full
                           or not is_served(tables, lanes, i, phase, after, np.int64(seen_s), options)):
            continue
        changes += 1
        wanted[i] = after
        cycles.handed_s[i] = left_s
        if after == 0:
            cycles.handed_s[i] = 0
            plan_signal(tables, lanes, cycles, i, seen_s, settings, options)
    return changes
