"""Lanes too short to wait on, and rail crossings: the approach goes on behind them, and so do its loops."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from pathlib import Path

import pytest

from network.arrays import intersection
from network.build import build_signals
from network.loops.detectors import LaneLoops, Layout, lay_out, write_additional
from network.program.programs import read_programs
from network.program.signals import Signal
from network.review.signals import review
from network.roads.reader import Network, read_network
from network.roads.trace import STUB_M

from .conftest import Built

ENDS = (
    '<node id="w" x="-300" y="0"/><node id="e" x="300" y="0"/><node id="n" x="0" y="300"/><node id="s" x="0" y="-300"/>'
    '<node id="a" x="0" y="0" type="traffic_light"/>'
)


def edge(start: str, end: str, more: str = "") -> str:
    return f'<edge id="{start}{end}" from="{start}" to="{end}" numLanes="1" speed="13.9" {more}/>'


def street(kind: str, x_m: float, more: str = "") -> tuple[str, str]:
    """Signal a, and from the west a place of another kind just before it; `more`: edges across that place."""
    nodes = ENDS + f'<node id="x" x="{x_m}" y="0" type="{kind}"/>'
    nodes += f'<node id="u" x="{x_m}" y="150"/><node id="d" x="{x_m}" y="-150"/>'
    edges = "".join(edge(*pair, 'allow="passenger"') for pair in ("wx", "xa", "ae", "na", "as"))
    return nodes, edges + more


def read(path: Path) -> tuple[Network, dict[str, Signal], Layout]:
    network = read_network(path)
    signals = build_signals(network, read_programs([path]))
    return network, signals, lay_out(network, signals)


def from_west(layout: Layout) -> LaneLoops:
    return next(own for own in layout.lane_loops["a"] if own.lane.id == "xa_0")


RAILS = edge("u", "x", 'allow="rail"') + edge("x", "d", 'allow="rail"')
ROADS = edge("u", "x") + edge("x", "d")


@pytest.mark.parametrize(("kind", "more", "ways"), [
    ("rail_crossing", RAILS, {"wx_0"}), ("traffic_light", ROADS, {"wx_0", "ux_0"})])
def test_loops_of_a_stub_lie_before_it(built: Built, kind: str, more: str, ways: set[str]) -> None:
    network, signals, layout = read(built(*street(kind, -9.0, more)))
    own = from_west(layout)
    assert own.lane.length_m < STUB_M
    assert layout.loops[own.stop].lane_id != "xa_0"
    mid, far = own.upstream
    for level, distance_m in ((mid, 40.0), (far, 120.0)):
        assert {layout.loops[row[0]].lane_id for row in level} == ways
        assert all(layout.loops[row[0]].distance_m == pytest.approx(distance_m) for row in level)
    assert not own.before  # who waits there is seen by these loops
    said = [finding.what for finding in review(signals["a"], layout.lane_loops["a"])]
    assert "too short to wait on: xa_0" in said


def test_a_rail_crossing_further_back_is_no_end_of_the_approach_either(built: Built) -> None:
    _, _, layout = read(built(*street("rail_crossing", -60.0, RAILS)))
    assert [layout.loops[row[0]].lane_id for row in from_west(layout).upstream[1]] == ["wx_0"]


def test_a_signal_with_room_behind_it_still_ends_the_approach(built: Built) -> None:
    _, signals, layout = read(built(*street("traffic_light", -60.0, ROADS)))
    own = from_west(layout)
    lanes = {layout.loops[row[0]].lane_id for level in own.upstream for row in level}
    assert lanes == {"xa_0"}
    assert 40.0 < own.ends_m < 60.0
    assert {layout.loops[loop].lane_id for loop in own.past} == {"wx_0", "ux_0"}
    assert signals["x"].left_alone == ""
    bounded = intersection(signals["a"], layout).bounded
    assert bounded is not None
    assert [lane.id for lane, ends in zip(signals["a"].lanes, bounded, strict=True) if ends] == ["xa_0"]


def test_where_traffic_enters_the_network_nothing_bounds_the_queue(built: Built) -> None:
    _, _, layout = read(built(*street("priority", -60.0, ROADS)))
    assert {own.ends_m for own in layout.lane_loops["a"]} == {inf}


def test_every_way_onto_a_stub_has_a_loop_on_its_channel(built: Built, tmp_path: Path) -> None:
    _, _, layout = read(built(*street("traffic_light", -9.0, ROADS)))
    loop = layout.loops[from_west(layout).stop]
    lanes = [lane_id for _, lane_id, _ in loop.parts()]
    assert len(lanes) == len(set(lanes)) == 3  # from the west, from the side, and where fronts may stop
    assert all(lane_id.startswith(":x_") for lane_id in lanes[:2])
    assert lanes[2] == "xa_0"
    assert [lane_id for _, lane_id, _ in loop.passed_once()] == lanes[:2]
    write_additional(layout, tmp_path / "loops.add.xml")
    written = (tmp_path / "loops.add.xml").read_text()
    assert all(f'id="{loop_id}" lane="{lane_id}"' in written for loop_id, lane_id, _ in loop.parts())
    assert all(not other.wired for other in layout.loops if other.distance_m > 30.0)


def test_a_program_that_adapts_is_told_from_a_fixed_one(built: Built) -> None:
    _, signals, layout = read(built(*street("priority", -60.0, ROADS)))
    assert not intersection(signals["a"], layout).adapts
    actuated = replace(signals["a"], program=replace(signals["a"].program, kind="actuated"))
    assert intersection(actuated, layout).adapts
