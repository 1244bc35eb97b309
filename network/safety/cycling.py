"""Who cycles: how long those who enter in the last second of green need to be out, and how long they need to start.

It concerns links of lanes for bicycles and not for cars; on other lanes cyclists share the clearance of traffic.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from network.program.signals import BoolArray, FloatArray, Link

ROUNDING_S = 0.05


@dataclass(frozen=True, slots=True)
class CyclingSettings:
    """4 m/s is what slow cyclists ride, 2 m how long a bicycle is; 5 s of green to see it, start and be under way."""

    cycling_mps: float = 4.0
    bicycle_m: float = 2.0
    start_s: float = 5.0


DEFAULTS = CyclingSettings()


@dataclass(frozen=True, slots=True)
class Cycling:
    """``green_s``: shortest green; ``clear_s``: from its end to a start against it; float64[n], 0 but for cyclists."""

    green_s: FloatArray
    clear_s: FloatArray


def ridden_indices(links: Sequence[Link], n: int) -> BoolArray:
    """bool[n]: state indices of lanes for bicycles and of nobody else: who comes there is seen by the loops."""
    ridden, others = np.zeros(n, dtype=np.bool_), np.zeros(n, dtype=np.bool_)
    ridden[[link.index for link in links if link.cycles]] = True
    others[[link.index for link in links if not link.cycles]] = True
    return ridden & ~others


def cycling_times(links: Sequence[Link], n: int, settings: CyclingSettings = DEFAULTS) -> Cycling:
    """What links of cyclists' own lanes owe them, in whole seconds: the way through the junction at ``cycling_mps``."""
    green, clear = np.zeros(n), np.zeros(n)
    for link in links:
        if link.cycles:
            way_m = link.length_m + settings.bicycle_m
            clear[link.index] = max(clear[link.index], math.ceil(way_m / settings.cycling_mps - ROUNDING_S))
            green[link.index] = settings.start_s
    green.flags.writeable = clear.flags.writeable = False
    return Cycling(green, clear)
