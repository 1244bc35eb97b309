"""The ladder of every signal: planned anew, the last good plan, the fixed-time plan. Down at once, up after a while.

One call a second over all signals makes of what the controller wants the target that the sequencer is given: a phase,
or a row of the fixed-time plan. Nothing of one signal is looked at for another.
"""

import numpy as np

from signal_core.kernels.codes import NO_ROW
from signal_core.kernels.compiled import inlined, kernel
from signal_core.kernels.sequencer import is_green, min_split_s

ADAPTIVE, LAST_GOOD, FIXED = 0, 1, 2
NOTHING, LATE, BAD_PLAN, NONSENSE, REFUSED, BLIND, NOBODY, PLAN_BETTER = 0, 1, 2, 3, 4, 5, 6, 7
SEES, SEES_NOTHING, SEES_NOBODY, SEES_THE_PLAN_DO_BETTER, SEES_A_LOCK = 0, 1, 2, 3, 4


@inlined
def _trouble(tables, signals, i, late, wanted, refused, blind):
    """What speaks against following the controller at signal i in this second."""
    if blind == SEES_THE_PLAN_DO_BETTER:
        return PLAN_BETTER
    if blind != SEES and blind != SEES_A_LOCK:
        return NOBODY if blind == SEES_NOBODY else BLIND
    if late:
        return LATE
    if signals.plan_status[i] != 0:
        return BAD_PLAN
    if wanted < 0 or wanted >= tables.phase_ptr[i + 1] - tables.phase_ptr[i]:
        return NONSENSE
    return REFUSED if refused != 0 else NOTHING


@inlined
def _learn(modes, tables, signals, i, memory_s):
    """Remember what share of the time each phase has, its change included, as seconds of the program's cycle.

    And how often phases change: where it is more often than in the program, the last good plan has a shorter cycle. A
    phase beyond the program counts as the one that it is part of.
    """
    first, last, before = tables.phase_ptr[i], tables.phase_ptr[i + 1], signals.previous[i]
    home = tables.home[first + signals.phase[i]]
    changed = signals.since_s[i] == 1 and (before < 0 or tables.home[first + before] != home)
    modes.pace[i] += ((1.0 if changed else 0.0) - modes.pace[i]) / memory_s
    cycle_s = 0.0
    for k in range(first, last):
        cycle_s += modes.usual_s[k]
    for k in range(first, last):
        now_s = cycle_s if k == first + home else 0.0
        modes.usual_s[k] += (now_s - modes.usual_s[k]) / memory_s


@inlined
def _last_good(modes, tables, signals, i, longest_s):
    """The phase to show by the remembered splits, cut to the cycle there was; and whether a cycle ends now."""
    total, p, n_phases, before = 0.0, signals.phase[i], tables.own_phases[i], signals.previous[i]
    if p >= n_phases:
        over = before < 0 or signals.since_s[i] >= np.float64(min_split_s(tables, i, before, p))
        return (tables.home[tables.phase_ptr[i] + p] if signals.settled[i] == 1 and over else p), False
    for k in range(tables.phase_ptr[i], tables.phase_ptr[i + 1]):
        total += modes.usual_s[k]
    share = min(1.0, min(longest_s, n_phases / modes.pace[i]) / total) if total > 0.0 else 1.0
    least_s = np.float64(min_split_s(tables, i, (p + n_phases - 1) % n_phases, p))
    split_s = max(np.floor(share * modes.usual_s[tables.phase_ptr[i] + p] + 0.5), least_s)
    if signals.settled[i] == 0 or signals.since_s[i] < split_s:
        return p, False
    return (p + 1) % n_phases, p + 1 == n_phases


@inlined
def _row_in(row_ptr, end_s, i, at_s):
    """Row of the plan of signal i shown at a second of its cycle."""
    for row in range(row_ptr[i], row_ptr[i + 1]):
        if at_s < end_s[row]:
            return row
    return row_ptr[i]


@inlined
def _row_at(plans, i, time_s, is_brief):
    """Row of the fixed-time plan of signal i shown at `time_s`, as SUMO times a static program, or at a brief cycle."""
    if is_brief:
        at_s = (time_s - plans.brief_offset_s[i]) % plans.brief_cycle_s[i]
        return _row_in(plans.row_ptr, plans.brief_end_s, i, at_s)
    return _row_in(plans.row_ptr, plans.end_s, i, (time_s - plans.offset_s[i]) % plans.cycle_s[i])


@inlined
def _first_row(plans, i, phase):
    """Row of the plan of signal i to begin with where it shows `phase`: one that gaps end, if there is one."""
    chosen = plans.row_ptr[i]
    for row in range(plans.row_ptr[i + 1] - 1, plans.row_ptr[i] - 1, -1):
        if plans.phase[row] == phase:
            chosen = row
            if plans.most_s[row] > plans.least_s[row]:
                break
    return chosen


@inlined
def _row_by_gaps(modes, tables, signals, plans, i, extends):
    """Row of the plan of signal i, a second later: the next once the least is over and no traffic extends it.

    A row that gaps end counts from when it is shown, as after a clearance longer than the program's.
    """
    row = modes.row[i]
    if modes.in_mode_s[i] == 0:
        modes.in_row_s[i] = 0
        return _first_row(plans, i, tables.home[tables.phase_ptr[i] + signals.phase[i]])
    begun = signals.settled[i] == 1 or plans.most_s[row] <= plans.least_s[row]
    modes.in_row_s[i] = modes.in_row_s[i] + 1 if begun else 0
    if modes.in_row_s[i] < (plans.most_s[row] if extends == 1 else plans.least_s[row]):
        return row
    modes.in_row_s[i] = 0
    return row + 1 if row + 1 < plans.row_ptr[i + 1] else plans.row_ptr[i]


@inlined
def _offers(tables, plans, heads, i, row, k):
    """True where a row of the plan of signal i is green for what the head of lane k may want."""
    first = tables.lane_link_ptr[k]
    codes = plans.code_ptr[i] + (row - plans.row_ptr[i]) * (tables.link_ptr[i + 1] - tables.link_ptr[i])
    for e in range(first, tables.lane_link_ptr[k + 1]):
        if is_green(plans.codes[codes + tables.lane_links[e]]) and not (heads.refused[k] >> (e - first)) & 1:
            return True
    return False


@inlined
def _row_s(plans, i, row):
    """Seconds that a row of the plan of signal i lasts at most, as the plan that does better runs it."""
    if plans.by_gaps[i]:
        return plans.most_s[row]
    return plans.brief_end_s[row] - (plans.brief_end_s[row - 1] if row > plans.row_ptr[i] else 0.0)


@inlined
def _next_offer(tables, plans, heads, i, row, k):
    """The next row of the plan of signal i, from `row` on, that lets the head of lane k go, -1 for none; and for how
    long the plan leaves it without one, from the last such row on."""
    first, n_rows, red_s = plans.row_ptr[i], plans.row_ptr[i + 1] - plans.row_ptr[i], 0.0
    for ahead in range(n_rows):
        each = first + (row - first + ahead) % n_rows
        if _offers(tables, plans, heads, i, each, k):
            for back in range(1, n_rows):
                before = first + (row - first + n_rows - back) % n_rows
                if _offers(tables, plans, heads, i, before, k):
                    break
                red_s += _row_s(plans, i, before)
            return each, red_s
        red_s += _row_s(plans, i, each)
    return -1, red_s


@inlined
def _brought_forward(tables, plans, heads, i, row, limit_s, in_mode_s):
    """The row to show of the plan of signal i: `row`, or the next that ends the longest wait of a head that has stood
    since before the plan began, for `limit_s` or for as long as the plan leaves it red."""
    longest_s, chosen = np.float64(in_mode_s), row
    for k in range(tables.lane_ptr[i], tables.lane_ptr[i + 1]):
        if heads.unserved_s[k] > longest_s:
            each, red_s = _next_offer(tables, plans, heads, i, row, k)
            if each >= 0 and heads.unserved_s[k] >= min(limit_s, red_s):
                longest_s, chosen = heads.unserved_s[k], each
    return chosen


@inlined
def _go(modes, i, mode, reason):
    """Change the mode of signal i; all counts begin anew."""
    modes.mode[i] = mode
    modes.reason[i] = reason
    modes.in_mode_s[i] = 0
    modes.healthy_s[i] = 0
    modes.misses[i] = 0
    modes.changes[i] += 1


@inlined
def _down(modes, i, trouble, settings):
    """Where trouble leads from the present mode."""
    modes.misses[i] += 1
    if (trouble == BLIND or trouble == NOBODY or trouble == PLAN_BETTER) and modes.mode[i] != FIXED:
        _go(modes, i, FIXED, trouble)
    elif modes.mode[i] == ADAPTIVE and modes.misses[i] >= settings.most_misses:
        _go(modes, i, LAST_GOOD, trouble)
    elif modes.mode[i] == LAST_GOOD and (modes.in_mode_s[i] >= settings.last_good_s
                                     or (trouble == REFUSED and modes.misses[i] >= settings.most_misses)):
        _go(modes, i, FIXED, trouble)


@inlined
def _judge(modes, i, trouble, settings):
    """Count the seconds of signal i with and without trouble, and go down where there has been too much."""
    modes.in_mode_s[i] += 1
    if trouble != NOTHING:
        modes.troubles[i] += 1
        modes.healthy_s[i] = 0
        _down(modes, i, trouble, settings)
    else:
        modes.misses[i] = 0
        modes.healthy_s[i] += 1


@inlined
def _follow_controller(modes, tables, signals, target, i, wanted, trouble, memory_s):
    """What the controller wants, or in trouble the last phase it wanted without."""
    target.phase[i] = wanted
    if trouble == NOTHING:
        _learn(modes, tables, signals, i, memory_s)
        modes.last_valid[i] = wanted
    elif signals.settled[i] == 0 or trouble != REFUSED:
        target.phase[i] = modes.last_valid[i]


@inlined
def _follow_plan(modes, tables, signals, target, i, wanted, trouble, time_s, extends, heads, longest_wait_s, settings):
    """The last good plan or the program's, or the controller again.

    Where the plan does better the loops are right, and who has waited since before it began waits no longer than the
    plan would have him, nor than the longest wait, as control may have been about to serve him.
    """
    better, settled = modes.mode[i] == FIXED and modes.reason[i] == PLAN_BETTER, signals.settled[i] == 1
    row = _row_at(target.plans, i, time_s, better)
    if target.plans.by_gaps[i] and better:
        row = _row_by_gaps(modes, tables, signals, target.plans, i, extends)
    if modes.mode[i] == LAST_GOOD:
        target.phase[i], ends = _last_good(modes, tables, signals, i, settings.longest_s)
    else:
        target.phase[i], ends = signals.phase[i], row < modes.row[i] and modes.in_mode_s[i] > 0
        limit_s, since_s = longest_wait_s - tables.longest_clearance_s[i], modes.in_mode_s[i]
        target.row[i] = _brought_forward(tables, target.plans, heads, i, row, limit_s, since_s) if better else row
    modes.row[i] = row
    waited = modes.healthy_s[i] >= settings.up_s + settings.longest_s and settled
    nothing_failed = modes.reason[i] == NOBODY or modes.reason[i] == PLAN_BETTER
    at_once = nothing_failed and trouble == NOTHING and settled
    if at_once or (modes.healthy_s[i] >= settings.up_s and (ends or waited)):
        _go(modes, i, ADAPTIVE, NOTHING)
        target.phase[i] = wanted
        target.row[i] = NO_ROW
    modes.last_valid[i] = target.phase[i]


@kernel
def choose(modes, tables, signals, target, time_s, wanted, late, refused, blind, extends, heads, longest_wait_s,
           settings):
    """Write the target of every signal, by its mode; returns the number of mode changes.

    modes: ModeState; target: Target; wanted: int64[signals]; refused: uint8[signals], what the
    interlock said last; blind: uint8[signals], what each sees; extends: uint8[signals], 1 where traffic keeps a green;
    heads: HeadState, whose waits `longest_wait_s` ends before the plan that does better.
    Never raises, allocates nothing.
    """
    changes = 0
    for i in range(len(modes.mode)):
        changes -= modes.changes[i]
        trouble = _trouble(tables, signals, i, late, wanted[i], refused[i], blind[i])
        target.row[i] = NO_ROW
        _judge(modes, i, trouble, settings)
        if modes.mode[i] == ADAPTIVE:
            _follow_controller(modes, tables, signals, target, i, wanted[i], trouble, settings.memory_s)
        else:
            _follow_plan(modes, tables, signals, target, i, wanted[i], trouble, time_s, extends[i], heads,
                         longest_wait_s, settings)
        changes += modes.changes[i]
    return changes
