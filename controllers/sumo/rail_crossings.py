"""Crossings of a railway close behind which a signal holds traffic: the track is cleared before the gate closes.

A queue that reaches back over the track gets green in time, as a request of its own. SUMO's gates close themselves; who
may go onto the track is theirs to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from controllers.sumo.running_program import KINDS

NEAR_M = 150.0
"""A queue before a signal further away does not reach the track."""
GATE_S = 20.0
"""A gate begins to close so long before the train is there: SUMO's 15 s, and yellow."""
SEEN_S = 90.0
SLOWEST_MPS = 5.0
RAIL = frozenset({"rail", "rail_electric", "rail_fast", "rail_urban", "tram", "subway"})


@dataclass(frozen=True)
class Crossing:
    """tracks: edges of the railway behind the crossing; links: of signals, that take traffic away from it."""

    id: str
    tracks: tuple[str, ...]
    links: tuple[tuple[str, int], ...]


def crossings_beside(api: Any, links: Mapping[tuple[str, int], int]) -> tuple[Crossing, ...]:
    """Crossings from which a road leads to a driven signal that is near."""
    lights = api.trafficlight
    found = []
    for crossing in lights.getIDList():
        if KINDS.get(lights.getAllProgramLogics(crossing)[0].type) != "rail_crossing":
            continue
        behind = {ways[0][1].rpartition("_")[0] for ways in lights.getControlledLinks(crossing) if ways}
        away = tuple(_links_from(api, behind, links))
        tracks = tuple(edge for edge in api.junction.getOutgoingEdges(crossing)
                       if not edge.startswith(":") and _is_railway(api, edge))
        if away and tracks:
            found.append(Crossing(crossing, tracks, away))
    return tuple(found)


def _is_railway(api: Any, edge: str) -> bool:
    allowed = set(api.lane.getAllowed(f"{edge}_0"))
    return bool(allowed) and allowed <= RAIL


def _links_from(api: Any, edges: set[str], links: Mapping[tuple[str, int], int]) -> Iterator[tuple[str, int]]:
    """Driven links whose lanes lie on these edges, where they are short."""
    for signal in dict.fromkeys(signal for signal, _ in links):
        for index, ways in enumerate(api.trafficlight.getControlledLinks(signal)):
            lanes = [way[0] for way in ways]
            if (signal, index) in links and any(
                    lane.rpartition("_")[0] in edges and api.lane.getLength(lane) <= NEAR_M for lane in lanes):
                yield signal, index


def closes_in_s(api: Any, crossing: Crossing, train: str) -> float | None:
    """Seconds until the gate closes for a train; None where it is not on its way there, or the gate is closed."""
    for track in crossing.tracks:
        distance_m = float(api.vehicle.getDrivingDistance(train, track, 0.0, 0))
        if distance_m >= 0.0:
            due_s = distance_m / max(SLOWEST_MPS, float(api.vehicle.getSpeed(train))) - GATE_S
            return due_s if 0.0 <= due_s <= SEEN_S else None
    return None
