"""How long it takes to pass a signal, road by road, from what loops tell and signals show: for route advice.

By Little's law those who wait on a road, on average, are its flow times the time each of them waits. The flow is a mean
of the last minutes; those who wait, of a cycle or so, as who hears of it joins them and not those of five minutes ago.
As long as hardly anybody came, somebody who comes at random counts besides: he waits for the rest of
a red, on average the mean over time of how long red has lasted.
"""

from __future__ import annotations

import numpy as np

from signal_core.engine import Engine
from signal_core.planning.planner import Planner
from signal_core.tables.arrays import FloatArray

WAITING_MEMORY_S = 90.0
"""Time constant of those who wait (own choice): about a cycle, so that its red and its green count alike."""


class Delays:
    """Of all roads before the signals of an engine. `second` after every `Engine.step`."""

    def __init__(self, engine: Engine) -> None:
        planner = getattr(engine.law, "planner", None)
        self._estimator = planner.estimator if isinstance(planner, Planner) else None
        lanes = engine.ladder.names.lanes
        roads = [lane.rpartition("_")[0] or lane for lane in lanes]
        self.roads = tuple(dict.fromkeys(roads))
        """Edges of lanes, or lanes named otherwise."""
        place = {road: k for k, road in enumerate(self.roads)}
        self._road = np.array([place[road] for road in roads], dtype=np.int64)
        self._waiting, self._red_s = np.zeros(len(lanes)), np.zeros(len(lanes))
        self._seconds = 0

    def second(self) -> None:
        """Take note of who waits."""
        if self._estimator is None:
            return
        lanes, memory_s = self._estimator.lanes, self._estimator.settings.flow_memory_s
        n = len(self._waiting)
        self._waiting += (lanes.queue.near[:n] + lanes.queue.beyond[:n] - self._waiting) / WAITING_MEMORY_S
        self._red_s += (lanes.green.red_s[:n] - self._red_s) / memory_s
        self._seconds += 1

    def delay_s(self) -> dict[str, float]:
        """By road, seconds that who passes its signal loses to it; empty while nothing is known."""
        if self._estimator is None or self._seconds == 0:
            return {}
        memory_s = self._estimator.settings.flow_memory_s
        known = 1.0 - (1.0 - 1.0 / memory_s) ** self._seconds
        known_of_waiting = 1.0 - (1.0 - 1.0 / WAITING_MEMORY_S) ** self._seconds
        flow_vps = self._estimator.lanes.arrivals.flow_vps[:len(self._waiting)]
        waiting = self._sum(self._waiting * known / known_of_waiting + self._red_s / memory_s)
        return dict(zip(self.roads, (waiting / self._sum(flow_vps + known / memory_s)).tolist(), strict=True))

    def _sum(self, of_lanes: FloatArray) -> FloatArray:
        found = np.zeros(len(self.roads))
        np.add.at(found, self._road, of_lanes)
        return found
