"""The road network as a graph, and lane by lane.

The graph is a plain ``networkx.MultiDiGraph``.

| element | key | attributes |
|---|---|---|
| graph | | ``path`` str |
| node | junction id | ``x_m``, ``y_m`` float, ``kind`` str (SUMO's junction type) |
| edge | (from junction, to junction, edge id) | ``length_m``, ``speed_mps`` (of its fastest lane) float, |
| | | ``lanes`` tuple of lane ids, right to left, ``shape`` tuple of (x, y), |
| | | ``priority`` int, ``signals`` tuple of the signal ids that control its end |

Internal edges (inside junctions), crossings and walking areas are no edges of the graph. Lanes and the turns
between them are kept beside it, because detectors are traced lane by lane.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import networkx as nx

_TURN_SHARE = {"s": 0.6, "l": 0.2, "r": 0.2, "L": 0.2, "R": 0.2, "t": 0.01}

RoadGraph: TypeAlias = "nx.MultiDiGraph[str]"


@dataclass(frozen=True, slots=True)
class Turn:
    """One way from lane to lane over a junction; ``length_m`` is the path inside it.

    ``via`` are the internal lanes, ``direction`` is SUMO's letter (s, l, r, L, R, t, T),
    ``signal_id`` is empty where no signal controls it.
    """

    from_lane: str
    to_lane: str
    via: tuple[str, ...]
    direction: str
    length_m: float
    signal_id: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One lane. ``classes`` are the vehicle classes that may drive on it; empty: a footway."""

    id: str
    edge_id: str
    index: int
    length_m: float
    speed_mps: float
    classes: frozenset[str]
    turns_in: tuple[Turn, ...]
    turns_out: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class Junction:
    """A node of the graph as read."""

    id: str
    x_m: float
    y_m: float
    kind: str


@dataclass(frozen=True, slots=True)
class Road:
    """An edge of the graph as read; lane ids from right to left."""

    id: str
    from_node: str
    to_node: str
    length_m: float
    speed_mps: float
    lanes: tuple[str, ...]
    shape: tuple[tuple[float, float], ...]
    priority: int
    signals: tuple[str, ...]


def build_graph(path: str, junctions: Iterable[Junction], roads: Iterable[Road]) -> RoadGraph:
    """The graph described in the module's docstring."""
    graph: RoadGraph = nx.MultiDiGraph(path=path)
    for junction in junctions:
        graph.add_node(junction.id, x_m=junction.x_m, y_m=junction.y_m, kind=junction.kind)
    for road in roads:
        graph.add_edge(
            road.from_node,
            road.to_node,
            key=road.id,
            length_m=road.length_m,
            speed_mps=road.speed_mps,
            lanes=road.lanes,
            shape=road.shape,
            priority=road.priority,
            signals=road.signals,
        )
    return graph


def turn_share(direction: str) -> float:
    """Weight of a turn among those of a lane, where nothing is known of its vehicles."""
    return _TURN_SHARE.get(direction, 0.2)
