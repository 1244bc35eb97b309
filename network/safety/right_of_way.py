"""Who conflicts with whom at a signal, and who of two gives way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from network.program.phases import GREEN, is_phase_state, steady_state
from network.program.signals import BoolArray, Link, Program
from network.roads.reader import Requests

STRAIGHT = "s"


def foe_tables(
    links: Sequence[Link], requests: Mapping[str, Requests], n: int
) -> tuple[BoolArray, BoolArray]:
    """``conflicts`` (symmetric) and ``yields_to`` of the network as bool[n, n] over state indices, read-only.

    Links of different junctions have no foes among each other. Links that share an index add up, and an
    index is no foe of itself.
    """
    conflicts = np.zeros((n, n), dtype=np.bool_)
    yields_to = np.zeros((n, n), dtype=np.bool_)
    by_node: dict[str, list[Link]] = defaultdict(list)
    for link in links:
        if link.node_id in requests and 0 <= link.node_index < len(requests[link.node_id].foes):
            by_node[link.node_id].append(link)
    for node_id, members in by_node.items():
        rows = np.array([link.node_index for link in members])
        where = np.array([link.index for link in members])
        pairs = np.ix_(rows, rows)
        first, second = np.nonzero(requests[node_id].foes[pairs])
        conflicts[where[first], where[second]] = True
        first, second = np.nonzero(requests[node_id].response[pairs])
        yields_to[where[first], where[second]] = True
    conflicts |= conflicts.T | yields_to | yields_to.T
    np.fill_diagonal(conflicts, False)
    np.fill_diagonal(yields_to, False)
    return _frozen(conflicts), _frozen(yields_to)


def endless_turns_yield(
    program: Program, links: Sequence[Link], conflicts: BoolArray, yields_to: BoolArray
) -> BoolArray:
    """``yields_to`` (bool[n, n], read-only) with turns that never see red giving way to those who do.

    Only where the program shows both with priority at once, which leaves open who goes first. The network answers for a
    junction whose signal is off, from the right before from the left: through traffic would wait on its own green for
    a free right turn from a street that has red.
    """
    shown = [steady_state(row.state) for row in program.intervals]
    states = np.array([list(state) for state in shown if is_phase_state(state)])
    if not states.size:
        return yields_to
    endless = np.isin(states, list(GREEN)).all(axis=0)
    turns = np.zeros(states.shape[1], dtype=np.bool_)
    turns[[link.index for link in links if not link.is_crossing]] = True
    turns[[link.index for link in links if link.direction == STRAIGHT]] = False
    priority = states == "G"
    together = (priority[:, :, None] & priority[:, None, :]).any(axis=0)
    gives_way = conflicts & together & (endless & turns)[:, None] & ~endless
    return _frozen((yields_to | gives_way) & ~gives_way.T)


def _frozen(table: BoolArray) -> BoolArray:
    table.flags.writeable = False
    return table
