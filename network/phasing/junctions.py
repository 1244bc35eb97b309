"""A signal that controls several junctions, junction by junction.

Its program ties them together; nothing they do is in conflict, so each is planned on its own where there is room
between them for those who wait there.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import networkx as nx

from network.phasing.added_phases import added_phases
from network.phasing.compatible import onward_links
from network.program.phases import find_phases, linked_only
from network.program.rings import NEMA
from network.program.signals import Signal
from network.roads.reader import Network

# As far as the middle loop: about five vehicles wait in between.
ROOM_M = 40.0
# Two do, and where the way ends at a lamp the junctions know of each other's queues.
LAMP_ROOM_M = 15.0
# Junctions in a ring block each other all the way round once one way between them is full.
RING_ROOM_M = 120.0


def planned_alone(network: Network, signal: Signal, turns_go_on: bool) -> tuple[Signal, ...]:
    """The junctions of a signal, each as a signal with its own links, lanes and phases; none where it has but one.

    Junctions that share a lamp stay one. So do those with less than `LAMP_ROOM_M` between them, `ROOM_M` where the way
    ends without a lamp, `RING_ROOM_M` in a ring; and one without a choice of phases goes with the largest. Times and
    conflicts are those of the whole signal. ``turns_go_on``: see `network.phasing.added_phases`.
    """
    if signal.left_alone or signal.program.kind == NEMA or len({link.node_id for link in signal.links}) < 2:
        return ()
    parts = [_part(network, signal, nodes, turns_go_on) for nodes in _groups(network, signal)]
    choices = sorted((part for part in parts if len(part.phases) > 1 and part.lanes), key=lambda part: len(part.links))
    if len(choices) < 2:
        return ()
    others = {link.node_id for part in parts if part not in choices for link in part.links}
    if others:
        choices[-1] = _part(network, signal, others | {link.node_id for link in choices[-1].links}, turns_go_on)
    return tuple(sorted(choices, key=lambda part: part.links[0].index))


def _groups(network: Network, signal: Signal) -> list[set[str]]:
    """Nodes that cannot be told apart."""
    together = nx.Graph()
    by_lamp: dict[int, str] = {}
    for link in signal.links:
        together.add_edge(link.node_id, by_lamp.setdefault(link.index, link.node_id))
    together.add_edges_from(_neighbours(network, signal, LAMP_ROOM_M).edges)
    lamps = {network.lanes[link.from_lane].edge_id for link in signal.links if link.from_lane in network.lanes}
    together.add_edges_from(_neighbours(network, signal, ROOM_M, lamps).edges)
    rings = _neighbours(network, signal, RING_ROOM_M)
    rings.remove_edges_from(list(nx.bridges(rings)))
    together.add_edges_from(rings.edges)
    return [set(nodes) for nodes in nx.connected_components(together)]


def _neighbours(
    network: Network, signal: Signal, room_m: float, without: Collection[str] = frozenset()
) -> nx.Graph:
    """Nodes with a way of less than ``room_m`` between them that uses no road of ``without``."""
    near = nx.Graph()
    nodes = {link.node_id for link in signal.links}
    for node in nodes:
        roads = nx.subgraph_view(
            network.graph,
            filter_edge=lambda a, _, road, node=node: (a == node or a not in nodes) and road not in without,
        )
        found = nx.single_source_dijkstra_path_length(roads, node, cutoff=room_m, weight="length_m")
        near.add_edges_from((node, other) for other in nodes - {node} if found.get(other, room_m) < room_m)
    return near


def _part(network: Network, signal: Signal, nodes: set[str], turns_go_on: bool) -> Signal:
    links = tuple(link for link in signal.links if link.node_id in nodes)
    own = {link.from_lane for link in links}
    program = linked_only(signal.program, links)
    phases = find_phases(program, signal.conflicts, signal.yields_to)
    return replace(
        signal,
        id=f"{signal.id}/{'+'.join(sorted(nodes))}",
        program=program,
        links=links,
        phases=phases,
        lanes=tuple(lane for lane in signal.lanes if lane.id in own),
        added=added_phases(phases, links, signal.conflicts, signal.yields_to, onward_links(network, links),
                           turns_go_on),
        part_of=signal.id,
    )
