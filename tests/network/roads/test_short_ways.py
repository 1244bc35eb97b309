"""Signals close behind one another: which lanes of the first lead to the second, and how many of their vehicles."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from network.arrays import VEHICLE_SPACE_M, intersection
from network.build import build_signals
from network.loops.detectors import SEEN_M, Layout, lay_out
from network.program.programs import read_programs
from network.program.signals import Signal
from network.roads.reader import Network, read_network
from network.roads.short_ways import LONGEST_S, ShortWay, share_of, short_ways
from network.roads.trace import stretches
from signal_core.tables.packed import pack
from tests.network.conftest import Built

SIDE = '<node id="{0}n" x="{1}" y="200"/><node id="{0}s" x="{1}" y="-200"/>'


def row(distance_m: float, between: str = "") -> tuple[str, str]:
    """Signals a and b on a road of two lanes each way, side streets across; `between`: a node on the way, if any."""
    nodes = ('<node id="w" x="-300" y="0"/>' + f'<node id="e" x="{distance_m + 300}" y="0"/>'
             + '<node id="a" x="0" y="0" type="traffic_light"/>' + SIDE.format("a", 0)
             + f'<node id="b" x="{distance_m}" y="0" type="traffic_light"/>' + SIDE.format("b", distance_m) + between)
    way = ["a", "m", "b"] if between else ["a", "b"]
    edges = [(x, y, 2) for x, y in zip(way, way[1:], strict=False)] + [("b", "a", 2)]
    edges += [("w", "a", 2), ("a", "w", 2), ("b", "e", 2), ("e", "b", 2)]
    for x in "ab":
        edges += [(f"{x}{side}", x, 1) for side in "ns"] + [(x, f"{x}{side}", 1) for side in "ns"]
    return nodes, "".join(f'<edge id="{x}{y}" from="{x}" to="{y}" numLanes="{n}" speed="13.9"/>' for x, y, n in edges)


def read(path: Path) -> tuple[Network, dict[str, Signal], Layout]:
    network = read_network(path)
    signals = build_signals(network, read_programs([path]))
    return network, signals, lay_out(network, signals)


def ways_to(network: Network, lane_ids: Sequence[str]) -> dict[str, ShortWay]:
    return short_ways(network, {name: list(stretches(network, network.lanes[name], SEEN_M)) for name in lane_ids})


def test_a_short_way_knows_the_lanes_that_lead_there_and_their_shares(built: Built) -> None:
    network, signals, layout = read(built(*row(30.0)))
    way = ways_to(network, [lane.id for lane in signals["b"].lanes])
    assert {lane_id for lane_id, found in way.items() if found.before} == {"ab_0", "ab_1"}
    length_m = network.lanes["ab_0"].length_m
    assert way["ab_0"].length_m == way["ab_1"].length_m == length_m < 30.0
    for lane_id in ("ab_0", "ab_1"):
        for before, share, travel_s in way[lane_id].before:
            turns = network.lanes[before].turns_out
            onto = [turn for turn in turns if turn.to_lane == lane_id]
            assert len(onto) == 1
            assert 0.0 < share < 1.0 or {turn.to_lane for turn in turns} == {lane_id}
            assert length_m / 13.9 < travel_s <= LONGEST_S
    assert {before for before, _, _ in way["ab_0"].before + way["ab_1"].before} == {"wa_0", "wa_1", "ana_0", "asa_0"}
    stop = {approach.lane.id: approach.stop for group in layout.lane_loops.values() for approach in group}
    (approach,) = (a for a in layout.lane_loops["b"] if a.lane.id == "ab_0")
    assert [loop for loop, _, _ in approach.before] == [stop[lane] for lane, _, _ in way["ab_0"].before]


def test_a_way_in_two_pieces_is_one(built: Built) -> None:
    network, _, _ = read(built(*row(36.0, '<node id="m" x="18" y="0" type="priority"/>')))
    way = ways_to(network, ["mb_0", "mb_1"])
    pieces_m = network.lanes["am_0"].length_m + network.lanes["mb_0"].length_m
    assert way["mb_0"].length_m >= pieces_m
    assert {before for before, _, _ in way["mb_0"].before + way["mb_1"].before} == {"wa_0", "wa_1", "ana_0", "asa_0"}


@pytest.mark.parametrize(("distance_m", "is_short"), [(30.0, True), (45.0, True), (100.0, False)])
def test_only_a_way_of_a_few_seconds_is_short(built: Built, distance_m: float, is_short: bool) -> None:
    network, signals, _ = read(built(*row(distance_m)))
    found = ways_to(network, [lane.id for signal in signals.values() for lane in signal.lanes])
    assert any(way.before for way in found.values()) == is_short


def test_the_engine_knows_both_lanes_and_how_many_stand_between(built: Built) -> None:
    network, signals, layout = read(built(*row(30.0)))
    a, b = (intersection(signals[name], layout) for name in "ab")
    tables = pack([a, b])
    lanes = [lane.id for name in "ab" for lane in signals[name].lanes]
    k = lanes.index("ab_1")
    entries = range(tables.upstream_ptr[k], tables.upstream_ptr[k + 1])
    assert {lanes[tables.upstream_lane[e]] for e in entries} == {
        before for before, _, _ in ways_to(network, ["ab_0", "ab_1"])["ab_1"].before}
    assert tables.mid_storage[k] == pytest.approx(network.lanes["ab_1"].length_m / VEHICLE_SPACE_M)
    assert tables.upstream_ptr[lanes.index("wa_0") + 1] == tables.upstream_ptr[lanes.index("wa_0")]


@pytest.mark.parametrize(("distance_m", "is_ring"), [(30.0, True), (100.0, False)])
def test_two_signals_with_short_ways_between_them_are_a_ring(built: Built, distance_m: float, is_ring: bool) -> None:
    _, signals, layout = read(built(*row(distance_m)))
    tables = pack([intersection(signals[name], layout) for name in "ab"])
    lanes = [lane.id for name in "ab" for lane in signals[name].lanes]
    found = {lane for lane, in_ring in zip(lanes, tables.in_ring, strict=True) if in_ring}
    assert found == ({"ab_0", "ab_1", "ba_0", "ba_1"} if is_ring else set())


def test_a_lane_that_opens_on_a_short_way_is_fed_from_the_one_beside(built: Built) -> None:
    onto = "".join(f'<connection from="{road}" to="ab" fromLane="0" toLane="0"/>' for road in ("wa", "ana", "asa"))
    network, signals, layout = read(built(*row(30.0), onto))
    assert not network.lanes["ab_1"].turns_in
    way = ways_to(network, ["ab_0", "ab_1"])
    assert way["ab_1"] == way["ab_0"]
    shares = {before: share for before, share, _ in way["ab_1"].before}
    leads_on = next(turn for turn in network.lanes["wa_0"].turns_out if turn.to_lane == "ab_0")
    assert shares["wa_0"] == pytest.approx(share_of(network.lanes["wa_0"], leads_on) / 2.0)
    tables = pack([intersection(signals[name], layout) for name in "ab"])
    lanes = [lane.id for name in "ab" for lane in signals[name].lanes]
    assert tables.in_ring[lanes.index("ab_1")]


def test_exits_and_the_lanes_of_the_next_signal_that_they_feed_are_known(built: Built) -> None:
    _, signals, layout = read(built(*row(100.0)))
    tables = pack([intersection(signals[name], layout) for name in "ab"])
    lanes = [lane.id for name in "ab" for lane in signals[name].lanes]
    feeds = {(layout.loops[loop].lane_id, lanes[tables.onward_lane[e]]) for x, loop in enumerate(tables.exit_loop)
             for e in range(tables.onward_ptr[x], tables.onward_ptr[x + 1])}
    assert {("ab_0", "ab_0"), ("ab_1", "ab_1"), ("ba_0", "ba_0"), ("ba_1", "ba_1")} == feeds
    roads = {layout.loops[loop].lane_id: int(road)
             for loop, road in zip(tables.exit_loop, tables.exit_road, strict=True)}
    assert roads["ab_0"] == roads["ab_1"] != roads["ba_0"] == roads["ba_1"]
    assert [signals[name].id for name in "ab" for _ in signals[name].lanes] == ["ab"[i] for i in tables.lane_signal]


def test_a_loop_of_the_next_signal_that_lies_there_does_for_the_exit(built: Built) -> None:
    _, _, layout = read(built(*row(100.0)))
    (way,) = (own for own in layout.lane_loops["b"] if own.lane.id == "ab_0")
    (before,) = (own for own in layout.lane_loops["a"] if own.lane.id == "wa_0")
    assert {loop for level in way.upstream for loop, _, _ in level} & {loop for loop, _, _ in before.exits}
