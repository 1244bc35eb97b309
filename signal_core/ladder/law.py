"""What a control law sees of a second, and what it has to be."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from signal_core.estimating.estimator import Estimator
from signal_core.estimating.health import Health
from signal_core.planning.planner import Planner
from signal_core.tables.arrays import BoolArray, FloatArray, IntArray


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
    may_change: BoolArray | None
    lanes: LaneView | None
    sampled_s: float | None = None


class Law(Protocol):
    """Says every second which phase each signal shall be in. What it does wrong is survived."""

    @property
    def health(self) -> Health | None:
        """Its watch over the loops; None where it sees none."""
        ...

    def decide(self, seen: Observation, wanted: IntArray) -> int:
        """Write the wanted phase of every signal into int64[signals]; return how many decisions were taken."""
        ...


class Planned:
    """The engine's own law: loops watched, queues estimated, phases planned over the next minute."""

    def __init__(self, estimator: Estimator) -> None:
        self.planner = Planner(estimator)
        self.planner.warm_up()

    @property
    def health(self) -> Health | None:
        return self.planner.estimator.health

    def decide(self, seen: Observation, wanted: IntArray) -> int:
        self.planner.estimator.observe(seen.entered, seen.left, seen.occupancy, seen.sampled_s)
        return self.planner.plan(wanted)
