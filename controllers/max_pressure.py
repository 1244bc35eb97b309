"""Max pressure: the phase whose movements have most more vehicles before them than behind them (Varaiya 2013)."""

from __future__ import annotations

from controllers.greedy import Greedy
from controllers.registry import Entry


class MaxPressure(Greedy):
    """Vehicles on incoming lanes minus vehicles on the lanes they lead to.

    Varaiya, Max pressure control of a network of signalized intersections, Transportation Research C 36, 2013.
    """

    outgoing = -1.0


ENTRY = Entry("max_pressure", "greedy: most vehicles before less behind; sees every vehicle", MaxPressure)
