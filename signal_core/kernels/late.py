"""Red added where somebody may still be inside the junction when his foes could start.

Two vehicles that meet inside wait for each other for good, and so does everybody behind them. So the foes start later
where somebody crosses the line in the last second of yellow, and where a lane of which somebody waits inside for a gap
stands at the end of its green, or of a short arrow after it: he goes in yellow, and who stands behind him may be over
the line, too, and starts from rest when the way is free. If somebody does, or who stands on the line since yellow
began, his foes wait until he is across. Who is caught all behind the line is known by who came against him, and is not
free before those have stopped. The planner counts on it (`start_lags`).
"""

import numpy as np

from signal_core.kernels import planner
from signal_core.kernels.compiled import inlined
from signal_core.kernels.sequencer import GREEN, RED, YELLOW, is_green

STOOD_S = 2
"""Who has stood for this long in green is held by what is in front of him."""
CAUGHT_S = 4
"""Who left the line slowly since then may stand inside, behind one who waits for a gap ..."""
NO_GAP_S = 3
"""... if those he yields to have come since then."""
GAP_S = 5
"""In which somebody goes who waits inside."""
CLEARED_S = 5
"""Of priority in which all go who waited inside ..."""
QUEUE = 4.0
"""... unless fewer than these are left behind them: they had time to go."""


@inlined
def is_held(T, S, L, i, k):
    """True where somebody of lane k of signal i, green or just not any more, stands before or behind the line."""
    if L.head_s[k] > STOOD_S or L.inside[k] > 1:
        return True
    return L.caught_s[k] < CAUGHT_S and _is_opposed(T, S, L, i, k, NO_GAP_S)


@inlined
def watch_inside(T, S, L, left):
    """Count who waits inside for a gap, and how much priority a lane needs until nobody does, while it has green."""
    for i in range(len(T.link_ptr) - 1):
        for k in range(T.lane_ptr[i], T.lane_ptr[i + 1]):
            if L.green_s[k] > 0:  # otherwise as it was when green ended
                _count_inside(T, S, L, left, i, k)
                _count_clearance(T, S, L, i, k)


@inlined
def _count_inside(T, S, L, left, i, k):
    """Who left the line of a lane that only yields, and has found no gap since then, is inside."""
    if T.stop_loop[k] < 0 or not _only_yields(T, S, i, k) or not _is_opposed(T, S, L, i, k, GAP_S):
        L.inside[k] = 0
    elif left[T.stop_loop[k]] >= 0.5:
        L.inside[k] = 1 if L.green_s[k] == 1 else L.inside[k] + 1


@inlined
def _count_clearance(T, S, L, i, k):
    """L.to_clear_s: seconds of priority that a lane needs until nobody waits inside who came on a green that yields."""
    if L.priority[k]:
        L.to_clear_s[k] = max(L.to_clear_s[k] - 1, 0)
    elif T.waits_inside[_place(T, i, S.phase[i], k)] != 0:
        L.to_clear_s[k] = CLEARED_S


@inlined
def _place(T, i, p, k):
    """Where tables of phases and lanes have phase p of signal i and its lane k."""
    return T.service_ptr[i] + p * (T.lane_ptr[i + 1] - T.lane_ptr[i]) + k - T.lane_ptr[i]


@inlined
def _may_wait(T, L, i, p, k):
    """True where somebody of lane k of signal i may wait inside at the end of phase p, which has just been shown.

    Either it yields in p, or it has had priority in p for a moment only, and many wait.
    """
    at = _place(T, i, p, k)
    return T.waits_inside[at] != 0 or (L.to_clear_s[k] > 0 and T.service_vps[at] > 0.0 and L.near[k] >= QUEUE)


@inlined
def _only_yields(T, S, i, k):
    """True where no movement of lane k has priority."""
    for e in range(T.lane_link_ptr[k], T.lane_link_ptr[k + 1]):
        if S.shown[T.link_ptr[i] + T.lane_links[e]] == GREEN:
            return False
    return True


@inlined
def _is_opposed(T, S, L, i, k, within_s):
    """True where a movement that meets one of lane k is not on red, and somebody of its lane came within that time."""
    n, first = T.link_ptr[i + 1] - T.link_ptr[i], T.link_ptr[i]
    for other in range(T.lane_ptr[i], T.lane_ptr[i + 1]):
        if other == k or T.road[other] == T.road[k] or L.idle_s[other] > within_s:
            continue
        for e in range(T.lane_link_ptr[k], T.lane_link_ptr[k + 1]):
            row = T.link_pair_ptr[i] + T.lane_links[e] * n
            for f in range(T.lane_link_ptr[other], T.lane_link_ptr[other + 1]):
                if T.conflicts[row + T.lane_links[f]] and S.shown[first + T.lane_links[f]] != RED:
                    return True
    return False


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
def _count_from(S, j, ended_s):
    """Have the foes of link j wait as if its green had ended so many seconds ago, if that is later than it did."""
    S.ended_s[j] = min(S.ended_s[j], ended_s)
    S.priority_ended_s[j] = min(S.priority_ended_s[j], ended_s)


@inlined
def late_starts(T, S, L, left, settings):
    """See that links of lanes that yielded and are held have `held_red_s`, `late_start_s` from when somebody starts."""
    for i in range(len(T.link_ptr) - 1):
        before = S.previous[i]
        if before < 0:
            continue
        for k in range(T.lane_ptr[i], T.lane_ptr[i + 1]):
            if L.held[k] == 1:
                _release(T, S, L, i, k, settings)
            if T.stop_loop[k] < 0 or not _may_wait(T, L, i, before, k):
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
def _extra_s(T, i, link, settings):
    """Seconds of red owed to the foes of a link of signal i that they do not wait for anyway."""
    return max(settings.held_red_s - (_owed_s(T, i, link) - T.yellow_s[T.link_ptr[i] + link]), 0)


@inlined
def _release(T, S, L, i, k, settings):
    """Who is held inside while those he yields to still have green goes when that ends, not before."""
    if L.green_s[k] > 0:
        L.held[k] = 0
    elif _against(T, S, i, k, YELLOW):
        L.held[k] = 0
        for e in range(T.lane_link_ptr[k], T.lane_link_ptr[k + 1]):
            link = T.lane_links[e]
            _count_from(S, T.link_ptr[i] + link, 1 - _extra_s(T, i, link, settings))


@inlined
def _against(T, S, i, k, code):
    """True where a movement that meets one of lane k of signal i shows GREEN, or its first second of YELLOW."""
    n, first = T.link_ptr[i + 1] - T.link_ptr[i], T.link_ptr[i]
    for e in range(T.lane_link_ptr[k], T.lane_link_ptr[k + 1]):
        row = T.link_pair_ptr[i] + T.lane_links[e] * n
        for other in range(n):
            shown = S.shown[first + other]
            if T.conflicts[row + other] and shown == code and (code != YELLOW or S.yellow_run_s[first + other] == 1):
                return True
    return False


@inlined
def _hold_foes(T, S, L, i, k, link, starts, settings):
    """The same for a link of lane k of signal i; starts: somebody of the lane has just left the line."""
    j = T.link_ptr[i] + link
    if starts and not is_green(S.shown[j]):
        _count_from(S, j, _owed_s(T, i, link) - settings.late_start_s)
    if S.shown[j] == YELLOW and S.yellow_run_s[j] == 1 and is_held(T, S, L, i, k):
        L.may_start[k] |= L.head_s[k] > STOOD_S
        L.held[k] = _against(T, S, i, k, GREEN)
        _count_from(S, j, 1 - _extra_s(T, i, link, settings))
    elif S.shown[j] == YELLOW and S.yellow_run_s[j] > 1:  # who rolled over the line as green ended stands on it
        L.may_start[k] |= L.head_s[k] >= S.yellow_run_s[j]


@inlined
def start_lags(T, S, L, W, i, phase, settings):
    """Start lags to plan signal i with, uint8[P, P, L] in W; the shortest greens in W.stay_s get as much longer.

    As in the tables, but foes start later after a phase at whose end somebody is held, by what can be known: he stands
    now, or, in phases other than the present one, his lane is saturated.
    """
    phases, lanes = T.phase_ptr[i + 1] - T.phase_ptr[i], T.lane_ptr[i + 1] - T.lane_ptr[i]
    first, size = T.lag_ptr[i], phases * phases * lanes
    lag_s = T.start_lag_s[first:first + size].reshape(phases, phases, lanes)
    is_copy = False
    for a in range(phases if settings.held_red_s > 0 else 0):
        until_s = _held_until_s(T, S, L, i, a, a == phase, settings)
        if until_s > 0 and not is_copy:
            for at in range(size):
                W.lag_s[at] = T.start_lag_s[first + at]
            lag_s, is_copy = W.lag_s[:size].reshape(phases, phases, lanes), True
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
def _held_until_s(T, S, L, i, a, is_present, settings):
    """Seconds until foes of phase a of signal i start if somebody is likely to be held at its end, otherwise 0."""
    lanes, until_s = T.lane_ptr[i + 1] - T.lane_ptr[i], 0
    for k in range(lanes):
        g = T.lane_ptr[i] + k
        if is_present:
            stands = L.held[g] == 1 or (_may_wait(T, L, i, a, g) and is_held(T, S, L, i, g))
        else:
            stands = T.waits_inside[_place(T, i, a, g)] != 0 and is_saturated(L, g, settings)
        for e in range(T.lane_link_ptr[g], T.lane_link_ptr[g + 1] if stands else T.lane_link_ptr[g]):
            until_s = max(until_s, np.int64(T.yellow_s[T.link_ptr[i] + T.lane_links[e]]) + settings.held_red_s)
    return until_s


@inlined
def is_saturated(L, g, settings):
    """True where lane g has been occupied at both upstream loops for long."""
    return min(L.mid_occupancy[g], L.far_occupancy[g]) > settings.saturated_occupancy
