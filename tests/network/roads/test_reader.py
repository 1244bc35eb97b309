"""The network as read: the graph's schema, foes as sumolib sees them, and files that are no network."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest
import sumolib.net

from network.errors import ScenarioError
from network.roads.reader import Network, read_network
from tests.network.conftest import Built, Grid


def test_graph_has_the_documented_attributes(rilsa: Callable[[int], Path]) -> None:
    network = read_network(rilsa(1))
    assert network.graph.is_multigraph()
    assert network.graph.is_directed()
    assert set(network.graph.nodes["0"]) == {"x_m", "y_m", "kind"}
    assert network.graph.nodes["0"]["kind"] == "traffic_light"
    for start, end, key, data in network.graph.edges(keys=True, data=True):
        assert set(data) == {"length_m", "speed_mps", "lanes", "shape", "priority", "signals"}
        assert (network.roads[key].from_node, network.roads[key].to_node) == (start, end)
        assert data["signals"] == (("0",) if end == "0" else ())
        assert data["length_m"] == pytest.approx(network.lanes[data["lanes"][0]].length_m)


def _against_sumolib(path: Path, network: Network) -> int:
    """Compare every pair of links of a junction with sumolib's own, slower answer."""
    net = sumolib.net.readNet(str(path), withInternal=True, withPedestrianConnections=True, lxml=False)
    by_lanes = {
        (connection.getFromLane().getID(), connection.getToLane().getID()): connection
        for edge in net.getEdges()
        for lane in edge.getLanes()
        for connection in lane.getOutgoing()
        if connection.getTLSID()
    }
    pairs = 0
    for links in network.links.values():
        for one, other in product(links, links):
            if one.node_id != other.node_id:
                continue
            node = net.getNode(one.node_id)
            first, second = by_lanes[one.from_lane, one.to_lane], by_lanes[other.from_lane, other.to_lane]
            assert one.node_index == node.getLinkIndex(first)
            table = network.requests[one.node_id]
            place = one.node_index, other.node_index
            assert table.foes[place] == node.areFoes(*place)
            assert table.response[place] == node.forbids(second, first)
            pairs += 1
    return pairs


def test_foes_are_those_of_sumolib(rilsa: Callable[[int], Path], grid: Grid) -> None:
    for path in (rilsa(1), rilsa(4), grid(2, "-L", "2", "--crossings.guess", "--sidewalks.guess", "true")):
        assert _against_sumolib(path, read_network(path)) > 50


def test_crossings_are_links_and_no_roads(grid: Grid) -> None:
    network = read_network(grid(3, "--crossings.guess", "--sidewalks.guess", "true"))
    links = [link for found in network.links.values() for link in found]
    crossings = [link for link in links if link.is_crossing]
    assert crossings
    assert all(link.from_lane.startswith(":") and "_w" in link.from_lane for link in crossings)
    assert all(link.length_m > 5.0 for link in crossings)
    assert all(not road.startswith(":") for road in network.roads)


def test_ways_through_the_junction_have_their_full_length(grid: Grid) -> None:
    network = read_network(grid(3))
    for links in network.links.values():
        for link in links:
            (turn,) = (t for t in network.lanes[link.from_lane].turns_out if t.to_lane == link.to_lane)
            assert turn.via[0] == link.via
            assert link.length_m == pytest.approx(sum(network.lanes[lane].length_m for lane in turn.via))


def test_network_without_internal_lanes(grid: Grid) -> None:
    network = read_network(grid(3, "--no-internal-links"))
    links = [link for found in network.links.values() for link in found]
    assert links
    assert all(link.via == "" and link.length_m > 0.0 for link in links)


def test_zipped_network_reads_the_same(tmp_path: Path, rilsa: Callable[[int], Path]) -> None:
    zipped = tmp_path / "rilsa.net.xml.gz"
    zipped.write_bytes(gzip.compress(rilsa(2).read_bytes()))
    plain, again = read_network(rilsa(2)), read_network(zipped)
    assert again.links == plain.links
    assert again.lanes == plain.lanes


def test_footways_carry_no_vehicles(grid: Grid) -> None:
    network = read_network(grid(3, "--crossings.guess", "--sidewalks.guess", "true"))
    footways = [lane for lane in network.lanes.values() if not lane.classes]
    assert footways
    assert all(lane.turns_out == () for lane in footways)


def test_signal_over_two_junctions(built: Built) -> None:
    nodes = (
        '<node id="w" x="-200" y="0"/><node id="a" x="0" y="0" type="traffic_light" tl="both"/>'
        '<node id="b" x="60" y="0" type="traffic_light" tl="both"/><node id="e" x="260" y="0"/>'
        '<node id="s" x="0" y="-200"/><node id="t" x="60" y="-200"/>'
    )
    edges = "".join(
        f'<edge id="{start}{end}" from="{start}" to="{end}"/>'
        for start, end in ("wa", "ab", "be", "sa", "tb")
    )
    network = read_network(built(nodes, edges))
    assert set(network.links) == {"both"}
    assert {link.node_id for link in network.links["both"]} == {"a", "b"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"not xml at all", "no SUMO network"),
        (b"<routes><vehicle id='a'/></routes>", "no SUMO network"),
        (b"<net version='1.20'><edge id='a' from='x'", "broken XML"),
        (b"<net version='1.20'></net>", "no roads"),
        (b"<net version='1.20'><edge id='a' from='x' to='y'><lane id='a_0'/></edge></net>", "rebuild it"),
        (b"\x1f\x8b\x08broken", "cannot be read"),
    ],
)
def test_what_is_no_network_is_said_in_one_line(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "bad.net.xml"
    path.write_bytes(content)
    with pytest.raises(ScenarioError) as caught:
        read_network(path)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="no such network file"):
        read_network(tmp_path / "absent.net.xml")
    with pytest.raises(ScenarioError, match="no such network file"):
        read_network(tmp_path)


def test_truncated_network_never_gives_a_traceback(tmp_path: Path, rilsa: Callable[[int], Path]) -> None:
    whole = rilsa(3).read_bytes()
    path = tmp_path / "cut.net.xml"
    for share in range(1, 20):
        path.write_bytes(whole[: len(whole) * share // 20])
        with pytest.raises(ScenarioError):
            read_network(path)
