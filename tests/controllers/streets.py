"""Short runs of a controller on a world of our own, with what it wanted written down every second."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from controllers.base import Controller, IntArray, Observation, Site, Wrapper
from controllers.driving.drive import Drive, DriveRecord
from controllers.registry import get, settings_for
from controllers.sumo.port import SumoPort
from network.build import build_signals
from network.loops.detectors import lay_out, write_additional
from network.program.programs import read_programs
from network.roads.reader import read_network
from network.safety.clearance import Protocol
from scenarios.generated import GridPlan, write_scenario
from signal_core.settings import Settings


class Notebook(Wrapper):
    """Keeps what a controller wanted, and what `look` found in it then."""

    def __init__(self, inner: Controller, look: Callable[[Controller], list[int]]) -> None:
        super().__init__(inner)
        self.look = look
        self.wanted: list[list[int]] = []
        self.looked: list[list[int]] = []

    def decide(self, seen: Observation, wanted: IntArray) -> int:
        decisions = super().decide(seen, wanted)
        self.wanted.append(wanted.tolist())
        self.looked.append(self.look(self.inner))
        return decisions


@dataclass(frozen=True)
class Street:
    """A run. wanted: int64[seconds, signals]; looked: one entry per second; trips: vehicles that came home."""

    controller: Controller
    site: Site
    record: DriveRecord
    wanted: NDArray[np.int64]
    looked: list[list[int]]
    trips: int

    def changes(self, i: int = 0) -> list[tuple[int, int]]:
        """(second, phase) of every change of signal i."""
        column = self.wanted[:, i].tolist()
        return [(t, column[t]) for t in range(1, len(column)) if column[t] != column[t - 1]]

    def serves(self, road: str, i: int = 0) -> set[int]:
        """Phases of signal i that give green to a lane of the roads whose ids begin with `road`."""
        signal = self.site.signals[i]
        links = {j for lane in signal.lanes if lane.id.startswith(road) for j in lane.links}
        return {p for p, phase in enumerate(signal.phases) if any(phase.state[j] in "Gg" for j in links)}


def drive(folder: Path, name: str, plan: GridPlan, protocol: Protocol = "resco",
          look: Callable[[Controller], list[int]] = lambda controller: [], journal: Path | None = None) -> Street:
    """Run controller `name` for as long as the plan lasts."""
    return drive_on(write_scenario(folder, plan, 1, "street"), name, plan.end_s, protocol, look, journal)


def drive_on(config: Path, name: str, end_s: float, protocol: Protocol = "resco",
             look: Callable[[Controller], list[int]] = lambda controller: [], journal: Path | None = None,
             more: Sequence[Path] = ()) -> Street:
    """Run controller `name` on a world of our own until `end_s`; more: additional files."""
    folder, net, loops = config.parent, config.with_suffix(".net.xml"), config.with_name("loops.add.xml")
    network = read_network(net)
    signals = build_signals(network, read_programs([net]), protocol)
    layout = lay_out(network, signals)
    write_additional(layout, loops)
    options = ["--no-warnings", "--no-step-log", "--seed", "1", "--time-to-teleport", "-1"]
    statistics = folder / "statistics.xml"
    files = ",".join(map(str, [loops, *more]))
    port = SumoPort("libsumo", ["-c", str(config), "-a", files, "--statistic-output", str(statistics), *options])
    port.start()
    notebook = Notebook(get(name).make(settings_for(name, Settings())), look)
    try:
        run = Drive(port, notebook, tuple(signals.values()), layout, Settings(), protocol, journal=journal)
        record = run.run(end_s)
        left = port.expected()
    finally:
        port.close()
    inserted = statistics.read_text(encoding="utf-8").split('inserted="')[1].split('"')[0]
    wanted = np.array(notebook.wanted, dtype=np.int64)
    return Street(notebook.inner, run.site, record, wanted, notebook.looked, int(inserted) - left)
