"""Red added where somebody may still be inside the junction when his foes could start.

Two vehicles that meet inside wait for each other for good, and so does everybody behind them. So the foes start later
where somebody crosses the line in the last second of yellow, and where a lane of which somebody waits inside for a gap
stands at the end of its green: he goes in yellow, and who stands behind him may be over the line, too, and starts from
rest when the way is free. If somebody does, his foes wait until he is across.
"""

import numpy as np

from signal_core.kernels import planner
from signal_core.kernels.compiled import inlined
from signal_core.kernels.sequencer import YELLOW, is_green

STOOD_S = 2
"""Who has stood for this long in green is held by what is in front of him."""


@inlined
def late_entries(T, S, left, extra_s):
    """Owe `extra_s` more red to links whose stop line was crossed in the last second of yellow."""
    for i in range(len(T.link_ptr) - 1):
        base = T.link_ptr[i]
        for k in range(T.lane_ptr[i], T.lane_ptr[i + 1]):
            if T.stop_loop[k] < 0 or left[T.stop_loop[k]] < 0.5:  # parts of vehicles are estimates
                continue
            for e in range(T.lane_link_ptr[k], T.lane_link_ptr[k + 1]):
                j = base + T.lane_links[e]
                if S.ended_s[j] > 0 and T.yellow_s[j] <= S.ended_s[j] <= T.yellow_s[j] + 1:
                    S.ended_s[j] -= extra_s
                    S.priority_ended_s[j] -= extra_s


@inlined
def late_starts(T, S, L, left, settings):
    """See that links of lanes that yielded and stood have `held_red_s`, `late_start_s` from when somebody starts."""
    for i in range(len(T.link_ptr) - 1):
        before, lanes = S.previous[i], T.lane_ptr[i + 1] - T.lane_ptr[i]
        if before < 0:
            continue
        for k in range(T.lane_ptr[i], T.lane_ptr[i + 1]):
            if T.stop_loop[k] < 0 or T.waits_inside[T.service_ptr[i] + before * lanes + k - T.lane_ptr[i]] == 0:
                L.may_start[k] = 0
                continue
            starts = L.may_start[k] == 1 and left[T.stop_loop[k]] >= 0.5
            if starts or L.green_s[k] > 0:
                L.may_start[k] = 0
            for e in range(T.lane_link_ptr[k], T.lane_link_ptr[k + 1]):
                _hold_foes(T, S, L, i, k, T.lane_links[e], starts, settings)


@inlined
def _owed_s(T, i, link):
    """Seconds from the end of green of a link of signal i to the first of its foes, as the signal has it."""
    n, yellow_s = T.link_ptr[i + 1] - T.link_ptr[i], np.int64(T.yellow_s[T.link_ptr[i] + link])
    row, least = T.link_pair_ptr[i] + link * n, planner.NEVER
    for other in range(n):
        if T.conflicts[row + other]:
            least = min(least, max(yellow_s, np.int64(T.intergreen_s[row + other])))
    return least if least < planner.NEVER else yellow_s


@inlined
def _hold_foes(T, S, L, i, k, link, starts, settings):
    """The same for a link of lane k of signal i; starts: somebody of the lane has just left the line."""
    j = T.link_ptr[i] + link
    stood = S.shown[j] == YELLOW and S.yellow_run_s[j] == 1 and L.head_s[k] > STOOD_S
    if is_green(S.shown[j]) or not (stood or starts):
        return
    owed_s = _owed_s(T, i, link)
    if stood:
        L.may_start[k] = 1
        extra_s = max(settings.held_red_s - (owed_s - T.yellow_s[j]), 0)
        S.ended_s[j] -= extra_s
        S.priority_ended_s[j] -= extra_s
    else:
        S.ended_s[j] = min(S.ended_s[j], owed_s - settings.late_start_s)
        S.priority_ended_s[j] = min(S.priority_ended_s[j], owed_s - settings.late_start_s)


@inlined
def start_lags(T, L, W, i, phase, settings):
    """Start lags to plan signal i with, uint8[P, P, L] in W; the shortest greens in W.stay_s get as much longer.

    As in the tables, but foes start later after a phase at whose end somebody is held, by what can be known: he stands
    now, or, in phases other than the present one, his lane is saturated.
    """
    phases, lanes = T.phase_ptr[i + 1] - T.phase_ptr[i], T.lane_ptr[i + 1] - T.lane_ptr[i]
    first, size = T.lag_ptr[i], phases * phases * lanes
    for at in range(size):
        W.lag_s[at] = T.start_lag_s[first + at]
    lag_s = W.lag_s[:size].reshape(phases, phases, lanes)
    for a in range(phases if settings.held_red_s > 0 else 0):
        until_s = _held_until_s(T, L, i, a, a == phase, settings)
        for b in range(phases if until_s > 0 else 0):
            longer_s = 0
            for k in range(lanes):
                known_s = np.int64(lag_s[a, b, k])
                if 0 < known_s < until_s:
                    lag_s[a, b, k] = until_s
                    longer_s = max(longer_s, until_s - known_s)
            W.stay_s[a, b] += longer_s
    return lag_s


@inlined
def _held_until_s(T, L, i, a, is_present, settings):
    """Seconds until foes of phase a of signal i start if somebody is likely to be held at its end, otherwise 0."""
    lanes, until_s = T.lane_ptr[i + 1] - T.lane_ptr[i], 0
    for k in range(lanes):
        if T.waits_inside[T.service_ptr[i] + a * lanes + k] == 0:
            continue
        g = T.lane_ptr[i] + k
        stands = L.head_s[g] > STOOD_S if is_present else is_saturated(L, g, settings)
        for e in range(T.lane_link_ptr[g], T.lane_link_ptr[g + 1] if stands else T.lane_link_ptr[g]):
            until_s = max(until_s, np.int64(T.yellow_s[T.link_ptr[i] + T.lane_links[e]]) + settings.held_red_s)
    return until_s


@inlined
def is_saturated(L, g, settings):
    """True where lane g has been occupied at both upstream loops for long."""
    return min(L.mid_occupancy[g], L.far_occupancy[g]) > settings.saturated_occupancy
