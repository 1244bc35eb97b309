"""Clearance of crossings with on-crossing detectors, as a Puffin has them: it ends once the crossing is seen empty.

Who stepped off last is on it by the end of the least clearance; from then on it is over once nobody has been seen for a
while, and at the latest when the way takes no longer. A detector that has seen nobody since the walk began is not
believed: it may be dead. Nor is one that does not tell: then the whole clearance runs.
"""

from typing import Any, NamedTuple

from numpy.typing import NDArray

from signal_core.kernels.codes import LONG_AGO_S
from signal_core.kernels.compiled import inlined, kernel
from signal_core.kernels.sequencer import is_green

EMPTY_S = 2
"""Seconds of nobody on it until a crossing is taken for empty: no single look decides (own choice)."""


class Watch(NamedTuple):
    """Of all links: least_s, the clearance they have at least, 0 for links without a detector; full_s, the longest they
    owe; was_seen: somebody was on it since the walk began; empty_s: seconds without anybody; given_s: what clearing
    times are ahead of the clock."""

    least_s: NDArray[Any]
    full_s: NDArray[Any]
    was_seen: NDArray[Any]
    empty_s: NDArray[Any]
    given_s: NDArray[Any]


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
        watch.was_seen[j] = False
    if persons > 0.0:
        watch.was_seen[j] = True
    watch.empty_s[j] = min(watch.empty_s[j] + 1, LONG_AGO_S) if persons == 0.0 else 0


@kernel
def take(signals, watch, on_it):
    """One second of all detectors; on_it: float64[links], persons on each crossing, NaN where nobody can tell."""
    for j in range(len(on_it)):
        if watch.least_s[j] == 0:
            continue
        _look(signals, watch, j, on_it[j])
        if is_green(signals.shown[j]):
            watch.given_s[j] = 0
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
