"""A second of control is never shorter than 1 s, whatever SUMO's step; both backends and runs in pieces agree."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from controllers.base import IntArray, Observation, Wrapper
from controllers.driving.drive import Drive
from controllers.registry import get
from controllers.sumo.port import Backend, SumoPort
from network.build import build_signals
from network.loops.detectors import lay_out, write_additional
from network.program.programs import read_programs
from network.roads.reader import read_network
from scenarios.generated import GridPlan, write_scenario
from signal_core.settings import Settings

END_S = 60.0
PLAN = GridPlan(columns=2, rows=1, spacing_m=150.0, row_lanes=1, row_vph=500.0, column_vph=300.0, end_s=int(END_S))
Told = tuple[float, float, tuple[int, ...]]


class Listener(Wrapper):
    """Keeps when it was asked, how many vehicles came onto loops since, and what it wanted."""

    def __init__(self) -> None:
        super().__init__(get("max_pressure").make(Settings()))
        self.told: list[Told] = []

    def decide(self, seen: Observation, wanted: IntArray) -> int:
        decisions = super().decide(seen, wanted)
        self.told.append((seen.time_s, float(seen.entered.sum()), tuple(wanted.tolist())))
        return decisions


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A .sumocfg with two signals."""
    return write_scenario(tmp_path_factory.mktemp("steps"), PLAN, seed=3, name="small")


def told(world: Path, step_s: str, backend: Backend = "libsumo", piece_s: float = END_S) -> list[Told]:
    """What the controller was told, driven in pieces of the run."""
    net, loops = world.with_suffix(".net.xml"), world.with_name("loops.add.xml")
    network = read_network(net)
    signals = build_signals(network, read_programs([net]), "plan")
    layout = lay_out(network, signals)
    write_additional(layout, loops)
    options = ["--no-warnings", "--no-step-log", "--step-length", step_s]
    port = SumoPort(backend, ["-c", str(world), "-a", str(loops), *options])
    port.start()
    listener = Listener()
    try:
        drive = Drive(port, listener, tuple(signals.values()), layout, Settings(), "plan")
        until_s = 0.0
        while until_s < END_S:
            until_s = min(END_S, until_s + piece_s)
            drive.run(until_s)
    finally:
        port.close()
    return listener.told


@pytest.mark.parametrize(("step_s", "second_s"), [("1", 1.0), ("0.5", 1.0), ("0.3", 1.2), ("0.7", 1.4)])
def test_a_second_is_never_shorter_than_counted(world: Path, step_s: str, second_s: float) -> None:
    lengths = np.diff([time_s for time_s, _, _ in told(world, step_s)])
    assert len(lengths) > 40
    assert lengths == pytest.approx(second_s)


def test_backends_and_runs_in_pieces_decide_alike(world: Path) -> None:
    whole = told(world, "0.7")
    assert sum(entered for _, entered, _ in whole) > 20
    assert told(world, "0.7", "traci") == whole
    assert told(world, "0.7", piece_s=7.5) == whole
