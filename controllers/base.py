"""What a controller is, and what it gets to see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from network.detectors import Layout
from network.relations import relate_loops
from network.signals import Program, Signal
from signal_core.health import Health
from signal_core.intersection import Tables
from signal_core.settings import Settings
from signal_core.state import SignalState

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]


class LaneView(NamedTuple):
    """Every vehicle, for controllers that see more than loops: standing, and all; float64 each, as `watched_lanes`."""

    standing: FloatArray
    vehicles: FloatArray


class Observation(NamedTuple):
    """One second of the street.

    entered, left: float64[loops], vehicles that came onto and left each loop; occupancy: float64[loops], 0..1;
    may_change: bool[signals], the signal is in a phase whose shortest green is over; lanes: see `LaneView`; both only
    for controllers that see vehicles. sampled_s: when the loops were read, None for now.
    """

    time_s: float
    entered: FloatArray
    left: FloatArray
    occupancy: FloatArray
    may_change: NDArray[np.bool_] | None
    lanes: LaneView | None
    sampled_s: float | None = None


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


class Controller(Protocol):
    """A control law. One that leaves SUMO in charge of the signals has `owns_signals` False and never decides."""

    owns_signals: bool
    sees_vehicles: bool
    adds_phases: bool
    """It may show phases beyond the program, see `network.added_phases`."""
    watched_lanes: tuple[tuple[str, float], ...]
    """What `Observation.lanes` counts, known after `start`: lanes, each from a position in m to its end."""

    @property
    def health(self) -> Health | None:
        """Its watch over the loops; None where it sees none."""
        ...

    def replaced_programs(self, programs: Mapping[str, Program]) -> tuple[Program, ...]:
        """Programs to load before the start instead of the running ones."""
        ...

    def start(self, site: Site) -> None:
        """Take charge of a site."""
        ...

    def decide(self, seen: Observation, wanted: IntArray) -> int:
        """Write the wanted phase of every signal into int64[signals]; return how many decisions were taken."""
        ...


class Wrapper:
    """A controller in front of another one, which everything is passed on to."""

    owns_signals = True
    sees_vehicles = False
    adds_phases = False
    watched_lanes: tuple[tuple[str, float], ...] = ()

    def __init__(self, inner: Controller) -> None:
        self.inner = inner
        self.adds_phases = inner.adds_phases

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
    watched_lanes: tuple[tuple[str, float], ...] = ()

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @property
    def health(self) -> Health | None:
        return None

    def replaced_programs(self, programs: Mapping[str, Program]) -> tuple[Program, ...]:
        return ()
