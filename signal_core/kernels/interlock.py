"""The interlock's rules. Nothing here knows plans: only what was shown, since when, and what comes.

Links of all signals lie end to end; signal s owns the links `ptr[s]:ptr[s + 1]`. The foes of link i are the rows
`foe_ptr[i]:foe_ptr[i + 1]` of `foe`, `clear_s`, `yielded_s`, `stops`, `ends`. Times: whole seconds on its own clock.

Codes: 0 red, 1 yellow, 2 green that gives way, 3 green with priority, 4 arrow (red, go after a stop), 5 off.
A link is *moving* while it shows 2, 3 or 5: its vehicles may enter. Any code above 5 counts as moving too.
"""

from collections.abc import Callable
from typing import Any

from numba import njit, typeof

from signal_core.kernels.interlock_sight import is_clear, look, lose

RED, YELLOW, PERMISSIVE, GREEN, ARROW, OFF = 0, 1, 2, 3, 4, 5

# In order of gravity: where several rules are broken the smallest number is reported.
OK, CONFLICT, SHORT_CLEARANCE, SHORT_WALK_CLEARANCE, TURN_MOVING, START_FROM_OFF, NO_YELLOW = 0, 1, 2, 3, 4, 5, 6
SHORT_YELLOW, RED_TO_YELLOW, YELLOW_TO_GREEN, SHORT_GREEN, BAD_CODE, NOT_TAKEN = 7, 8, 9, 10, 11, 12
FORBIDDEN, LONG_GREEN, SHORT_LEAD = 13, 14, 15  # limits of the engineer
YELLOW_TRAP = 16

NONE = -1
LONGEST_S = 1 << 40

# Without numba's runtime nothing can be allocated and no references are counted; parts are inlined, as a call would
# copy the records.
_PART: dict[str, Any] = {"_nrt": False, "error_model": "numpy", "inline": "always"}
_KERNEL: dict[str, Any] = {"_nrt": False, "error_model": "numpy", "no_cfunc_wrapper": True}
_kernel = njit(cache=True, nogil=True, **_KERNEL)
_part = njit(**_PART)


def direct(function: Any, *arguments: Any) -> Callable[..., Any]:
    """`function` compiled for arguments of these types, which no later call looks at again: others are misread."""
    if not hasattr(function, "compile"):  # the JIT is off
        return function  # type: ignore[no-any-return]
    types = tuple(typeof(argument) for argument in arguments)
    function.compile(types)
    return function.overloads[types].entry_point  # type: ignore[no-any-return]


@_part
def _moving(code):
    return code == PERMISSIVE or code == GREEN or code >= OFF


@_part
def _show(i, code, at_s, state):
    """Link i shows `code` from `at_s` on."""
    was = state.shown[i]
    state.shown[i] = min(code, OFF)
    if _moving(was) and was != GREEN:
        state.yielded[i] = at_s
    if _moving(code):
        if not _moving(was):
            state.since[i] = at_s
    elif _moving(was):
        state.since[i] = at_s
        state.ended[i] = at_s


@_part
def _surprise(i, code, at_s, state):
    """Link i shows `code`, and not by order: it may have begun, and a green may have ended, just now."""
    state.shown[i] = min(code, OFF)
    state.since[i] = at_s
    state.yielded[i] = at_s
    if not _moving(code):
        state.ended[i] = at_s


@_part
def _note_off(s, first, last, at_s, state):
    """Note when a link of signal s is off."""
    for i in range(first, last):
        if state.shown[i] == OFF:
            state.off_s[s] = at_s


@_part
def _sequence_status(was, code, age_s, yellow_s, min_green_s):
    """May one link go from `was`, shown for `age_s`, to `code`, its foes aside?"""
    if code >= OFF:
        return BAD_CODE
    if was == OFF:  # until now anybody went; nobody is warned by a yellow
        return RED_TO_YELLOW if code == YELLOW else (START_FROM_OFF if _moving(code) else OK)
    if _moving(code):
        return YELLOW_TO_GREEN if was == YELLOW else OK
    if _moving(was):
        if code != YELLOW and yellow_s > 0:
            return NO_YELLOW
        return SHORT_GREEN if age_s < min_green_s else OK
    if was == YELLOW:
        return SHORT_YELLOW if code != YELLOW and age_s < yellow_s else OK
    return RED_TO_YELLOW if code == YELLOW else OK


@_part
def _too_soon(k, j, now_s, rules, state, sight):
    """May the link that owns row k not start yet, as its foe j has only just ended, or not ended yet?"""
    moves = _moving(state.shown[j])
    passed_s = 0 if moves else now_s - state.ended[j]
    if not moves and is_clear(j, passed_s, now_s, sight):
        return OK
    waited_s = 0 if moves and state.shown[j] != GREEN else now_s - state.yielded[j]
    if passed_s < rules.clear_s[k] or waited_s < rules.yielded_s[k]:
        return SHORT_CLEARANCE
    return SHORT_WALK_CLEARANCE if passed_s < rules.walk_clear_s[j] else OK


@_part
def _led_s(j, now_s, state):
    """For how long link j has been moving."""
    return now_s - state.since[j] if _moving(state.shown[j]) else 0


@_part
def _foe_status(i, codes, now_s, rules, state, sight):
    """May link i show its code beside those of its foes? Returns (status, foe)."""
    code, was = codes[i], state.shown[i]
    starts = not _moving(was) or (code == GREEN and was != GREEN)
    status, found = OK, NONE
    for k in range(rules.foe_ptr[i], rules.foe_ptr[i + 1]):
        j = rules.foe[k]
        if _moving(codes[j]):
            if code == GREEN and codes[j] == GREEN:
                return CONFLICT, j
            if rules.stops[k] and not _moving(was) and _moving(state.shown[j]) and status != SHORT_CLEARANCE:
                if status == OK or TURN_MOVING < status:
                    status, found = TURN_MOVING, j
            if not _moving(was) and _led_s(j, now_s, state) < rules.lead_s[k] and status == OK:
                status, found = SHORT_LEAD, j
        elif starts and status != SHORT_CLEARANCE:
            soon = _too_soon(k, j, now_s, rules, state, sight)
            if code == GREEN and codes[j] == YELLOW:
                soon = SHORT_CLEARANCE
            if soon != OK and (status == OK or soon < status):
                status, found = soon, j
    return status, found


@_part
def _judge(s, first, last, codes, now_s, rules, state, sight):
    """The gravest rule broken by going from what signal s shows to `codes` now. Returns (status, link, foe)."""
    worst, link, foe = OK, NONE, NONE
    unlit = now_s - state.off_s[s] < rules.lit_s[s]
    for i in range(first, last):
        code, was = codes[i], state.shown[i]
        age_s = now_s - state.since[i]
        status = _sequence_status(was, code, age_s, rules.yellow_s[i], rules.min_green_s[i])
        if status != OK and (worst == OK or status < worst):
            worst, link, foe = status, i, NONE
        if unlit and _moving(code) and not _moving(was) and (worst == OK or START_FROM_OFF < worst):
            worst, link, foe = START_FROM_OFF, i, NONE
        if _moving(code):
            status, j = _foe_status(i, codes, now_s, rules, state, sight)
            if status != OK and (worst == OK or status < worst):
                worst, link, foe = status, i, j
    if worst == OK:
        link = _forbidden(s, codes, rules)
        worst = OK if link == NONE else FORBIDDEN
    return worst, link, foe


@_part
def _forbidden(s, codes, rules):
    """The first link of a forbidden set of signal s that is green as a whole, or NONE."""
    for each in range(rules.set_ptr[s], rules.set_ptr[s + 1]):
        whole = True
        for k in range(rules.set_link_ptr[each], rules.set_link_ptr[each + 1]):
            whole &= _moving(codes[rules.set_link[k]])
        if whole:
            return rules.set_link[rules.set_link_ptr[each]]
    return NONE


@_part
def _kept_from(i, now_s, calls, rules, state):
    """The foe of link i that its green has kept waiting for too long, or NONE, as for a green below its least."""
    age_s = now_s - state.since[i]
    if not _moving(state.shown[i]) or state.shown[i] >= OFF or age_s < rules.min_green_s[i]:
        return NONE
    for k in range(rules.foe_ptr[i], rules.foe_ptr[i + 1]):
        j = rules.foe[k]
        if calls[j] and state.waiting[j] != NONE and not _moving(state.shown[j]):
            waited_s = now_s - state.waiting[j]
            if min(age_s, waited_s) >= rules.max_green_s[i] or waited_s >= rules.max_wait_s[j]:
                return j
    return NONE


@_part
def _long_green(first, last, codes, now_s, calls, rules, state):
    """The first link that `codes` keep green for too long, and the foe that waits; NONE where there is none."""
    for i in range(first, last):
        if _moving(codes[i]):
            j = _kept_from(i, now_s, calls, rules, state)
            if j != NONE:
                return i, j
    return NONE, NONE


@_part
def _trap(first, last, codes, rules, state):
    """The first link that gave way and ends in `codes`, and the foe that goes on all the same; NONE for none."""
    for i in range(first, last):
        if state.shown[i] == PERMISSIVE and not _moving(codes[i]):
            for k in range(rules.foe_ptr[i], rules.foe_ptr[i + 1]):
                j = rules.foe[k]
                if rules.ends[k] and _moving(state.shown[j]) and _moving(codes[j]):
                    return i, j
    return NONE, NONE


@_part
def _stop(i, now_s, rules, state):
    """Order the green of link i to end, if it has lasted for its least."""
    if _moving(state.ordered[i]) and now_s - state.since[i] >= rules.min_green_s[i]:
        state.ordered[i] = YELLOW if rules.yellow_s[i] > 0 else RED


@_part
def _end_long(first, last, now_s, calls, rules, state):
    """After `_hold`: greens that have gone on for too long end, and those that end with them; or none."""
    for i in range(first, last):
        if _kept_from(i, now_s, calls, rules, state) != NONE:
            _stop(i, now_s, rules, state)
            for k in range(rules.foe_ptr[i], rules.foe_ptr[i + 1]):
                if rules.ends[k] and state.shown[i] == PERMISSIVE:
                    _stop(rules.foe[k], now_s, rules, state)
    link, _ = _trap(first, last, state.ordered, rules, state)
    if link != NONE:
        _hold(first, last, now_s, rules, state)


@_part
def _hold(first, last, now_s, rules, state):
    """Order what is shown to stay, yellow that has run out and what is off to become red: nothing starts or breaks.

    Two foes seen with priority green together (never ordered here) both get green that gives way.
    """
    for i in range(first, last):
        code = state.shown[i]
        if code == OFF or (code == YELLOW and now_s - state.since[i] >= rules.yellow_s[i]):
            code = RED
        elif code == GREEN:
            for k in range(rules.foe_ptr[i], rules.foe_ptr[i + 1]):
                if state.shown[rules.foe[k]] == GREEN:
                    code = PERMISSIVE
        state.ordered[i] = code


@_part
def _longest_overdue(first, last, now_s, calls, rules, state):
    """The link with a call that has waited longest beyond its maximum red, or NONE."""
    found, longest = NONE, 0
    for i in range(first, last):
        if not calls[i] or _moving(state.ordered[i]):
            state.waiting[i] = NONE
            continue
        if state.waiting[i] == NONE:
            state.waiting[i] = now_s
        beyond = now_s - state.waiting[i] - rules.max_red_s[i]
        if beyond > longest:
            found, longest = i - first, beyond
    return found


@_part
def _write(s, first, status, link, foe, answer):
    answer.status[s] = status
    answer.link[s] = link - first if link >= 0 else NONE
    answer.foe[s] = foe - first if foe >= 0 else NONE


@_kernel
def check_all(now_s, ordered_at_s, proposed, calls, on_it, rules, state, sight, answer):
    """Judge `proposed` (uint8[links]) for every signal and order it, or hold; `answer` gets the record.

    ordered_at_s: when the last order went out, NONE if it has been looked at since. calls: bool[links];
    on_it: float64[links], persons on crossings, NaN where nobody can tell.
    Returns how many signals are not OK, and how many have a call overdue. Never raises, allocates nothing.
    """
    odd, overdue = 0, 0
    for s in range(rules.ptr.size - 1):
        first, last = rules.ptr[s], rules.ptr[s + 1]
        if ordered_at_s != NONE:
            for i in range(first, last):
                _show(i, state.ordered[i], ordered_at_s, state)
        _note_off(s, first, last, now_s, state)
        for i in range(first, last):
            look(i, _moving(state.shown[i]), on_it[i], now_s, sight)
        status, link, foe = _judge(s, first, last, proposed, now_s, rules, state, sight)
        if status == OK:
            link, foe = _long_green(first, last, proposed, now_s, calls, rules, state)
            status = OK if link == NONE else LONG_GREEN
        if status == OK:
            link, foe = _trap(first, last, proposed, rules, state)
            status = OK if link == NONE else YELLOW_TRAP
        if status == OK:
            for i in range(first, last):
                state.ordered[i] = proposed[i]
        else:
            odd += 1
            _hold(first, last, now_s, rules, state)
            _end_long(first, last, now_s, calls, rules, state)
        _write(s, first, status, link, foe, answer)
        answer.overdue[s] = _longest_overdue(first, last, now_s, calls, rules, state)
        if answer.overdue[s] != NONE:
            overdue += 1
        for i in range(first, last):
            answer.codes[i] = state.ordered[i]
    return odd, overdue


@_kernel
def observe_all(now_s, ordered_at_s, seen, rules, state, sight, answer):
    """Take `seen` (uint8[links]) as what is really shown; `answer` gets OK where it is what was ordered.

    Otherwise the rule broken on the way there, or NOT_TAKEN where none is. What differs from the order counts
    as begun now: the worst case. Returns how many signals are not OK. Never raises, allocates nothing.
    """
    odd = 0
    for s in range(rules.ptr.size - 1):
        first, last = rules.ptr[s], rules.ptr[s + 1]
        other = NONE
        for i in range(last - 1, first - 1, -1):
            if seen[i] != state.ordered[i]:
                other = i
            if state.shown[i] == OFF and (ordered_at_s == NONE or seen[i] != state.ordered[i]):
                state.off_s[s] = now_s
        status, link, foe = OK, NONE, NONE
        if other != NONE:
            status, link, foe = _judge(s, first, last, seen, now_s, rules, state, sight)
            if status == OK:
                status, link = NOT_TAKEN, other
        for i in range(first, last):
            if ordered_at_s != NONE and seen[i] == state.ordered[i]:
                _show(i, seen[i], ordered_at_s, state)
            elif ordered_at_s != NONE or seen[i] != state.shown[i]:
                _surprise(i, seen[i], now_s, state)
                lose(i, sight)
            answer.codes[i] = state.shown[i]
        _note_off(s, first, last, now_s, state)
        if status != OK:
            odd += 1
        _write(s, first, status, link, foe, answer)
        answer.overdue[s] = NONE
    return odd
