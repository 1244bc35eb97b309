"""How fast a lane empties whose movements take turns, and what it loses where they get green one after the other."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from signal_core.tables.arrays import NEVER, FloatArray, IntArray

PERMISSIVE_SHARE = 0.6
"""Part of its saturation flow that a movement finds in the gaps of those it yields to."""


def discharge_vps(share: FloatArray, each_vps: FloatArray) -> float:
    """Vehicles per second of a lane whose movements have these shares (of 1) and rates, 0 on red.

    Times per vehicle add up, so rates combine as a harmonic mean; a movement on red blocks the ones behind it, so
    what is left goes with the square of the share that has green.
    """
    open_ = each_vps > 0.0
    return float(share[open_].sum() ** 3 / (share[open_] / each_vps[open_]).sum()) if open_.any() else 0.0


def effective_start_s(share: FloatArray, each_vps: FloatArray, starts_s: IntArray) -> int:
    """Seconds until a lane discharges whose movements get green at ``starts_s`` (NEVER: not at all).

    Where they get it one after the other: what the lane loses until the last one has it, in seconds of its rate.
    """
    moments = np.unique(starts_s[starts_s < NEVER])
    whole = discharge_vps(share, np.where(starts_s < NEVER, each_vps, 0.0))
    lost_s = float(moments[0])
    for since, until in pairwise(moments.tolist()):
        lost_s += (until - since) * (1.0 - min(1.0, discharge_vps(share, np.where(starts_s <= since, each_vps, 0.0))
                                               / whole))
    return round(lost_s)
