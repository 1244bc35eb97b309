"""Max wave: the phase with most vehicles queued or approaching, as in the RESCO benchmark."""

from __future__ import annotations

from controllers.base import FloatArray
from controllers.greedy import Greedy, movement_weights
from controllers.registry import Entry
from network.signals import Signal


class MaxWave(Greedy):
    """Vehicles on the incoming lanes of a phase, standing or not."""

    def weights(self, signal: Signal, places: dict[str, int]) -> FloatArray:
        return movement_weights(signal, places, outgoing=0.0)


ENTRY = Entry("max_wave", "greedy: most vehicles queued or approaching; sees every vehicle", MaxWave)
