"""SUMO's own delay-based control over the rows of the running programs: a green lasts while it is needed."""

from __future__ import annotations

from collections.abc import Mapping

from controllers.entry import Entry
from controllers.laws.actuated import retyped
from controllers.laws.fixed import SumoRuns
from network.program.signals import Program


class DelayBased(SumoRuns):
    """The same rows under SUMO's type `delay_based`."""

    def replaced_programs(self, programs: Mapping[str, Program]) -> tuple[Program, ...]:
        """Every fixed-time program, retyped."""
        return retyped(programs, "delay_based")


ENTRY = Entry("delay_based", "the same phases under SUMO's own delay-based control", DelayBased)
