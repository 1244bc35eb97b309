"""Adaptive control from loop counts: every second each signal's plan is made anew over the next minute."""

from __future__ import annotations

from controllers.base import EngineController, IntArray, Observation, Site, health_of
from controllers.entry import Entry
from signal_core.estimating.estimator import Estimator
from signal_core.estimating.health import Health
from signal_core.ladder.law import Planned
from signal_core.planning.planner import Planner
from signal_core.settings import Settings


class Adaptive(EngineController):
    """Estimator and rolling-horizon planner, any phase order."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.adds_phases = settings.fixed_order == 0 and settings.added_phases == 1
        self.keeps_order = settings.fixed_order == 1
        self._law: Planned | None = None

    @property
    def planner(self) -> Planner:
        """What decides; there after `start`."""
        assert self._law is not None
        return self._law.planner

    def start(self, site: Site) -> None:
        self._law = Planned(Estimator(site.tables, site.state, self._settings, health_of(site)))

    @property
    def health(self) -> Health | None:
        return self._law.health if self._law is not None else None

    def decide(self, seen: Observation, wanted: IntArray) -> int:
        assert self._law is not None
        return self._law.decide(seen, wanted)


ENTRY = Entry("adaptive", "planned over the next minute every second, from loop counts", Adaptive)
