"""What plans count on beside a walk that rests: a turn loses what the HCM says, and nothing else changes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from network.arrays import BESIDE_WALKS_SHARE, intersection
from network.build import build_signals
from network.loops.detectors import lay_out
from network.program.programs import read_programs
from network.program.signals import Signal
from network.roads.reader import read_network
from signal_core.tables.discharge import PERMISSIVE_SHARE
from signal_core.tables.intersection import Intersection

from .conftest import Grid


@pytest.fixture
def both(grid: Grid) -> tuple[Signal, Intersection, Intersection]:
    """A signal with crossings, without and with walks that rest."""
    path: Path = grid(2, "--crossings.guess", "--sidewalks.guess", "true")
    network = read_network(path)
    signals = build_signals(network, read_programs([path]))
    signal = next(iter(signals.values())).with_added()
    layout = lay_out(network, signals)
    return signal, intersection(signal, layout), intersection(signal, layout, rests=True)


def _beside_walks_alone(signal: Signal, p: int, links: tuple[int, ...]) -> bool:
    """All of a lane that gives way in phase p does so to crossings, and to them alone."""
    walked = {link.index for link in signal.links if link.is_crossing}
    state = signal.phases[p].state
    met = [{j for j in range(signal.n_links) if signal.yields_to[i, j] and state[j] == "G"} for i in links
           if state[i] == "g"]
    return any(met) and all(each <= walked for each in met)


def test_turns_beside_a_walk_that_rests_lose_less(both: tuple[Signal, Intersection, Intersection]) -> None:
    signal, ends, rests = both
    found = 0
    for p in range(ends.n_phases):
        for k, lane in enumerate(signal.lanes):
            now, then = ends.service_vps[p, k], rests.service_vps[p, k]
            if _beside_walks_alone(signal, p, lane.links):
                assert now < then <= now * BESIDE_WALKS_SHARE / PERMISSIVE_SHARE + 1e-9
                found += 1
            else:
                assert then == pytest.approx(now) or then > now  # some of its turns
    assert found > 0


def test_nothing_else_is_another_one(both: tuple[Signal, Intersection, Intersection]) -> None:
    _, ends, rests = both
    for name in ("phase_codes", "conflicts", "intergreen_s", "min_green_s", "min_split_s", "stop_loop"):
        assert np.array_equal(getattr(ends, name), getattr(rests, name)), name
    no_walk = [p for p in range(ends.n_phases) if not (ends.phase_codes[p] == 2).any()]
    assert np.array_equal(ends.service_vps[no_walk], rests.service_vps[no_walk])
