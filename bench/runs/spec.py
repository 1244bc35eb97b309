"""What one fresh process is told to do, as JSON on disk."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeVar

from bench.runs.codec import BadRecord, decode, encode
from bench.runs.stored import AGAIN, place_inside, read_json, write_json
from controllers.sumo.port import Backend
from network.errors import ScenarioError
from network.files import read_text
from network.loops.detectors import wrong_distances
from network.safety.clearance import ClearanceSettings, Protocol
from network.safety.walking import DEFAULTS as WALKING
from network.safety.walking import WalkingSettings
from scenarios.config import Scenario
from scenarios.recording import Level
from signal_core.kernels.sequencer import LEAST_RED_S
from signal_core.settings import Settings

SPEC, STUDY = "spec.json", "study.json"
SCHEMA = 2
"""Of study.json and spec.json."""
T = TypeVar("T", "Study", "RunSpec")
Order = Literal["free", "fixed"]
ORDERS: tuple[Order, ...] = ("free", "fixed")
Phases = Literal["all", "program"]
PHASES: tuple[Phases, ...] = ("all", "program")
Transit = Literal["off", "conditional", "always"]
TRANSIT: tuple[Transit, ...] = ("off", "conditional", "always")
Emergency = Literal["off", "on"]
EMERGENCY: tuple[Emergency, ...] = ("off", "on")
Objective = Literal["persons", "vehicles"]
OBJECTIVES: tuple[Objective, ...] = ("persons", "vehicles")
Through = Literal["", "ntcip", "ntcip-advise", "rsmp", "tlcfi"]
THROUGH: tuple[Through, ...] = ("ntcip", "ntcip-advise", "rsmp", "tlcfi")


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """What adaptive control may do and whom it serves, with the defaults of the command line; see `Study`."""

    order: Order = "free"
    phases: Phases = "all"
    right_on_red: bool = True
    through: Through = ""
    walk: tuple[float, float] = (WALKING.walk_s, WALKING.walking_mps)
    walk_lead_s: float = WALKING.lead_s
    rest_in_walk: bool = False
    on_crossing_s: float = WALKING.least_clear_s
    transit: Transit = "conditional"
    emergency: Emergency = "on"
    objective: Objective = "persons"


@dataclass(frozen=True, slots=True)
class Study(Control):
    """What all runs of one comparison share.

    ``prepared`` is the folder with the signals and loops, ``record`` how much SUMO writes for the report.
    ``label`` tells it from others that run at the same time. ``order`` is that of phases under adaptive control,
    ``phases`` which there are. ``right_on_red``: arrows of the programs are shown. ``walk``: least green of a crossing
    in s, and walking speed in m/s; ``walk_lead_s``: by which those on foot lead turns; ``rest_in_walk``: those still
    to come count; ``on_crossing_s``: clearance at least where detectors on crossings end it, 0 without. ``limits``:
    name and content of the engineer's file, see `network.safety.limits`.
    ``transit``, ``emergency``: whose requests for green count; ``objective``: what they weigh by.
    ``through``: adaptive control by the wire, a virtual controller at its other end.
    """

    scenario: Scenario
    protocol: Protocol
    detectors_m: tuple[float, ...]
    backend: Backend
    gui: bool
    prepared: str
    record: Level = "basic"
    label: str = ""
    limits: tuple[str, str] = ("", "")

    @property
    def clearance(self) -> ClearanceSettings:
        """What the network's times are made with."""
        return ClearanceSettings(walking=WalkingSettings(*self.walk, self.walk_lead_s, self.on_crossing_s))

    @property
    def settings(self) -> Settings:
        """The engine's settings in every run."""
        return Settings(fixed_order=int(self.order == "fixed"), added_phases=int(self.phases == "all"),
                        rest_in_walk=float(self.rest_in_walk),
                        transit_priority=TRANSIT.index(self.transit),
                        emergency_priority=EMERGENCY.index(self.emergency),
                        objective=OBJECTIVES.index(self.objective))


@dataclass(frozen=True, slots=True)
class RunSpec:
    """One run: a study's scenario under one controller with one seed, everything written into ``run_dir``.

    ``trajectories``: this is a run whose vehicles are followed where the study records in full.
    ``fault``: what goes wrong in it on purpose, one of `bench.studies.faults.classes`.
    ``identity``: see `bench.runs.identity.run_hash`; empty where nobody asked whether the run was made before.
    """

    study: Study
    controller: str
    seed: int
    run_dir: str
    trajectories: bool = False
    identity: str = ""
    fault: str = ""


def write_study(study: Study, path: Path) -> None:
    """Write ``study`` as JSON into its folder `prepared`, which is not named: it is where the file lies."""
    write_json({"schema": SCHEMA, **encode(replace(study, prepared=""))}, path)


def read_study(path: Path) -> Study:
    """A study as `write_study` left it, wherever its folder is now; ScenarioError says what is wrong with it."""
    return replace(_read(Study, path), prepared=str(path.parent))


def write_spec(spec: RunSpec, path: Path) -> None:
    """Write ``spec`` as JSON into its ``run_dir``, with the way from there to what was prepared."""
    prepared = os.path.relpath(spec.study.prepared, path.parent)
    placeless = replace(spec, run_dir="", study=replace(spec.study, prepared=prepared))
    write_json({"schema": SCHEMA, **encode(placeless)}, path)


def read_spec(path: Path, home: Path | None = None) -> RunSpec:
    """A spec as `write_spec` left it, wherever its folder is now; ScenarioError says what is wrong with it.

    home: the results folder, which nothing may lead out of; None for a spec of this very command.
    """
    spec = _read(RunSpec, path)
    prepared = Path(os.path.normpath(path.parent / spec.study.prepared))
    if home is not None:
        place_inside(home, os.path.relpath(prepared, home), path)
    return replace(spec, run_dir=str(path.parent), study=replace(spec.study, prepared=str(prepared)))


def _read(kind: type[T], path: Path) -> T:
    found = read_json(path)
    if not isinstance(found, dict) or found.pop("schema", None) != SCHEMA:
        raise ScenarioError(f"{path}: of another version of this program (schema {SCHEMA} is read); {AGAIN}")
    try:
        return decode(kind, found)
    except BadRecord as error:
        raise ScenarioError(f"{path}: {error}; {AGAIN}") from error


def priority(text: str) -> tuple[Transit, Emergency]:
    """``transit=always,emergency=off``: who is given priority; what is not named is as by default."""
    transit, emergency = TRANSIT[1], EMERGENCY[1]
    for part in filter(None, (each.strip() for each in text.split(","))):
        name, _, value = part.partition("=")
        if name == "transit" and value in TRANSIT:
            transit = value
        elif name == "emergency" and value in EMERGENCY:
            emergency = value
        else:
            raise ScenarioError(f"--priority '{text}': give transit={'|'.join(TRANSIT)} and "
                                f"emergency={'|'.join(EMERGENCY)}, by comma")
    return transit, emergency


DETECTORS = "0,40,120"
MOST_LEAD_S = 15.0
LEAST_SEEN_S, MOST_SEEN_S = float(LEAST_RED_S), 30.0
"""Who steps off in the last second of green is on the crossing, and seen there, before."""


def walking(text: str) -> tuple[float, float]:
    """``7,1.2``: seconds, metres per second."""
    try:
        walk_s, walking_mps = map(float, text.split(","))
    except ValueError:
        raise ScenarioError(f"--walk '{text}': give seconds and metres per second, such as 7,1.2") from None
    if not (1.0 <= walk_s <= 60.0 and 0.3 <= walking_mps <= 3.0):
        raise ScenarioError(f"--walk '{text}': 1 to 60 s and 0.3 to 3 m/s are possible, such as 7,1.2")
    return walk_s, walking_mps


def walk_lead(text: str) -> float:
    """``4``: seconds; 0 for what the program has."""
    try:
        lead_s = float(text)
    except ValueError:
        lead_s = -1.0
    if not (lead_s == 0.0 or 1.0 <= lead_s <= MOST_LEAD_S):
        raise ScenarioError(f"--walk-lead '{text}': give 1 to {MOST_LEAD_S:g} seconds, usual are 3 to 7, or 0 for what "
                            "the program has")
    return lead_s


def on_crossing(text: str) -> float:
    """``4``: seconds; 0 for no detectors."""
    try:
        least_s = float(text)
    except ValueError:
        least_s = -1.0
    if not (least_s == 0.0 or LEAST_SEEN_S <= least_s <= MOST_SEEN_S):
        raise ScenarioError(f"--on-crossing '{text}': give {LEAST_SEEN_S:g} to {MOST_SEEN_S:g} seconds, which a "
                            "clearance has at least, or 0 for no detectors")
    return least_s


def read_limits(path: str | None) -> tuple[str, str]:
    """Name and content of the engineer's file; empty where there is none."""
    return ("", "") if path is None else (path, read_text(Path(path), "give the engineer's limits as TOML"))


def distances(text: str) -> tuple[float, ...]:
    """``0,40,120`` in metres from the stop line, ascending."""
    try:
        found = tuple(float(part) for part in text.split(","))
    except ValueError:
        raise ScenarioError(f"--detectors '{text}': give distances in metres, such as {DETECTORS}") from None
    if wrong := wrong_distances(found):
        raise ScenarioError(f"--detectors '{text}': {wrong}, such as {DETECTORS}")
    return found
