"""A controller in a process of its own that reaches the street over a pipe, so that it can be killed and SUMO lives."""

from __future__ import annotations

from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from controllers.driving.drive import Drive
from controllers.port import FloatArray
from controllers.registry import get
from controllers.sumo.port import SumoPort
from network.loops.detectors import Layout
from network.program.signals import Signal
from network.safety.clearance import Protocol
from signal_core.settings import Settings


class RemotePort:
    """A `SteppedPort` over a pipe."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    @property
    def time_s(self) -> float:
        return float(self.ask("time_s"))

    @property
    def sampled_s(self) -> float:
        return float(self.ask("sampled_s"))

    def watch_loops(self, ids: Sequence[str]) -> None:
        self.ask("watch_loops", ids)

    def read_loops(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        entered, left, occupancy = self.ask("read_loops")
        return entered, left, occupancy

    def watch_signals(self, ids: Sequence[str]) -> None:
        self.ask("watch_signals", ids)

    def shown_states(self) -> list[str]:
        return list(self.ask("shown_states"))

    def set_state(self, signal_id: str, state: str) -> None:
        self.ask("set_state", signal_id, state)

    def step_to(self, time_s: float) -> None:
        self.ask("step_to", time_s)

    def ask(self, *question: Any) -> Any:
        self._pipe.send(question)
        return self._pipe.recv()


def control(pipe: Connection, signals: Sequence[Signal], layout: Layout, protocol: Protocol, journal: Path,
            end_s: float) -> None:
    """Drive until the end, or until somebody ends this process."""
    port = RemotePort(pipe)
    drive = Drive(port, get("adaptive").make(Settings()), signals, layout, Settings(), protocol,
                  journal=journal)
    port.ask("resumed", drive.record.resumed_s, drive.engine.sequencer.state.green_s.tolist())
    record = drive.run(end_s)
    port.ask("over", record.interlock_trips, record.notes)


def serve(port: SumoPort, pipe: Connection, until_s: float) -> list[tuple[Any, ...]]:
    """Answer until the street is at `until_s` or the controller is done; what the controller said of itself."""
    said: list[tuple[Any, ...]] = []
    while port.time_s < until_s:
        question = pipe.recv()
        name, arguments = question[0], question[1:]
        if name in ("resumed", "over"):
            said.append(question)
            pipe.send(None)
            if name == "over":
                break
            continue
        found = getattr(port, name)
        pipe.send(found(*arguments) if callable(found) else found)
    return said
