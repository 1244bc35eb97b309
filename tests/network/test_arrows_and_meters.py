"""Turning right on red stays as the program has it, and a signal that only meters traffic is left to its program."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from network.build import build_signals
from network.program.programs import read_programs
from network.program.signals import Interval, Program
from network.roads.reader import Network, read_network

from .conftest import Built

CROSSROADS = (
    '<node id="c" x="0" y="0" type="traffic_light"/>'
    '<node id="n" x="0" y="200"/><node id="e" x="200" y="0"/><node id="s" x="0" y="-200"/>'
    '<node id="w" x="-200" y="0"/>',
    "".join(f'<edge id="{a}c" from="{a}" to="c"/><edge id="c{a}" from="c" to="{a}"/>' for a in "nesw"),
)
METER = (
    '<node id="a" x="0" y="0"/><node id="m" x="200" y="0" type="traffic_light"/><node id="b" x="400" y="0"/>',
    '<edge id="am" from="a" to="m" numLanes="2"/><edge id="mb" from="m" to="b" numLanes="2"/>',
)


MERGING_METER = (
    METER[0],
    '<edge id="am" from="a" to="m" numLanes="2"/><edge id="mb" from="m" to="b"/>',
    '<connection from="am" to="mb" fromLane="0" toLane="0"/><connection from="am" to="mb" fromLane="1" toLane="0"/>',
)


def _with_arrows(network: Network, program: Program) -> Program:
    """Right turns after a stop in every row that shows them red, but for the clearance after their own yellow."""
    right = {link.index for link in network.links["c"] if link.direction == "r"}
    rows: list[Interval] = []
    for row in program.intervals:
        lamps = ["s" if i in right and lamp == "r" else lamp for i, lamp in enumerate(row.state)]
        rows.append(replace(row, state="".join(lamps)))
    return replace(program, intervals=tuple(rows))


def _crossroads(net: Path) -> tuple[Network, Program]:
    network = read_network(net)
    return network, _with_arrows(network, read_programs([net])["c"])


def test_what_no_phase_of_the_program_shows_red_is_red_in_none(built: Built) -> None:
    network, program = _crossroads(built(*CROSSROADS))
    signal = build_signals(network, {"c": program})["c"]
    turning = [i for i in range(signal.n_links) if any(phase.state[i] == "s" for phase in signal.phases)]
    assert len(turning) == 4
    assert len(signal.added) > 1
    assert not any(phase.state[i] == "r" for phase in (*signal.phases, *signal.added) for i in turning)


def test_it_can_be_forbidden(built: Built) -> None:
    network, program = _crossroads(built(*CROSSROADS))
    allowed, forbidden = (build_signals(network, {"c": program}, right_on_red=each)["c"] for each in (True, False))
    assert not any("s" in phase.state for phase in (*forbidden.phases, *forbidden.added))
    assert [phase.state.replace("s", "r") for phase in allowed.phases] == [phase.state for phase in forbidden.phases]


@pytest.mark.parametrize("meter", [METER, MERGING_METER], ids=["side by side", "lanes that merge behind it"])
def test_a_meter_is_left_alone(meter: tuple[str, ...], built: Built) -> None:
    net = built(*meter)
    network, program = read_network(net), read_programs([net])["m"]
    taking_turns = tuple(Interval(state, 2.0, 2.0, 2.0) for state in ("Gr", "yr", "rr", "rG", "ry", "rr"))
    signal = build_signals(network, {"m": replace(program, intervals=taking_turns)})["m"]
    assert "meters" in signal.left_alone
