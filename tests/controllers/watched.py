"""Runs of adaptive control in which every shown second is kept, and in which somebody may meddle."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from controllers.driving.drive import Drive
from controllers.registry import get
from controllers.sumo.port import SumoPort
from network.build import build_signals
from network.loops.detectors import lay_out, write_additional
from network.program.programs import read_programs
from network.program.signals import Signal
from network.roads.reader import read_network
from network.safety.clearance import Protocol
from signal_core.settings import Settings

OFF = frozenset("oO")
DEFAULTS = Settings()


@dataclass
class Run:
    """What each signal showed, second by second, and what the drive said."""

    signals: list[Signal]
    shown: dict[str, list[str]]
    drive: Drive
    touched: dict[str, list[float]] = field(default_factory=dict)

    def back_s(self, signal_id: str, since_s: float) -> float:
        """Seconds from then on until the signal is lit, shows no two foes with priority, and has given a green."""
        (signal,) = (s for s in self.signals if s.id == signal_id)
        rows = self.shown[signal_id]
        for t in range(int(since_s) + 1, len(rows)):
            green = [i for i, lamp in enumerate(rows[t]) if lamp in "Gg" and rows[t - 1][i] not in "Gg"]
            if green and not OFF & set(rows[t]) and not OFF & set(rows[t - 1]):
                assert not any(signal.conflicts[i, j] for i in green for j in green if rows[t][i] == rows[t][j] == "G")
                return t - since_s
        return float("inf")


def nothing(time_s: float, port: SumoPort, found: Run) -> None:
    """Nobody else is there."""


def run(
    config: Path,
    net: Path,
    end_s: int,
    meddle: Callable[[float, SumoPort, Run], None] = nothing,
    protocol: Protocol = "plan",
    settings: Settings = DEFAULTS,
    more: Sequence[str] = (),
) -> Run:
    """Drive the network `net` with the demand beside `config` until `end_s`; meddle is called after every step."""
    network, loops = read_network(net), config.with_name("loops.add.xml")
    signals = build_signals(network, read_programs([net]), protocol)
    layout = lay_out(network, signals)
    write_additional(layout, loops)
    port = SumoPort("libsumo", ["-n", str(net), "-r", str(config.with_suffix(".rou.xml")), "-a", str(loops),
                                "--no-warnings", "--no-step-log", "--time-to-teleport", "-1", "-b", "0", *more])
    port.start()
    try:
        driven = Drive(port, get("adaptive").make(settings), tuple(signals.values()), layout, settings, protocol)
        found = Run(driven.signals, {i: [] for i in driven.lamps.ids}, driven)

        def look(time_s: float) -> None:
            for signal_id, state in zip(driven.lamps.ids, port.shown_states(), strict=True):
                found.shown[signal_id].append(state)
            meddle(time_s, port, found)

        driven.run(float(end_s), look)
    finally:
        port.close()
    return found
