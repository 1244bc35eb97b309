"""Loops along the approaches: geometry by hand, laws on real networks, and whether SUMO sees what waits."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from math import nan
from pathlib import Path
from xml.etree import ElementTree

import pytest

from network.build import build_signals
from network.loops.detectors import LaneLoops, Layout, Loop, lay_out, write_additional
from network.program.programs import read_programs
from network.program.signals import Signal
from network.roads.reader import Network, read_network
from tests.network.conftest import Built, Grid

Simulate = Callable[..., Path]

# A signal at x = 0 with a side street; what leads to it from the west is up to the test.
SIGNAL = (
    '<node id="j" x="0" y="0" type="traffic_light"/><node id="e" x="300" y="0"/>'
    '<node id="n" x="0" y="300"/><node id="s" x="0" y="-300"/>'
)
ARMS = '<edge id="je" from="j" to="e"/><edge id="nj" from="n" to="j"/><edge id="js" from="j" to="s"/>'


def _layout(path: Path, *distances_m: float) -> tuple[Network, dict[str, Signal], Layout]:
    network = read_network(path)
    signals = build_signals(network, read_programs([path]))
    return network, signals, lay_out(network, signals, distances_m or (0.0, 40.0, 120.0))


def _approach(layout: Layout, lane_id: str) -> LaneLoops:
    (found,) = (a for group in layout.lane_loops.values() for a in group if a.lane.id == lane_id)
    return found


def _loops(layout: Layout, approach: LaneLoops, level: int) -> list[Loop]:
    return [layout.loops[loop] for loop, _, _ in approach.upstream[level]]


def _chain(*lengths_m: float) -> tuple[str, str]:
    """Roads of given lengths in a row from the west, the last one ending at the signal."""
    nodes, edges, count = "", "", len(lengths_m)
    for place, length in enumerate(lengths_m):
        x = -100.0 * (count - place)
        nodes += f'<node id="w{place}" x="{x}" y="0" type="priority"/>'
        end = "j" if place == count - 1 else f"w{place + 1}"
        edges += f'<edge id="c{place}" from="w{place}" to="{end}" length="{length}" speed="10"/>'
    return nodes + SIGNAL, edges + ARMS


def test_loops_on_one_long_lane(built: Built) -> None:
    _, _, layout = _layout(built(*_chain(300.0)))
    approach = _approach(layout, "c0_0")
    stop = layout.loops[approach.stop]
    assert (stop.lane_id, stop.position_m, stop.distance_m) == ("c0_0", 298.0, 2.0)
    assert [[(x.lane_id, x.position_m) for x in _loops(layout, approach, k)] for k in (0, 1)] == [
        [("c0_0", 260.0)],
        [("c0_0", 180.0)],
    ]
    entries = [entry for level in approach.upstream for entry in level]
    assert [share for _, share, _ in entries] == [1.0, 1.0]
    assert [travel_s for _, _, travel_s in entries] == pytest.approx([40 / 9.5, 120 / 9.5])


def test_distance_runs_along_the_chain_of_lanes(built: Built) -> None:
    network, _, layout = _layout(built(*_chain(100.0, 30.0, 5.0)))
    approach = _approach(layout, "c2_0")
    between = [network.lanes[f"c{k}_0"].turns_in[0].length_m for k in (1, 2)]
    (mid,), (far,) = _loops(layout, approach, 0), _loops(layout, approach, 1)
    assert (mid.lane_id, far.lane_id) == ("c0_0", "c0_0")
    assert mid.position_m == pytest.approx(min(100.0 + 35.0 + sum(between) - 40.0, 99.0), abs=0.01)
    assert far.position_m == pytest.approx(100.0 + 35.0 + sum(between) - 120.0, abs=0.01)
    assert far.distance_m == pytest.approx(120.0)
    assert approach.upstream[1][0][2] == pytest.approx(120.0 / 8.5, rel=0.2)


def test_approach_that_ends_early_has_its_loop_where_all_that_enters_passes(built: Built) -> None:
    _, _, layout = _layout(built(*_chain(80.0)))
    approach = _approach(layout, "c0_0")
    assert [x.position_m for x in _loops(layout, approach, 1)] == [12.0]
    _, _, layout = _layout(built(*_chain(45.0)))
    assert [x.position_m for x in _loops(layout, _approach(layout, "c0_0"), 0)] == [12.0]
    _, _, layout = _layout(built(*_chain(60.0)))
    approach = _approach(layout, "c0_0")
    assert [len(level) for level in approach.upstream] == [1, 0]
    _, _, layout = _layout(built(*_chain(14.0)))
    assert [len(level) for level in _approach(layout, "c0_0").upstream] == [0, 0]


FORK = (
    '<node id="a" x="-300" y="100"/><node id="b" x="-300" y="-100"/>'
    '<node id="m" x="-60" y="0" type="priority"/>'
) + SIGNAL
FORKED = (
    '<edge id="am" from="a" to="m"/><edge id="bm" from="b" to="m"/>'
    '<edge id="mj" from="m" to="j" numLanes="2"/>'
) + ARMS


def _onto(road: str, lane: int) -> str:
    return f'<connection from="{road}" to="mj" fromLane="0" toLane="{lane}"/>'


def test_several_loops_serve_one_lane_and_one_loop_several_lanes(built: Built) -> None:
    ways = "".join(_onto(road, lane) for road in ("am", "bm") for lane in (0, 1))
    _, _, layout = _layout(built(FORK, FORKED, ways))
    right, left = _approach(layout, "mj_0"), _approach(layout, "mj_1")
    for approach in (right, left):
        assert {x.lane_id for x in _loops(layout, approach, 1)} == {"am_0", "bm_0"}
        assert [share for _, share, _ in approach.upstream[1]] == [0.5, 0.5]
        assert [share for _, share, _ in approach.upstream[0]] == [1.0]
    assert {loop for loop, _, _ in right.upstream[1]} == {loop for loop, _, _ in left.upstream[1]}


def test_furthest_loop_lies_behind_a_place_not_much_nearer_where_roads_join(built: Built) -> None:
    ways = "".join(_onto(road, lane) for road in ("am", "bm") for lane in (0, 1))
    network, _, layout = _layout(built(FORK.replace('x="-60"', 'x="-100"'), FORKED, ways))
    for approach in (_approach(layout, "mj_0"), _approach(layout, "mj_1")):
        (far,) = _loops(layout, approach, 1)
        assert (far.lane_id, far.position_m) == (approach.lane.id, 4.0)
        assert far.distance_m == pytest.approx(network.lanes[approach.lane.id].length_m - 4.0)
        assert approach.upstream[1][0][1] == 1.0


@pytest.mark.parametrize(("place_m", "lane_id"), [(-115.0, "mj_0"), (-60.0, "am_0")])
def test_furthest_loop_lies_behind_a_place_not_much_nearer_where_some_turn_off(
    place_m: float, lane_id: str, built: Built
) -> None:
    nodes = f'<node id="a" x="-300" y="0"/><node id="o" x="-115" y="-200"/><node id="m" x="{place_m}" y="0"/>' + SIGNAL
    edges = '<edge id="am" from="a" to="m"/><edge id="mo" from="m" to="o"/><edge id="mj" from="m" to="j"/>' + ARMS
    for turns_off in (True, False):
        way = '<connection from="am" to="mo" fromLane="0" toLane="0"/>' if turns_off else ""
        _, _, layout = _layout(built(nodes, edges, _onto("am", 0) + way))
        (far,) = _loops(layout, _approach(layout, "mj_0"), 1)
        assert far.lane_id == (lane_id if turns_off else "am_0")


def _bay(length_m: float) -> tuple[str, str, str]:
    """A road whose only lane becomes two, so many metres before the signal."""
    nodes = f'<node id="a" x="-300" y="0"/><node id="m" x="{-length_m}" y="0" type="priority"/>' + SIGNAL
    edges = f'<edge id="am" from="a" to="m"/><edge id="mj" from="m" to="j" numLanes="2" length="{length_m}"/>' + ARMS
    return nodes, edges, _onto("am", 0) + _onto("am", 1)


def test_nearest_loop_lies_past_the_place_where_lanes_part(built: Built) -> None:
    _, _, layout = _layout(built(*_bay(25.0)))
    right, left = _approach(layout, "mj_0"), _approach(layout, "mj_1")
    for approach in (right, left):
        (near,), (far,) = _loops(layout, approach, 0), _loops(layout, approach, 1)
        assert (near.lane_id, near.position_m, near.distance_m) == (approach.lane.id, 4.0, 21.0)
        assert far.lane_id == "am_0"
        assert [share for level in approach.upstream for _, share, _ in level] == [1.0, 0.5]


def test_lanes_that_part_too_close_to_the_line_share_their_loops(built: Built) -> None:
    _, _, layout = _layout(built(*_bay(15.0)))
    for lane_id in ("mj_0", "mj_1"):
        approach = _approach(layout, lane_id)
        (near,) = _loops(layout, approach, 0)
        assert (near.lane_id, near.distance_m) == ("am_0", pytest.approx(40.0))
        assert approach.upstream[0][0][1] == 0.5


def test_no_loop_is_cut_short_where_its_lane_begins(built: Built, tmp_path: Path) -> None:
    _, _, layout = _layout(built(*_bay(25.0)))
    write_additional(layout, tmp_path / "loops.add.xml")
    root = ElementTree.parse(tmp_path / "loops.add.xml").getroot()
    bays = [float(x.get("length", "0")) for x in root if x.get("lane", "").startswith("mj")]
    assert bays == [pytest.approx(3.0)] * 4


def test_lane_that_opens_beside_others_is_entered_from_them(built: Built) -> None:
    network, _, layout = _layout(built(FORK, FORKED, _onto("am", 0) + _onto("bm", 0)))
    assert network.lanes["mj_1"].turns_in == ()
    assert {x.lane_id for x in _loops(layout, _approach(layout, "mj_1"), 1)} == {"am_0", "bm_0"}


def test_no_approach_passes_a_signal_that_stops_somebody(grid: Grid) -> None:
    network, signals, layout = _layout(grid(3), 0.0, 40.0, 500.0)
    behind = {link.to_lane.rpartition("_")[0] for signal in signals.values() for link in signal.links
              if any(row.state[link.index] != "G" for row in signal.program.intervals)}  # fmt: skip
    assert behind
    for signal_id, lane_loops in layout.lane_loops.items():
        for approach in lane_loops:
            if network.lanes[approach.lane.id].edge_id not in behind:
                continue
            own = network.lanes[approach.lane.id].edge_id
            for level in (0, 1):
                assert all(network.lanes[x.lane_id].edge_id == own for x in _loops(layout, approach, level))
        assert [a.lane for a in lane_loops] == list(signals[signal_id].lanes)


def test_an_approach_goes_on_through_lamps_that_are_never_red(built: Built) -> None:
    """A place to turn in a median: who waits there for the far side stands back over lamps of the same signal."""
    nodes = (
        '<node id="a" x="0" y="0" type="traffic_light" tl="j"/><node id="b" x="0" y="24" type="traffic_light" tl="j"/>'
        '<node id="w" x="-200" y="0"/><node id="e" x="200" y="0"/>'
        '<node id="x" x="-200" y="24"/><node id="y" x="200" y="24"/>'
    )
    roads = ("wa", "ae", "yb", "bx", "ba")
    edges = "".join(f'<edge id="{one}{other}" from="{one}" to="{other}"/>' for one, other in roads)
    _, signals, layout = _layout(built(nodes, edges))
    free = {link.from_lane for link in signals["j"].links
            if all(row.state[link.index] == "G" for row in signals["j"].program.intervals)}  # fmt: skip
    assert free == {"yb_0"}
    assert {x.lane_id for level in (0, 1) for x in _loops(layout, _approach(layout, "ba_0"), level)} == {"yb_0"}
    assert _approach(layout, "yb_0").stop >= 0


def test_no_approach_turns_back(built: Built) -> None:
    nodes, edges = _chain(80.0)
    back = '<edge id="back" from="j" to="w0"/>'
    network, _, layout = _layout(built(nodes, edges + back, turnarounds=True))
    assert any(turn.direction == "t" for turn in network.lanes["c0_0"].turns_in)
    assert {x.lane_id for x in _loops(layout, _approach(layout, "c0_0"), 1)} == {"c0_0"}


def test_distances_are_chosen_by_the_user(built: Built) -> None:
    path = built(*_chain(300.0))
    _, _, layout = _layout(path, 0.0)
    assert _approach(layout, "c0_0").upstream == ()
    _, _, layout = _layout(path, 80.0)
    assert _approach(layout, "c0_0").stop == -1
    assert [x.position_m for x in _loops(layout, _approach(layout, "c0_0"), 0)] == [220.0]
    for wrong in ((40.0, 0.0), (0.0, 0.0), (-5.0, 40.0), (nan,)):
        with pytest.raises(ValueError, match="ascend|from 0 to 5000 m"):
            _layout(path, *wrong)


def test_signals_left_alone_get_no_loops(grid: Grid) -> None:
    path = grid(3)
    network = read_network(path)
    signals = build_signals(network, read_programs([path]))
    signals["B1"] = replace(signals["B1"], left_alone="It was asked for.")
    layout = lay_out(network, signals)
    assert "B1" not in layout.lane_loops
    exits = {loop for group in layout.lane_loops.values() for own in group for loop, _, _ in own.exits}
    assert not any(loop.lane_id.split("_")[0].endswith("B1") for k, loop in enumerate(layout.loops) if k not in exits)
    assert not any(loop.lane_id.split("_")[0].startswith("B1") for k, loop in enumerate(layout.loops) if k in exits)


def test_behind_the_junction_every_lane_it_leads_to_has_a_loop(built: Built) -> None:
    network, _, layout = _layout(built(*_chain(300.0)))
    exits = {layout.loops[loop].lane_id: (layout.loops[loop].position_m, share)
             for loop, share, _ in _approach(layout, "c0_0").exits}
    assert exits == {turn.to_lane: (4.0, pytest.approx(share)) for turn in network.lanes["c0_0"].turns_out
                     for share in [{"s": 0.75, "r": 0.25}[turn.direction]]}
    loops = [loop for loop in layout.loops if loop.distance_m < 0.0]
    assert {loop.lane_id for loop in loops} == {"je_0", "js_0"}  # one for all who leave there
    assert all(loop.distance_m < -loop.position_m for loop in loops)


def test_an_exit_too_short_to_wait_on_is_part_of_the_junction(built: Built) -> None:
    nodes, edges = _chain(300.0)
    nodes += '<node id="k" x="30" y="0" type="priority"/>'
    stub = '<edge id="jk" from="j" to="k" length="2"/><edge id="ke" from="k" to="e"/>'
    _, _, layout = _layout(built(nodes, edges.replace('<edge id="je" from="j" to="e"/>', stub)))
    exits = {layout.loops[loop].lane_id for loop, _, _ in _approach(layout, "c0_0").exits}
    assert exits == {"ke_0", "js_0"}


def _check(network: Network, layout: Layout) -> None:
    places = defaultdict(list)
    for loop in layout.loops:
        assert 0.0 <= loop.position_m <= network.lanes[loop.lane_id].length_m
        places[loop.lane_id].append(loop.position_m)
    for found in places.values():
        ordered = sorted(found)
        assert all(b - a > 0.9 for a, b in zip(ordered, ordered[1:], strict=False))
    for lane_loops in layout.lane_loops.values():
        for level in range(2):
            shares: dict[int, float] = defaultdict(float)
            for approach in lane_loops:
                for index, share, travel_s in approach.upstream[level]:
                    shares[index] += share
                    assert travel_s > 0.0
            assert all(total == pytest.approx(1.0) for total in shares.values())
        assert all(0 <= approach.stop < len(layout.loops) for approach in lane_loops)
    assert len({loop.id for loop in layout.loops}) == len(layout.loops)


@pytest.mark.parametrize("name", ["cologne1", "cologne8", "hangzhou16", "ingolstadt7", "pasubio"])
def test_layout_of_real_maps(name: str, shared_map: Callable[[str], Path]) -> None:
    (path,) = shared_map(name).glob("*.net.xml")
    network, _, layout = _layout(path)
    _check(network, layout)
    for lane_loops in layout.lane_loops.values():
        stops = [approach.stop for approach in lane_loops]
        assert len(set(stops)) == len(stops)


def test_layout_of_networks_of_the_installation(game: Path, rilsa: Callable[[int], Path], grid: Grid) -> None:
    paths = [rilsa(n) for n in (1, 2, 3, 4)] + [game / "DRT" / "osm.net.xml", grid(3, "--no-internal-links")]
    for path in paths:
        network, _, layout = _layout(path)
        _check(network, layout)


def test_additional_file_loads_and_writes_nothing(grid: Grid, tmp_path: Path, simulate: Simulate) -> None:
    path = grid(2, "-L", "2")
    _, _, layout = _layout(path)
    additional = tmp_path / "loops & <more>.add.xml"
    write_additional(layout, additional)
    root = ElementTree.parse(additional).getroot()
    assert [element.get("id") for element in root] == [loop.id for loop in layout.loops]
    assert all(float(element.get("period", "inf")) <= 300.0 for element in root)  # SUMO keeps everybody of two periods
    before = set(tmp_path.iterdir())
    assert "rror" not in str(simulate(path, "-a", str(additional), "-e", "20"))
    assert set(tmp_path.iterdir()) == before


def _all_red(signals: dict[str, Signal]) -> str:
    return "".join(
        f'<tlLogic id="{s.id}" type="static" programID="red" offset="0">'
        f'<phase duration="9999" state="{"r" * s.n_links}"/></tlLogic>'
        for s in signals.values()
    )


@pytest.mark.parametrize("last_m", [0.2, 0.9, 1.3, 1.9, 2.5, 3.9, 8.0, 60.0])
def test_a_waiting_vehicle_stands_on_the_stop_loop(
    built: Built, tmp_path: Path, simulate: Simulate, last_m: float
) -> None:
    path = built(*_chain(150.0, 12.0, last_m))
    _, signals, layout = _layout(path)
    loop = layout.loops[_approach(layout, "c2_0").stop]
    record = tmp_path / "loop.xml"
    text = (
        f'<inductionLoop id="{loop.id}" lane="{loop.lane_id}" pos="{loop.position_m}" period="10"'
        f' file="{record}"/>' + _all_red(signals)
    )
    (tmp_path / "red.add.xml").write_text(f"<additional>{text}</additional>", encoding="utf-8")
    trip = '<trip id="v" depart="0" from="c0" to="je"/>'
    (tmp_path / "one.rou.xml").write_text(f"<routes>{trip}</routes>", encoding="utf-8")
    simulate(path, "-a", str(tmp_path / "red.add.xml"), "-r", str(tmp_path / "one.rou.xml"), "-e", "80")
    occupancies = [float(x) for x in re.findall(r'occupancy="([\d.]+)"', record.read_text(encoding="utf-8"))]
    assert occupancies[-2:] == [100.0, 100.0]
