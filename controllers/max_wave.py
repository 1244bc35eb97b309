"""Max wave: the phase with most vehicles queued or approaching, as in the RESCO benchmark."""

from __future__ import annotations

from controllers.greedy import Greedy
from controllers.registry import Entry


class MaxWave(Greedy):
    """Vehicles on the incoming lanes of a phase, standing or not."""

    outgoing = 0.0


ENTRY = Entry("max_wave", "greedy: most vehicles queued or approaching; sees every vehicle", MaxWave)
