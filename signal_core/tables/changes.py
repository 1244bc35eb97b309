"""How long a change of phase takes: usually, and found by playing the sequencer once for every pair of phases."""

from __future__ import annotations

import numpy as np

from signal_core.kernels import sequencer
from signal_core.kernels.codes import LONG_AGO_S
from signal_core.kernels.sequencer import LinkRules, LinkTimers
from signal_core.tables.arrays import GREEN, NEVER, PERMISSIVE, RED, BoolArray, CodeArray, IntArray

USUAL_CHANGE_S = 5.0
"""What a change is taken to need where nothing tells: yellow and red clearance of a usual junction."""
LONGEST_CHANGE_S = 120


def play_changes(phase_codes: CodeArray, conflicts: BoolArray, yellow_s: IntArray, intergreen_s: IntArray,
                 min_green_s: IntArray, *, home: IntArray | None = None, yielded_s: IntArray | None = None,
                 walk_lead_s: IntArray | None = None, ends_with: BoolArray | None = None) -> tuple[IntArray, IntArray]:
    """Return (link_lag_s: int[P, P, n], min_split_s: int[P, P]).

    link_lag_s[a, b, i]: seconds from leaving phase a until link i is green in b, 0 where it stays green, NEVER where b
    does not serve it. min_split_s[a, b]: seconds until every link that starts in b has had its shortest green;
    in a phase beyond the program (`home`, as in `Intersection`) also those that get priority there; and until a walk
    that has ended is cleared as far as who starts after b has to wait for it.
    yielded_s, walk_lead_s, ends_with: as in `Intersection`; how traffic leads turns is left out: a phase need not last
    longer for it. Raises ValueError where a change never comes to its end.
    """
    phases, n = phase_codes.shape
    lag = np.full((phases, phases, n), NEVER, dtype=np.int64)
    beyond = np.zeros(phases, dtype=np.bool_) if home is None else np.asarray(home) != np.arange(phases)
    split = np.ones((phases, phases), dtype=np.int64)
    none = np.zeros((n, n), dtype=np.int64)
    lead = none if walk_lead_s is None else np.asarray(walk_lead_s, dtype=np.int64)
    ends = none != 0 if ends_with is None else np.asarray(ends_with, dtype=np.bool_)
    after_yielding = intergreen_s if yielded_s is None else np.maximum(intergreen_s, yielded_s)
    for a, before in enumerate(phase_codes):
        for b, after in enumerate(phase_codes):
            if a == b:
                lag[a, b, _green(after)] = 0
            else:
                own = np.flatnonzero((before != RED) | (after != RED))  # the others are red throughout
                pairs = np.ix_(own, own)
                rules = LinkRules(conflicts[pairs].ravel(), _packed(yellow_s[own]), _packed(intergreen_s[pairs]),
                                  _packed(after_yielding[pairs]), _packed(min_green_s[own]), 0,
                                  _packed(lead[pairs]), _packed(none[pairs]), ends[pairs].ravel())
                lag[a, b, own], split[a, b] = _play(before[own], after[own], rules, bool(beyond[b]))
    return lag, np.maximum(split, _cleared_s(phase_codes, conflicts, yellow_s, intergreen_s, lag))


def _cleared_s(phase_codes: CodeArray, conflicts: BoolArray, yellow_s: IntArray, intergreen_s: IntArray,
               lag: IntArray) -> IntArray:
    """Return int64[P, P], seconds that phase b lasts after a so that a change from b on takes what its lags say.

    What b has, lags from b on know of. A walk that ended before, and whose clearance is longer than that of the street
    it goes with, they do not: to leave b at once would look like a way round that clearance. Clearances of vehicles,
    who have a yellow, differ by a second or two, and are left out.
    """
    phases, n = phase_codes.shape
    green = _green(phase_codes)
    lasts = np.zeros((phases, phases), dtype=np.int64)
    for b in range(phases):
        for i in np.flatnonzero((yellow_s == 0) & ~green[b] & green.any(axis=0)):
            starts = np.where(green[:, i, None], NEVER, lag[b]).min(axis=0)
            foes = conflicts[i] & ~green[b] & (starts < NEVER)
            if foes.any():
                lasts[green[:, i], b] = np.maximum(lasts[green[:, i], b], (intergreen_s[i] - starts)[foes].max())
    return lasts


def _green(codes: CodeArray) -> BoolArray:
    return np.asarray((codes == GREEN) | (codes == PERMISSIVE))


def _packed(seconds: IntArray) -> CodeArray:
    """Seconds as tables hold them, flat: other types would have the sequencer compiled once more."""
    return np.minimum(seconds, NEVER).ravel().astype(np.uint8)


def _play(before: CodeArray, after: CodeArray, rules: LinkRules, hold_priority: bool) -> tuple[IntArray, int]:
    """One change, second by second through the sequencer, from a phase that has been on for long.

    Returns seconds until each link that gains green has it, NEVER for the others, and until all of them have had their
    least green.
    """
    n, proposed = len(before), before.copy()
    timers = LinkTimers(
        before.copy(), np.where(_green(before), LONG_AGO_S, 0), np.zeros(n, dtype=np.int64),
        np.where(_green(before), 0, LONG_AGO_S), np.where(before == GREEN, 0, LONG_AGO_S),
        np.where(before == PERMISSIVE, 0, LONG_AGO_S), np.zeros(n, dtype=np.int64), np.full(1, LONG_AGO_S),
        before.copy(), np.zeros(n, dtype=np.uint8))
    lag = np.full(n, NEVER, dtype=np.int64)
    counts = ~_green(before) | (hold_priority & (before == PERMISSIVE) & (after == GREEN))
    began, stopped = np.zeros(n, dtype=np.bool_), np.zeros(n, dtype=np.bool_)
    end = 1
    for t in range(LONGEST_CHANGE_S):
        settled = sequencer.next_codes(rules, timers, after, proposed)
        started = _green(proposed) & (lag == NEVER) & _green(after)
        lag[started] = t
        stopped |= _green(before) & _green(after) & ~_green(proposed)
        rises = np.where(_green(before) & ~stopped, proposed == GREEN, started)
        new = (counts | stopped) & ~began & rises
        began |= new
        if new.any():
            end = max(end, t + int(rules.min_green_s[new].max()))
        if settled:
            return lag, max(end, t)
        sequencer.follow(timers, proposed, 1)
    raise ValueError("a change of phase never ends: two of its links wait for each other")
