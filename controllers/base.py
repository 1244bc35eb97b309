"""What a controller is, and what it gets to see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from network.loops.detectors import Layout
from network.loops.relations import relate_loops
from network.program.signals import Program, Signal
from signal_core.estimating.health import Health
from signal_core.ladder.law import LaneView, Law, Observation
from signal_core.settings import Settings
from signal_core.tables.packed import Tables
from signal_core.tables.state import SignalState

__all__ = ["Controller", "EngineController", "FloatArray", "IntArray", "LaneView", "Observation", "Site", "Wrapper",
           "health_of"]

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True)
class Site:
    """What a controller is put in charge of: signals, loops, and the engine's tables of them, in one order."""

    signals: tuple[Signal, ...]
    layout: Layout
    tables: Tables
    state: SignalState
    settings: Settings
    protocol: str


def health_of(site: Site) -> Health:
    """A watch over the loops of a site."""
    return Health(site.tables, relate_loops(site.signals, site.layout))


class Controller(Law, Protocol):
    """A control law. One that leaves SUMO in charge of the signals has `owns_signals` False and never decides."""

    owns_signals: bool
    sees_vehicles: bool
    adds_phases: bool
    """It may show phases beyond the program, see `network.phasing.added_phases`."""
    keeps_order: bool
    """It shows the phases of the program's cycle in their order, and none that is shown on call only."""
    watched_lanes: tuple[tuple[str, float], ...]
    """What `Observation.lanes` counts, known after `start`: lanes, each from a position in m to its end."""

    def replaced_programs(self, programs: Mapping[str, Program]) -> tuple[Program, ...]:
        """Programs to load before the start instead of the running ones."""
        ...

    def start(self, site: Site) -> None:
        """Take charge of a site."""
        ...


class Wrapper:
    """A controller in front of another one, which everything is passed on to."""

    owns_signals = True
    sees_vehicles = False
    adds_phases = False
    keeps_order = True
    watched_lanes: tuple[tuple[str, float], ...] = ()

    def __init__(self, inner: Controller) -> None:
        self.inner = inner
        self.adds_phases, self.keeps_order = inner.adds_phases, inner.keeps_order

    @property
    def health(self) -> Health | None:
        return self.inner.health

    def replaced_programs(self, programs: Mapping[str, Program]) -> tuple[Program, ...]:
        return self.inner.replaced_programs(programs)

    def start(self, site: Site) -> None:
        self.inner.start(site)
        self.sees_vehicles, self.watched_lanes = self.inner.sees_vehicles, self.inner.watched_lanes

    def decide(self, seen: Observation, wanted: IntArray) -> int:
        return self.inner.decide(seen, wanted)


class EngineController:
    """Base of the controllers that drive signals themselves; nothing replaced, loops only. A new one writes `start`
    and `decide`."""

    owns_signals = True
    sees_vehicles = False
    adds_phases = False
    keeps_order = True
    watched_lanes: tuple[tuple[str, float], ...] = ()

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @property
    def health(self) -> Health | None:
        return None

    def replaced_programs(self, programs: Mapping[str, Program]) -> tuple[Program, ...]:
        return ()
