"""A lamp that a crossing shares with vehicles: who waits on foot is known, and so is who waits at the line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from controllers.driving.walkers import walkers_of
from controllers.port import FloatArray
from network.build import build_signals
from network.program.programs import read_programs
from network.program.signals import Signal
from network.roads.reader import read_network
from signal_core.engine import Engine
from signal_core.tables.arrays import GREEN, RED
from tests.controllers.midblock import write_midblock
from tests.controllers.ports import BarePort
from tests.kernels.approaches import marks, two_approaches

CAR, CROSSING = 0, 2


class Told(BarePort):
    """A street that tells of everybody who waits on foot."""

    def watch_crossings(self, ids: list[str]) -> None:
        self.crossings = list(ids)

    def read_waiting(self) -> FloatArray:
        return np.full(len(self.crossings), 2.0)


def _shared(folder: Path, from_lane: str | None = None) -> Signal:
    """The crossing has the lamp of one of the lanes; from_lane: that this one is another."""
    net = write_midblock(folder, 0.0).with_suffix(".net.xml")
    signal = build_signals(read_network(net), read_programs([net]))["X"]
    links = [replace(link, index=CROSSING, from_lane=from_lane or link.from_lane) if link.index == CAR else link
             for link in signal.links]
    return replace(signal, links=tuple(links))


def test_who_waits_on_foot_is_told(tmp_path: Path) -> None:
    found = walkers_of(Told(), [_shared(tmp_path)])  # type: ignore[arg-type]
    assert found is not None
    assert np.isnan(found.calls()[:CROSSING]).all()
    assert found.calls()[CROSSING] == 2.0


def test_not_where_somebody_waits_inside_the_junction_whom_no_loop_sees(tmp_path: Path) -> None:
    assert walkers_of(Told(), [_shared(tmp_path, ":X_7_0")]) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(("stands", "walks"), [(False, 0.0), (True, 0.0), (False, 1.0)])
def test_the_interlock_is_told_of_both(stands: bool, walks: float) -> None:
    shared = replace(two_approaches(), unwatched=np.array([False, True]))
    engine, nobody = Engine([shared], np.array([GREEN, RED], dtype=np.uint8)), marks(())
    for second in range(4):
        engine.step(nobody, nobody, marks((3,)) if stands else nobody, float(second), calls=[np.nan, walks])
        called = engine.sequencer.state.called_s[1] > 0
        waited = engine.interlock.waited_s[1] > 0
        if second == 3:  # the lamp is red yet; on foot, only who waits too long
            assert (called, waited) == (walks > 0, stands)
