"""Splits recomputed each cycle from loop counts, in the program's order; greens end early once all are served."""

from __future__ import annotations

from controllers.base import EngineController, IntArray, Observation, Site, health_of
from controllers.entry import Entry
from signal_core.estimating.estimator import Estimator
from signal_core.estimating.health import Health
from signal_core.kernels.splits import SplitCycles
from signal_core.planning.splits import SplitPlanner
from signal_core.settings import Settings


class Splits(EngineController):
    """Estimator every second; cycle and splits at the beginning of each cycle, revised as counts arrive."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._estimator: Estimator | None = None
        self._splits: SplitPlanner | None = None

    def start(self, site: Site) -> None:
        self._estimator = Estimator(site.tables, site.state, self._settings, health_of(site))
        self._splits = SplitPlanner(site.tables, site.state, self._estimator.lanes, self._settings)

    @property
    def health(self) -> Health | None:
        return self._estimator.health if self._estimator is not None else None

    @property
    def cycle(self) -> SplitCycles:
        """The running plans, per phase, lane or signal of the site."""
        assert self._splits is not None
        return self._splits.cycle

    def decide(self, seen: Observation, wanted: IntArray) -> int:
        assert self._estimator is not None
        assert self._splits is not None
        self._estimator.observe(seen.entered, seen.left, seen.occupancy, seen.sampled_s)
        return self._splits.plan(wanted)


ENTRY = Entry("splits", "splits recomputed each cycle from loop counts, fixed phase order", Splits)
