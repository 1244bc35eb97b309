"""Greedy rules that see every vehicle: every ten seconds the phase that scores best, as in the RESCO benchmark."""

from __future__ import annotations

import numpy as np

from controllers.base import EngineController, FloatArray, IntArray, LaneView, Observation, Site
from network.signals import Signal
from signal_core.settings import Settings

ACTION_S = 10.0
"""Time between decisions in RESCO (Ault and Sharon, RL Benchmarks for Traffic Signal Control, NeurIPS 2021)."""
GREEN = frozenset("Gg")


class Greedy(EngineController):
    """Scores phases by weights on the vehicles of lanes; `weights` of a signal is what tells the rules apart."""

    sees_vehicles = True

    def __init__(self, settings: Settings) -> None:
        """Nothing is set: the rules have no parameters but their interval."""
        self._scores: list[FloatArray] = []
        self._due_s: FloatArray = np.zeros(0)

    def weights(self, signal: Signal, places: dict[str, int]) -> FloatArray:
        """float64[P, lanes]: what a vehicle on each watched lane adds to each phase."""
        raise NotImplementedError

    def start(self, site: Site) -> None:
        lanes = sorted({lane for s in site.signals for k in s.links if not k.is_crossing
                        for lane in (k.from_lane, k.to_lane)})
        self.watched_lanes = tuple(lanes)
        places = {lane: place for place, lane in enumerate(lanes)}
        self._scores = [self.weights(signal, places) for signal in site.signals]
        self._due_s = np.full(len(site.signals), -np.inf)

    def decide(self, seen: Observation, wanted: IntArray) -> int:
        assert isinstance(seen.lanes, LaneView)
        ready = np.flatnonzero(seen.may_change & (self._due_s <= seen.time_s))
        for i in ready:
            wanted[i] = int((self._scores[i] @ seen.lanes.vehicles).argmax())
        self._due_s[ready] = seen.time_s + ACTION_S
        return len(ready)


def movement_weights(signal: Signal, places: dict[str, int], outgoing: float) -> FloatArray:
    """float64[P, lanes]: 1 on each incoming lane of a green movement, `outgoing` on the lane it leads to, each once."""
    weights = np.zeros((len(signal.phases), len(places)))
    for p, phase in enumerate(signal.phases):
        green = [link for link in signal.links if not link.is_crossing and phase.state[link.index] in GREEN]
        for lane in {link.to_lane for link in green}:
            weights[p, places[lane]] += outgoing
        for lane in {link.from_lane for link in green}:
            weights[p, places[lane]] += 1.0
    return weights
