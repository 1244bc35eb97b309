"""Per movement of every signal: control delay, level of service, volume, saturation.

A vehicle's delay on the way to a stop line is the time from the stop line before (or its departure, with the wait
for it) minus the time it would have taken freely. SUMO says how long a whole trip takes freely (duration minus
time loss, which knows the vehicle's own speed); that time is dealt out over the route by length over speed limit,
so that the delays of a trip sum up to exactly its time loss.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from bench.measures.raw import Route, Shown, Trip
from network.program.phases import steady_state
from network.program.signals import Signal
from network.roads.reader import Network, free_times_s

# HCM, signalised intersections: control delay in s per vehicle up to which a level holds; beyond, F.
LEVELS = (("A", 10.0), ("B", 20.0), ("C", 35.0), ("D", 55.0), ("E", 80.0))
GREEN = frozenset("Gg")
# Saturation flow per lane and hour of green: HCM base 1900, turns as by its default adjustments.
BASE_FLOW_VPH = 1900.0
TURN_FACTOR = {"s": 1.0, "l": 0.95, "L": 0.95, "r": 0.85, "R": 0.85, "t": 0.7, "T": 0.7}

Way = tuple[str, str]
_steady = lru_cache(maxsize=4096)(steady_state)


@dataclass(frozen=True, slots=True)
class Movement:
    """From one edge over a signal to another: state indices and lanes that serve it.

    ``has_free_way``: beside them, a connection without a signal leads from the one edge to the other.
    """

    signal_id: str
    from_edge: str
    to_edge: str
    direction: str
    links: tuple[int, ...]
    lanes: tuple[str, ...]
    has_free_way: bool = False


@dataclass(frozen=True, slots=True)
class Passage:
    """One vehicle that reached a stop line, or is still on its way to it where ``passed`` is False."""

    vehicle: str
    signal_id: str
    way: Way
    links: tuple[int, ...]
    time_s: float
    delay_s: float
    passed: bool


@dataclass(frozen=True, slots=True)
class MovementFigures:
    """One movement over a run. ``saturation`` is that of its lane group: volume over capacity."""

    movement: Movement
    vehicles: int
    flow_vph: float
    delay_s: float
    level: str
    green_share: float
    saturation: float


def level_of_service(delay_s: float, saturation: float = 0.0) -> str:
    """HCM letter; above capacity it is F whatever the delay."""
    if saturation > 1.0:
        return "F"
    return next((letter for letter, limit in LEVELS if delay_s <= limit), "F")


def find_movements(network: Network, signals: Mapping[str, Signal]) -> dict[Way, Movement]:
    """Vehicle movements of all signals by (from edge, to edge)."""
    links: dict[Way, list[tuple[str, int, str, str]]] = defaultdict(list)
    for signal in signals.values():
        for link in signal.links:
            lane, onto = network.lanes.get(link.from_lane), network.lanes.get(link.to_lane)
            if not link.is_crossing and lane is not None and onto is not None and lane.edge_id in network.roads:
                links[lane.edge_id, onto.edge_id].append((signal.id, link.index, lane.id, link.direction))
    free = {
        (lane.edge_id, network.lanes[turn.to_lane].edge_id)
        for lane in network.lanes.values() for turn in lane.turns_out if not turn.signal_id
    }  # fmt: skip
    return {
        way: Movement(
            found[0][0],
            *way,
            found[0][3],
            tuple(sorted({index for _, index, _, _ in found})),
            tuple(sorted({lane for _, _, lane, _ in found})),
            way in free,
        )
        for way, found in links.items()
    }


class Clock:
    """How long each edge with the junction behind it takes freely."""

    def __init__(self, network: Network) -> None:
        self._roads, self._free_s = network.roads, free_times_s(network)
        self._inside: dict[Way, float] = {}
        for lane in network.lanes.values():
            for turn in lane.turns_out:
                onto = network.lanes[turn.to_lane]
                way = lane.edge_id, onto.edge_id
                if way not in self._inside:
                    self._inside[way] = turn.length_m / max(0.1, lane.speed_mps)

    def length_m(self, edge: str) -> float:
        """Length of an edge; 0 where it is unknown."""
        return self._roads[edge].length_m if edge in self._roads else 0.0

    def edge_s(self, edge: str) -> float:
        """Seconds along one edge."""
        return self._free_s.get(edge, 0.0)

    def junction_s(self, way: Way) -> float:
        """Seconds over the junction between two edges."""
        return self._inside.get(way, 0.0)

    def along_s(self, edge: str, metres: float) -> float:
        """Seconds for a part of an edge."""
        length_m = self.length_m(edge)
        return metres * self.edge_s(edge) / length_m if length_m > 0.0 else metres


def passages(
    routes: Sequence[Route],
    trips: Mapping[str, Trip],
    movements: Mapping[Way, Movement],
    clock: Clock,
    end_s: float,
) -> Iterator[Passage]:
    """Every arrival at a stop line in the order of the routes, then who is still on the way to one."""
    for route in routes:
        trip = trips.get(route.id)
        if trip is not None and route.edges:
            yield from _of_vehicle(route, trip, movements, clock, end_s)


def _of_vehicle(
    route: Route, trip: Trip, movements: Mapping[Way, Movement], clock: Clock, end_s: float
) -> Iterator[Passage]:
    free = _free_times(route, trip, clock)
    since_s, since_free_s = route.depart_s - trip.depart_delay_s, 0.0
    for k, way in enumerate(zip(route.edges, route.edges[1:], strict=False)):
        movement = movements.get(way)
        if movement is None:
            continue
        if k < len(route.exits_s):
            passed_s, free_s = route.exits_s[k], free[k]
            delay_s = passed_s - since_s - (free_s - since_free_s)
            yield Passage(route.id, movement.signal_id, way, movement.links, passed_s, delay_s, True)
            since_s, since_free_s = passed_s, free_s
        else:
            delay_s = end_s - since_s - (free[-1] - since_free_s)
            yield Passage(route.id, movement.signal_id, way, movement.links, end_s, delay_s, False)
            return


def _free_times(route: Route, trip: Trip, clock: Clock) -> list[float]:
    """Free time from departure to the end of each edge passed, then to where the vehicle is or has arrived."""
    n = len(route.exits_s)
    nominal = [clock.edge_s(edge) for edge in route.edges[:n]]
    for k in range(1, n):
        nominal[k] += clock.junction_s((route.edges[k - 1], route.edges[k]))
    if nominal:
        nominal[0] = max(0.0, nominal[0] - clock.along_s(route.edges[0], trip.depart_pos_m))
    whole = sum(nominal)
    if n < len(route.edges):  # on the way: the rest of its distance lies on the edge it is on
        whole += clock.along_s(route.edges[n], max(0.0, trip.driven_m - _driven_m(route, trip, clock)))
    free_s = trip.duration_s - trip.time_loss_s - trip.stop_s
    factor = free_s / whole if whole > 0 else 0.0
    return [time * factor for time in accumulate(nominal)] + [free_s]


def _driven_m(route: Route, trip: Trip, clock: Clock) -> float:
    return sum(clock.length_m(edge) for edge in route.edges[: len(route.exits_s)]) - trip.depart_pos_m


def figures(
    movements: Mapping[Way, Movement],
    found: Sequence[Passage],
    shown: Mapping[str, Shown],
    stopping: frozenset[str],
    duration_s: float,
) -> list[MovementFigures]:
    """One entry per movement with traffic. Vehicles in ``stopping`` (buses at stops) count, but not their delay."""
    by_way: dict[Way, list[Passage]] = defaultdict(list)
    for passage in found:
        by_way[passage.way].append(passage)
    volumes = {way: sum(passage.passed for passage in inside) for way, inside in by_way.items()}
    groups = saturations(movements, volumes, shown, duration_s)
    rows = []
    for way, inside in by_way.items():
        counted = [passage.delay_s for passage in inside if passage.vehicle not in stopping]
        delay_s = sum(counted) / len(counted) if counted else 0.0
        flow_vph = 3600.0 * volumes[way] / duration_s
        share = green_share(shown.get(movements[way].signal_id), movements[way].links)
        letter = level_of_service(delay_s, groups.get(way, 0.0))
        rows.append(
            MovementFigures(movements[way], len(inside), flow_vph, delay_s, letter, share, groups.get(way, 0.0))
        )
    return sorted(rows, key=lambda row: (row.movement.signal_id, row.movement.from_edge, row.movement.to_edge))


def green_share(shown: Shown | None, links: Sequence[int]) -> float:
    """Share of the time any of the links was green; green as displayed stands for effective green (HCM)."""
    if shown is None:
        return 0.0
    ends = (*shown.times_s[1:], shown.end_s)
    green = sum(
        end - start
        for start, end, state in zip(shown.times_s, ends, shown.states, strict=True)
        if any(lamp in GREEN for lamp in map(_steady(state).__getitem__, links))
    )
    return green / max(1e-9, shown.end_s - shown.times_s[0])


def saturations(
    movements: Mapping[Way, Movement],
    volumes: Mapping[Way, int],
    shown: Mapping[str, Shown],
    duration_s: float,
) -> dict[Way, float]:
    """Degree of saturation of each movement's lane group: movements of an edge that share lanes go together."""
    result: dict[Way, float] = {}
    for group in lane_groups(movements):
        total = sum(volumes.get(way, 0) for way in group)
        if not total:
            continue
        lanes = {lane for way in group for lane in movements[way].lanes}
        used = sum(volumes.get(way, 0) / _capacity_vph(movements[way], shown) for way in group)
        for way in group:
            result[way] = 3600.0 / duration_s * used / len(lanes)
    return result


def _capacity_vph(movement: Movement, shown: Mapping[str, Shown]) -> float:
    """Of one lane."""
    return saturation_flow_vph(movement) * max(1e-3, green_share(shown.get(movement.signal_id), movement.links))


def saturation_flow_vph(movement: Movement) -> float:
    """Vehicles per lane and hour of green."""
    return BASE_FLOW_VPH * TURN_FACTOR.get(movement.direction, 1.0)


def lane_groups(movements: Mapping[Way, Movement]) -> list[list[Way]]:
    """Movements that share lanes, directly or through others."""
    groups: list[tuple[set[str], list[Way]]] = []
    for way, movement in movements.items():
        lanes, members = set(movement.lanes), [way]
        kept = []
        for other_lanes, others in groups:
            if lanes & other_lanes:
                lanes |= other_lanes
                members += others
            else:
                kept.append((other_lanes, others))
        groups = [*kept, (lanes, members)]
    return [members for _, members in groups]


def used_green(
    found: Sequence[Passage], movements: Mapping[Way, Movement], shown: Mapping[str, Shown]
) -> dict[str, float]:
    """Per signal, the share of green lane-seconds that vehicles at saturation headway needed (0..1 and above)."""
    needed: dict[str, float] = defaultdict(float)
    offered: dict[str, float] = defaultdict(float)
    for passage in found:
        if passage.passed:
            needed[passage.signal_id] += 3600.0 / saturation_flow_vph(movements[passage.way])
    lanes: dict[tuple[str, str], set[int]] = defaultdict(set)
    for movement in movements.values():
        for lane in movement.lanes:
            lanes[movement.signal_id, lane].update(movement.links)
    for (signal_id, _), links in lanes.items():
        signs = shown.get(signal_id)
        if signs is not None:
            offered[signal_id] += green_share(signs, sorted(links)) * (signs.end_s - signs.times_s[0])
    return {i: needed[i] / offered[i] for i in offered if offered[i] > 0}
