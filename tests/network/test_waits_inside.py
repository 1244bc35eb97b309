"""Who waits inside a junction, and the next behind him: by SUMO's internal lanes, phase by phase."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from network.arrays import intersection
from network.build import build_signals
from network.loops.detectors import lay_out
from network.program.programs import read_programs
from network.program.signals import Signal
from network.roads.reader import read_network
from scenarios.generated import GridPlan, write_scenario
from signal_core.tables.arrays import BoolArray


def crossing(folder: Path, row_lanes: int) -> tuple[Signal, BoolArray]:
    """One signal; columns of a single lane cross a road of so many lanes and one for left turns, each way."""
    plan = GridPlan(columns=1, rows=1, row_lanes=row_lanes, column_turn_lanes=False, end_s=60)
    net = write_scenario(folder, plan).parent / "arterial.net.xml"
    network = read_network(net)
    (signal,) = build_signals(network, read_programs([net]), "resco").values()
    shown = signal.with_added()
    inside = intersection(shown, lay_out(network, {signal.id: signal})).has_sneakers
    assert inside is not None
    return shown, inside


def test_left_turns_wait_inside_the_junction_and_nobody_else(tmp_path: Path) -> None:
    signal, _ = crossing(tmp_path, 2)
    for link in signal.links:
        assert (link.waits_m > 1.0) == (link.direction == "l")
        assert link.waits_m < link.length_m


def test_a_lane_is_marked_where_it_yields_to_somebody_with_green(tmp_path: Path) -> None:
    signal, inside = crossing(tmp_path, 2)
    assert inside.any()
    for p, phase in enumerate(signal.phases):
        for k, lane in enumerate(signal.lanes):
            if inside[p, k]:
                yielding = [i for i in lane.links if phase.state[i] == "g"]
                against = np.flatnonzero(signal.yields_to[yielding].any(axis=0))
                assert any(phase.state[j] in "gG" for j in against)
    columns = [k for k, lane in enumerate(signal.lanes) if len(lane.links) == 3]
    assert len(columns) == 2
    both = next(p for p, phase in enumerate(signal.phases) if all(
        any(phase.state[i] == "g" for i in signal.lanes[k].links) for k in columns))
    assert inside[both, columns].all()
    alone = [p for p, phase in enumerate(signal.phases) if all(
        phase.state[i] == "G" for i in signal.lanes[columns[0]].links)]
    assert alone
    assert not inside[alone][:, columns[0]].any()


@pytest.mark.parametrize(("row_lanes", "caught"), [(1, False), (2, True)])
def test_in_a_small_junction_the_next_stands_before_the_line(tmp_path: Path, row_lanes: int, caught: bool) -> None:
    signal, inside = crossing(tmp_path, row_lanes)
    columns = [k for k, lane in enumerate(signal.lanes) if len(lane.links) == 3 and lane.id.startswith(("1x0", "1x2"))]
    assert inside[:, columns].any() == caught
