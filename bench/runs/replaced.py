"""What is loaded into SUMO instead of the running programs: lines of an additional file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bench.measures.classes import types_of
from bench.runs.prepare import Prepared
from bench.runs.spec import RunSpec
from controllers.laws import actuated_priority
from controllers.registry import base_name
from network.program.signals import Program
from scenarios.plan_file import program_lines

TRANSIT = ("buses", "trams")


def replaced_lines(spec: RunSpec, prepared: Prepared, programs: Sequence[Program]) -> list[str]:
    """The programs of a run's controller, and the detectors that they look at."""
    detectors: Iterable[str] = ()
    if base_name(spec.controller) == actuated_priority.NAME:
        scenario = spec.study.scenario
        types = types_of(TRANSIT, (*scenario.additional_files, *scenario.route_files))
        if types:  # a detector for no type at all sees everybody
            watched = actuated_priority.watched(programs, prepared.signals)
            detectors = actuated_priority.detector_lines(watched, prepared.signals, types)
            programs = actuated_priority.bus_rules(programs, prepared.signals, watched)
    return [*detectors, *(line for program in programs for line in program_lines(program))]
