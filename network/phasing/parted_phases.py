"""Phases of which no two turns lock each other: parts of a phase that shows a circle of waits.

Where turns that wait for each other round in a circle (`network.safety.circular_waits`) are green at once, the phase is
shown in parts, each with one lane of every circle on red. As many as bring green to all that the phase has take its
place where the order is free.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from network.program.phases import green_links
from network.program.signals import BoolArray, Phase

Groups = Sequence[frozenset[int]]


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
        kept = [green - out for out in _least_left_out(groups, green, shown)] if shown else []
        kept.sort(key=lambda own: (-len(own), sorted(own)))
        covering = _covering(kept, green)
        for own in kept if covering else ():
            part = replace(phase, state=_lamps(phase.state, own, conflicts), shown_s=0.0, min_s=0.0, max_s=0.0)
            found.append(replace(part, part_of=number, instead=own in covering))
    return tuple(found)


def _least_left_out(groups: Groups, green: frozenset[int], circles: Sequence[frozenset[int]]) -> list[frozenset[int]]:
    """Links of groups without which no circle is left, of each such choice no group too many."""
    involved = [group & green for group in groups if any(group & circle for circle in circles)]
    found: list[frozenset[int]] = []
    for chosen in _choices(involved):
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
