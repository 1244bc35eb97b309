"""Phases beyond the program.

Without crossings, without cyclists' own lamps, and without both: a green for those who are slow is cleared until the
slowest is across, and holds up what turns; where nobody is known to walk, or to ride, traffic need not wait for it.
With priority for all that one approach has, its foes on red: a program shows a turn that yields only together with the
traffic it yields to; the vehicle that waits for a gap holds up those behind it. The phase that is left when that
traffic ends keeps all other movements as they are. The same once more with turns that go on beside the approach.
Of lanes that do not meet, as many as can go together: a program is made for the demand its engineer expected.
Lanes side by side with the same movement change together: who has green does not expect red for it on the next lane.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import networkx as nx
import numpy as np

from network.phasing.compatible import largest_sets
from network.phasing.parted_phases import parted
from network.program.phases import green_links, within
from network.program.signals import BoolArray, Link, Phase, Signal
from network.safety.circular_waits import circular_waits
from network.safety.cycling import ridden_indices
from network.safety.walking import crossing_indices


def added_phases(
    phases: Sequence[Phase],
    links: Sequence[Link],
    conflicts: BoolArray,
    yields_to: BoolArray,
    onward: Mapping[int, frozenset[int]],
    turns_go_on: bool,
    in_parts: bool = True,
) -> tuple[Phase, ...]:
    """For phases with crossings or cyclists, for approaches that yield to another one, for lanes that go together; and
    in front, if ``in_parts``, the parts of phases whose turns may lock each other (`network.phasing.parted_phases`).

    None where a phase gives as much already. Approaches whose green never ends in any phase, such as free right turns,
    have all the time there is and get none of their own. Arrays are bool[n, n], n the length of the states; ``onward``:
    see `network.phasing.compatible.onward_links`; ``turns_go_on``: also phases in which turns go on
    beside the approach with priority, see `_go_on_beside`.
    """
    greens = [green_links(phase.state) for phase in phases]
    groups = _signal_groups(links, greens, conflicts)
    circles = circular_waits(links, greens, conflicts, yields_to) if in_parts else ()
    parts = parted(phases, groups, circles, conflicts)
    if not parts:
        return _beyond(phases, links, groups, conflicts, yields_to, onward, turns_go_on)
    whole = [replace(phase, part_of=k) for k, phase in enumerate(phases) if not any(p.part_of == k for p in parts)]
    bases = (*whole, *parts)
    found = _beyond(bases, links, groups, conflicts, yields_to, onward, turns_go_on)
    return (*parts, *(replace(phase, part_of=bases[phase.part_of].part_of) for phase in found))


def _beyond(
    phases: Sequence[Phase],
    links: Sequence[Link],
    groups: Sequence[frozenset[int]],
    conflicts: BoolArray,
    yields_to: BoolArray,
    onward: Mapping[int, frozenset[int]],
    turns_go_on: bool,
) -> tuple[Phase, ...]:
    """Phases that are part of the given ones, or of lanes that go together; numbers are theirs."""
    greens = [green_links(phase.state) for phase in phases]
    approaches = _together(links, lambda link: _road(link.from_lane))
    arrows = _endless_arrows(phases)
    found = list({phase.state: phase for phase in _without_slow(phases, links, conflicts)}.values())
    gives_way = conflicts & yields_to
    for number, state in (
        *_with_priority(phases, greens, approaches, groups, conflicts, gives_way, turns_go_on=False),
        *_of_lanes(greens, groups, conflicts, onward),
        *_with_priority(phases, greens, approaches, groups, conflicts, gives_way, turns_go_on),
    ):
        turning = "".join("s" if i in arrows and lamp == "r" else lamp for i, lamp in enumerate(state))
        if not _shown_by(turning, [*phases, *found]):
            found.append(_part_of(phases, number, turning))
    return tuple(found)


def _endless_arrows(phases: Sequence[Phase]) -> frozenset[int]:
    """Indices that no phase of the program shows red: who turns there may go after a stop, also on red."""
    turning = frozenset(i for phase in phases for i, lamp in enumerate(phase.state) if lamp == "s")
    return turning - frozenset(i for phase in phases for i, lamp in enumerate(phase.state) if lamp == "r")


def _with_priority(
    phases: Sequence[Phase],
    greens: Sequence[frozenset[int]],
    approaches: Sequence[frozenset[int]],
    groups: Sequence[frozenset[int]],
    conflicts: BoolArray,
    gives_way: BoolArray,
    turns_go_on: bool,
) -> Iterator[tuple[int, str]]:
    """For each phase and each approach of it that yields to another one, the phase's number and the state."""
    endless = frozenset[int].intersection(*greens) if greens else frozenset[int]()
    for number, (phase, green) in enumerate(zip(phases, greens, strict=True)):
        for approach in approaches:
            own = approach & green
            if not own <= endless and _yields(phase.state, own, gives_way[:, sorted(green - own)]):
                beside = _go_on_beside(phase.state, own, conflicts, gives_way) if turns_go_on else frozenset()
                yield number, _protected(phase.state, own, conflicts, groups, beside)


def _of_lanes(
    greens: Sequence[frozenset[int]],
    groups: Sequence[frozenset[int]],
    conflicts: BoolArray,
    onward: Mapping[int, frozenset[int]],
) -> Iterator[tuple[int, str]]:
    """States of lanes that go together and are not all green in any phase, each with the phase that shows most."""
    served = frozenset[int]().union(*greens)  # a movement that the program never serves is closed
    for together in largest_sets([group & served for group in groups if group & served], conflicts, onward):
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


def _without_slow(phases: Sequence[Phase], links: Sequence[Link], conflicts: BoolArray) -> Iterator[Phase]:
    """Each phase that shows green to crossings or cyclists' own lamps again with red for the first, for the second, and
    for both; priority for whom nobody meets then."""
    n, meets = len(conflicts), conflicts.any(axis=1)
    walking = set(np.flatnonzero(crossing_indices(links, n) & meets).tolist())
    riding = set(np.flatnonzero(ridden_indices(links, n) & meets).tolist())
    for number, phase in enumerate(phases):
        green = green_links(phase.state)
        for left_out in (walking, riding, walking | riding):
            driving = sorted(green - left_out)
            if not driving or len(driving) == len(green):
                continue
            lamps = ["s" if lamp == "s" else "r" for lamp in phase.state]
            for i in driving:
                lamps[i] = phase.state[i] if conflicts[i, driving].any() else "G"
            state = "".join(lamps)
            if not _shown_by(state, (other for other in phases if not _same_home(other, phase))):
                yield _part_of(phases, number, state)


def _same_home(one: Phase, other: Phase) -> bool:
    """Whether they are the same, or parts of one phase of the program."""
    return one is other or (0 <= one.part_of == other.part_of and not one.on_call and not other.on_call)


def _together(links: Sequence[Link], key: Callable[[Link], Hashable]) -> list[frozenset[int]]:
    """Indices of the links that have the same key; crossings are left out."""
    found: dict[Hashable, set[int]] = {}
    for link in links:
        if not link.is_crossing:
            found.setdefault(key(link), set()).add(link.index)
    return [frozenset(indices) for indices in found.values()]


def _signal_groups(
    links: Sequence[Link], greens: Sequence[frozenset[int]], conflicts: BoolArray
) -> list[frozenset[int]]:
    """Indices of links that change together: those of a lane, and lanes of a road that share a movement.

    A movement whose lanes the program shows apart is not shared, nor one of lanes that meet, such as a cycle path's.
    """
    lanes = _together(links, lambda link: link.from_lane)
    lane_of = {index: lane for lane in lanes for index in lane}
    groups = nx.Graph()
    groups.add_nodes_from(lanes)
    for movement in _together(links, lambda link: (_road(link.from_lane), _road(link.to_lane))):
        if any(movement & green and not movement <= green for green in greens):
            continue
        for one, other in pairwise(dict.fromkeys(lane_of[index] for index in sorted(movement))):
            if not conflicts[np.ix_(sorted(one), sorted(other))].any():
                groups.add_edge(one, other)
    return [frozenset[int]().union(*tied) for tied in nx.connected_components(groups)]


def _road(lane_id: str) -> str:
    return lane_id.rpartition("_")[0]


def _yields(state: str, own: frozenset[int], gives_way: BoolArray) -> bool:
    """Whether a link gives way to another approach; ``gives_way``: bool[n, links of others that are green]."""
    return any(state[i] == "g" and bool(gives_way[i].any()) for i in own)


def _go_on_beside(
    state: str, own: frozenset[int], conflicts: BoolArray, gives_way: BoolArray
) -> frozenset[int]:
    """Links that give way to all of some others that they meet, and those not to them: they keep their green beside
    them, as with a flashing yellow arrow."""
    met = {i: [j for j in own if conflicts[i, j]] for i, lamp in enumerate(state) if lamp == "g" and i not in own}
    return frozenset(i for i, js in met.items() if js and gives_way[i, js].all() and not gives_way[js, i].any())


def _protected(state: str, own: frozenset[int], conflicts: BoolArray, groups: Sequence[frozenset[int]],
               beside: frozenset[int]) -> str:
    """The state with priority for some links, and red for those that conflict with them, but for those that go on
    ``beside`` them.

    Who conflicts with another one of them keeps what he has. Red for all of a group: who may not go holds those behind
    him on his lane, and nobody counts how long.
    """
    lamps = np.array(list(state))
    foes = set(np.flatnonzero(conflicts[sorted(own)].any(axis=0)).tolist())
    stopped = foes - own - beside
    for group in groups:
        if group & stopped:
            stopped |= group
    lamps[sorted(stopped - own)] = "r"
    lamps[sorted(own - foes)] = "G"
    return "".join(lamps)


def leaves_out_walkers(signal: Signal) -> bool:
    """Whether a phase beyond the program keeps a crossing red that a phase of the program shows with the same traffic:
    with the phases of the program alone, people on foot would get green more often."""
    crossings = frozenset(link.index for link in signal.links if link.is_crossing)
    added = [phase for part in signal.junctions or (signal,) for phase in part.added]
    return any(_shows_more(program.state, phase.state, crossings) for phase in added for program in signal.phases)


def _shows_more(program: str, added: str, crossings: frozenset[int]) -> bool:
    """Whether the program's state, with some of the same traffic, is green for a crossing that the other is not."""
    first, second = green_links(program), green_links(added)
    return bool((first & second) - crossings) and bool((first - second) & crossings)
