"""What is a port, and what a drive makes of one that is less than a simulation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from controllers.driving.drive import Drive
from controllers.logs.taping import ReplayPort, TapingPort
from controllers.port import FloatArray, PassingPort, PassingSimulation, Port, SteppedPort, VehiclePort
from controllers.registry import get
from controllers.sumo.port import SumoPort
from network.loops.detectors import Layout
from signal_core.settings import Settings
from tests.controllers.ports import BarePort


class Cabinet:
    """The least there is: a port with a clock of its own, of a street without signals."""

    def __init__(self) -> None:
        self.time_s = 0.0
        self.sampled_s = 0.0
        self.readings = 0

    def watch_loops(self, ids: Sequence[str]) -> None:
        assert not ids

    def read_loops(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        self.readings += 1
        return np.zeros(0), np.zeros(0), np.zeros(0)

    def watch_signals(self, ids: Sequence[str]) -> None:
        assert not ids

    def shown_states(self) -> list[str]:
        return []

    def set_state(self, signal_id: str, state: str) -> None:
        raise AssertionError("there is no signal")


def drive_of(port: Port, name: str = "adaptive") -> Drive:
    return Drive(port, get(name).make(Settings()), (), Layout((), {}), Settings(), "plan")


def test_a_port_with_a_clock_of_its_own_is_driven_second_by_second() -> None:
    port = Cabinet()
    drive = drive_of(port)
    for _ in range(5):
        drive.second()
        port.time_s += 1.0
    assert port.readings == 5
    with pytest.raises(TypeError, match="Cabinet: its time cannot be stepped"):
        drive.run(10.0)


def test_a_controller_that_sees_vehicles_needs_a_port_that_shows_them() -> None:
    with pytest.raises(TypeError, match="MaxPressure sees vehicles, and Cabinet shows none"):
        drive_of(Cabinet(), "max_pressure")


@pytest.mark.parametrize("kind", [SumoPort, TapingPort, PassingSimulation, BarePort])
def test_simulations_show_vehicles(kind: type) -> None:
    missing = [name for name in dir(VehiclePort) if not name.startswith("_") and not hasattr(kind, name)]
    assert set(missing) <= {"time_s", "sampled_s"}  # which may be attributes


def test_what_is_in_front_of_a_port_is_no_more_than_it() -> None:
    assert isinstance(PassingSimulation(BarePort()), VehiclePort)
    assert not isinstance(PassingPort(Cabinet()), SteppedPort)
    assert not hasattr(ReplayPort, "read_lanes")


def test_everything_is_passed_on() -> None:
    inner = BarePort()
    port = PassingSimulation(inner)
    port.step_to(7.0)
    assert (port.time_s, port.sampled_s, inner.time_s) == (7.0, 7.0, 7.0)
    for call in (lambda: port.watch_loops([]), port.read_loops, lambda: port.watch_signals([]), port.shown_states,
                 lambda: port.set_state("a", "G"), lambda: port.watch_lanes([]), port.read_lanes):
        with pytest.raises(NotImplementedError):
            call()
