"""What a signal is: its program, links, conflicts, phases and clearance times. All immutable.

``n`` is the length of the state string everywhere; indices of links are positions in it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

BoolArray: TypeAlias = NDArray[np.bool_]
FloatArray: TypeAlias = NDArray[np.float64]

# Program parameters that hold what NEMA programs keep out of their states, in s.
YELLOW_KEY, RED_KEY = "rows.yellow", "rows.red"


@dataclass(frozen=True, slots=True)
class Interval:
    """One row of a SUMO program. ``next`` holds the rows that may follow; empty means the one below.

    ``name``: of a NEMA program the number of the phase. ``early_target``: SUMO's expression of that name, which ends
    the green before this row; empty for its own rule.
    """

    state: str
    duration_s: float
    min_s: float
    max_s: float
    next: tuple[int, ...] = ()
    name: str = ""
    early_target: str = ""


@dataclass(frozen=True, slots=True)
class Program:
    """A SUMO tlLogic. ``kind`` is its type: static, actuated, delay_based, NEMA, rail_signal, ..."""

    signal_id: str
    program_id: str
    kind: str
    offset_s: float
    intervals: tuple[Interval, ...]
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Link:
    """One connection under a signal; several may share a state index.

    ``length_m`` runs through the junction, ``speed_mps`` is that of the approach lane,
    ``node_index`` is the row in the request table of junction ``node_id``. ``waits_m``: how far beyond the stop line
    SUMO has a vehicle wait that has to yield, 0 where that is at the line. ``way``: points (x, y) from the stop line on
    to the end, in m; ``turn_mps``: speed allowed on it; ``width_m``: of a crossing;
    ``cycles``: of a lane for bicycles and not for cars.
    """

    index: int
    from_lane: str
    to_lane: str
    via: str
    direction: str
    is_crossing: bool
    length_m: float
    speed_mps: float
    node_id: str
    node_index: int
    waits_m: float = 0.0
    way: tuple[tuple[float, float], ...] = ()
    turn_mps: float = math.inf
    width_m: float = 0.0
    cycles: bool = False


@dataclass(frozen=True, slots=True)
class Phase:
    """Movements that are green together. ``interval`` is the program row it was found in.

    ``part_of``: for a phase beyond the program's cycle the phase it is part of, otherwise -1. ``on_call``: one of
    those that the program shows all the same, when it is called: a pair of its rings. ``instead``: takes, with others,
    the place of the phase it is part of where the order is free, as that may lock (`network.phasing.parted_phases`).
    """

    state: str
    interval: int
    shown_s: float
    min_s: float
    max_s: float
    part_of: int = -1
    on_call: bool = False
    instead: bool = False


@dataclass(frozen=True, slots=True)
class SignalLane:
    """An incoming vehicle lane with the state indices it serves and SUMO's turn letters, one per index."""

    id: str
    links: tuple[int, ...]
    length_m: float
    speed_mps: float
    directions: tuple[str, ...]


class Limit(NamedTuple):
    """Seconds of one kind that the engineer's file asks for a link, and where in it; see `network.safety.limits`."""

    key: str
    link: int
    seconds: float
    place: str


@dataclass(frozen=True, slots=True)
class Signal:
    """Everything the engine needs to know about one signal.

    ``conflicts`` (bool[n, n]) is symmetric: the two paths cross or merge, crossings included; or rings and barriers of
    a NEMA program keep them apart.
    ``yields_to[i, j]`` (bool[n, n]): link i has to give way to link j.
    ``intergreen_s[i, j]`` (float64[n, n]): from the end of i's green to the start of j's, 0 without conflict;
    ``yellow_s`` and ``min_green_s`` are float64[n]. Arrays are read-only.
    ``yielded_s`` (float64[n, n]): the intergreen where i's green gave way to others as it ended; ``walk_clear_s``
    (float64[n]): from the end of a crossing's green to any start against it, 0 for other links;
    ``walk_lead_s[i, j]`` (float64[n, n]): i gives way to crossing j, does not move when that starts, and starts so long
    after it; 0 for other pairs; ``traffic_lead_s[i, j]`` (float64[n, n]): i gives way to traffic j and starts so long
    after it; ``ends_with[i, j]`` (bool[n, n]): i gives way to traffic j and does not end while that goes on;
    ``least_clear_s`` (float64[n]): what is left of a crossing's clearance at least once an on-crossing detector sees
    nobody, 0 without one. They may be empty.
    ``added``: phases beyond the program, see `network.phasing.added_phases`; those of ``junctions`` where there are
    any.
    ``junctions``: those of its junctions that can be planned each on their own, see `network.phasing.junctions`; they
    have all its lamps, of which those of the others stay red, and name it in ``part_of``.
    ``left_alone`` is empty for a signal that can be controlled, otherwise one sentence why not.
    ``limits``: what the engineer's file asks; times that are least ones are in the tables already. ``forbidden``: sets
    of links that are never green all at once; no phase shows one. ``left_out``: the links that are green in phases that
    must not be shown.
    """

    id: str
    program: Program
    links: tuple[Link, ...]
    n_links: int
    conflicts: BoolArray
    yields_to: BoolArray
    phases: tuple[Phase, ...]
    yellow_s: FloatArray
    intergreen_s: FloatArray
    min_green_s: FloatArray
    lanes: tuple[SignalLane, ...]
    left_alone: str
    added: tuple[Phase, ...] = ()
    junctions: tuple[Signal, ...] = ()
    part_of: str = ""
    yielded_s: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    walk_clear_s: FloatArray = field(default_factory=lambda: np.zeros(0))
    walk_lead_s: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    traffic_lead_s: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    ends_with: BoolArray = field(default_factory=lambda: np.zeros((0, 0), dtype=np.bool_))
    least_clear_s: FloatArray = field(default_factory=lambda: np.zeros(0))
    limits: tuple[Limit, ...] = ()
    forbidden: tuple[tuple[int, ...], ...] = ()
    left_out: tuple[tuple[int, ...], ...] = ()

    def longest_s(self, key: str) -> FloatArray:
        """float64[n]: ``max_green_s`` or ``max_red_s`` of the engineer's, infinite for links without."""
        found = np.full(self.n_links, math.inf)
        for limit in self.limits:
            if limit.key == key:
                found[limit.link] = min(found[limit.link], limit.seconds)
        return found

    def is_forbidden(self, state: str) -> bool:
        """Whether a state has a forbidden set of links green all at once, or is that of a phase that is left out."""
        green = tuple(i for i, lamp in enumerate(state) if lamp in "Gg")
        return green in self.left_out or any(set(each) <= set(green) for each in self.forbidden)

    def with_added(self) -> Signal:
        """The same with its phases beyond the program among its phases, after those of the program.

        Those that are shown in parts have these in their place, see `Phase.instead`.
        """
        own = [(k, each) for k, phase in enumerate(self.phases) for each in self._instead_of(k) or (phase,)]
        taken = {each.state for _, each in own}
        beyond = [phase for phase in self.added if not phase.instead or phase.state not in taken]
        if len(own) == len(self.phases):
            return replace(self, phases=self.phases + self.added, added=())
        return replace(self, added=(), phases=(
            *(replace(each, part_of=-1, instead=False) for _, each in own),
            *(replace(phase, part_of=_most_alike(phase, own), instead=False) for phase in beyond)))

    def _instead_of(self, number: int) -> list[Phase]:
        """The parts that take the place of a phase; none where they lack some of it, as some may not be shown."""
        phase = self.phases[number]
        parts = [part for part in self.added if part.instead and part.part_of == number]
        shown = [i for i in range(self.n_links) if phase.state[i] in "Gg"]
        if not all(any(part.state[i] in "Gg" for part in parts) for i in shown):
            return []
        return [replace(part, shown_s=phase.shown_s / len(parts)) for part in parts]

    def with_on_call(self) -> Signal:
        """The same with what its program shows when called among its phases, and nothing else beyond its cycle."""
        return replace(self, phases=self.phases + tuple(phase for phase in self.added if phase.on_call), added=())

    def in_free_order(self) -> tuple[Signal, ...]:
        """What is planned where phases beyond the program may be shown: each junction on its own, all phases."""
        return tuple(part.with_added() for part in self.junctions or (self,))


def _most_alike(phase: Phase, own: Sequence[tuple[int, Phase]]) -> int:
    """Of the phases in the cycle, each with its number in the program, that of its home which shows most of it."""
    def alike(k: int) -> int:
        number, other = own[k]
        shared = sum(one == two for one, two in zip(phase.state, other.state, strict=True))
        return shared if number == phase.part_of else -1

    return max(range(len(own)), key=alike)
