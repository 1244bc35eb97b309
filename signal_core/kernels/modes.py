"""The ladder of every signal: planned anew, the last good plan, the fixed-time plan. Down at once, up after a while.

One call a second over all signals, between what the controller wants and what the sequencer makes of it. Nothing of
one signal is looked at for another.
"""

import numpy as np

from signal_core.kernels import sequencer
from signal_core.kernels.compiled import inlined, kernel

ADAPTIVE, LAST_GOOD, FIXED = 0, 1, 2
NOTHING, LATE, BAD_PLAN, NONSENSE, REFUSED, BLIND, NOBODY = 0, 1, 2, 3, 4, 5, 6
SEES, SEES_NOTHING, SEES_NOBODY = 0, 1, 2


@inlined
def _trouble(S, i, late, wanted, phases, refused, blind):
    """What speaks against following the controller at signal i in this second."""
    if blind != SEES:
        return NOBODY if blind == SEES_NOBODY else BLIND
    if late:
        return LATE
    if S.plan_status[i] != 0:
        return BAD_PLAN
    if wanted < 0 or wanted >= phases:
        return NONSENSE
    return REFUSED if refused != 0 else NOTHING


@inlined
def _least_split(T, i, before, p):
    """Seconds from leaving phase `before` until p may be left."""
    return np.float64(T.min_stay_s[T.pair_ptr[i] + before * (T.phase_ptr[i + 1] - T.phase_ptr[i]) + p])


@inlined
def _learn(M, T, S, i, memory_s):
    """Remember what share of the time each phase has, its change included, as seconds of the program's cycle.

    And how often phases change: where it is more often than in the program, the last good plan has a shorter cycle. A
    phase beyond the program counts as the one that it is part of.
    """
    home = T.home[T.phase_ptr[i] + S.phase[i]]
    changed = S.since_s[i] == 1 and (S.previous[i] < 0 or T.home[T.phase_ptr[i] + S.previous[i]] != home)
    M.pace[i] += ((1.0 if changed else 0.0) - M.pace[i]) / memory_s
    cycle_s = 0.0
    for k in range(T.phase_ptr[i], T.phase_ptr[i + 1]):
        cycle_s += M.usual_s[k]
    for k in range(T.phase_ptr[i], T.phase_ptr[i + 1]):
        now_s = cycle_s if k == T.phase_ptr[i] + home else 0.0
        M.usual_s[k] += (now_s - M.usual_s[k]) / memory_s


@inlined
def _last_good(M, T, S, i, longest_s):
    """The phase to show by the remembered splits, cut to the cycle there was; and whether a cycle ends now."""
    total, p, phases = 0.0, S.phase[i], T.own_phases[i]
    if p >= phases:
        ready = S.settled[i] == 1 and (S.previous[i] < 0 or S.since_s[i] >= _least_split(T, i, S.previous[i], p))
        return (T.home[T.phase_ptr[i] + p] if ready else p), False
    for k in range(T.phase_ptr[i], T.phase_ptr[i + 1]):
        total += M.usual_s[k]
    share = min(1.0, min(longest_s, phases / M.pace[i]) / total) if total > 0.0 else 1.0
    least_s = _least_split(T, i, (p + phases - 1) % phases, p)
    split_s = max(np.floor(share * M.usual_s[T.phase_ptr[i] + p] + 0.5), least_s)
    if S.settled[i] == 0 or S.since_s[i] < split_s:
        return p, False
    return (p + 1) % phases, p + 1 == phases


@inlined
def _row_of(R, i, time_s):
    """Row of the fixed-time plan of signal i shown at `time_s`, as SUMO times a static program."""
    at_s = (time_s - R.offset_s[i]) % R.cycle_s[i]
    for row in range(R.row_ptr[i], R.row_ptr[i + 1]):
        if at_s < R.end_s[row]:
            return row
    return R.row_ptr[i]


@inlined
def _go(M, i, mode, reason):
    M.mode[i] = mode
    M.reason[i] = reason
    M.in_mode_s[i] = 0
    M.healthy_s[i] = 0
    M.misses[i] = 0
    M.changes[i] += 1


@inlined
def _down(M, i, trouble, settings):
    """Where trouble leads from the present mode."""
    M.misses[i] += 1
    if (trouble == BLIND or trouble == NOBODY) and M.mode[i] != FIXED:
        _go(M, i, FIXED, trouble)
    elif M.mode[i] == ADAPTIVE and M.misses[i] >= settings.most_misses:
        _go(M, i, LAST_GOOD, trouble)
    elif M.mode[i] == LAST_GOOD and (M.in_mode_s[i] >= settings.last_good_s
                                     or (trouble == REFUSED and M.misses[i] >= settings.most_misses)):
        _go(M, i, FIXED, trouble)


@kernel
def choose(M, T, S, R, time_s, wanted, late, refused, blind, settings):
    """Write the phase every signal is to be in, by its mode; returns the number of mode changes.

    M: ModeState, R: PlanRows; wanted: int64[signals] in and out; refused: uint8[signals], what the interlock said last;
    blind: uint8[signals], what each sees. Never raises, allocates nothing.
    """
    before = 0
    for i in range(len(M.mode)):
        before += M.changes[i]
    for i in range(len(M.mode)):
        phases = T.phase_ptr[i + 1] - T.phase_ptr[i]
        trouble = _trouble(S, i, late, wanted[i], phases, refused[i], blind[i])
        M.in_mode_s[i] += 1
        if trouble != NOTHING:
            M.troubles[i] += 1
            M.healthy_s[i] = 0
            _down(M, i, trouble, settings)
        else:
            M.misses[i] = 0
            M.healthy_s[i] += 1
        if M.mode[i] == ADAPTIVE:
            if trouble == NOTHING:
                _learn(M, T, S, i, settings.memory_s)
                M.held[i] = wanted[i]
            elif S.settled[i] == 0 or trouble != REFUSED:
                wanted[i] = M.held[i]
            continue
        asked = wanted[i]
        row = _row_of(R, i, time_s)
        if M.mode[i] == LAST_GOOD:
            wanted[i], ends = _last_good(M, T, S, i, settings.longest_s)
        else:
            wanted[i], ends = S.phase[i], row < M.row[i]
        M.row[i] = row
        overdue = M.healthy_s[i] >= settings.up_s + settings.longest_s and S.settled[i] == 1
        first = M.reason[i] == NOBODY and trouble == NOTHING and S.settled[i] == 1  # nothing had failed
        if first or (M.healthy_s[i] >= settings.up_s and (ends or overdue)):
            _go(M, i, ADAPTIVE, NOTHING)
            wanted[i] = asked
        M.held[i] = wanted[i]
    after = 0
    for i in range(len(M.mode)):
        after += M.changes[i]
    return after - before


@kernel
def follow_rows(M, T, S, R, time_s):
    """Propose the rows of the fixed-time plan for the signals in that mode, through the same sequencer as any phase."""
    for i in range(len(M.mode)):
        if M.mode[i] != FIXED:
            continue
        row = _row_of(R, i, time_s)
        if R.phase[row] != S.phase[i]:
            S.previous[i] = S.phase[i]
            S.phase[i] = R.phase[row]
            S.since_s[i] = 0
        a, b = T.link_ptr[i], T.link_ptr[i + 1]
        n, pair = b - a, T.link_pair_ptr[i]
        codes = R.code_ptr[i] + (row - R.row_ptr[i]) * n
        S.settled[i] = sequencer.next_codes(
            n, S.shown[a:b], R.codes[codes:codes + n], T.conflicts[pair:pair + n * n], T.yellow_s[a:b],
            T.intergreen_s[pair:pair + n * n], T.min_green_s[a:b], S.green_s[a:b], S.yellow_run_s[a:b], S.ended_s[a:b],
            S.priority_ended_s[a:b], S.proposed[a:b])
