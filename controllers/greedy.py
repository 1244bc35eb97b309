"""Greedy rules that see every vehicle: every ten seconds the phase that scores best, as in the RESCO benchmark."""

from __future__ import annotations

from collections import Counter

import numpy as np

from controllers.base import EngineController, FloatArray, IntArray, LaneView, Observation, Site
from network.detectors import Layout
from network.signals import Signal
from signal_core.settings import Settings

ACTION_S = 10.0
"""Time between decisions in RESCO (Ault and Sharon, RL Benchmarks for Traffic Signal Control, NeurIPS 2021)."""
GREEN = frozenset("Gg")


class Greedy(EngineController):
    """Scores phases by the vehicles before and behind their movements; `outgoing` is what tells the rules apart."""

    sees_vehicles = True

    def __init__(self, settings: Settings) -> None:
        """Nothing is set: the rules have no parameters but their interval."""
        self._scores: list[FloatArray] = []
        self._due_s: FloatArray = np.zeros(0)

    outgoing = 0.0
    """What a vehicle on the lane that a movement leads to adds to it."""

    def start(self, site: Site) -> None:
        reach = {signal.id: approach_lanes(signal, site.layout) for signal in site.signals}
        lanes = {lane for parts in reach.values() for part in parts.values() for lane in part}
        lanes |= {link.to_lane for signal in site.signals for link in signal.links if not link.is_crossing}
        self.watched_lanes = tuple(sorted(lanes))
        places = {lane: place for place, lane in enumerate(self.watched_lanes)}
        self._scores = [movement_weights(s, reach[s.id], places, self.outgoing) for s in site.signals]
        self._due_s = np.full(len(site.signals), -np.inf)

    def decide(self, seen: Observation, wanted: IntArray) -> int:
        assert isinstance(seen.lanes, LaneView)
        ready = np.flatnonzero(seen.may_change & (self._due_s <= seen.time_s))
        for i in ready:
            wanted[i] = int((self._scores[i] @ seen.lanes.vehicles).argmax())
        self._due_s[ready] = seen.time_s + ACTION_S
        return len(ready)


def approach_lanes(signal: Signal, layout: Layout) -> dict[str, dict[str, float]]:
    """For each lane of a signal the lanes its vehicles come along, up to the nearest upstream loop, and their share."""
    found: dict[str, dict[str, float]] = {}
    for approach in layout.approaches[signal.id]:
        parts = {approach.lane.id: 1.0}
        for loop, share, _ in approach.upstream[0] if approach.upstream else ():
            parts.setdefault(layout.loops[loop].lane_id, share)
        found[approach.lane.id] = parts
    return found


def movement_weights(signal: Signal, reach: dict[str, dict[str, float]], places: dict[str, int],
                     outgoing: float) -> FloatArray:
    """float64[P, lanes]: each green movement adds its share of the incoming lanes and `outgoing` times it of the other.

    The movements of a lane share it alike: which of them its vehicles want is not seen.
    """
    vehicles = [link for link in signal.links if not link.is_crossing]
    movements = Counter(link.from_lane for link in vehicles)
    weights = np.zeros((len(signal.phases), len(places)))
    for p, phase in enumerate(signal.phases):
        for link in vehicles:
            if phase.state[link.index] in GREEN:
                share = 1.0 / movements[link.from_lane]
                for lane, part in reach.get(link.from_lane, {}).items():
                    weights[p, places[lane]] += part * share
                weights[p, places[link.to_lane]] += outgoing * share
    return weights
