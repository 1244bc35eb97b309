"""What one fresh process is told to do, as JSON on disk."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from controllers.sumo_port import Backend
from network.clearance import ClearanceSettings, Protocol
from network.errors import ScenarioError
from network.walking import DEFAULTS as WALKING
from network.walking import WalkingSettings
from scenarios.config import Scenario
from scenarios.recording import Level
from signal_core.settings import Settings

Order = Literal["free", "fixed"]
ORDERS: tuple[Order, ...] = ("free", "fixed")
Phases = Literal["all", "program"]
PHASES: tuple[Phases, ...] = ("all", "program")
Through = Literal["", "ntcip", "ntcip-advise"]
THROUGH: tuple[Through, ...] = ("ntcip", "ntcip-advise")


@dataclass(frozen=True, slots=True)
class Study:
    """What all runs of one comparison share.

    ``prepared`` is the folder with the signals and loops, ``record`` how much SUMO writes for the report.
    ``label`` tells it from others that run at the same time. ``order`` is that of phases under adaptive control,
    ``phases`` which there are. ``right_on_red``: arrows of the programs are shown. ``walk``: least green of a crossing
    in s, and walking speed in m/s. ``through``: adaptive control by the wire, a virtual controller at its other end.
    """

    scenario: Scenario
    protocol: Protocol
    detectors_m: tuple[float, ...]
    backend: Backend
    gui: bool
    prepared: str
    record: Level = "basic"
    label: str = ""
    order: Order = "free"
    phases: Phases = "all"
    right_on_red: bool = True
    through: Through = ""
    walk: tuple[float, float] = (WALKING.walk_s, WALKING.walking_mps)

    @property
    def clearance(self) -> ClearanceSettings:
        """What the network's times are made with."""
        return ClearanceSettings(walking=WalkingSettings(*self.walk))

    @property
    def settings(self) -> Settings:
        """The engine's settings in every run."""
        return Settings(fixed_order=int(self.order == "fixed"), added_phases=int(self.phases == "all"))


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
    """Write ``study`` as JSON."""
    _write(asdict(study), path)


def read_study(path: str | Path) -> Study:
    """A study as `write_study` left it."""
    return _study(json.loads(Path(path).read_text(encoding="utf-8")))


def write_spec(spec: RunSpec, path: Path) -> None:
    """Write ``spec`` as JSON."""
    _write(asdict(spec), path)


def read_spec(path: str | Path) -> RunSpec:
    """A spec as `write_spec` left it."""
    found = json.loads(Path(path).read_text(encoding="utf-8"))
    return RunSpec(_study(found.pop("study")), **found)


def _write(content: dict[str, Any], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")


def _study(found: dict[str, Any]) -> Study:
    scenario = Scenario(**found.pop("scenario"))
    found |= {name: tuple(found[name]) for name in ("detectors_m", "walk") if name in found}
    return Study(scenario, **found)

DETECTORS = "0,40,120"


def walking(text: str) -> tuple[float, float]:
    """``7,1.2``: seconds, metres per second."""
    try:
        walk_s, walking_mps = map(float, text.split(","))
    except ValueError:
        raise ScenarioError(f"--walk '{text}': give seconds and metres per second, such as 7,1.2") from None
    if not (1.0 <= walk_s <= 60.0 and 0.3 <= walking_mps <= 3.0):
        raise ScenarioError(f"--walk '{text}': 1 to 60 s and 0.3 to 3 m/s are possible, such as 7,1.2")
    return walk_s, walking_mps


def distances(text: str) -> tuple[float, ...]:
    """``0,40,120`` in metres from the stop line, ascending."""
    try:
        found = tuple(float(part) for part in text.split(","))
    except ValueError:
        raise ScenarioError(f"--detectors '{text}': give distances in metres, such as {DETECTORS}") from None
    if any(a >= b for a, b in zip(found, found[1:], strict=False)) or found[0] < 0:
        raise ScenarioError(f"--detectors '{text}': distances must ascend from 0, such as {DETECTORS}")
    return found
