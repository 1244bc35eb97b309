"""Max pressure: the phase whose movements have most more vehicles before them than behind them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from controllers.entry import Entry
from controllers.laws.greedy import Greedy
from network.program.signals import Phase, Signal

GREEN = frozenset("Gg")


class MaxPressure(Greedy):
    """Sum over green movements: vehicles on the lane it comes from minus vehicles on the lane it leads to.

    Varaiya, Max pressure control of a network of signalized intersections, Transportation Research C 36, 2013; how
    far it sees is that of RESCO's MAXPRESSURE. As in both, nothing stands on lanes that lead out of the network.
    """

    reach_m = 200.0

    def weights(self, signal: Signal, phase: Phase) -> Mapping[str, float]:
        found: Counter[str] = Counter()
        for link in signal.links:
            if not link.is_crossing and phase.state[link.index] in GREEN:
                found[link.from_lane] += 1
                found[link.to_lane] -= 1
        return found


ENTRY = Entry("max_pressure", "greedy: most vehicles before less behind; sees every vehicle", MaxPressure)
