"""MAP: where the lanes of an intersection lie, which leads to which, and which signal group lets it go.

A signal group is a state index of SUMO's program, plus one: nothing is grouped that a controller could part. Nodes run
away from the intersection, the first one at the stop line, as the standard has it; they are absolute (WGS84).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from controllers.announce.envelope import Sender, batches, envelope, numbers, signal_group
from network.errors import ScenarioError
from network.program.signals import Link
from network.roads.geography import DEFAULT_WIDTH_M, Course, Point, ToDegrees, read_geography, to_degrees
from network.roads.reader import Network

MANEUVERS = {"s": "maneuverStraightAllowed", "l": "maneuverLeftAllowed", "L": "maneuverLeftAllowed",
             "r": "maneuverRightAllowed", "R": "maneuverRightAllowed", "t": "maneuverUTurnAllowed",
             "T": "maneuverUTurnAllowed"}  # fmt: skip
TENTH_MICRODEGREES = 10_000_000
MOST_LANES, MOST_NODES, MOST_CONNECTIONS = 255, 63, 16
REACH_M = 300.0
"""Of a lane as far as this from the junction is told."""
MOTOR = frozenset({"passenger", "private", "delivery", "truck", "trailer", "motorcycle", "evehicle", "custom1"})
RAIL = frozenset({"tram", "rail", "rail_urban", "rail_electric", "rail_fast"})


@dataclass(frozen=True, slots=True)
class _Way:
    """A lane of an intersection. ingress: traffic comes to the stop line on it."""

    id: str
    ingress: bool
    is_crossing: bool


def map_messages(network: Network, sender: Sender, origin: Point | None = None) -> Iterator[dict[str, Any]]:
    """MAPEM of all signals of a network, as many intersections in each as fit.

    origin: latitude and longitude of (0, 0) where the network has no projection. Raises ScenarioError where there is
    no signal, no way to WGS84, or more lanes than messages have numbers for.
    """
    if not network.links:
        raise ScenarioError(f"{network.path}: no signals; give a network that has some")
    ways = {signal_id: _ways(signal_id, links) for signal_id, links in network.links.items()}
    location, courses = read_geography(network.path, {way.id for found in ways.values() for way in found})
    place = to_degrees(location, network.path, origin)
    number = numbers(network.links)
    found = [_intersection(network, signal_id, number[signal_id], sender, ways[signal_id], courses, place)
             for signal_id in sorted(network.links)]  # fmt: skip
    for part in batches(found):
        yield envelope("mapem", sender, sender.epoch, {
            "msg_issue_revision": 0, "layer_type": "intersectionData", "intersections": list(part)})


def _ways(signal_id: str, links: Iterable[Link]) -> list[_Way]:
    """Lanes before the stop lines, crossings, and lanes that lead away; in the order of the state indices."""
    links = tuple(links)
    before = dict.fromkeys(link.from_lane for link in links if not link.is_crossing)
    crossings = dict.fromkeys(link.to_lane for link in links if link.is_crossing)
    after = dict.fromkeys(link.to_lane for link in links if not link.is_crossing)
    ways = [*(_Way(lane, True, False) for lane in before), *(_Way(lane, True, True) for lane in crossings),
            *(_Way(lane, False, False) for lane in after)]  # fmt: skip
    if len(ways) > MOST_LANES:
        raise ScenarioError(f"signal {signal_id}: {len(ways)} lanes; messages have numbers for {MOST_LANES}")
    return ways


def _intersection(network: Network, signal_id: str, number: int, sender: Sender, ways: list[_Way],
                  courses: Mapping[str, Course], place: ToDegrees) -> dict[str, Any]:
    links = network.links[signal_id]
    lane_ids = {(way.id, way.ingress): k for k, way in enumerate(ways, start=1)}
    known = [way for way in ways if way.id in courses]
    if len(known) < len(ways):
        lost = next(way.id for way in ways if way.id not in courses)
        raise ScenarioError(f"{network.path}: lane {lost} has no shape; rebuild the network with netconvert")
    ends = [_nodes(way, courses[way.id])[0] for way in ways]
    middle = (sum(x for x, _ in ends) / len(ends), sum(y for _, y in ends) / len(ends))
    lat, lon = place(middle)
    return {
        "name": signal_id, "id": {"region": sender.region, "id": number}, "revision": 0,
        "ref_point": {"latitude": round(lat * TENTH_MICRODEGREES), "longitude": round(lon * TENTH_MICRODEGREES)},
        "lane_width": round(DEFAULT_WIDTH_M * 100),
        "lane_set": [_lane(network, signal_id, way, links, lane_ids, courses[way.id], place) for way in ways],
    }  # fmt: skip


def _lane(network: Network, signal_id: str, way: _Way, links: Iterable[Link],
          lane_ids: Mapping[tuple[str, bool], int], course: Course, place: ToDegrees) -> dict[str, Any]:
    own = [link for link in links if link.to_lane == way.id and link.is_crossing] if way.is_crossing else [
        link for link in links if way.ingress and link.from_lane == way.id and not link.is_crossing]
    lane: dict[str, Any] = {
        "lane_id": lane_ids[way.id, way.ingress], "name": way.id, "lane_attributes": _attributes(network, way),
        "node_list": {"nodes": [_node(place(at), k == 0 and way.ingress) for k, at in enumerate(_nodes(way, course))]},
    }  # fmt: skip
    turns = sorted({MANEUVERS[link.direction] for link in own if link.direction in MANEUVERS and not link.is_crossing})
    if turns:
        lane["maneuvers"] = turns
    connections = [_connection(signal_id, link, lane_ids) for link in own]
    if len(connections) > MOST_CONNECTIONS:
        raise ScenarioError(f"signal {signal_id}: lane {way.id} leads to {len(connections)} others; a message has "
                            f"room for {MOST_CONNECTIONS}")
    if connections:
        lane["connects_to"] = connections
    return lane


def _connection(signal_id: str, link: Link, lane_ids: Mapping[tuple[str, bool], int]) -> dict[str, Any]:
    """Where a lane leads and who lets it go; a crossing leads along itself."""
    to: dict[str, Any] = {"lane": lane_ids[link.to_lane, link.is_crossing]}
    if link.direction in MANEUVERS and not link.is_crossing:
        to["maneuver"] = [MANEUVERS[link.direction]]
    return {"connecting_lane": to, "signal_group": signal_group(link.index, signal_id)}


def _attributes(network: Network, way: _Way) -> dict[str, Any]:
    if way.is_crossing:
        return {"directional_use": ["ingressPath", "egressPath"], "shared_with": [], "lane_type": {"crosswalk": []}}
    lane = network.lanes.get(way.id)
    classes = frozenset() if lane is None else lane.classes
    use = ["ingressPath" if way.ingress else "egressPath"]
    return {"directional_use": use, "shared_with": _shared(classes), "lane_type": _type(classes)}


def _type(classes: frozenset[str]) -> dict[str, list[str]]:
    if not classes:
        return {"sidewalk": []}
    if classes & MOTOR:
        return {"vehicle": []}
    if classes <= RAIL:
        return {"tracked_vehicle": []}
    if classes == {"bicycle"}:
        return {"bike_lane": []}
    if "taxi" in classes and "bus" not in classes:
        return {"vehicle": ["restrictedToTaxiUse"]}
    return {"vehicle": ["restrictedToBusUse"] if "bus" in classes else ["restrictedFromPublicUse"]}


def _shared(classes: frozenset[str]) -> list[str]:
    """Who else drives there."""
    kinds = (("bicycle", "cyclistVehicleTraffic"), ("bus", "busVehicleTraffic"), ("taxi", "taxiVehicleTraffic"),
             ("tram", "trackedVehicleTraffic"))  # fmt: skip
    found = [name for kind, name in kinds if kind in classes]
    return (["individualMotorizedVehicleTraffic"] if classes & MOTOR else []) + found


def _nodes(way: _Way, course: Course) -> list[Point]:
    """Places from the intersection outwards: of a lane its first `REACH_M`, of a crossing all of it."""
    shape = list(course.shape[::-1]) if way.ingress and not way.is_crossing else list(course.shape)
    if len(shape) < 2:
        shape = shape * 2
    return shape[:MOST_NODES] if way.is_crossing else _first(shape)[:MOST_NODES]


def _first(shape: list[Point]) -> list[Point]:
    """The shape up to `REACH_M`."""
    kept, left_m = [shape[0]], REACH_M
    for (x0, y0), (x1, y1) in zip(shape, shape[1:], strict=False):
        length_m = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
        part = min(1.0, left_m / length_m) if length_m > 0 else 1.0
        kept.append((x0 + part * (x1 - x0), y0 + part * (y1 - y0)))
        left_m -= length_m
        if left_m <= 0:
            break
    return kept


def _node(degrees: Point, at_stop_line: bool) -> dict[str, Any]:
    lat, lon = (round(value * TENTH_MICRODEGREES) for value in degrees)
    node: dict[str, Any] = {"delta": {"node_lat_lon": {"lat": lat, "lon": lon}}}
    if at_stop_line:
        node["attributes"] = {"local_node": ["stopLine"]}
    return node
