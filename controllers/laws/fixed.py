"""The plan in the network: whatever program SUMO runs, untouched."""

from __future__ import annotations

from collections.abc import Mapping

from controllers.base import IntArray, Observation, Site
from controllers.entry import Entry
from network.program.signals import Program
from signal_core.estimating.health import Health
from signal_core.settings import Settings


class SumoRuns:
    """Base of the controllers that leave SUMO in charge of every signal."""

    owns_signals = False
    sees_vehicles = False
    adds_phases = False
    keeps_order = True
    watched_lanes: tuple[tuple[str, float], ...] = ()

    def __init__(self, settings: Settings) -> None:
        """Nothing to set: the programs say it all."""

    @property
    def health(self) -> Health | None:
        """No loops."""
        return None

    def replaced_programs(self, programs: Mapping[str, Program]) -> tuple[Program, ...]:
        """No program is replaced."""
        return ()

    def start(self, site: Site) -> None:
        """Never called: there is nothing to take charge of."""

    def decide(self, seen: Observation, wanted: IntArray) -> int:
        """Never called."""
        return 0


class Fixed(SumoRuns):
    """The running program as SUMO has it."""


ENTRY = Entry("fixed", "the running program as SUMO has it", Fixed)
