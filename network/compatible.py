"""Which lanes may have green at the same time, as the network says who meets whom."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import networkx as nx
import numpy as np

from network.signals import BoolArray

MOST_SETS = 24
"""More phases are looked at by the planner in every decision than help."""
MOST_LOOKED_AT = 10_000
"""Where one signal has many junctions there are as many as the product of theirs."""


def largest_sets(lanes: Sequence[frozenset[int]], conflicts: BoolArray) -> tuple[frozenset[int], ...]:
    """Links of lanes that may all have green together, none of which meets another, and to which no lane can be added.

    ``lanes``: the links of each lane; one whose own links meet is in no set. ``conflicts``: bool[n, n]. The largest
    come first, at most `MOST_SETS`. These are the maximal cliques of the graph of lanes that do not meet.
    """
    free = nx.Graph()
    for number, lane in enumerate(lanes):
        if _meet(lane, lane, conflicts):
            continue
        others = [other for other in free if not _meet(lane, lanes[other], conflicts)]
        free.add_node(number)
        free.add_edges_from((number, other) for other in others)
    found = (frozenset[int]().union(*(lanes[i] for i in clique)) for clique in nx.find_cliques(free))
    ordered = sorted(set(islice(found, MOST_LOOKED_AT)), key=lambda links: (-len(links), sorted(links)))
    return tuple(ordered[:MOST_SETS])


def _meet(some: frozenset[int], others: frozenset[int], conflicts: BoolArray) -> bool:
    return bool(conflicts[np.ix_(sorted(some), sorted(others))].any())
