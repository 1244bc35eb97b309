"""The network's own fixed-time programs, retimed for the scenario's demand: what a fixed plan can do at best."""

from __future__ import annotations

from controllers.entry import Entry
from controllers.laws.fixed import SumoRuns

NAME = "tuned"
PLAN_FILE = "tuned.add.xml"
"""Made before the runs (`signal-core plan`), in the folder of what they share; loaded as an additional file."""


class Tuned(SumoRuns):
    """SUMO runs the programs of `PLAN_FILE`."""


ENTRY = Entry(NAME, "the same phases as fixed, with splits, cycles and offsets searched for the demand", Tuned)
