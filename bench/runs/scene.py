"""A network as the live page draws it: roads, lanes before stop lines, lamps, and a corridor."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from controllers.live.scene import Head, LanePlace, Point, Scene, SignalPlace, Stop
from network.errors import ScenarioError
from network.program.signals import Link
from network.roads.geography import Course, read_geography, to_degrees
from network.roads.reader import Network, read_network

MOST_POINTS = 200_000
"""Of roads: beyond that the smallest are left out."""
LOOK_AHEAD_EDGES = 12
"""So many edges without a signal may lie between two signals of a corridor."""


def scene_of(path: Path, name: str, edges: Sequence[str] = (), origin: Point | None = None) -> Scene:
    """The scene of the network at ``path``; edges: of a corridor, one after the other, by default the longest of
    straight ways from signal to signal. Raises ScenarioError where the network cannot be read."""
    network = read_network(path)
    wanted = {lane for links in network.links.values() for link in links for lane in (link.from_lane, link.to_lane)}
    location, courses = read_geography(path, wanted)
    signals = tuple(_signal(signal_id, links, courses) for signal_id, links in sorted(network.links.items()))
    places: dict[str, Point] = {}
    if location.projection or origin is not None:
        degrees = to_degrees(location, str(path), origin)
        places = {signal.id: degrees(signal.at) for signal in signals}
    stops, speed_mps = corridor_of(network, edges or longest_corridor(network))
    return Scene(name, signals, tuple(_lanes(network, courses)), _roads(network), stops, speed_mps, places)


def _signal(signal_id: str, links: Iterable[Link], courses: Mapping[str, Course]) -> SignalPlace:
    links = tuple(links)
    heads = tuple(_heads(links, courses))
    middle = tuple(sum(head.at[k] for head in heads) / max(len(heads), 1) for k in range(2))
    return SignalPlace(signal_id, 1 + max((link.index for link in links), default=-1), (middle[0], middle[1]), heads)


def _heads(links: Sequence[Link], courses: Mapping[str, Course]) -> Iterable[Head]:
    """One per state index that something hangs on: at the stop line, those of one lane side by side."""
    seen: set[int] = set()
    of_lane: dict[str, int] = {}
    for link in sorted(links, key=lambda link: link.index):
        lane = link.to_lane if link.is_crossing else link.from_lane
        if link.index in seen or lane not in courses:
            continue
        seen.add(link.index)
        place = of_lane[lane] = of_lane.get(lane, -1) + 1
        kind = "walk" if link.is_crossing else link.direction
        yield Head(link.index, _beside(courses[lane].shape, place, link.is_crossing), lane, kind)


def _beside(shape: Sequence[Point], place: int, is_crossing: bool) -> Point:
    """Where the lane ends, a little further back for each lamp that is there already; in the middle of a crossing."""
    (x0, y0), (x1, y1) = shape[-2:] if len(shape) > 1 else (shape[0], shape[0])
    length_m = math.hypot(x1 - x0, y1 - y0) or 1.0
    if is_crossing:
        return round((shape[0][0] + x1) / 2.0, 2), round((shape[0][1] + y1) / 2.0, 2)
    back = 1.5 + 3.0 * place
    return round(x1 - (x1 - x0) / length_m * back, 2), round(y1 - (y1 - y0) / length_m * back, 2)


def _lanes(network: Network, courses: Mapping[str, Course]) -> Iterable[LanePlace]:
    for signal_id, links in sorted(network.links.items()):
        for lane in dict.fromkeys(link.from_lane for link in links if not link.is_crossing):
            if lane in courses:
                yield LanePlace(lane, signal_id, _rounded(courses[lane].shape))


def _rounded(shape: Iterable[Point]) -> tuple[Point, ...]:
    return tuple((round(x, 1), round(y, 1)) for x, y in shape)


def _roads(network: Network) -> tuple[tuple[Point, ...], ...]:
    """Those of the highest priority first."""
    edges = sorted(network.graph.edges(data=True), key=lambda edge: -int(edge[2]["priority"]))
    found, points = [], 0
    for _, _, data in edges:
        points += len(data["shape"])
        if points > MOST_POINTS:
            break
        found.append(_rounded(data["shape"]))
    return tuple(found)


def longest_corridor(network: Network) -> tuple[str, ...]:
    """The way straight on that passes most signals, none twice; empty where no two follow each other."""
    straight = _straight(network)
    best: tuple[int, tuple[str, ...]] = (1, ())
    for edge in sorted({edge for links in network.links.values() for edge in _edges(links)}):
        way, passed = _follow(edge, straight, network)
        if len(passed) > best[0]:
            best = len(passed), tuple(way)
    return best[1]


def _edges(links: Iterable[Link]) -> set[str]:
    return {link.from_lane.rpartition("_")[0] for link in links if not link.is_crossing}


def _straight(network: Network) -> dict[str, str]:
    """The edge straight ahead of each, where there is one."""
    found: dict[str, str] = {}
    for lane in network.lanes.values():
        for turn in lane.turns_out:
            if turn.direction == "s":
                found.setdefault(lane.edge_id, network.lanes[turn.to_lane].edge_id)
    return found


def _follow(edge: str, straight: Mapping[str, str], network: Network) -> tuple[list[str], list[str]]:
    way, passed, since = [edge], [], 0
    while since <= LOOK_AHEAD_EDGES:
        turns = [turn for lane in network.roads[way[-1]].lanes for turn in network.lanes[lane].turns_out]
        signal_id = next((turn.signal_id for turn in turns if turn.direction == "s" and turn.signal_id), "")
        if signal_id in passed:
            break
        since = 0 if signal_id else since + 1
        passed += [signal_id] * bool(signal_id)
        after = straight.get(way[-1], "")
        if not after or after in way:
            break
        way.append(after)
    return way, passed


def corridor_of(network: Network, edges: Sequence[str]) -> tuple[tuple[Stop, ...], float]:
    """Stop lines along edges, none of no edges, and the mean speed allowed. Raises ScenarioError for an edge that is
    not there."""
    stops, at_m, free_s = [], 0.0, 0.0
    for edge, after in zip(edges, [*edges[1:], ""], strict=False):
        if edge not in network.roads:
            raise ScenarioError(f"{network.path}: no edge '{edge}'; name edges of the network")
        road = network.roads[edge]
        at_m += road.length_m
        free_s += road.length_m / max(network.lanes[road.lanes[0]].speed_mps, 0.1)
        lamps: dict[str, list[int]] = {}
        for signal_id, links in network.links.items():
            for link in links:
                if not link.is_crossing and link.from_lane in road.lanes and (
                        link.to_lane.rpartition("_")[0] == after or (not after and link.direction == "s")):
                    lamps.setdefault(signal_id, []).append(link.index)
        stops += [Stop(signal_id, round(at_m, 1), tuple(sorted(found))) for signal_id, found in lamps.items()]
    return tuple(stops), round(at_m / free_s, 2) if free_s else 13.9
