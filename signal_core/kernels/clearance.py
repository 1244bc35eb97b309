"""Red clearance that is extended while a vehicle may still be inside the junction.

Two vehicles that meet inside wait for each other for good, and so does everybody behind them. So conflicting movements
start later

- where a vehicle crosses the line in the last second of yellow (a red clearance extension), and
- where a lane with sneakers (HCM: vehicles that wait inside the junction for a gap, and leave in yellow) stands at the
  end of its green, or of a short arrow after it. Those behind a sneaker may be over the line, too, and start from
  rest one after the other when the way is free. Each pair of movements waits as long as the last of such a row needs
  to the place where their ways meet, less what whoever starts needs, from rest where he stands at his line
  (`caught_s`, `caught_rest_s`; `sneaker_red_s` where the ways are not known). A vehicle that stands on the line since
  yellow began and crosses it then is waited for like the last of a row (`late_crossing_s`).

A vehicle that is caught wholly behind the line leaves no trace in its loop but a slow departure; it is known by the
vehicles that came against it, and is not free before those have stopped. The planner counts on all this
(`start_lags`).
"""

import numpy as np

from signal_core.kernels.codes import GREEN, NEVER, RED, YELLOW
from signal_core.kernels.compiled import inlined, kernel
from signal_core.kernels.sequencer import is_green

STOOD_S = 2
"""A head that has stood for longer than this in green is stopped by what is in front of it (own choice)."""
SLOW_WITHIN_S = 4
"""A vehicle that left the line slowly less than this ago may stand inside, behind a sneaker ..."""
NO_GAP_S = 3
"""... if a vehicle has come against it within this time (own choice)."""
GAP_S = 5
"""Without a vehicle against it for this long a sneaker goes: more than the critical gap of left turns from a major
street, 4.1 s (HCM 2000, exhibit 17-5)."""
LATE_S = 4
"""Who has just left the line late needs so much less than a caught row: the yellow, and a second that he has moved."""
CLEARED_S = 5
"""With priority for this long all sneakers go (own choice) ..."""
CLEARED_QUEUE = 4.0
"""... unless fewer than these are queued behind them: then they had time before."""
WHOLE = 0.5
"""Departures of a second from which a vehicle has left: parts of vehicles are estimates."""


@kernel
def advance(tables, signals, lanes, left, settings):
    """One second: count sneakers, and take off the clearing time of links what their lanes still need of it."""
    if settings.red_extension_s > 0:
        _extend_for_late_entries(tables, signals, left, settings.red_extension_s)
    if settings.sneaker_red_s > 0:
        _watch_sneakers(tables, signals, lanes, left)
        _extend_for_sneakers(tables, signals, lanes, left, settings)


@inlined
def stands_at_line(tables, signals, lanes, i, k):
    """True where a vehicle of lane k of signal i, green or just not any more, stands before or behind the line."""
    if lanes.head.standing_s[k] > STOOD_S + _ended_s(tables, signals, i, k) or lanes.sneakers.since_gap[k] > 1:
        return True
    return lanes.line.slow_ago_s[k] < SLOW_WITHIN_S and _is_opposed(tables, signals, lanes, i, k, NO_GAP_S)


@inlined
def _ended_s(tables, signals, i, k):
    """Seconds before this one in which the first of the movements of lane k ended that end with the change under way:
    who came to stand since then stands before his own red."""
    ended_s = 0
    for e in range(tables.lane_link_ptr[k], tables.lane_link_ptr[k + 1]):
        j = tables.link_ptr[i] + tables.lane_links[e]
        if not is_green(signals.shown[j]) and signals.clearing_s[j] <= signals.since_s[i]:
            ended_s = max(ended_s, signals.clearing_s[j] - 1)
    return ended_s


@inlined
def _watch_sneakers(tables, signals, lanes, left):
    """Count sneakers of lanes that are green, and the priority they need; both stay as they were when green ended."""
    for i in range(len(tables.link_ptr) - 1):
        for k in range(tables.lane_ptr[i], tables.lane_ptr[i + 1]):
            if lanes.green.green_s[k] > 0:
                _count_sneakers(tables, signals, lanes, left, i, k)
                _count_to_clear(tables, signals, lanes, i, k)


@inlined
def _count_sneakers(tables, signals, lanes, left, i, k):
    """A vehicle that left the line of a lane that only yields, and has found no gap since then, is inside."""
    sneakers = lanes.sneakers
    yields = tables.stop_loop[k] >= 0 and _only_yields(tables, signals, i, k)
    if not yields or not _is_opposed(tables, signals, lanes, i, k, GAP_S):
        sneakers.since_gap[k] = 0
    elif left[tables.stop_loop[k]] >= WHOLE:
        sneakers.since_gap[k] = 1 if lanes.green.green_s[k] == 1 else sneakers.since_gap[k] + 1


@inlined
def _count_to_clear(tables, signals, lanes, i, k):
    """Seconds of priority that lane k needs until all are across that came on a green that yields."""
    if lanes.green.has_priority[k]:
        lanes.sneakers.to_clear_s[k] = max(lanes.sneakers.to_clear_s[k] - 1, 0)
    elif tables.has_sneakers[_place(tables, i, signals.phase[i], k)] != 0:
        lanes.sneakers.to_clear_s[k] = CLEARED_S


@inlined
def _place(tables, i, p, k):
    """Where tables of phases and lanes have phase p of signal i and its lane k."""
    n_lanes = tables.lane_ptr[i + 1] - tables.lane_ptr[i]
    return tables.service_ptr[i] + p * n_lanes + k - tables.lane_ptr[i]


@inlined
def _may_have_sneakers(tables, lanes, i, p, k):
    """True where lane k of signal i may have sneakers at the end of phase p, which has just been shown.

    Either it yields in p, or it has had priority in p for a moment only, and many wait.
    """
    at = _place(tables, i, p, k)
    is_short = lanes.sneakers.to_clear_s[k] > 0 and tables.service_vps[at] > 0.0
    return tables.has_sneakers[at] != 0 or (is_short and lanes.queue.near[k] >= CLEARED_QUEUE)


@inlined
def _only_yields(tables, signals, i, k):
    """True where no movement of lane k has priority."""
    for e in range(tables.lane_link_ptr[k], tables.lane_link_ptr[k + 1]):
        if signals.shown[tables.link_ptr[i] + tables.lane_links[e]] == GREEN:
            return False
    return True


@inlined
def _is_opposed(tables, signals, lanes, i, k, within_s):
    """True where a movement that conflicts with one of lane k is not on red, and had a departure within that time."""
    n, first = tables.link_ptr[i + 1] - tables.link_ptr[i], tables.link_ptr[i]
    for other in range(tables.lane_ptr[i], tables.lane_ptr[i + 1]):
        if other == k or tables.road[other] == tables.road[k] or lanes.line.idle_s[other] > within_s:
            continue
        for e in range(tables.lane_link_ptr[k], tables.lane_link_ptr[k + 1]):
            row = tables.link_pair_ptr[i] + tables.lane_links[e] * n
            for f in range(tables.lane_link_ptr[other], tables.lane_link_ptr[other + 1]):
                link = tables.lane_links[f]
                if tables.conflicts[row + link] and signals.shown[first + link] != RED:
                    return True
    return False


@inlined
def _extend_for_late_entries(tables, signals, left, extension_s):
    """Have movements wait longer that conflict with a link whose line was crossed in the last second of yellow."""
    for i in range(len(tables.link_ptr) - 1):
        base = tables.link_ptr[i]
        for k in range(tables.lane_ptr[i], tables.lane_ptr[i + 1]):
            if tables.stop_loop[k] < 0 or left[tables.stop_loop[k]] < WHOLE:
                continue
            for e in range(tables.lane_link_ptr[k], tables.lane_link_ptr[k + 1]):
                j = base + tables.lane_links[e]
                yellow_s, clearing_s = tables.yellow_s[j], signals.clearing_s[j]
                if clearing_s > 0 and yellow_s <= clearing_s <= yellow_s + 1:
                    signals.clearing_s[j] -= extension_s
                    signals.yield_clearing_s[j] -= extension_s
                    signals.priority_clearing_s[j] -= extension_s


@inlined
def clear_from(signals, j, clearing_s):
    """Have link j cleared as if its green had ended so many seconds ago, if that is later than it did."""
    later_s = max(signals.clearing_s[j] - clearing_s, 0)
    signals.clearing_s[j] -= later_s
    signals.yield_clearing_s[j] -= later_s
    signals.priority_clearing_s[j] = min(signals.priority_clearing_s[j], clearing_s)


@inlined
def _extend_for_sneakers(tables, signals, lanes, left, settings):
    """Have movements wait that conflict with a lane that may have sneakers: see the module."""
    for i in range(len(tables.link_ptr) - 1):
        before = signals.previous[i]
        if before < 0:
            continue
        for k in range(tables.lane_ptr[i], tables.lane_ptr[i + 1]):
            if lanes.sneakers.are_opposed[k] == 1:
                _release(tables, signals, lanes, i, k, settings)
            if tables.stop_loop[k] < 0 or not _may_have_sneakers(tables, lanes, i, before, k):
                lanes.sneakers.may_cross_late[k] = 0
                continue
            crosses = lanes.sneakers.may_cross_late[k] == 1 and left[tables.stop_loop[k]] >= WHOLE
            if crosses or lanes.green.green_s[k] > 0:
                lanes.sneakers.may_cross_late[k] = 0
            for e in range(tables.lane_link_ptr[k], tables.lane_link_ptr[k + 1]):
                _extend_for_link(tables, signals, lanes, i, k, tables.lane_links[e], crosses, settings)


@inlined
def first_conflict_s(tables, signals, i, link):
    """Seconds from the end of green of a link of signal i to the first start that conflicts with it."""
    n, yellow_s = tables.link_ptr[i + 1] - tables.link_ptr[i], np.int64(tables.yellow_s[tables.link_ptr[i] + link])
    row, least = tables.link_pair_ptr[i] + link * n, NEVER
    at = tables.link_ptr[i] + link
    had_priority_s = max(signals.yield_clearing_s[at] - signals.clearing_s[at], 0)
    for other in range(n):
        if tables.conflicts[row + other]:
            waited_s = np.int64(tables.yielded_s[row + other]) - had_priority_s
            least = min(least, max(yellow_s, np.int64(tables.intergreen_s[row + other]), waited_s))
    return least if least < NEVER else yellow_s


@inlined
def _wait_for_caught(tables, signals, lanes, i, link, since_s, unknown_s):
    """Have movements of signal i wait that conflict with a link of which a row of vehicles is caught inside.

    since_s: of what `caught_s` counts, how much is over; unknown_s: the wait where the ways are not known.
    """
    n, first = tables.link_ptr[i + 1] - tables.link_ptr[i], tables.link_ptr[i]
    row, wait_s = tables.link_pair_ptr[i] + link * n, signals.caught_wait_s
    for other in range(n):
        if tables.conflicts[row + other] and tables.undetected[first + other]:
            needs_s = np.int64(tables.caught_s[row + other])
            wait_s[first + other] = max(wait_s[first + other], needs_s - since_s if needs_s > 0 else unknown_s)
    for k in range(tables.lane_ptr[i], tables.lane_ptr[i + 1]):
        for e in range(tables.lane_link_ptr[k], tables.lane_link_ptr[k + 1]):
            other = tables.lane_links[e]
            if tables.conflicts[row + other]:
                needs_s = _needs_s(tables, lanes, row + other, k)
                wait_s[first + other] = max(wait_s[first + other], needs_s - since_s if needs_s > 0 else unknown_s)


@inlined
def _needs_s(tables, lanes, pair, k):
    """Seconds from the end of a green after which a row is caught inside to a start from lane k; 0 for unknown."""
    return np.int64(tables.caught_rest_s[pair] if lanes.head.standing_s[k] > STOOD_S else tables.caught_s[pair])


@inlined
def _wait_for_row(tables, signals, lanes, i, link, settings):
    """Have movements wait that conflict with a link of signal i: its row goes as a yellow begins, a second ago."""
    unknown_s = tables.yellow_s[tables.link_ptr[i] + link] + settings.sneaker_red_s - 1
    _wait_for_caught(tables, signals, lanes, i, link, 1, unknown_s)


@inlined
def _release(tables, signals, lanes, i, k, settings):
    """Sneakers that still have movements with green against them go when that ends, not before."""
    if lanes.green.green_s[k] > 0:
        lanes.sneakers.are_opposed[k] = 0
    elif _is_against(tables, signals, i, k, YELLOW):
        lanes.sneakers.are_opposed[k] = 0
        for e in range(tables.lane_link_ptr[k], tables.lane_link_ptr[k + 1]):
            link = tables.lane_links[e]
            _wait_for_row(tables, signals, lanes, i, link, settings)


@inlined
def _is_against(tables, signals, i, k, code):
    """True where a movement that conflicts with one of lane k shows GREEN, or its first second of YELLOW."""
    n, first = tables.link_ptr[i + 1] - tables.link_ptr[i], tables.link_ptr[i]
    for e in range(tables.lane_link_ptr[k], tables.lane_link_ptr[k + 1]):
        row = tables.link_pair_ptr[i] + tables.lane_links[e] * n
        for other in range(n):
            shown = signals.shown[first + other]
            begins = code != YELLOW or signals.yellow_run_s[first + other] == 1
            if tables.conflicts[row + other] and shown == code and begins:
                return True
    return False


@inlined
def _extend_for_link(tables, signals, lanes, i, k, link, crosses, settings):
    """`_extend_for_sneakers` for a link of lane k; crosses: a vehicle of the lane has just left the line late."""
    j, sneakers, standing_s = tables.link_ptr[i] + link, lanes.sneakers, lanes.head.standing_s[k]
    if crosses and not is_green(signals.shown[j]):
        _wait_for_caught(tables, signals, lanes, i, link, LATE_S, settings.late_crossing_s)
    if signals.shown[j] == YELLOW and signals.yellow_run_s[j] == 1 and stands_at_line(tables, signals, lanes, i, k):
        sneakers.may_cross_late[k] |= standing_s > STOOD_S
        sneakers.are_opposed[k] = _is_against(tables, signals, i, k, GREEN)
        _wait_for_row(tables, signals, lanes, i, link, settings)
    elif signals.shown[j] == YELLOW and signals.yellow_run_s[j] > 1:  # it rolled over the line as green ended
        sneakers.may_cross_late[k] |= standing_s >= signals.yellow_run_s[j]


@inlined
def start_lags(tables, signals, lanes, space, i, phase, settings):
    """Start lags to plan signal i with, uint8[P, P, L]; the minimum splits in `space` get as much longer.

    As in the tables, but conflicting movements start later after a phase that is likely to end with sneakers: a vehicle
    stands now, or, in phases other than the present one, its lane is saturated.
    """
    n_phases, n_lanes = tables.phase_ptr[i + 1] - tables.phase_ptr[i], tables.lane_ptr[i + 1] - tables.lane_ptr[i]
    first, size = tables.lag_ptr[i], n_phases * n_phases * n_lanes
    lag_s = tables.start_lag_s[first:first + size].reshape(n_phases, n_phases, n_lanes)
    is_copy = False
    for a in range(n_phases if settings.sneaker_red_s > 0 else 0):
        is_later = False
        for k in range(n_lanes):
            if _is_expected(tables, signals, lanes, i, a, k, a == phase, settings):
                for at in range(0 if is_copy else size):
                    space.lag_s[at] = tables.start_lag_s[first + at]
                lag_s, is_copy = space.lag_s[:size].reshape(n_phases, n_phases, n_lanes), True
                is_later |= _start_later(tables, lanes, lag_s, i, a, k, settings)
        for b in range(n_phases if is_later else 0):
            longer_s = 0
            for k in range(n_lanes):
                usual_s = tables.start_lag_s[first + (a * n_phases + b) * n_lanes + k]
                longer_s = max(longer_s, np.int64(lag_s[a, b, k]) - np.int64(usual_s))
            space.min_split_s[a, b] += longer_s
    return lag_s


@inlined
def _start_later(tables, lanes, lag_s, i, a, k, settings):
    """Have lanes of signal i start later after phase a that conflict with its lane k, caught inside; True if any."""
    n, n_lanes = tables.link_ptr[i + 1] - tables.link_ptr[i], tables.lane_ptr[i + 1] - tables.lane_ptr[i]
    g, is_any = tables.lane_ptr[i] + k, False
    for o in range(n_lanes):
        other, until_s = tables.lane_ptr[i] + o, 0
        for e in range(tables.lane_link_ptr[g], tables.lane_link_ptr[g + 1]):
            row = tables.link_pair_ptr[i] + tables.lane_links[e] * n
            unknown_s = tables.yellow_s[tables.link_ptr[i] + tables.lane_links[e]] + settings.sneaker_red_s
            for f in range(tables.lane_link_ptr[other], tables.lane_link_ptr[other + 1]):
                if tables.conflicts[row + tables.lane_links[f]]:
                    needs_s = _needs_s(tables, lanes, row + tables.lane_links[f], other)
                    until_s = max(until_s, needs_s if needs_s > 0 else unknown_s)
        for b in range(lag_s.shape[1]):
            if 0 < np.int64(lag_s[a, b, o]) < until_s:
                lag_s[a, b, o] = until_s
                is_any = True
    return is_any


@inlined
def _is_expected(tables, signals, lanes, i, a, k, is_present, settings):
    """True where phase a of signal i is likely to end with sneakers of its lane k."""
    g = tables.lane_ptr[i] + k
    if is_present:
        return lanes.sneakers.are_opposed[g] == 1 or (
            _may_have_sneakers(tables, lanes, i, a, g) and stands_at_line(tables, signals, lanes, i, g))
    return tables.has_sneakers[_place(tables, i, a, g)] != 0 and is_saturated(lanes, g, settings)


@inlined
def is_saturated(lanes, g, settings):
    """True where lane g has been occupied at both advance loops for long."""
    return min(lanes.runs.mid_occupancy[g], lanes.runs.far_occupancy[g]) > settings.saturated_occupancy


@inlined
def is_any_saturated(tables, lanes, i, settings):
    """True where any lane of signal i is saturated."""
    for g in range(tables.lane_ptr[i], tables.lane_ptr[i + 1]):
        if is_saturated(lanes, g, settings):
            return True
    return False
