"""A corridor through the network and how vehicles moved along it."""

from __future__ import annotations

import csv
import heapq
import io
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.measures.movements import Clock, Movement, Way
from bench.measures.raw import Route
from bench.measures.streams import AGAIN, named
from network.errors import ScenarioError
from network.files import unpacked
from network.roads.reader import Network

Track = list[tuple[float, float]]  # (time in s, distance along the corridor in m)


@dataclass(frozen=True, slots=True)
class StopLine:
    """A signal on the way: where its stop line is, and the state indices that go straight along the corridor."""

    signal_id: str
    at_m: float
    links: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Corridor:
    """Edges one after the other; ``starts_m`` is where each begins, ``length_m`` where the last one ends."""

    edges: tuple[str, ...]
    starts_m: tuple[float, ...]
    length_m: float
    stop_lines: tuple[StopLine, ...]


def lay_corridor(edges: Sequence[str], network: Network, movements: Mapping[Way, Movement]) -> Corridor:
    """Measure a sequence of edges; junctions count with the length of the way over them."""
    starts, lines, at_m = [], [], 0.0
    for edge, after in zip(edges, [*edges[1:], ""], strict=True):
        starts.append(at_m)
        at_m += network.roads[edge].length_m
        movement = movements.get((edge, after))
        if movement is not None:
            lines.append(StopLine(movement.signal_id, at_m, movement.links))
        at_m += _inside_m(network, edge, after)
    return Corridor(tuple(edges), tuple(starts), at_m, tuple(lines))


def find_corridor(routes: Sequence[Route], movements: Mapping[Way, Movement]) -> tuple[str, ...]:
    """The stretch of a route that vehicles drive with the most traffic from signal to signal; empty for none."""
    direct: Counter[tuple[Way, Way]] = Counter()
    distinct: dict[tuple[str, ...], list[int]] = {}
    for route in routes:
        if route.edges not in distinct:
            ways = zip(route.edges, route.edges[1:], strict=False)
            distinct[route.edges] = [k for k, way in enumerate(ways) if way in movements]
        direct.update(_hops(route.edges, distinct[route.edges]))
    best: tuple[str, ...] = ()
    most = 0
    for edges, places in distinct.items():
        ids = [movements[edges[k], edges[k + 1]].signal_id for k in places]
        score = sum(direct[hop] for hop in set(_hops(edges, places))) if len(set(ids)) == len(ids) else 0
        if len(places) > 1 and score > most:
            best, most = edges[places[0] : places[-1] + 2], score
    return best


def _hops(edges: Sequence[str], places: Sequence[int]) -> list[tuple[Way, Way]]:
    ways = [(edges[k], edges[k + 1]) for k in places]
    return list(zip(ways, ways[1:], strict=False))


def fastest_way(network: Network, start: str, goal: str) -> tuple[str, ...]:
    """Edges of the fastest free way between two edges; ScenarioError where there is none."""
    for edge in (start, goal):
        if edge not in network.roads:
            raise ScenarioError(f"--corridor: no edge '{edge}' in {network.path}; give edge ids")
    clock = Clock(network)
    onward: dict[str, set[str]] = defaultdict(set)
    for lane in network.lanes.values():
        onward[lane.edge_id].update(network.lanes[turn.to_lane].edge_id for turn in lane.turns_out)
    waiting: list[tuple[float, str, tuple[str, ...]]] = [(0.0, start, (start,))]
    done: set[str] = set()
    while waiting:
        spent_s, edge, way = heapq.heappop(waiting)
        if edge == goal:
            return way
        if edge in done:
            continue
        done.add(edge)
        for after in sorted(onward[edge] - done):
            if after in network.roads:
                heapq.heappush(waiting, (spent_s + clock.edge_s(after), after, (*way, after)))
    raise ScenarioError(f"--corridor: no way from '{start}' to '{goal}'")


def tracks_from_routes(corridor: Corridor, routes: Sequence[Route]) -> list[Track]:
    """One line per vehicle and stretch on the corridor, with a point at every end of an edge."""
    place = {edge: k for k, edge in enumerate(corridor.edges)}
    ends = [*corridor.starts_m[1:], corridor.length_m]
    found = []
    for route in routes:
        track: Track = []
        last = -2
        entered_s = route.depart_s
        for edge, exit_s in zip(route.edges, route.exits_s, strict=False):
            k = place.get(edge, -1)
            if k < 0 or k != last + 1:
                found.append(track)
                track = [(entered_s, corridor.starts_m[k])] if k >= 0 else []
            if k >= 0:
                track.append((exit_s, ends[k]))
            last, entered_s = (k, exit_s) if k >= 0 else (-2, exit_s)
        found.append(track)
    return [track for track in found if len(track) > 1]


@named
def tracks_from_positions(path: Path, corridor: Corridor, begin_s: float, end_s: float) -> list[Track]:
    """The same from positions as SUMO wrote them, between two times."""
    place = dict(zip(corridor.edges, corridor.starts_m, strict=True))
    tracks: dict[str, Track] = defaultdict(list)
    done: list[Track] = []
    with unpacked(path, AGAIN) as stream:
        for row in csv.DictReader(io.TextIOWrapper(stream, encoding="utf-8", newline=""), delimiter=";"):
            time_s = float(row["timestep_time"])
            if not begin_s <= time_s <= end_s:
                continue
            edge = row["vehicle_lane"].rpartition("_")[0]
            if edge in place:
                _extend(tracks[row["vehicle_id"]], done, time_s, place[edge] + float(row["vehicle_pos"]))
    return [track for track in [*tracks.values(), *done] if len(track) > 1]


def _extend(track: Track, done: list[Track], time_s: float, at_m: float) -> None:
    """A vehicle that was away for long, or is further back, starts a new line."""
    if track and (time_s - track[-1][0] > 30.0 or at_m < track[-1][1] - 1.0):
        done.append(list(track))
        track.clear()
    track.append((time_s, at_m))


def _inside_m(network: Network, edge: str, after: str) -> float:
    for lane in network.roads[edge].lanes:
        for turn in network.lanes[lane].turns_out:
            if network.lanes[turn.to_lane].edge_id == after:
                return turn.length_m
    return 0.0
