"""When a lane discharges after a change: its movements may get green one after the other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from network.arrays import intersection
from network.build import build_signals
from network.loops.detectors import Layout, lay_out
from network.program.programs import read_programs
from network.program.signals import Signal
from network.roads.reader import read_network
from signal_core.tables.arrays import NEVER, IntArray
from signal_core.tables.changes import play_changes
from signal_core.tables.intersection import Intersection
from signal_core.tables.letters import encode

from .conftest import Grid

SHARE = {"s": 0.6, "r": 0.2, "l": 0.2}
RATE = {"s": 0.53, "r": 0.45, "l": 0.48}
YIELDING = 0.6


def _signal(grid: Grid) -> tuple[Signal, Layout]:
    path = grid(3, "-L", "1", "--no-turnarounds", "true", "--tls.left-green.time", "0")
    network = read_network(path)
    signals = build_signals(network, read_programs([path]), "resco")
    signal = signals["B1"].with_added()
    return signal, lay_out(network, {"B1": signal})


def _link_lag(signal: Signal, built: Intersection) -> IntArray:
    codes, home = built.phase_codes, built.home
    return play_changes(codes, built.conflicts, built.yellow_s, built.intergreen_s, built.min_green_s, home=home)[0]


def _rate(signal: Signal, state: str, links: dict[int, str], green: set[int]) -> float:
    """Vehicles per second of a lane of which only some links move."""
    open_ = {i: turn for i, turn in links.items() if i in green and state[i] in "gG"}
    if not open_:
        return 0.0
    seconds = 0.0
    for i, turn in open_.items():
        opposed = any(signal.yields_to[i, j] and state[j] == "G" for j in range(len(state)))
        seconds += SHARE[turn] / (RATE[turn] * (YIELDING if state[i] == "g" and opposed else 1.0))
    return sum(SHARE[turn] for turn in open_.values()) ** 3 / seconds


def test_what_a_lane_loses_until_all_its_movements_have_green(grid: Grid) -> None:
    signal, layout = _signal(grid)
    built = intersection(signal, layout)
    lag_s, mixed = _link_lag(signal, built), 0
    states = [phase.state for phase in signal.phases]
    for a in range(len(states)):
        for b, state in enumerate(states):
            for k, lane in enumerate(signal.lanes):
                links = dict(zip(lane.links, lane.directions, strict=True))
                starts = {i: int(lag_s[a, b, i]) for i in links}
                whole = _rate(signal, state, links, {i for i, s in starts.items() if s < NEVER})
                if whole == 0.0:
                    assert built.start_lag_s[a, b, k] == NEVER
                    continue
                lost = 0.0
                for second in range(max(s for s in starts.values() if s < NEVER)):
                    now = _rate(signal, state, links, {i for i, s in starts.items() if s <= second})
                    lost += 1.0 - min(1.0, now / whole)
                assert built.start_lag_s[a, b, k] == round(lost), (states[a], state, lane.id)
                mixed += len({s for s in starts.values() if s < NEVER}) > 1
    assert mixed


def test_a_turn_that_starts_at_once_does_not_start_its_lane(grid: Grid) -> None:
    signal, layout = _signal(grid)
    built = intersection(signal, layout)
    lag_s = _link_lag(signal, built)
    early = [(a, b, k) for a, b, k in np.argwhere(built.start_lag_s == 3).tolist()
             if min(lag_s[a, b, list(signal.lanes[k].links)]) == 0]
    assert early
    for a, b, k in early:
        links = signal.lanes[k].links
        at_once = [i for i in links if lag_s[a, b, i] == 0]
        assert {signal.lanes[k].directions[links.index(i)] for i in at_once} <= {"l", "r"}
        assert encode(signal.phases[a].state)[at_once[0]] == 0


def test_what_the_program_lets_a_lane_discharge_counts_green_that_goes_on_through_a_change(grid: Grid) -> None:
    path = grid(3, "-L", "1", "--no-turnarounds", "true", "--tls.left-green.time", "0")
    network, programs = read_network(path), read_programs([path])
    program = programs["B1"]
    green, yellow, *others = program.intervals
    half = len(green.state) // 2
    ends = replace(yellow, duration_s=4.0, state=yellow.state[:half] + green.state[half:])
    alone = replace(green, duration_s=9.0, state="r" * half + green.state[half:])
    later = replace(yellow, state="r" * half + yellow.state[half:])
    rows = (green, ends, alone, later, *others)
    signal = build_signals(network, {"B1": replace(program, intervals=rows)}, "plan")["B1"]
    built = intersection(signal, lay_out(network, {"B1": signal}))
    longer = 0
    for k, lane in enumerate(signal.lanes):
        links = dict(zip(lane.links, lane.directions, strict=True))
        sent = [row.duration_s * _rate(signal, row.state, links, set(links)) for row in rows]
        assert built.claim_vps is not None
        assert built.claim_vps[k] == pytest.approx(sum(sent) / sum(row.duration_s for row in rows))
        longer += sent[1] > 0.0
    assert longer
    assert built.cycle_s == sum(row.duration_s for row in rows)
