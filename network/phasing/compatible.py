"""Which lanes may have green at the same time, as the network says who meets whom and where they go next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice

import networkx as nx
import numpy as np

from network.program.signals import BoolArray, Link
from network.roads.reader import Network

MOST_SETS = 24
"""More phases cost the planner more time in every decision than they are worth."""
MOST_LOOKED_AT = 10_000
"""Where one signal has many junctions there are as many as the product of theirs."""
INSIDE_M = 120.0
"""Who has to stop so close behind one junction of a signal stands back into it before long."""


def largest_sets(
    lanes: Sequence[frozenset[int]], conflicts: BoolArray, onward: Mapping[int, frozenset[int]]
) -> tuple[frozenset[int], ...]:
    """Links of lanes that may all have green together, none of which meets another, and to which no lane can be added.

    ``lanes``: the links of each lane; one whose own links meet is in no set. ``conflicts``: bool[n, n]. ``onward``: see
    `onward_links`; lanes of which a link leads to a red lane are left out of a set afterwards. The largest come first,
    at most `MOST_SETS`. Before that these are the maximal cliques of the graph of lanes that do not meet.
    """
    meets, free = _who_meets(lanes, conflicts), nx.Graph()
    for number in np.flatnonzero(~meets.diagonal()).tolist():
        others = [other for other in free if not meets[number, other]]
        free.add_node(number)
        free.add_edges_from((number, other) for other in others)
    needs = {lane: [onward[i] for i in lane if i in onward] for lane in lanes}
    cliques = islice(nx.find_cliques(free), MOST_LOOKED_AT)
    found = {_flowing([lanes[i] for i in clique], needs) for clique in cliques} - {frozenset[int]()}
    return tuple(sorted(found, key=lambda links: (-len(links), sorted(links)))[:MOST_SETS])


def onward_links(network: Network, links: Sequence[Link]) -> dict[int, frozenset[int]]:
    """For each link of a signal that leads towards another junction of it, the links that it leads to there.

    None where that way ends without a lamp. Those whose way is longer than `INSIDE_M` are left out.
    """
    nodes = {link.node_id for link in links}
    if len(nodes) < 2:
        return {}
    of_lane: dict[str, set[int]] = {}
    for link in links:
        of_lane.setdefault(link.from_lane, set()).add(link.index)
    found: dict[int, set[int]] = {}
    for link in links:
        for lane_id in _lanes_inside(network, link.to_lane, nodes):
            found.setdefault(link.index, set()).update(of_lane.get(lane_id, ()))
    return {index: frozenset(indices) for index, indices in found.items()}


def _lanes_inside(network: Network, first: str, nodes: set[str]) -> list[str]:
    """Lanes that end at one of the nodes, within reach downstream of the beginning of a lane, which is one of them."""
    found: list[str] = []
    waiting, seen = [(first, 0.0)], {first}
    while waiting:
        lane_id, passed_m = waiting.pop()
        if lane_id not in network.lanes:  # a footway between crossings
            continue
        lane = network.lanes[lane_id]
        end_m = passed_m + lane.length_m
        if end_m >= INSIDE_M:
            continue
        if network.roads[lane.edge_id].to_node in nodes:
            found.append(lane_id)
            continue
        after = {turn.to_lane: end_m + turn.length_m for turn in lane.turns_out}
        waiting += [(other, start_m) for other, start_m in after.items() if other not in seen]
        seen |= after.keys()
    return found


def _flowing(
    lanes: Sequence[frozenset[int]], needs: Mapping[frozenset[int], Sequence[frozenset[int]]]
) -> frozenset[int]:
    """Links of those lanes from which all find green where they go next; ``needs``: any of each, by lane."""
    while True:
        green = frozenset[int]().union(*lanes)
        kept = [lane for lane in lanes if not any(green.isdisjoint(ways) for ways in needs[lane])]
        if len(kept) == len(lanes):
            return green
        lanes = kept


def _who_meets(lanes: Sequence[frozenset[int]], conflicts: BoolArray) -> BoolArray:
    """bool[lanes, lanes]: whether links of the two conflict."""
    of_lane = np.zeros((len(lanes), len(conflicts)), dtype=np.float32)
    for number, lane in enumerate(lanes):
        of_lane[number, list(lane)] = 1.0
    return (of_lane @ conflicts.astype(np.float32) @ of_lane.T) > 0.0
