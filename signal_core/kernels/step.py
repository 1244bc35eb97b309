"""One second of a batch of signals: estimate, plan, sequence. What is shown is decided by the interlock outside."""

import numpy as np

from signal_core.kernels import estimator, late, overdue, planner, sequencer, short_ways
from signal_core.kernels.compiled import inlined, kernel
from signal_core.kernels.sequencer import GREEN, PERMISSIVE, is_green


@inlined
def mark_green(T, shown, i, lane_green):
    """lane_green[k]: 1 where any link of lane k of signal i shows green, ALL_PRIORITY where all do, with priority."""
    base = T.link_ptr[i]
    for k in range(T.lane_ptr[i], T.lane_ptr[i + 1]):
        green, priority = 0, True
        for e in range(T.lane_link_ptr[k], T.lane_link_ptr[k + 1]):
            code = shown[base + T.lane_links[e]]
            green |= is_green(code)
            priority &= code == GREEN
        lane_green[k] = estimator.ALL_PRIORITY if green and priority else green


@kernel
def estimate(T, S, L, now, entered, left, occupancy, lane_green, settings):
    """See `advance`."""
    advance(T, S, L, now, entered, left, occupancy, lane_green, settings)


@inlined
def advance(T, S, L, now, entered, left, occupancy, lane_green, settings):
    """Advance the lanes of every signal by one second of counts, and its timers by who crossed late."""
    if settings.look_back == 1:
        short_ways.expect(L, T, now, left)
    for i in range(len(T.lane_ptr) - 1):
        mark_green(T, S.shown, i, lane_green)
        estimator.update(L, T, T.lane_ptr[i], T.lane_ptr[i + 1], now, entered, left, occupancy, lane_green, settings)
    if settings.look_back == 1:
        short_ways.look_back(L, T, settings.standing_s)
    refuse(T, S, L, settings)
    if settings.late_entry_s > 0:
        late.late_entries(T, S, left, settings.late_entry_s)
    if settings.held_red_s > 0:
        late.watch_inside(T, S, L, left)
        late.late_starts(T, S, L, left, settings)


@inlined
def refuse(T, S, L, settings):
    """Note the movements that the vehicle at the head of a lane does not want: it stood through their green.

    `starved_s` counts how long the head has stood without green for anything it may want, also before that was known.
    """
    for i in range(len(T.lane_ptr) - 1):
        base = T.link_ptr[i]
        for k in range(T.lane_ptr[i], T.lane_ptr[i + 1]):
            first, last = T.lane_link_ptr[k], T.lane_link_ptr[k + 1]
            offered, whatever = False, held(T, L, k)
            for e in range(first, last):
                j = base + T.lane_links[e]
                if not is_green(S.shown[j]):
                    continue
                if S.shown[j] == GREEN and min(S.green_s[j], L.head_s[k]) >= settings.stall_s:
                    if not (L.refused[k] >> (e - first)) & 1:
                        L.starved_s[k] = L.head_s[k] - 1
                    L.refused[k] |= 1 << (e - first)
                if whatever or not (L.refused[k] >> (e - first)) & 1:
                    offered = True
            L.starved_s[k] = L.starved_s[k] + 1 if L.head_s[k] > 0 and not offered else 0


@inlined
def held(T, L, k):
    """True where the head of lane k has refused every movement: what is in front of it holds it."""
    return L.refused[k] == (1 << (T.lane_link_ptr[k + 1] - T.lane_link_ptr[k])) - 1


@inlined
def _offered(T, L, i, p, k):
    """Best code that phase p of signal i shows to a movement that the head of lane k may want."""
    codes = T.code_ptr[i] + p * (T.link_ptr[i + 1] - T.link_ptr[i])
    first = T.lane_link_ptr[k]
    best = 0
    for e in range(first, T.lane_link_ptr[k + 1]):
        if not (L.refused[k] >> (e - first)) & 1:
            code = T.phase_codes[codes + T.lane_links[e]]
            if code == GREEN or (code == PERMISSIVE and best != GREEN):
                best = code
    return best


@inlined
def _rates(T, L, W, i, phases, lanes, settings):
    """Discharge rates of this decision: as built, but for heads that have refused movements and ways that are full."""
    first = T.lane_ptr[i]
    for k in range(lanes):
        g = first + k
        for p in range(phases):
            W.service[p, k] = T.service_vps[T.service_ptr[i] + p * lanes + k]
            if held(T, L, g):
                W.service[p, k] *= settings.held_share
            elif L.refused[g] != 0:
                code = _offered(T, L, i, p, g)
                share = 1.0 if code == GREEN else settings.gap_share
                W.service[p, k] = share * T.best_vps[g] if code != 0 else 0.0
            W.service[p, k] *= 1.0 - L.shut[g]


@inlined
def plan_signal(T, S, L, W, i, now, settings):
    """Phase to show at signal i, which may leave its phase now, and the planner's status."""
    first, lanes = T.lane_ptr[i], T.lane_ptr[i + 1] - T.lane_ptr[i]
    phases = T.phase_ptr[i + 1] - T.phase_ptr[i]
    phase = S.phase[i]
    _rates(T, L, W, i, phases, lanes, settings)
    saturated = _saturated(T, L, i, settings)
    for a in range(phases):
        for b in range(phases):
            least = T.min_stay_s[T.pair_ptr[i] + a * phases + b]
            W.stay_s[a, b] = least_stay(T, L, i, a, b, settings) if saturated else least
    start_lag_s = late.start_lags(T, S, L, W, i, phase, settings)
    limit_s = settings.max_red_s - settings.max_red_margin_s
    if settings.fixed_order == 0:
        forced = overdue.forced(T, S, L, W, i, phase, limit_s)
    else:
        forced = overdue.forced_in_order(T, S, L, W, i, limit_s)
    if forced >= 0:
        return forced, planner.OK
    if S.previous[i] >= 0 and S.since_s[i] < W.stay_s[S.previous[i], phase]:  # a saturated lane has more than the least
        return phase, planner.OK
    for k in range(lanes):
        g = first + k
        lag_s = 0
        for e in range(T.far_ptr[g], T.far_ptr[g + 1]):
            lag_s = max(lag_s, T.far_lag_s[e])
        estimator.demand(L, g, now, settings.horizon_s, lag_s, W.queue, W.arrivals, k, T.mid_storage,
                         T.far_storage, settings)
        ratio = L.wait_s[g] / settings.wait_scale_s
        W.weight[k] = min(1.0 + ratio * ratio, settings.wait_weight_max)
        W.rate_now[k] = 0.0 if L.blocked[g] else W.service[phase, k]
    best_vps = T.best_vps[first:first + lanes]
    found = planner.plan(phase, phases, lanes, settings.horizon_s, W.queue, W.arrivals, W.weight, W.rate_now, W.service,
                         best_vps, start_lag_s, W.stay_s, W, settings, False)
    if found.phase != phase and settings.fixed_order == 0:  # rather than a green that a longer wait would cut short
        forced = overdue.forced(T, S, L, W, i, found.phase, limit_s)
        if forced >= 0:
            return forced, found.status
    return found.phase, found.status


@kernel
def plan_range(T, S, L, W, first, last, now, wanted, settings):
    """Write the wanted phases of signals first .. last - 1; inside a change they stay. Returns the decisions taken.

    Ranges that do not overlap may be planned at the same time, each with scratch space W of its own.
    """
    decisions = 0
    for i in range(first, last):
        wanted[i] = S.phase[i]
        S.plan_status[i] = planner.OK
        if S.settled[i] == 0 or not _may_leave(T, S, i):
            continue
        wanted[i], status = plan_signal(T, S, L, W, i, now, settings)
        decisions += 1
        if status != planner.OK:
            S.plan_status[i] = status
            estimator.forget(L, T.lane_ptr[i], T.lane_ptr[i + 1])
    return decisions


@inlined
def least_stay(T, L, i, a, b, settings):
    """Seconds from leaving phase a of signal i until b may be left: longer where b starts a saturated lane."""
    phases, lanes = T.phase_ptr[i + 1] - T.phase_ptr[i], T.lane_ptr[i + 1] - T.lane_ptr[i]
    least = np.int64(T.min_stay_s[T.pair_ptr[i] + a * phases + b])
    row = T.lag_ptr[i] + (a * phases + b) * lanes
    own = T.lag_ptr[i] + (a * phases + a) * lanes
    held_s = max(settings.saturated_green_s, np.int64(settings.saturated_green_share * T.change_s[i]))
    for k in range(lanes):
        g = T.lane_ptr[i] + k
        saturated = late.is_saturated(L, g, settings)
        starts = T.start_lag_s[own + k] == planner.NEVER and T.start_lag_s[row + k] < planner.NEVER
        if saturated and starts:
            least = max(least, np.int64(T.start_lag_s[row + k]) + held_s)
    return least


@inlined
def _saturated(T, L, i, settings):
    """True where any lane of signal i is saturated."""
    for g in range(T.lane_ptr[i], T.lane_ptr[i + 1]):
        if late.is_saturated(L, g, settings):
            return True
    return False


@inlined
def _may_leave(T, S, i):
    """True where the shortest green of the present phase is over."""
    phases = T.phase_ptr[i + 1] - T.phase_ptr[i]
    return S.previous[i] < 0 or S.since_s[i] >= T.min_stay_s[T.pair_ptr[i] + S.previous[i] * phases + S.phase[i]]


@kernel
def sequence_all(T, S, wanted):
    """Take the wanted phases and propose what every link shows in the coming second."""
    for i in range(len(T.link_ptr) - 1):
        if S.settled[i] == 1 and wanted[i] != S.phase[i]:
            S.previous[i] = S.phase[i]
            S.phase[i] = wanted[i]
            S.since_s[i] = 0
        a, b = T.link_ptr[i], T.link_ptr[i + 1]
        n = b - a
        codes = T.code_ptr[i] + S.phase[i] * n
        pair = T.link_pair_ptr[i]
        S.settled[i] = sequencer.next_codes(
            n, S.shown[a:b], T.phase_codes[codes:codes + n], T.conflicts[pair:pair + n * n], T.yellow_s[a:b],
            T.intergreen_s[pair:pair + n * n], T.min_green_s[a:b], S.green_s[a:b], S.yellow_run_s[a:b], S.ended_s[a:b],
            S.priority_ended_s[a:b], S.proposed[a:b])


@kernel
def follow_all(T, S, taken, elapsed_s):
    """Advance all timers by what was really shown."""
    for i in range(len(T.link_ptr) - 1):
        a, b = T.link_ptr[i], T.link_ptr[i + 1]
        sequencer.follow(b - a, S.shown[a:b], taken[a:b], S.green_s[a:b], S.yellow_run_s[a:b], S.ended_s[a:b],
                         S.priority_ended_s[a:b], elapsed_s)
        S.since_s[i] += elapsed_s


@kernel
def find_calls(T, occupancy, calls):
    """calls[j]: somebody waits for link j; always so where stop-line loops do not tell (crossings, blind lanes)."""
    for i in range(len(T.link_ptr) - 1):
        base = T.link_ptr[i]
        for j in range(base, T.link_ptr[i + 1]):
            calls[j] = True
        for k in range(T.lane_ptr[i], T.lane_ptr[i + 1]):
            if T.stop_loop[k] < 0:
                continue
            for e in range(T.lane_link_ptr[k], T.lane_link_ptr[k + 1]):
                j = base + T.lane_links[e]
                if not T.unseen[j]:
                    calls[j] = False
        for k in range(T.lane_ptr[i], T.lane_ptr[i + 1]):
            if T.stop_loop[k] < 0 or occupancy[T.stop_loop[k]] < 0.99:
                continue
            for e in range(T.lane_link_ptr[k], T.lane_link_ptr[k + 1]):
                calls[base + T.lane_links[e]] = True


@kernel
def find_free(T, S, free):
    """free[i]: signal i shows its wanted phase, and the shortest greens of it are over."""
    for i in range(len(T.link_ptr) - 1):
        free[i] = S.settled[i] == 1 and _may_leave(T, S, i)
