"""Clearance of crossings with on-crossing detectors, as a Puffin has them: it ends once the crossing is seen empty.

Who stepped off last is on it by the end of the least clearance; from then on it is over once nobody has been seen for a
while. Who walks slowly is waited for beyond the whole clearance, for half of it at most. A detector that has seen
nobody since the walk began is not believed, as it may be dead; nor one that has not seen the crossing empty before,
which may be stuck; nor one that does not tell: then the whole clearance runs, no less and no more.
"""

from typing import Any, NamedTuple

from numpy.typing import NDArray

from signal_core.kernels.codes import LONG_AGO_S
from signal_core.kernels.compiled import inlined, kernel
from signal_core.kernels.sequencer import is_green

EMPTY_S = 2
"""Seconds of nobody on it until a crossing is taken for empty: no single look decides (own choice)."""


HOLD_SHARE = 0.5
"""Of the whole clearance, for who is still on it then: the way at 0.8 in place of 1.2 m/s."""


class Watch(NamedTuple):
    """Of all links: least_s, the clearance they have at least, 0 for links without a detector; first_s, full_s, the
    shortest and the longest they owe; was_idle: it was seen empty before the walk began; is_idle: it has been since;
    was_seen: somebody was on it since; empty_s: seconds without anybody; given_s: what clearing times are ahead of the
    clock; held_s: seconds for which somebody slow has been waited for."""

    least_s: NDArray[Any]
    first_s: NDArray[Any]
    full_s: NDArray[Any]
    was_idle: NDArray[Any]
    is_idle: NDArray[Any]
    was_seen: NDArray[Any]
    empty_s: NDArray[Any]
    given_s: NDArray[Any]
    held_s: NDArray[Any]


@inlined
def _advance(signals, j, seconds):
    """Have link j cleared so much sooner, or later."""
    signals.clearing_s[j] = min(signals.clearing_s[j] + seconds, LONG_AGO_S)
    signals.priority_clearing_s[j] = min(signals.priority_clearing_s[j] + seconds, LONG_AGO_S)
    signals.yield_clearing_s[j] = min(signals.yield_clearing_s[j] + seconds, LONG_AGO_S)


@inlined
def _look(signals, watch, j, persons):
    """One second of the detector of link j."""
    if is_green(signals.shown[j]) and signals.green_s[j] <= 1:
        watch.was_idle[j], watch.is_idle[j], watch.was_seen[j] = watch.is_idle[j], False, False
    if persons == 0.0:
        watch.is_idle[j] = True
    if persons > 0.0:
        watch.was_seen[j] = True
    watch.empty_s[j] = min(watch.empty_s[j] + 1, LONG_AGO_S) if persons == 0.0 else 0


@inlined
def _may_hold(signals, watch, j):
    """True where traffic could start now against link j, whose detector is believed and has not held it for long."""
    is_due = signals.clearing_s[j] == watch.first_s[j]
    return is_due and watch.was_idle[j] and watch.held_s[j] < HOLD_SHARE * watch.first_s[j]


@kernel
def take(signals, watch, on_it):
    """One second of all detectors; on_it: float64[links], persons on each crossing, NaN where nobody can tell."""
    for j in range(len(on_it)):
        if watch.least_s[j] == 0:
            continue
        _look(signals, watch, j, on_it[j])
        if is_green(signals.shown[j]):
            watch.given_s[j], watch.held_s[j] = 0, 0
            continue
        is_over = signals.clearing_s[j] - watch.given_s[j] >= watch.least_s[j]
        is_clear = is_over and watch.was_seen[j] and watch.empty_s[j] >= EMPTY_S
        ahead_s = watch.full_s[j] - signals.clearing_s[j]
        if is_clear and watch.given_s[j] == 0 and ahead_s > 0:
            _advance(signals, j, ahead_s)
            watch.given_s[j] = ahead_s
        elif not is_clear and watch.given_s[j] > 0:
            _advance(signals, j, -watch.given_s[j])
            watch.given_s[j] = 0
        if on_it[j] > 0.0 and _may_hold(signals, watch, j):
            _advance(signals, j, -1)
            watch.held_s[j] += 1
