"""The fixed-time plan to fall back to is the program in the network, to the second, and only ever red or green."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from network.build import build_signals
from network.loops.detectors import lay_out
from network.loops.relations import relate_loops
from network.program.plans import ends_by_gaps, fixed_plan
from network.program.programs import read_programs
from network.program.signals import Interval, Signal
from network.roads.reader import read_network
from signal_core.tables.arrays import ARROW, GREEN, PERMISSIVE, RED
from signal_core.tables.letters import encode

MAPS = ("cologne1", "cologne8")


@pytest.mark.parametrize("name", MAPS)
def test_rows_are_the_programs_rows_without_yellow(shared_map: Callable[[str], Path], name: str) -> None:
    net = shared_map(name) / f"{name}.net.xml"
    signals = build_signals(read_network(net), read_programs([net]), "resco")
    for signal in signals.values():
        plan, rows = fixed_plan(signal), signal.program.intervals
        assert plan.duration_s.tolist() == [row.duration_s for row in rows]
        assert plan.offset_s == signal.program.offset_s
        assert set(np.unique(plan.codes)) <= {RED, PERMISSIVE, GREEN, ARROW}
        for codes, row in zip(plan.codes, rows, strict=True):
            shown = encode(row.state)
            moving = np.isin(shown, (GREEN, PERMISSIVE))
            assert (np.isin(codes, (GREEN, PERMISSIVE)) == moving).all()
            both = codes == GREEN
            assert not signal.conflicts[np.ix_(both, both)].any()


def test_rings_that_do_not_fit_are_run_as_phases_with_five_seconds_between(shared_map: Callable[[str], Path]) -> None:
    net = shared_map("cologne1") / "cologne1.net.xml"
    (signal,) = build_signals(read_network(net), read_programs([net])).values()
    garbled = replace(signal, program=replace(signal.program, kind="NEMA", parameters={}))
    own = [phase for phase in garbled.phases if phase.part_of < 0]
    assert fixed_plan(garbled).duration_s.tolist() == [phase.shown_s + 5.0 for phase in own]


def test_rows_of_a_program_that_follows_traffic_last_as_long_as_it_says(shared_map: Callable[[str], Path]) -> None:
    net = shared_map("cologne1") / "cologne1.net.xml"
    (name, program), = read_programs([net]).items()
    rows = [replace(row, min_s=5.0, max_s=50.0) if "G" in row.state and "y" not in row.state else row
            for row in program.intervals]

    def built(kind: str, intervals: list[Interval]) -> Signal:
        changed = replace(program, kind=kind, intervals=tuple(intervals))
        return build_signals(read_network(net), {name: changed}, "plan")[name]

    signal = built("actuated", rows)
    plan = fixed_plan(signal)
    assert plan.least_s is not None
    assert plan.most_s is not None
    assert ends_by_gaps(signal)
    assert list(zip(plan.least_s.tolist(), plan.most_s.tolist(), strict=True)) == [
        (row.min_s, row.max_s) if row.min_s < row.max_s else (row.duration_s,) * 2 for row in rows]
    assert any(plan.least_s < plan.most_s)
    branching = [replace(rows[0], next=(1, 2)), *rows[1:]]
    even = [replace(row, min_s=row.duration_s, max_s=row.duration_s) for row in rows]
    for other in (built("static", rows), built("actuated", even), built("actuated", branching)):
        assert not ends_by_gaps(other)
        assert fixed_plan(other).most_s is None


def test_loops_know_who_sees_the_same_vehicles(shared_map: Callable[[str], Path]) -> None:
    net = shared_map("cologne8") / "cologne8.net.xml"
    network = read_network(net)
    signals = list(build_signals(network, read_programs([net]), "resco").values())
    layout = lay_out(network, {signal.id: signal for signal in signals})
    relations = relate_loops(signals, layout)
    n = len(layout.loops)
    mates = {i: relations.mate[relations.mate_ptr[i]:relations.mate_ptr[i + 1]].tolist() for i in range(n)}
    for i in range(n):
        lags = relations.mate_lag_s[relations.mate_ptr[i]:relations.mate_ptr[i + 1]]
        for j, lag_s in zip(mates[i], lags, strict=True):
            assert i in mates[j]
            assert relations.signal[i] == relations.signal[j]
            assert (lag_s > 0) == (layout.loops[j].distance_m > layout.loops[i].distance_m)
        if relations.alone[i]:
            road = relations.cell // 3 == relations.cell[i] // 3
            assert max(np.bincount(relations.cell[road] % 3)) == 1
    assert any(mates.values())
    assert relations.alone.any()
