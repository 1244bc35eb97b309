"""A street that is nothing but its port, for tests of what stands in front of one."""

from __future__ import annotations

from collections.abc import Sequence

from controllers.port import FloatArray


class BarePort:
    """A `VehiclePort` whose time is what it is set to; reading what a test does not give is a mistake of the test."""

    def __init__(self) -> None:
        self.time_s = 0.0
        self.sampled_s = 0.0

    def watch_loops(self, ids: Sequence[str]) -> None:
        raise NotImplementedError

    def read_loops(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        raise NotImplementedError

    def watch_signals(self, ids: Sequence[str]) -> None:
        raise NotImplementedError

    def shown_states(self) -> list[str]:
        raise NotImplementedError

    def set_state(self, signal_id: str, state: str) -> None:
        raise NotImplementedError

    def step_to(self, time_s: float) -> None:
        self.time_s = self.sampled_s = time_s

    def watch_lanes(self, stretches: Sequence[tuple[str, float]]) -> None:
        raise NotImplementedError

    def read_lanes(self) -> tuple[FloatArray, FloatArray]:
        raise NotImplementedError
