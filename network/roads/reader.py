"""The only place where sumolib reads a network: roads, lanes, turns, signal links and who is whose foe."""

from __future__ import annotations

import gzip
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.sax import SAXException

import numpy as np
import sumolib.net

from network.errors import ScenarioError
from network.program.signals import BoolArray, Link
from network.roads.graph import Junction, Lane, Road, RoadGraph, Turn, build_graph

# Classes that walk: a lane only they may use carries no vehicles.
WALKERS = frozenset({"pedestrian", "wheelchair"})
# Longest chain of internal lanes over one junction that is followed; real ones have at most three.
LONGEST_VIA = 20
LARGEST = 1e6  # m or m/s of a lane
SLOWEST_MPS = 0.1


@dataclass(frozen=True, slots=True)
class Requests:
    """The right-of-way table of one junction, bool[m, m] over its m links.

    ``foes[i, j]``: paths cross or merge. ``response[i, j]``: i gives way to j. Both as written in the file.
    """

    foes: BoolArray
    response: BoolArray


@dataclass(frozen=True, slots=True)
class Network:
    """A network as read: graph, lanes and roads by id, links by signal id, requests by junction id; edges inside
    junctions for those on foot (crossings and walking areas) by junction id."""

    path: str
    graph: RoadGraph
    lanes: Mapping[str, Lane]
    roads: Mapping[str, Road]
    links: Mapping[str, tuple[Link, ...]]
    requests: Mapping[str, Requests]
    on_foot: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def read_network(path: str | Path) -> Network:
    """Read a ``.net.xml`` or ``.net.xml.gz``.

    Raises ScenarioError, naming the file, where it is missing, empty, not XML or no SUMO network.
    """
    net = _parse(Path(path))
    try:
        return _convert(str(path), net)
    except (KeyError, IndexError, ValueError, AttributeError, TypeError) as error:
        raise ScenarioError(
            f"{path}: incomplete network ({_lacking(error)}); rebuild it with netconvert"
        ) from error


def free_times_s(network: Network) -> dict[str, float]:
    """Seconds along every road at the speed allowed on its fastest lane, without the junction behind it."""
    return {road.id: road.length_m / max(road.speed_mps, SLOWEST_MPS) for road in network.roads.values()}


def _parse(path: Path) -> Any:
    if not path.is_file():
        raise ScenarioError(f"{path}: no such network file; check the path")
    _check_root(path)
    try:
        return sumolib.net.readNet(
            str(path), withInternal=True, withPedestrianConnections=True, lxml=False, maxcache=0
        )
    except SAXException as error:
        raise ScenarioError(f"{path}: broken XML ({error}); restore the file or rebuild it") from error
    except (OSError, EOFError) as error:
        raise ScenarioError(f"{path}: cannot be read ({error}); check the file") from error
    except Exception as error:  # sumolib raises whatever the missing attribute leads to
        raise ScenarioError(
            f"{path}: no usable network ({_lacking(error)}); rebuild it with netconvert"
        ) from error


def _lacking(error: Exception) -> str:
    return f"no {error}" if isinstance(error, KeyError) else f"{type(error).__name__}: {error}"


def _check_root(path: Path) -> None:
    """sumolib takes any XML for an empty network, so the root element is looked at first."""
    try:
        with path.open("rb") as raw:
            zipped = raw.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if zipped else path.open("rb") as file:
            head = file.read(200_000)
    except (OSError, EOFError) as error:
        raise ScenarioError(f"{path}: cannot be read ({error}); check the file") from error
    if not head.strip():
        raise ScenarioError(f"{path}: the network file is empty; rebuild it with netconvert")
    if b"<net" not in head:
        raise ScenarioError(f"{path}: no SUMO network (no <net> element); give the .net.xml file")


def _convert(path: str, net: Any) -> Network:
    turns = [_turn(net, connection) for connection in _vehicle_connections(net)]
    lanes = _lanes(net, turns)
    roads = {road.id: road for road in _roads(net)}
    if not roads:
        raise ScenarioError(f"{path}: the network has no roads; give another network")
    graph = build_graph(path, _junctions(net), roads.values())
    links, nodes = _links(net)
    requests = {node: _requests(net.getNode(node)) for node in nodes}
    return Network(path, graph, lanes, roads, links, requests, _on_foot(net))


def _on_foot(net: Any) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for edge in net.getEdges():
        if edge.getFunction() in ("crossing", "walkingarea"):
            found[edge.getFromNode().getID()].append(edge.getID())
    return {node: tuple(edges) for node, edges in found.items()}


def _normal_edges(net: Any) -> Iterator[Any]:
    return (edge for edge in net.getEdges() if edge.getFunction() == "")


def _outgoing(net: Any) -> Iterator[Any]:
    for edge in net.getEdges():
        for lane in edge.getLanes():
            yield from lane.getOutgoing()


def _vehicle_connections(net: Any) -> Iterator[Any]:
    for edge in _normal_edges(net):
        for lane in edge.getLanes():
            for connection in lane.getOutgoing():
                if connection.getTo().getFunction() == "":
                    yield connection


def _via(net: Any, connection: Any) -> tuple[Any, ...]:
    """The internal lanes of a connection in driving order; empty in networks without internal lanes."""
    found: list[Any] = []
    via = connection.getViaLaneID()
    while via and len(found) < LONGEST_VIA:
        lane = net.getLane(via)
        found.append(lane)
        onward = lane.getOutgoing()
        via = onward[0].getViaLaneID() if onward else ""
    return tuple(found)


def _number(value: Any, lane_id: str) -> float:
    """A length or speed that can be reckoned with."""
    if not 0.0 <= float(value) < LARGEST:
        raise ValueError(f"lane {lane_id}: {value} is no length or speed")
    return float(value)


def _through_m(net: Any, connection: Any) -> float:
    """Length of the way through the junction; the straight line where there are no internal lanes."""
    via = _via(net, connection)
    if via:
        return float(sum(lane.getLength() for lane in via))
    start = connection.getFromLane().getShape()
    end = connection.getToLane().getShape()
    if not start or not end:
        return 0.0
    return math.dist(start[-1], end[0])


def _straight(before: Any, after: Any) -> tuple[tuple[float, float], ...]:
    """From the end of one lane to the beginning of another."""
    return tuple((float(x), float(y)) for x, y, *_ in (before[-1], after[0])) if before and after else ()


def _waits_m(net: Any, connection: Any) -> float:
    """To the place inside the junction where the way's internal lanes part: there SUMO's vehicles wait for a gap."""
    via = _via(net, connection)
    return float(via[0].getLength()) if len(via) > 1 else 0.0


def _turn(net: Any, connection: Any) -> Turn:
    return Turn(
        connection.getFromLane().getID(),
        connection.getToLane().getID(),
        tuple(lane.getID() for lane in _via(net, connection)),
        connection.getDirection(),
        _through_m(net, connection),
        connection.getTLSID() or "",
    )


def _lanes(net: Any, turns: list[Turn]) -> dict[str, Lane]:
    turns_in: dict[str, list[Turn]] = defaultdict(list)
    turns_out: dict[str, list[Turn]] = defaultdict(list)
    for turn in turns:
        turns_in[turn.to_lane].append(turn)
        turns_out[turn.from_lane].append(turn)
    return {
        lane.getID(): Lane(
            lane.getID(),
            edge.getID(),
            lane.getIndex(),
            _number(lane.getLength(), lane.getID()),
            _number(lane.getSpeed(), lane.getID()),
            frozenset(lane.getPermissions()) - WALKERS,
            tuple(turns_in[lane.getID()]),
            tuple(turns_out[lane.getID()]),
        )
        for edge in net.getEdges()
        if edge.getFunction() in ("", "internal")
        for lane in edge.getLanes()
    }


def _roads(net: Any) -> Iterator[Road]:
    for edge in _normal_edges(net):
        lanes = edge.getLanes()
        signals = {c.getTLSID() for lane in lanes for c in lane.getOutgoing() if c.getTLSID()}
        yield Road(
            edge.getID(),
            edge.getFromNode().getID(),
            edge.getToNode().getID(),
            float(edge.getLength()),
            float(max(lane.getSpeed() for lane in lanes)),
            tuple(lane.getID() for lane in lanes),
            tuple((float(x), float(y)) for x, y in edge.getShape()),
            int(edge.getPriority()),
            tuple(sorted(signals)),
        )


def _junctions(net: Any) -> Iterator[Junction]:
    for node in net.getNodes():
        x, y = node.getCoord()
        yield Junction(node.getID(), float(x), float(y), node.getType())


def _links(net: Any) -> tuple[dict[str, tuple[Link, ...]], set[str]]:
    """Links by signal, sorted by state index, and the junctions they lie on."""
    links: dict[str, list[Link]] = defaultdict(list)
    rows: dict[str, dict[int, int]] = {}
    for connection in _outgoing(net):
        if not connection.getTLSID():
            continue
        node = connection.getFrom().getToNode()
        if node.getID() not in rows:
            rows[node.getID()] = _request_rows(net, node)
        links[connection.getTLSID()].extend(_signal_links(net, connection, rows[node.getID()]))
    ordered = {
        signal_id: tuple(sorted(found, key=lambda link: (link.index, link.from_lane, link.to_lane)))
        for signal_id, found in sorted(links.items())
    }
    return ordered, set(rows)


def _signal_links(net: Any, connection: Any, rows: Mapping[int, int]) -> Iterator[Link]:
    """One link, or two where a crossing has an index for each direction."""
    start, end = connection.getFromLane(), connection.getToLane()
    is_crossing = end.getEdge().getFunction() == "crossing"
    length_m = float(end.getLength()) if is_crossing else _through_m(net, connection)
    passed = (end,) if is_crossing else _via(net, connection)
    way = tuple((float(x), float(y)) for lane in passed for x, y in lane.getShape())
    for index in {connection.getTLLinkIndex(), connection.getTLLinkIndex2()}:
        if index >= 0:
            yield Link(
                index,
                start.getID(),
                end.getID(),
                connection.getViaLaneID() or "",
                connection.getDirection(),
                is_crossing,
                length_m,
                float(start.getSpeed()),
                connection.getFrom().getToNode().getID(),
                rows.get(id(connection), -1),
                0.0 if is_crossing else _waits_m(net, connection),
                way or _straight(start.getShape(), end.getShape()),
                float(min((lane.getSpeed() for lane in passed), default=start.getSpeed())),
                float(end.getWidth()) if is_crossing else 0.0,
                not is_crossing and start.allows("bicycle") and not start.allows("passenger"),
            )


def _request_rows(net: Any, node: Any) -> dict[int, int]:
    """Row of every connection of a junction in its request table, by identity of the connection.

    SUMO numbers the connections lane by lane; ways onto or along walking areas have no row.
    """
    rows: dict[int, int] = {}
    for lane_id in node._incLanes:
        if not lane_id:
            continue
        for connection in net.getLane(lane_id).getOutgoing():
            start, end = connection.getFrom().getFunction(), connection.getTo().getFunction()
            if end == "walkingarea" or (start == "walkingarea" and end != "crossing"):
                continue
            rows[id(connection)] = len(rows)
    return rows


def _requests(node: Any) -> Requests:
    size = max(node._foes, default=-1) + 1
    return Requests(_bits(node._foes, size), _bits(node._prohibits, size))


def _bits(rows: Mapping[int, str], size: int) -> BoolArray:
    """Request strings (last character = link 0) as bool[size, size]."""
    table = np.zeros((size, size), dtype=np.bool_)
    for row, text in rows.items():
        for column, mark in enumerate(reversed(text[-size:])):
            table[row, column] = mark == "1"
    table.flags.writeable = False
    return table
