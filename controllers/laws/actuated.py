"""SUMO's own actuated control over the rows of the running programs: a gap ends a green, within bounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from controllers.entry import Entry
from controllers.laws.fixed import SumoRuns
from network.program.signals import Interval, Program

MIN_GREEN_S = 5.0
MAX_GREEN_S = 50.0


def retyped(programs: Mapping[str, Program], kind: str) -> tuple[Program, ...]:
    """The fixed-time programs with more than one green row, as programs of SUMO's type ``kind``.

    Bounds in the program are kept; where a green row has none it may last 5 to 50 s. Everything else about
    the rows, and every program that is not fixed-time, stays as it is.
    """
    return tuple(
        replace(program, program_id=kind, kind=kind, intervals=tuple(map(bounded, program.intervals)))
        for program in programs.values()
        if program.kind == "static" and len({row.state for row in program.intervals if _is_green(row)}) > 1
    )


def _is_green(row: Interval) -> bool:
    return bool(set("Gg") & set(row.state)) and not set("yYu") & set(row.state)


def bounded(row: Interval) -> Interval:
    """The row; a green without bounds may last 5 to 50 s."""
    if not _is_green(row) or row.min_s < row.max_s:
        return row
    return replace(row, min_s=min(MIN_GREEN_S, row.duration_s), max_s=max(MAX_GREEN_S, row.duration_s))


class Actuated(SumoRuns):
    """The same rows under SUMO's type `actuated`."""

    def replaced_programs(self, programs: Mapping[str, Program]) -> tuple[Program, ...]:
        """Every fixed-time program, retyped."""
        return retyped(programs, "actuated")


ENTRY = Entry("actuated", "the same phases under SUMO's own gap-based actuated control", Actuated)
