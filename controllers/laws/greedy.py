"""Greedy rules that see every vehicle: every ten seconds the phase that scores best, as in the RESCO benchmark.

Ault and Sharon, Reinforcement Learning Benchmarks for Traffic Signal Control, NeurIPS 2021. There the lanes that count
for a phase are picked by hand; here they follow from the network.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TypeAlias

import numpy as np

from controllers.base import EngineController, FloatArray, IntArray, LaneView, Observation, Site
from network.loops.detectors import LaneLoops
from network.program.signals import Phase, Signal
from signal_core.settings import Settings

ACTION_S = 10.0
"""Time between decisions; with 3 s of yellow no green is shorter than 7 s."""

Stretch: TypeAlias = tuple[str, float]  # a lane, from a position in m to its end


class Greedy(EngineController):
    """Scores phases by vehicles on their lanes; `weights` is what tells the rules apart.

    reach_m: vehicles count within this distance before a stop line, also on the lanes that lead to its lane.
    """

    sees_vehicles = True
    keeps_order = False
    reach_m = 0.0

    def __init__(self, settings: Settings) -> None:
        """Nothing is set: the rules have no parameters but those of their source."""
        self.scores: list[FloatArray] = []
        self._due_s: FloatArray = np.zeros(0)

    def weights(self, signal: Signal, phase: Phase) -> Mapping[str, float]:
        """What a vehicle on a lane adds to a phase; lanes on no way to a watched stop line are left out."""
        raise NotImplementedError

    def start(self, site: Site) -> None:
        reach = {lane_id: stretches for signal in site.signals
                 for lane_id, stretches in within_reach(site.layout.lane_loops[signal.id], self.reach_m).items()}
        self.watched_lanes = tuple(sorted({stretch for parts in reach.values() for stretch in parts}))
        place = {stretch: k for k, stretch in enumerate(self.watched_lanes)}
        stop_lanes = set(reach)
        for lane_id, from_m in reversed(self.watched_lanes):  # of several stretches of a lane the longest comes last
            if lane_id not in stop_lanes:
                reach[lane_id] = {(lane_id, from_m): 1.0}
        self.scores = [np.array([self._row(signal, phase, reach, place) for phase in signal.phases])
                        for signal in site.signals]
        self._due_s = np.full(len(site.signals), -np.inf)

    def _row(self, signal: Signal, phase: Phase, reach: Mapping[str, Mapping[Stretch, float]],
             place: Mapping[Stretch, int]) -> FloatArray:
        row = np.zeros(len(place))
        for lane_id, weight in self.weights(signal, phase).items():
            for stretch, share in reach.get(lane_id, {}).items():
                row[place[stretch]] += weight * share
        return row

    def decide(self, seen: Observation, wanted: IntArray) -> int:
        assert isinstance(seen.lanes, LaneView)
        assert seen.may_change is not None
        ready = np.flatnonzero(seen.may_change & (self._due_s <= seen.time_s))
        for i in ready:
            wanted[i] = int((self.scores[i] @ seen.lanes.vehicles).argmax())
        self._due_s[ready] = seen.time_s + ACTION_S
        return len(ready)


def within_reach(lane_loops: tuple[LaneLoops, ...], reach_m: float) -> dict[str, dict[Stretch, float]]:
    """Per lane of a signal the stretches within reach of its stop line and the share of each that is counted for it.

    A stretch that leads to several lanes of the signal is shared among them.
    """
    found: dict[str, dict[Stretch, float]] = {}
    users = Counter(s.lane_id for each in lane_loops for s in each.stretches if s.before_m < reach_m)
    for each in lane_loops:
        found[each.lane.id] = {
            (s.lane_id, round(max(0.0, s.before_m + s.length_m - reach_m), 2)): 1.0 / users[s.lane_id]
            for s in each.stretches if s.before_m < reach_m
        }
    return found
