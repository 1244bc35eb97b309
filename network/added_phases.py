"""Phases beyond the program.

Without crossings: a green for walking lasts until the slowest is across, and holds up what turns; where nobody can tell
that somebody walks, traffic need not wait for it each time.
With priority for all that one approach has, its foes on red: a program shows a turn that yields only together with the
traffic it yields to; the vehicle that waits for a gap holds up those behind it. The phase that is left when that
traffic ends keeps all other movements as they are.
Of lanes that do not meet, as many as can go together: a program is made for the demand its engineer expected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import numpy as np

from network.clearance import crossing_indices
from network.compatible import largest_sets
from network.phases import green_links, within
from network.signals import BoolArray, Link, Phase


def added_phases(
    phases: Sequence[Phase],
    links: Sequence[Link],
    conflicts: BoolArray,
    yields_to: BoolArray,
    onward: Mapping[int, frozenset[int]],
) -> tuple[Phase, ...]:
    """For phases with crossings, for approaches of a phase that yield to another one, and for lanes that go together.

    None where a phase gives as much already. Approaches whose green never ends in any phase, such as free right turns,
    have all the time there is and get none of their own. Arrays are bool[n, n], n the length of the states; ``onward``:
    see `network.compatible.onward_links`.
    """
    lanes = _together(links, lambda lane: lane)
    approaches = _together(links, lambda lane: lane.rpartition("_")[0])
    greens = [green_links(phase.state) for phase in phases]
    found = list(_without_walks(phases, links, conflicts))
    for number, state in (
        *_with_priority(phases, greens, approaches, lanes, conflicts, conflicts & yields_to),
        *_of_lanes(greens, lanes, conflicts, onward),
    ):
        if not _shown_by(state, [*phases, *found]):
            found.append(_part_of(phases, number, state))
    return tuple(found)


def _with_priority(
    phases: Sequence[Phase],
    greens: Sequence[frozenset[int]],
    approaches: Sequence[frozenset[int]],
    lanes: Sequence[frozenset[int]],
    conflicts: BoolArray,
    gives_way: BoolArray,
) -> Iterator[tuple[int, str]]:
    """For each phase and each approach of it that yields to another one, the phase's number and the state."""
    endless = frozenset[int].intersection(*greens) if greens else frozenset[int]()
    for number, (phase, green) in enumerate(zip(phases, greens, strict=True)):
        for approach in approaches:
            own = approach & green
            if not own <= endless and _yields(phase.state, own, gives_way[:, sorted(green - own)]):
                yield number, _protected(phase.state, own, conflicts, lanes)


def _of_lanes(
    greens: Sequence[frozenset[int]],
    lanes: Sequence[frozenset[int]],
    conflicts: BoolArray,
    onward: Mapping[int, frozenset[int]],
) -> Iterator[tuple[int, str]]:
    """States of lanes that go together and are not all green in any phase, each with the phase that shows most."""
    served = frozenset[int]().union(*greens)  # a movement that the program never serves is closed
    for together in largest_sets([lane & served for lane in lanes if lane & served], conflicts, onward):
        if not any(together <= green for green in greens):
            yield _nearest(together, greens), "".join("G" if i in together else "r" for i in range(len(conflicts)))


def _nearest(links: frozenset[int], greens: Sequence[frozenset[int]]) -> int:
    """The phase that shows most of the links, the first of equals."""
    return max(range(len(greens)), key=lambda number: len(links & greens[number]))


def _shown_by(state: str, phases: Iterable[Phase]) -> bool:
    """Whether one of the phases gives as much."""
    return any(state == phase.state or within(state, phase.state) for phase in phases)


def _part_of(phases: Sequence[Phase], number: int, state: str) -> Phase:
    return Phase(state, phases[number].interval, 0.0, 0.0, 0.0, part_of=number)


def _without_walks(phases: Sequence[Phase], links: Sequence[Link], conflicts: BoolArray) -> Iterator[Phase]:
    """Each phase that shows green to crossings again with red for them, and priority for whom nobody meets then."""
    walking = set(np.flatnonzero(crossing_indices(links, len(conflicts)) & conflicts.any(axis=1)).tolist())
    for number, phase in enumerate(phases):
        green = green_links(phase.state)
        driving = sorted(green - walking)
        if not driving or len(driving) == len(green):
            continue
        lamps = ["r"] * len(phase.state)
        for i in driving:
            lamps[i] = phase.state[i] if conflicts[i, driving].any() else "G"
        state = "".join(lamps)
        if not _shown_by(state, (other for other in phases if other is not phase)):
            yield _part_of(phases, number, state)


def _together(links: Sequence[Link], key: Callable[[str], str]) -> list[frozenset[int]]:
    """Indices of the links whose incoming lanes have the same key; crossings are left out."""
    found: dict[str, set[int]] = {}
    for link in links:
        if not link.is_crossing:
            found.setdefault(key(link.from_lane), set()).add(link.index)
    return [frozenset(indices) for indices in found.values()]


def _yields(state: str, own: frozenset[int], gives_way: BoolArray) -> bool:
    """Whether a link gives way to another approach; ``gives_way``: bool[n, links of others that are green]."""
    return any(state[i] == "g" and bool(gives_way[i].any()) for i in own)


def _protected(state: str, own: frozenset[int], conflicts: BoolArray, lanes: Sequence[frozenset[int]]) -> str:
    """The state with priority for some links, and red for those that conflict with them.

    Who conflicts with another one of them keeps what he has. Red for all of a lane: who may not go holds those behind
    him, and nobody counts how long.
    """
    lamps = np.array(list(state))
    foes = set(np.flatnonzero(conflicts[sorted(own)].any(axis=0)).tolist())
    stopped = foes - own
    for lane in lanes:
        if lane & stopped:
            stopped |= lane
    lamps[sorted(stopped - own)] = "r"
    lamps[sorted(own - foes)] = "G"
    return "".join(lamps)
