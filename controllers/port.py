"""What a controller needs of the street: loops, shown states, orders, time.

`Port` is all that a drive asks for, so that SUMO, a tape or a cabinet can stand behind it. What only
a simulation has stands apart: `SteppedPort`, whose time is moved on by whoever drives, and `VehiclePort`, which shows
every vehicle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Generic, Protocol, TypeAlias, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from signal_core.requests import REQUEST, RequestClass, Rows

FloatArray: TypeAlias = NDArray[np.float64]


class Port(Protocol):
    """The street as a controller reaches it. Times are seconds on one clock that never runs backward.

    Signals and loops are named by the ids of the network. A state is a string of SUMO's letters, one per link
    (``G`` priority, ``g`` permissive, ``y`` yellow, ``r`` red, ``s`` green arrow, ``O`` off).
    """

    @property
    def time_s(self) -> float:
        """Now."""
        ...

    @property
    def sampled_s(self) -> float:
        """When the samples that `read_loops` gave last were taken; before the first, now."""
        ...

    def watch_loops(self, ids: Sequence[str]) -> None:
        """Choose the loops of `read_loops`, in its order. Called once, before the first reading."""
        ...

    def read_loops(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Since the last call, float64[loops] each: vehicles that came onto each loop, vehicles that left it, and the
        share of time it was occupied (0..1). NaN where nothing is known. Called once a second."""
        ...

    def watch_signals(self, ids: Sequence[str]) -> None:
        """Choose the signals of `shown_states`, in its order. Called once, before the first order."""
        ...

    def shown_states(self) -> list[str]:
        """What each watched signal really shows, as it was read back last."""
        ...

    def set_state(self, signal_id: str, state: str) -> None:
        """Order a signal to show ``state`` from now on, until the next order."""
        ...


@runtime_checkable
class SteppedPort(Port, Protocol):
    """A port whose time stands still until it is moved on: a simulation, a tape."""

    def step_to(self, time_s: float) -> None:
        """Move on to ``time_s``, or the first moment after it that there is."""
        ...


@runtime_checkable
class VehiclePort(SteppedPort, Protocol):
    """A simulation that shows every vehicle, for controllers that look at more than loops."""

    def watch_lanes(self, stretches: Sequence[tuple[str, float]]) -> None:
        """Choose what `read_lanes` counts, in its order: lanes, each from a position in m to its end."""
        ...

    def read_lanes(self) -> tuple[FloatArray, FloatArray]:
        """Now on each stretch, float64[n] each: vehicles standing (below 0.1 m/s), and all vehicles."""
        ...


Inner = TypeVar("Inner", bound=Port)


@runtime_checkable
class WalkerPort(Port, Protocol):
    """A street that tells who waits on foot, by buttons or by counts."""

    def watch_crossings(self, ids: Sequence[str]) -> None:
        """Choose the crossings of `read_waiting`, in its order, by their edges. Called once."""
        ...

    def read_waiting(self) -> FloatArray:
        """float64[crossings], persons who wait now, 1 where a button was pressed; NaN where nobody can tell."""
        ...


@runtime_checkable
class CrossingPort(Port, Protocol):
    """A street with detectors on its crossings."""

    def watch_on_crossing(self, ids: Sequence[str]) -> None:
        """Choose the crossings of `read_on_crossing`, in its order, by their edges. Called once."""
        ...

    def read_on_crossing(self) -> FloatArray:
        """float64[crossings], persons on each now, 1 where somebody is; NaN where nobody can tell."""
        ...


@runtime_checkable
class ProgramPort(Port, Protocol):
    """A street whose signals have programs of their own that they can be left to."""

    def leave(self, signal_id: str, program_id: str, state: str) -> None:
        """Have a signal run a program of its own from now on, until the next order; it shows ``state`` first."""
        ...


@runtime_checkable
class RequestPort(Port, Protocol):
    """A street that tells who asks for green."""

    def watch_requests(self, links: Mapping[tuple[str, int], int], kinds: Sequence[RequestClass]) -> None:
        """Choose who may ask for which links, by (signal, link of it); values: what `read_requests` calls them.

        Called again where they are numbered anew.
        """
        ...

    def read_requests(self) -> Rows:
        """Messages since the last call, `signal_core.requests.REQUEST` records."""
        ...


class PassingPort(Generic[Inner]):
    """A `Port` in front of another one, which everything is passed on to; what changes something is derived from it."""

    def __init__(self, port: Inner) -> None:
        self.port = port

    @property
    def time_s(self) -> float:
        return self.port.time_s

    @property
    def sampled_s(self) -> float:
        return self.port.sampled_s

    def watch_loops(self, ids: Sequence[str]) -> None:
        self.port.watch_loops(ids)

    def read_loops(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        return self.port.read_loops()

    def watch_signals(self, ids: Sequence[str]) -> None:
        self.port.watch_signals(ids)

    def shown_states(self) -> list[str]:
        return self.port.shown_states()

    def set_state(self, signal_id: str, state: str) -> None:
        self.port.set_state(signal_id, state)

    def leave(self, signal_id: str, program_id: str, state: str) -> None:
        if isinstance(self.port, ProgramPort):
            self.port.leave(signal_id, program_id, state)


class PassingSimulation(PassingPort[VehiclePort]):
    """The same in front of a simulation."""

    def step_to(self, time_s: float) -> None:
        self.port.step_to(time_s)

    def watch_lanes(self, stretches: Sequence[tuple[str, float]]) -> None:
        self.port.watch_lanes(stretches)

    def read_lanes(self) -> tuple[FloatArray, FloatArray]:
        return self.port.read_lanes()

    def watch_crossings(self, ids: Sequence[str]) -> None:
        self._crossings = len(ids)
        if isinstance(self.port, WalkerPort):
            self.port.watch_crossings(ids)

    def watch_requests(self, links: Mapping[tuple[str, int], int], kinds: Sequence[RequestClass]) -> None:
        if isinstance(self.port, RequestPort):
            self.port.watch_requests(links, kinds)

    def read_requests(self) -> Rows:
        return self.port.read_requests() if isinstance(self.port, RequestPort) else np.zeros(0, REQUEST)

    def read_waiting(self) -> FloatArray:
        return self.port.read_waiting() if isinstance(self.port, WalkerPort) else np.full(self._crossings, np.nan)

    def watch_on_crossing(self, ids: Sequence[str]) -> None:
        self._on_crossing = len(ids)
        if isinstance(self.port, CrossingPort):
            self.port.watch_on_crossing(ids)

    def read_on_crossing(self) -> FloatArray:
        if isinstance(self.port, CrossingPort):
            return self.port.read_on_crossing()
        return np.full(self._on_crossing, np.nan)
