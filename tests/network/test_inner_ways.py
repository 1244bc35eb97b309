"""Ways between the junctions of one signal on which nobody has room: who goes there needs green at the end, too."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from network.arrays import intersection
from network.build import build_signals
from network.loops.detectors import lay_out
from network.program.programs import read_programs
from network.program.signals import Signal
from network.roads.reader import read_network
from signal_core.tables.intersection import Intersection

from .conftest import Built

SIGNAL = 'type="traffic_light" tl="t"'
WAYS = [("W", "a", 2), ("a", "E", 1), ("F", "b", 1), ("b", "X", 1), ("S", "a", 1), ("a", "b", 1), ("b", "N", 1)]
TURNS = [("Wa", 0, "aE"), ("Wa", 1, "ab"), ("Sa", 0, "ab"), ("ab", 0, "bN"), ("Fb", 0, "bX")]


def _median(built: Built, width_m: float) -> Path:
    """A road of two halves with room for so much between them; who turns left from the one crosses the other."""
    nodes = "".join(f'<node id="{name}" x="{x}" y="{y}"/>' for name, x, y in [
        ("W", -200, 0), ("E", 200, 0), ("S", 0, -200), ("F", 200, width_m), ("X", -200, width_m),
        ("N", 0, width_m + 200)])
    nodes += f'<node id="a" x="0" y="0" {SIGNAL}/><node id="b" x="0" y="{width_m}" {SIGNAL}/>'
    edges = "".join(f'<edge id="{a}{b}" from="{a}" to="{b}" numLanes="{n}" speed="13.9"/>' for a, b, n in WAYS)
    return built(nodes, edges, "".join(f'<connection from="{a}" to="{b}" fromLane="{k}" toLane="0"/>'
                                       for a, k, b in TURNS))


def _read(path: Path) -> tuple[Signal, Intersection]:
    network = read_network(path)
    signals = build_signals(network, read_programs([path]))
    signal = signals["t"].with_added()
    return signal, intersection(signal, lay_out(network, signals))


def _green(signal: Signal, lane_id: str) -> list[bool]:
    links = next(lane.links for lane in signal.lanes if lane.id == lane_id)
    return [any(phase.state[i] in "Gg" for i in links) for phase in signal.phases]


def _served(signal: Signal, found: Intersection, lane_id: str) -> list[bool]:
    k = [lane.id for lane in signal.lanes].index(lane_id)
    return (found.service_vps[:, k] > 0.0).tolist()  # type: ignore[no-any-return]


@pytest.mark.parametrize(("width_m", "has_room"), [(18.0, False), (45.0, True)])
def test_who_turns_into_a_median_without_room_is_served_where_its_end_is_green(
    built: Built, width_m: float, has_room: bool
) -> None:
    signal, found = _read(_median(built, width_m))
    turns, end = _green(signal, "Wa_1"), _green(signal, "ab_0")
    closed = [goes and not on for goes, on in zip(turns, end, strict=True)]
    assert any(closed), "a phase lets vehicles into the median that do not get out of it"
    assert has_room or any(goes and on for goes, on in zip(turns, end, strict=True))
    assert _served(signal, found, "Wa_1") == [
        goes and (on or has_room) for goes, on in zip(turns, end, strict=True)]
    assert _served(signal, found, "Wa_0") == _green(signal, "Wa_0")


def test_where_no_phase_lets_them_through_they_are_served_as_far_as_the_median(built: Built) -> None:
    path = _median(built, 18.0)
    signal, _ = _read(path)
    apart = [phase for phase, turns, end in zip(
        signal.phases, _green(signal, "Wa_1"), _green(signal, "ab_0"), strict=True) if not (turns and end)]
    alone = replace(signal, phases=tuple(replace(phase, part_of=-1) for phase in apart))
    network = read_network(path)
    found = intersection(alone, lay_out(network, {"t": alone}))
    assert _served(alone, found, "Wa_1") == _green(alone, "Wa_1")
    assert np.any(_green(alone, "Wa_1"))
