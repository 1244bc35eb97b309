"""Connected vehicles tell an engine that they come: who rolls towards a red is not forgotten.

The engine knows a vehicle by the loops it passed, and expects it after the time at the speed allowed. Who was advised
to come later is not at the line by then, nor on any loop, and counts as gone. Where fewer vehicles are known of a lane
than tell of themselves, the others are expected again, each when it will be at the line at its speed. To expect it as
soon as it could be there makes green come for somebody who is not there yet.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from signal_core.engine import Engine
from signal_core.kernels.arrivals import WINDOW
from signal_core.planning.planner import Planner
from signal_core.tables.arrays import IntArray

SOONEST_S = 2
"""The coming second takes what is due in it before anything is planned."""
LATEST_S = WINDOW - 2
LEAST_MISSING = 0.5
"""Of a vehicle: estimates have parts of them."""


class Coming(NamedTuple):
    """A vehicle: its lane, and the seconds to the line at the speed allowed and at its own."""

    lane: str
    soonest_s: float
    in_s: float


class Heard:
    """Of the lanes of an engine, inside their loops. `second` after every `Engine.step`."""

    def __init__(self, engine: Engine) -> None:
        planner = getattr(engine.law, "planner", None)
        self._estimator = planner.estimator if isinstance(planner, Planner) else None
        self._lane = {name: k for k, name in enumerate(engine.ladder.names.lanes)}
        tables = engine.tables
        self._reach_s = [int(max((*_within(tables.far_ptr, tables.far_lag_s, k),
                                  *_within(tables.mid_ptr, tables.mid_lag_s, k), 0))) for k in range(len(self._lane))]
        self.expected = 0
        """Vehicles that were expected again, each once in every second."""

    def second(self, coming: Iterable[Coming]) -> None:
        """Everybody who tells of himself."""
        if self._estimator is None:
            return
        by_lane: dict[int, list[float]] = {}
        for one in coming:
            k = self._lane.get(one.lane)
            if k is not None and one.soonest_s <= self._reach_s[k]:
                by_lane.setdefault(k, []).append(one.in_s)
        for k, all_of_it in by_lane.items():
            self._expect(k, sorted(all_of_it))

    def _expect(self, k: int, in_s: list[float]) -> None:
        """Those nearest are the ones that are late."""
        assert self._estimator is not None
        lanes, now = self._estimator.lanes, self._estimator.clock_s
        ahead = k * WINDOW + (now + 1 + np.arange(WINDOW - 1)) % WINDOW
        known = float(lanes.queue.near[k] + lanes.queue.beyond[k]
                      + lanes.arrivals.sure[ahead].sum() + lanes.arrivals.expected[ahead].sum())
        for each_s in in_s:
            if len(in_s) - known < LEAST_MISSING:
                return
            slot = k * WINDOW + (now + min(max(SOONEST_S, round(each_s)), LATEST_S)) % WINDOW
            lanes.arrivals.expected[slot] += min(1.0, len(in_s) - known)
            known += 1.0
            self.expected += 1


def _within(ptr: IntArray, lag_s: IntArray, k: int) -> list[int]:
    return [int(each) for each in lag_s[int(ptr[k]):int(ptr[k + 1])]]
