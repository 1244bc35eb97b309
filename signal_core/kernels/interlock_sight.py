"""The interlock's own sight of crossings: who is on them, where detectors tell.

It judges by itself what a detector says, and lets no start come before its own least clearance: where nobody can tell,
where nobody has been seen since the walk began, or where somebody is still on it, the whole clearance holds.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

LOOKS, EMPTY_S = 2, 2
"""Looks in a row, and seconds, of nobody on it."""

_PART: dict[str, Any] = {"_nrt": False, "error_model": "numpy", "inline": "always"}
_part = njit(**_PART)


class Sight(NamedTuple):
    """[links] each. least_s: from the end of a crossing's green to a start against it once it is seen empty, 0 without
    a detector; was_moving: at the last look; was_seen: somebody on it since it began to move; looks: at nobody, in a
    row; busy: when it was last not seen empty."""

    least_s: NDArray[np.int64]
    was_moving: NDArray[np.bool_]
    was_seen: NDArray[np.bool_]
    looks: NDArray[np.int64]
    busy: NDArray[np.int64]


@_part
def look(i, moves, persons, now_s, sight):
    """Take what the detector of link i says now, if it has one: how many, NaN for nobody knows."""
    if sight.least_s[i] == 0:
        return
    if moves and not sight.was_moving[i]:
        sight.was_seen[i] = False
    sight.was_moving[i] = moves
    if persons > 0.0:
        sight.was_seen[i] = True
    if persons == 0.0:
        sight.looks[i] += 1
    else:
        sight.looks[i] = 0
        sight.busy[i] = now_s


@_part
def lose(i, sight):
    """Link i was found otherwise than ordered: nobody knows who went."""
    sight.was_moving[i] = False
    sight.was_seen[i] = False


@_part
def is_clear(j, passed_s, now_s, sight):
    """Nobody is on the crossing of link j any more, whose green ended so long ago."""
    if sight.least_s[j] == 0 or passed_s < sight.least_s[j] or not sight.was_seen[j]:
        return False
    return sight.looks[j] >= LOOKS and now_s - sight.busy[j] >= EMPTY_S
