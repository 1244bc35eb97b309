"""What the checker asks of a change that no program makes: by hand, and beside the engine's own tables."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bench.audit import state_record
from bench.audit.layouts import read_layouts
from bench.audit.requirements import required
from bench.audit.ways import Way, corners, least_ms
from network.build import build_signals
from network.program.programs import read_programs
from network.roads.reader import read_network
from scenarios.generated import GridPlan, write_scenario

EAST = Way(((0.0, 0.0), (24.0, 0.0)), 10.0, 1.8, "east_0", False, False)
NORTH = Way(((12.0, -12.0), (12.0, 12.0)), 20.0, 1.8, "north_0", False, False)
WALK = Way(((20.0, -6.0), (20.0, 4.0)), 1.0, 4.0, ":w_0", False, True)


def test_who_is_last_is_out_before_who_is_first_is_there() -> None:
    """3 s, 14 + 5 m at 10 m/s, less 10 m at 20 m/s and the slack; who turns crosses the line a second sooner."""
    assert least_ms(EAST, NORTH, 3000) == 3400
    assert least_ms(replace(EAST, turns=True), NORTH, 3000) == 2400
    assert least_ms(EAST, replace(NORTH, mps=5.0), 3000) == 3000  # at 40 km/h all the same
    assert least_ms(EAST, replace(NORTH, corners=((90.0, -12.0), (90.0, 12.0))), 3000) == 0


def test_where_ways_merge_the_beginning_of_what_they_share_counts() -> None:
    joining = replace(NORTH, corners=((12.0, -12.0), (12.0, 0.0), (24.0, 0.0)))
    assert least_ms(EAST, joining, 3000) == 4400
    assert least_ms(EAST, replace(joining, end="east_0"), 3000) == 3000


def test_walkers_step_off_both_kerbs_and_ask_nothing_here_themselves() -> None:
    """3 s and 28 m; the nearer kerb is 1 m from what a car covers, 0.7 s of walking."""
    assert least_ms(EAST, WALK, 3000) == 3000 + 2800 - 667 - 1000
    assert least_ms(WALK, EAST, 3000) == 0


@pytest.mark.parametrize(("shape", "found"), [("1,2 3,4,5", ((1.0, 2.0), (3.0, 4.0))), ("1,x 2,3", ()), ("1 2", ())])
def test_a_shape_that_cannot_be_read_is_no_way(shape: str, found: object) -> None:
    assert corners(shape) == found


def test_of_a_town_it_asks_more_than_programs_say_and_no_more_than_the_engine_keeps(tmp_path: Path) -> None:
    write_scenario(tmp_path, GridPlan(columns=2, rows=2, crossings=True, end_s=60), name="town")
    net = next(tmp_path.glob("*.net.xml*"))
    signals = build_signals(read_network(net), read_programs([net]))
    programs, more = state_record.read_programs([net]), 0
    for signal_id, layout in read_layouts(net).items():
        asked = required(programs[signal_id][-1], layout, "plan").intergreen
        by_program = required(programs[signal_id][-1], replace(layout, ways={}), "plan").intergreen
        for j, foes in enumerate(layout.foes):
            for i in foes:
                assert asked[j][i] <= 1000 * signals[signal_id].intergreen_s[j, i]
                more += asked[j][i] > by_program[j][i]
    assert more > 0
