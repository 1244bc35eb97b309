"""Max wave: the phase with most vehicles standing before it or approaching it, as in the RESCO benchmark."""

from __future__ import annotations

from collections.abc import Mapping

from controllers.entry import Entry
from controllers.laws.greedy import Greedy
from network.program.signals import Phase, Signal

GREENS = " gG"


class MaxWave(Greedy):
    """Vehicles on the incoming lanes of a phase, each lane once; how far it sees is that of RESCO's MAXWAVE.

    A movement counts in the phases that give it its best green: a left turn that has a phase of its own counts there
    and not where it may slip through.
    """

    reach_m = 50.0

    def weights(self, signal: Signal, phase: Phase) -> Mapping[str, float]:
        best = [max(GREENS.find(other.state[i]) for other in signal.phases) for i in range(signal.n_links)]
        return {
            link.from_lane: 1.0
            for link in signal.links
            if not link.is_crossing and 0 < best[link.index] == GREENS.find(phase.state[link.index])
        }


ENTRY = Entry("max_wave", "greedy: most vehicles queued or approaching; sees every vehicle", MaxWave)
