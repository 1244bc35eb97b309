"""Phases of which no two turns lock each other: parts of a phase that shows a circle of waits.

Where turns that wait for each other round in a circle (`network.safety.circular_waits`) are green at once, the phase is
shown in parts, each with one lane of every circle on red. As many as bring green to all that the phase has take its
place where the order is free.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

import networkx as nx

from network.program.phases import green_links
from network.program.signals import BoolArray, Phase

Groups = Sequence[frozenset[int]]
MOST_GROUPS = 12
"""Of circles that share lanes: choices double with each group more, and no junction at hand has half as many."""


def parted(
    phases: Sequence[Phase], groups: Groups, circles: Sequence[tuple[int, ...]], conflicts: BoolArray
) -> tuple[Phase, ...]:
    """The parts of each phase that shows a circle, with its number in ``part_of``; none of the other phases.

    ``groups``: links that change together; ``conflicts``: bool[n, n]. What cannot be parted is left as it is.
    """
    found: list[Phase] = []
    for number, phase in enumerate(phases):
        green = green_links(phase.state)
        shown = [frozenset(circle) for circle in circles if green.issuperset(circle)]
        kept = _without_circles(groups, green, shown) if shown else []
        kept.sort(key=lambda own: (-len(own), sorted(own)))
        covering = _covering(kept, green)
        for own in kept if covering else ():
            part = replace(phase, state=_lamps(phase.state, own, conflicts), shown_s=0.0, min_s=0.0, max_s=0.0)
            found.append(replace(part, part_of=number, instead=own in covering))
    return tuple(found)


def _without_circles(groups: Groups, green: frozenset[int], circles: Sequence[frozenset[int]]) -> list[frozenset[int]]:
    """Links that may be green together. Circles that share no lane, as at several junctions of one signal, are parted
    at the same time: as many parts as those need that need most, not the product of all."""
    choices = [_least_left_out(groups, green, each) for each in _sharing_lanes(groups, circles)]
    if not all(choices):
        return []
    rounds = range(max(len(each) for each in choices))
    found = (green.difference(*(each[k % len(each)] for each in choices)) for k in rounds)
    return list(dict.fromkeys(found))


def _sharing_lanes(groups: Groups, circles: Sequence[frozenset[int]]) -> list[list[frozenset[int]]]:
    """Circles that have a group in common, also by others between them."""
    graph: nx.Graph[tuple[str, int]] = nx.Graph()
    for number, circle in enumerate(circles):
        graph.add_edges_from((("circle", number), ("group", k)) for k, group in enumerate(groups) if group & circle)
    found = ([circles[k] for kind, k in sorted(each) if kind == "circle"] for each in nx.connected_components(graph))
    return list(found)


def _least_left_out(groups: Groups, green: frozenset[int], circles: Sequence[frozenset[int]]) -> list[frozenset[int]]:
    """Links of groups without which no circle is left, of each such choice no group too many."""
    involved = [group & green for group in groups if any(group & circle for circle in circles)]
    found: list[frozenset[int]] = []
    for chosen in _choices(involved) if len(involved) <= MOST_GROUPS else ():
        out = frozenset[int]().union(*chosen)
        if all(out & circle for circle in circles) and not any(less <= out for less in found):
            found.append(out)
    return found


def _choices(groups: Groups) -> Iterator[tuple[frozenset[int], ...]]:
    """The fewest first."""
    for size in range(1, len(groups)):
        yield from combinations(groups, size)


def _covering(parts: Sequence[frozenset[int]], green: frozenset[int]) -> list[frozenset[int]]:
    """Parts, each of which brings most of what is missing, until nothing is; none where something always is."""
    found: list[frozenset[int]] = []
    missing = set(green)
    while missing:
        best = max(parts, key=lambda own: len(own & missing), default=frozenset[int]())
        if not best & missing:
            return []
        found.append(best)
        missing -= best
    return found


def _lamps(state: str, own: frozenset[int], conflicts: BoolArray) -> str:
    """The state with red for all others that are green, and priority for whom nobody meets then."""
    lamps = ["r" if lamp in "Gg" else lamp for lamp in state]
    for i in own:
        lamps[i] = state[i] if conflicts[i, sorted(own)].any() else "G"
    return "".join(lamps)
