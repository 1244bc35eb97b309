"""The rows of the running programs at the times written in them: fixed time also where SUMO would adapt them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from controllers.entry import Entry
from controllers.laws.fixed import SumoRuns
from network.program.plans import BY_GAPS
from network.program.signals import Program

ADAPTED = BY_GAPS
"""Kinds of program whose greens SUMO stretches and cuts by traffic."""


class Static(SumoRuns):
    """The same rows as fixed time."""

    def replaced_programs(self, programs: Mapping[str, Program]) -> tuple[Program, ...]:
        """Every program that SUMO adapts, with its rows at their durations; all others stay as they are."""
        return tuple(
            replace(program, program_id="static", kind="static",
                    intervals=tuple(replace(row, min_s=row.duration_s, max_s=row.duration_s)
                                    for row in program.intervals), parameters={})
            for program in programs.values()
            if program.kind in ADAPTED
        )  # fmt: skip


ENTRY = Entry("static", "the running program with its rows at fixed times, where SUMO adapts it", Static)
