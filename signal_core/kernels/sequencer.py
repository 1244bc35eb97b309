"""From the phase wanted to what every link shows next: yellow, red clearance per pair of links, start of green.

A link that keeps its green through a change of phase is not interrupted, and a link that gains green waits only for
the links it conflicts with. But nobody steps off in front of a turn that is under way: what gives way to a crossing
stops before that begins, and starts so many seconds after it as those on foot lead by. A turn that gives way to
traffic starts when that has begun to move, as a queue at rest looks like a gap, and does not end while that goes on
(the yellow trap: who waits inside takes it that both end): both end, and who goes on starts again. Nobody loses his
priority just as he gets to the line (`falls`). What is found off goes to red, and nothing starts before the signal has
been lit for its longest clearance: until then anybody went. The timers of every signal are kept here.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from signal_core.kernels import falls, tight_ways
from signal_core.kernels.codes import ARROW, GREEN, LONG_AGO_S, NO_ROW, OFF, PERMISSIVE, RED, YELLOW
from signal_core.kernels.compiled import inlined, kernel

CALLING = 0.99
"""Occupancy of a stop-line loop in a second from which a vehicle waits there."""
LEAST_RED_S = 4
"""A shorter red between two greens is a lamp that flickers: nobody can tell what it means (own choice)."""


@inlined
def is_green(code):
    return code == PERMISSIVE or code == GREEN


class LinkRules(NamedTuple):
    """What the n links of a signal have to keep to: conflicts, intergreen_s: [n * n], end of green of row to start of
    column, yielded_s from the last second in which it gave way; walk_lead_s: [n * n], row does not move when column, a
    crossing, starts, and starts so long after it, 0 for other pairs; traffic_lead_s: [n * n], row starts so long after
    column, traffic it gives way to; ends_with: [n * n], row, where it gives way, does not end while column goes on;
    yellow_s, min_green_s: [n]; longest_s: of all clearances."""

    conflicts: NDArray[np.bool_]
    yellow_s: NDArray[Any]
    intergreen_s: NDArray[Any]
    yielded_s: NDArray[Any]
    min_green_s: NDArray[Any]
    longest_s: int
    walk_lead_s: NDArray[Any]
    traffic_lead_s: NDArray[Any]
    ends_with: NDArray[np.bool_]


class LinkTimers(NamedTuple):
    """What the links of a signal show, uint8[n], and timers, int64[n] each, as in `SignalState`; of lit_s one. goal:
    uint8[n], written anew every second; at_line: uint8[n], 1 where somebody is just getting to the line."""

    shown: NDArray[np.uint8]
    green_s: NDArray[np.int64]
    yellow_run_s: NDArray[np.int64]
    clearing_s: NDArray[np.int64]
    priority_clearing_s: NDArray[np.int64]
    yield_clearing_s: NDArray[np.int64]
    caught_wait_s: NDArray[np.int64]
    lit_s: NDArray[np.int64]
    goal: NDArray[np.uint8]
    at_line: NDArray[np.uint8]


@inlined
def _makes_way(i, rules, timers, wanted):
    """True where link i is to stop, or not to start yet, for a crossing that is about to start or has just started."""
    n, moves = len(timers.shown), is_green(timers.shown[i])
    for j in range(n):
        lead_s = rules.walk_lead_s[i * n + j]
        if lead_s == 0:
            continue
        if is_green(timers.shown[j]):
            if not moves and timers.green_s[j] < lead_s:
                return True
        elif is_green(wanted[j]):
            return True
    return False


@inlined
def _stays(i, rules, timers):
    """True where green of link i cannot end yet: its own is too short, or that of traffic which has to end with it."""
    n = len(timers.shown)
    if timers.green_s[i] < rules.min_green_s[i]:
        return True
    for j in range(n if timers.shown[i] == PERMISSIVE else 0):
        if rules.ends_with[i * n + j] and is_green(timers.shown[j]) and timers.green_s[j] < rules.min_green_s[j]:
            return True
    return False


@inlined
def _ends_too(j, rules, timers):
    """True where green of link j ends as somebody who gives way to it loses his."""
    n = len(timers.shown)
    for i in range(n):
        if rules.ends_with[i * n + j] and timers.shown[i] == PERMISSIVE and not is_green(timers.goal[i]):
            if not _stays(i, rules, timers):
                return True
    return False


@inlined
def _set_goals(rules, timers, wanted):
    """What links lead to now: the codes wanted, but red for who has to stop first."""
    n, any_start, any_stop = len(timers.shown), _any_start(timers, wanted), False
    for i in range(n):
        makes_way = any_start and is_green(wanted[i]) and _makes_way(i, rules, timers, wanted)
        timers.goal[i] = RED if makes_way else wanted[i]
        any_stop |= timers.shown[i] == PERMISSIVE and not is_green(timers.goal[i])
    for j in range(n if any_stop else 0):
        if is_green(timers.shown[j]) and is_green(timers.goal[j]) and _ends_too(j, rules, timers):
            timers.goal[j] = RED


@inlined
def _keeps_priority(i, timers):
    """True where link i is to give way from now on, and somebody who counts on his priority is at its line."""
    return timers.shown[i] == GREEN and timers.goal[i] == PERMISSIVE and timers.at_line[i] == 1


@inlined
def _may_start(i, want, rules, timers, wanted):
    """True where link i may start (or rise to) `want` now."""
    n = len(timers.shown)
    if timers.caught_wait_s[i] > 0:
        return False
    for j in range(n):
        if j == i or not rules.conflicts[i * n + j]:
            continue
        shown, owed_s = timers.shown[j], rules.intergreen_s[j * n + i]
        if want == PERMISSIVE and wanted[j] == GREEN and timers.green_s[j] < rules.traffic_lead_s[i * n + j]:
            return False
        if shown == YELLOW and timers.yellow_run_s[j] < rules.yellow_s[j]:
            return False
        if is_green(shown) and (rules.walk_lead_s[j * n + i] > 0 or not is_green(timers.goal[j])):
            return False
        if _keeps_priority(j, timers):
            return False
        if not is_green(shown):
            if timers.clearing_s[j] < owed_s or timers.yield_clearing_s[j] < rules.yielded_s[j * n + i]:
                return False
        elif want == GREEN and (shown == GREEN or timers.priority_clearing_s[j] < owed_s):
            return False
    return True


@inlined
def _any_start(timers, wanted):
    """True where a link wants green that has none."""
    for j in range(len(timers.shown)):
        if is_green(wanted[j]) and not is_green(timers.shown[j]):
            return True
    return False


@inlined
def _flickers(i, rules, timers):
    """True where green of link i now would make its red a flicker."""
    return timers.shown[i] == RED and timers.clearing_s[i] < rules.yellow_s[i] + LEAST_RED_S


@kernel
def next_codes(rules, timers, wanted, proposed):
    """Write the codes to show for the coming second into `proposed`; return 1 when they are the wanted ones.

    rules: LinkRules; timers: LinkTimers; wanted, proposed: uint8[links].
    """
    settled, is_lit = 1, timers.lit_s[0] >= rules.longest_s
    _set_goals(rules, timers, wanted)
    for i in range(len(timers.shown)):
        now, want = timers.shown[i], timers.goal[i]
        code = now
        if now == YELLOW:
            if timers.yellow_run_s[i] >= rules.yellow_s[i]:
                code = ARROW if want == ARROW else RED
        elif is_green(now):
            if is_green(want):
                if want == PERMISSIVE:
                    code = now if _keeps_priority(i, timers) else want
                elif now == want or _may_start(i, want, rules, timers, wanted):
                    code = want
            elif not _stays(i, rules, timers):
                code = YELLOW if rules.yellow_s[i] > 0 else want
        elif not is_green(want) or (is_lit and now != OFF and not _flickers(i, rules, timers)
                                    and _may_start(i, want, rules, timers, wanted)):
            code = want
        elif now == OFF:
            code = RED
        proposed[i] = code
        if code != wanted[i]:
            settled = 0
    return settled


@kernel
def follow(timers, taken, elapsed_s):
    """Advance the timers by `elapsed_s` seconds of `taken` being shown, and copy it into `shown`.

    A link that is off gives way: its vehicles go when they can. One that keeps its priority for who is at the line has
    lost it for all others.
    """
    green_s, yellow_run_s, clearing_s = timers.green_s, timers.yellow_run_s, timers.clearing_s
    priority_s, yield_s, any_off = timers.priority_clearing_s, timers.yield_clearing_s, False
    for i in range(len(taken)):
        before, now = timers.shown[i], taken[i]
        green_s[i] = (green_s[i] if is_green(before) else 0) + elapsed_s if is_green(now) else 0
        yellow_run_s[i] = (yellow_run_s[i] if before == YELLOW else 0) + elapsed_s if now == YELLOW else 0
        moves = is_green(now) or now == OFF
        clearing_s[i] = 0 if moves else min(clearing_s[i] + elapsed_s, LONG_AGO_S)
        has_priority = now == GREEN and not _keeps_priority(i, timers)
        priority_s[i] = 0 if has_priority else min(priority_s[i] + elapsed_s, LONG_AGO_S)
        yield_s[i] = 0 if moves and now != GREEN else min(yield_s[i] + elapsed_s, LONG_AGO_S)
        timers.caught_wait_s[i] = max(timers.caught_wait_s[i] - elapsed_s, 0)
        timers.shown[i] = now
        any_off |= now == OFF
    timers.lit_s[0] = 0 if any_off else min(timers.lit_s[0] + elapsed_s, LONG_AGO_S)


@inlined
def _timers(tables, signals, i):
    """Those of signal i."""
    a, b = tables.link_ptr[i], tables.link_ptr[i + 1]
    return LinkTimers(signals.shown[a:b], signals.green_s[a:b], signals.yellow_run_s[a:b], signals.clearing_s[a:b],
                      signals.priority_clearing_s[a:b], signals.yield_clearing_s[a:b],
                      signals.caught_wait_s[a:b], signals.lit_s[i:i + 1], signals.goal[a:b],
                      signals.at_line[a:b])


@inlined
def phase_code(tables, i, p, j):
    """What phase p of signal i shows to its link j."""
    return tables.phase_codes[tables.code_ptr[i] + p * (tables.link_ptr[i + 1] - tables.link_ptr[i]) + j]


@inlined
def min_split_s(tables, i, a, b):
    """Minimum split: seconds from leaving phase a of signal i until b may be left."""
    n_phases = tables.phase_ptr[i + 1] - tables.phase_ptr[i]
    return np.int64(tables.min_split_s[tables.pair_ptr[i] + a * n_phases + b])


@inlined
def may_leave_in(tables, signals, i, seconds):
    """True where the minimum split of the present phase will be over by then."""
    before = signals.previous[i]
    return before < 0 or signals.since_s[i] + seconds >= min_split_s(tables, i, before, signals.phase[i])


@inlined
def may_leave(tables, signals, i):
    """True where the minimum split of the present phase is over."""
    return may_leave_in(tables, signals, i, 0)


@inlined
def _enter(signals, i, phase):
    """Begin the change of signal i to another phase."""
    if phase != signals.phase[i]:
        signals.previous[i] = signals.phase[i]
        signals.phase[i] = phase
        signals.since_s[i] = 0
        signals.due_s[i] = -1


@inlined
def _leave(tables, signals, i, wanted):
    """Begin the change of signal i to the phase wanted, as soon as nobody is on a tight way that it does not clear."""
    to = tight_ways.bound_for(signals, i) if signals.next_phase[i] != tight_ways.NONE else wanted
    if to != signals.phase[i] and tight_ways.is_second(tables, signals, i):
        return
    waits = to != signals.phase[i] and not tight_ways.may_leave(tables, signals, i, to)
    if waits and signals.leaving_s[i] < tight_ways.LONGEST_S:
        signals.next_phase[i] = to
        signals.leaving_s[i] += 1
        return
    signals.next_phase[i] = tight_ways.NONE
    signals.leaving_s[i] = 0
    _enter(signals, i, to)


@inlined
def _propose(tables, signals, i, codes):
    """Propose what leads signal i to `codes`, uint8[links]; it is settled once it shows them."""
    a, b = tables.link_ptr[i], tables.link_ptr[i + 1]
    first, last = tables.link_pair_ptr[i], tables.link_pair_ptr[i + 1]
    rules = LinkRules(tables.conflicts[first:last], tables.yellow_s[a:b], tables.intergreen_s[first:last],
                      tables.yielded_s[first:last], tables.min_green_s[a:b], tables.longest_clearance_s[i],
                      tables.walk_lead_s[first:last], tables.traffic_lead_s[first:last], tables.ends_with[first:last])
    signals.settled[i] = next_codes(rules, _timers(tables, signals, i), codes, signals.proposed[a:b])


@kernel
def sequence_all(tables, signals, wanted):
    """Take the wanted phases, int64[signals], and propose what every link shows in the coming second.

    A signal inside a change finishes it first; one that lets nobody onto a tight way any more waits for who is there.
    """
    for i in range(len(tables.link_ptr) - 1):
        if signals.settled[i] == 1:
            _leave(tables, signals, i, wanted[i])
    tight_ways.hold(tables, signals)
    for i in range(len(tables.link_ptr) - 1):
        n = tables.link_ptr[i + 1] - tables.link_ptr[i]
        codes = tables.code_ptr[i] + signals.phase[i] * n
        tight_ways.keep_out(tables, signals, i, tables.phase_codes[codes:codes + n])
        falls.limit(tables, signals, i)
        _propose(tables, signals, i, signals.aim[tables.link_ptr[i]:tables.link_ptr[i + 1]])


@kernel
def sequence_rows(tables, signals, target):
    """The same for signals that run a row of their fixed-time plan; target: Target.

    A row is taken at once, as the plan's own timing says.
    """
    plans = target.plans
    for i in range(len(tables.link_ptr) - 1):
        row = target.row[i]
        if row == NO_ROW:
            continue
        signals.next_phase[i] = tight_ways.NONE
        _enter(signals, i, plans.phase[row])
        falls.forget(tables, signals, i)
        n = tables.link_ptr[i + 1] - tables.link_ptr[i]
        codes = plans.code_ptr[i] + (row - plans.row_ptr[i]) * n
        _propose(tables, signals, i, plans.codes[codes:codes + n])


@kernel
def follow_all(tables, signals, taken, elapsed_s):
    """Advance all timers by what was really shown."""
    for i in range(len(tables.link_ptr) - 1):
        a, b = tables.link_ptr[i], tables.link_ptr[i + 1]
        follow(_timers(tables, signals, i), taken[a:b], elapsed_s)
        signals.since_s[i] += elapsed_s
        signals.due_s[i] -= min(elapsed_s, max(signals.due_s[i], 0))


@kernel
def find_calls(tables, occupancy, calls):
    """calls[j]: somebody waits for link j; always so where stop-line loops do not tell (crossings, blind lanes)."""
    for i in range(len(tables.link_ptr) - 1):
        base = tables.link_ptr[i]
        for j in range(base, tables.link_ptr[i + 1]):
            calls[j] = True
        for k in range(tables.lane_ptr[i], tables.lane_ptr[i + 1]):
            if tables.stop_loop[k] < 0:
                continue
            for e in range(tables.lane_link_ptr[k], tables.lane_link_ptr[k + 1]):
                j = base + tables.lane_links[e]
                if not tables.undetected[j]:
                    calls[j] = False
        for k in range(tables.lane_ptr[i], tables.lane_ptr[i + 1]):
            if tables.stop_loop[k] < 0 or occupancy[tables.stop_loop[k]] < CALLING:
                continue
            for e in range(tables.lane_link_ptr[k], tables.lane_link_ptr[k + 1]):
                calls[base + tables.lane_links[e]] = True


@kernel
def find_free(tables, signals, free):
    """free[i]: signal i shows its wanted phase, and the minimum split of it is over."""
    for i in range(len(tables.link_ptr) - 1):
        free[i] = signals.settled[i] == 1 and may_leave(tables, signals, i)
