"""Ways shorter than a vehicle: which plans keep them clear, and which links lead there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np
import pytest

from network.loops.detectors import lay_out
from network.program.signals import Interval, Program, Signal
from network.program.tight_plans import keeps_clear
from tests.network.conftest import Built
from tests.network.roads.test_short_ways import read, row


def running(signal: Signal, *rows: tuple[float, Collection[int]], offset_s: float = 0.0, kind: str = "static",
            lamp: str = "G") -> Signal:
    """The signal with a plan of so many seconds each, in which these links are green."""
    intervals = tuple(Interval("".join(lamp if i in green else "r" for i in range(signal.n_links)), s, s, s)
                      for s, green in rows)
    return replace(signal, program=Program(signal.id, "0", kind, offset_s, intervals, {}))


def test_a_plan_keeps_a_way_clear_where_who_is_let_in_goes_on(built: Built) -> None:
    _, signals, _ = read(built(*row(20.0)))
    a, b = signals["a"], signals["b"]
    links = next(lane.links for lane in b.lanes if lane.id == "ab_0")
    before = running(a, (20.0, [3]), (30.0, []))
    assert keeps_clear(before, 3, running(b, (20.0, links), (30.0, [])), links)
    assert keeps_clear(before, 3, running(b, (25.0, links), (25.0, []), offset_s=48.0), links)
    assert not keeps_clear(before, 3, running(b, (20.0, links), (30.0, []), offset_s=10.0), links)
    assert not keeps_clear(before, 3, running(b, (20.0, links[:1]), (30.0, [])), links)
    assert not keeps_clear(before, 3, running(b, (20.0, links), (31.0, [])), links)
    assert not keeps_clear(before, 3, running(b, (20.0, links), (30.0, []), kind="actuated"), links)
    assert not keeps_clear(before, 2, running(b, (20.0, links), (30.0, [])), links)


def test_who_gives_way_to_traffic_does_not_go_on(built: Built) -> None:
    _, signals, _ = read(built(*row(20.0)))
    a, b = signals["a"], signals["b"]
    driven = [i for lane in b.lanes for i in lane.links]
    turn, other = next((i, j) for i, j in np.argwhere(b.yields_to).tolist() if i in driven and j in driven)
    before = running(a, (20.0, [3]), (30.0, []))
    assert keeps_clear(before, 3, running(b, (20.0, [turn]), (30.0, []), lamp="g"), [turn])
    assert not keeps_clear(before, 3, running(b, (20.0, [turn, other]), (30.0, []), lamp="g"), [turn])


@pytest.mark.parametrize(("distance_m", "is_tight"), [(20.0, True), (40.0, False)])
def test_links_onto_a_tight_way_are_named(built: Built, distance_m: float, is_tight: bool) -> None:
    network, signals, _ = read(built(*row(distance_m)))
    every = {name: running(signal, (20.0, range(signal.n_links)), (20.0, [])) for name, signal in signals.items()}
    (own,) = (own for own in lay_out(network, every).lane_loops["b"] if own.lane.id == "ab_0")
    lamps = {link.index: link.from_lane for link in signals["a"].links if link.to_lane == "ab_0"}
    loops = lay_out(network, every).loops
    assert [lamps[link] for link in own.before_links if link >= 0] == (
        [loops[loop].lane_id for loop, _, _ in own.before] if is_tight else [])
    assert own.before
