"""A crossing of two streets for tests of the front door, and traffic that queues before it without a simulator."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

import signal_core as sc

MOVEMENTS = ("north", "south", "east", "west")
CONFLICTS = [(a, b) for a in ("north", "south") for b in ("east", "west")]
HEADWAY_S = 2
YELLOW_S, INTERGREEN_S, MIN_GREEN_S = 3, 6, 7


def crossing() -> sc.Intersection:
    """Two phases, a loop at each stop line."""
    return sc.Intersection.from_phases([["north", "south"], ["east", "west"]], CONFLICTS, name="cross",
                                       yellow_s=YELLOW_S, intergreen_s=INTERGREEN_S, min_green_s=MIN_GREEN_S)


class Traffic:
    """Vehicles come at random, at most one a second, wait on the loop and leave on green every other second."""

    def __init__(self, flow_vps: list[float], seed: int = 1) -> None:
        self.flow_vps, self.draw = np.array(flow_vps), np.random.default_rng(seed)
        self.queue = np.zeros(len(flow_vps), dtype=np.int64)
        self.since_s = np.zeros(len(flow_vps), dtype=np.int64)
        self.served = self.queue.copy()

    def second(self, shown: str) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """What the loops say of a second in which `shown` is shown."""
        before = self.queue.copy()
        come = self.draw.random(len(before)) < self.flow_vps
        green = np.array([letter in "Gg" for letter in shown])
        self.since_s = np.where(green, self.since_s + 1, 0)
        gone = (self.queue > 0) & green & (self.since_s % HEADWAY_S == 0)
        self.queue += come.astype(np.int64) - gone
        self.served += gone
        entered = (come & (before == 0)) | (gone & (before > 1))
        return entered.astype(float), gone.astype(float), (self.queue > 0).astype(float)
