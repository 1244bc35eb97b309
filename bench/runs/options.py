"""All that a comparison may be told beyond scenario, controllers and seeds, with the defaults of the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import get_args, get_type_hints

from bench.runs.spec import Control, Study, read_limits
from controllers.sumo.port import Backend
from network.errors import ScenarioError
from network.loops.detectors import DISTANCES_M, wrong_distances
from network.safety.clearance import Protocol
from scenarios.config import Scenario, load_scenario
from scenarios.recording import Level


@dataclass(frozen=True, kw_only=True)
class Options(Control):
    """How a scenario is run and controlled; every field has the default of the command line.

    Parameters
    ----------
    order, phases
        What adaptive control may do with phases: ``free`` or ``fixed``, ``all`` or those of the ``program``.
    right_on_red
        Whether links that a program lets go after a stop while red (``s``) may.
    through
        Adaptive control by the wire: ``ntcip``, ``ntcip-advise``, ``rsmp`` or ``tlcfi``.
    walk
        Least green of a crossing in s, walking speed in m/s.
    walk_lead_s
        By which those on foot lead the turns that give way to them, 3 to 7 s; 0 for what the program has.
    rest_in_walk
        Whether people still to come on foot count, so that a walk rests while nobody needs more.
    on_crossing_s
        There are detectors on the crossings, as a Puffin has them: a clearance ends when nobody is on one any more, and
        no sooner than this, 4 s at least; 0 for no detectors.
    transit, emergency, objective
        Whose requests for green count (``off``, ``conditional``, ``always``; ``off``, ``on``), weighed by
        ``persons`` or ``vehicles``.
    routes, additional
        Files beside a ``.net.xml``.
    begin, end
        Seconds, or times such as ``7:30:00``; by default those of the scenario.
    sumo_options
        Passed on to SUMO, such as ``["--scale", "1.2"]``.
    protocol
        ``plan``: yellow and red clearance of the programs; ``resco``: 3 s yellow, no red clearance.
    detectors_m
        Distances of the loops from the stop line, ascending.
    limits
        The engineer's file, see "Controllers that cannot do everything" in the documentation.
    backend, gui
        How SUMO is driven, and whether its window shows the runs.
    report
        ``none``; ``basic`` or ``full`` also write what the report needs, and the report.

    Raises
    ------
    network.errors.ScenarioError
        Where a word is none of those, or the distances do not ascend.
    """

    routes: Sequence[str | Path] = ()
    additional: Sequence[str | Path] = ()
    begin: float | str | None = None
    end: float | str | None = None
    sumo_options: Sequence[str] = ()
    protocol: Protocol = "plan"
    detectors_m: Sequence[float] = DISTANCES_M
    limits: str | Path | None = None
    backend: Backend = "libsumo"
    gui: bool = False
    report: Level = "none"

    def __post_init__(self) -> None:
        known = get_type_hints(type(self))
        for field in fields(self):
            words, given = get_args(known[field.name]), getattr(self, field.name)
            if isinstance(given, str) and all(isinstance(word, str) for word in words) and given not in words:
                raise ScenarioError(f"{field.name}: '{given}' is none of {', '.join(filter(None, words))}")
        if wrong := wrong_distances(self.detectors_m) or ("" if self.detectors_m else "give distances"):
            raise ScenarioError(f"detectors_m {self.detectors_m}: {wrong}, such as {DISTANCES_M}")

    def scenario(self, path: str | Path) -> Scenario:
        """The ``.sumocfg`` or ``.net.xml`` with what belongs to it; ScenarioError where it cannot be used."""
        begin, end = (None if time is None else str(time) for time in (self.begin, self.end))
        return load_scenario(str(path), [str(file) for file in self.routes], [str(file) for file in self.additional],
                             begin, end, list(self.sumo_options))

    def study(self, scenario: Scenario, prepared: str | Path) -> Study:
        """What all runs share, prepared into that folder; ScenarioError where the limits cannot be read."""
        backend: Backend = "traci" if self.gui else self.backend
        return Study(scenario, self.protocol, tuple(map(float, self.detectors_m)), backend, self.gui, str(prepared),
                     self.report, limits=read_limits(None if self.limits is None else str(self.limits)),
                     **{field.name: getattr(self, field.name) for field in fields(Control)})
