"""Rings and barriers of a NEMA program: which of its phases may be on together, and when its plan shows which.

The rows of such a program are phases of single rings. One phase of each ring is on; all rings cross a barrier together.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from network.program.signals import RED_KEY, YELLOW_KEY, BoolArray, FloatArray, Interval, Program, Signal

RAILWAYS = frozenset({"rail_signal", "rail_crossing"})
NEMA = "NEMA"
CYCLE_KEY = "total-cycle-length"
RING_KEYS = ("ring1", "ring2")
BARRIER_KEYS = ("barrierPhases", "barrier2Phases")
MIN_RECALL_KEY, MAX_RECALL_KEY = "minRecall", "maxRecall"
COORDINATED_KEYS = ("coordinate-mode", "coordinate")
FIXED_KEY = "fixForceOff"
COORDINATED_PHASES_KEY = "barrier2Phases"
"""Where the controller is coordinated these phases have the rest of the cycle (SUMO's meaning of the key)."""
YELLOW_S, RED_S = 3.0, 2.0
"""Of phases that do not say (SUMO's own defaults)."""
LEAST_GREEN_S = 5.0
# How much a lamp gives a movement; a stop-and-go arrow moves traffic too.
WORTH = {"s": 1, "g": 2, "G": 3}

Pair = tuple[int, ...]
"""Rows that are on together, one of each ring that has any on that side of the barrier."""


@dataclass(frozen=True, slots=True)
class Rings:
    """``sides[ring][side]``: rows of the program in the ring's order, from one barrier to the next.

    ``split_s``: of every row, its yellow and red clearance ``lost_s`` included. ``coordinated``: the cycle is fixed.
    """

    program: Program
    sides: tuple[tuple[tuple[int, ...], ...], ...]
    split_s: tuple[float, ...]
    lost_s: float
    coordinated: bool

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """All that may be on together, side by side."""
        return tuple(pair for side in zip(*self.sides, strict=True) for pair in _paired(side))

    @property
    def cycle_s(self) -> float:
        """Of the coordinated plan as it is stated; otherwise the longest there can be."""
        stated = _number(self.program.parameters.get(CYCLE_KEY, ""))
        if self.coordinated and stated > 0.0:
            return stated
        return sum(self._side_s(side) for side in zip(*self.sides, strict=True))

    def timeline(self) -> list[tuple[Pair, float]]:
        """What the plan shows one after the other when every phase has its split: pairs, and seconds of each."""
        shown: list[tuple[Pair, float]] = []
        for side in zip(*self.sides, strict=True):
            shown += self._side_timeline(side)
        total_s = sum(length_s for _, length_s in shown)
        return [(pair, length_s * self.cycle_s / total_s) for pair, length_s in shown]

    def intervals(self) -> tuple[Interval, ...]:
        """The timeline as rows, green alone."""
        return tuple(
            replace(self.joined(pair), duration_s=max(length_s - self.lost_s, 1.0))
            for pair, length_s in self.timeline()
        )

    def longest_s(self) -> tuple[float, ...]:
        """Of every row: how long its green may go on while somebody waits, infinite for no bound."""
        given, found = self.program.parameters, [row.max_s for row in self.program.intervals]
        if not self.coordinated:
            return tuple(found)
        kept = recalled(self.program, COORDINATED_PHASES_KEY)
        fixed = given.get(FIXED_KEY, "").lower() in ("true", "1")
        for ring in self.sides:
            rows = [row for side in ring for row in side]
            since_s = 0.0
            for row in _from_coordinated(rows, kept):
                since_s = 0.0 if row in kept else since_s + self.split_s[row]
                found[row] = math.inf if row in kept else since_s - self.lost_s if fixed else found[row]
        return tuple(found)

    def joined(self, pair: Pair) -> Interval:
        """The rows of a pair as one: every lamp the better of both, the bounds those that both keep."""
        rows = [self.program.intervals[row] for row in pair]
        lamps = zip(*(row.state for row in rows), strict=True)
        state = "".join(max(each, key=lambda lamp: WORTH.get(lamp, 0)) for each in lamps)
        return Interval(state, 0.0, max(row.min_s for row in rows), min(row.max_s for row in rows))

    def apart(self) -> BoolArray:
        """bool[n, n]: links that the program lets go, but never together: across a barrier, or in turns in a ring."""
        moving = np.array([[lamp in WORTH for lamp in self.joined(pair).state] for pair in self.pairs], dtype=np.int64)
        together, served = moving.T @ moving > 0, moving.any(axis=0)
        return np.asarray(~together & np.outer(served, served))

    def _side_s(self, side: Sequence[Sequence[int]]) -> float:
        return max(sum(self.split_s[row] for row in ring) for ring in side)

    def _side_timeline(self, side: Sequence[Sequence[int]]) -> list[tuple[Pair, float]]:
        """Cut where a ring changes its phase; pieces too short for a green are left out where nobody needs them."""
        ends = [np.cumsum([self.split_s[row] for row in ring]) for ring in side if ring]
        length_s = self._side_s(side)
        for end in ends:
            end[-1] = length_s  # who is through waits at the barrier
        cuts = sorted({0.0, *(float(second) for end in ends for second in end)})
        pieces = [(self._on_at(side, start), end - start) for start, end in zip(cuts, cuts[1:], strict=False)]
        for piece in sorted(pieces, key=lambda each: each[1]):
            others = {row for pair, _ in pieces for row in pair if pair != piece[0]}
            if piece[1] < self.lost_s + LEAST_GREEN_S and set(piece[0]) <= others:
                pieces.remove(piece)
        scale = length_s / sum(piece_s for _, piece_s in pieces)
        return [(pair, piece_s * scale) for pair, piece_s in pieces]

    def _on_at(self, side: Sequence[Sequence[int]], second: float) -> Pair:
        """The rows on at a second of the side: the last of a ring that is through stays on."""
        found = []
        for ring in side:
            ends = np.cumsum([self.split_s[row] for row in ring])
            if len(ring):
                found.append(ring[min(int(np.searchsorted(ends, second + 1e-6)), len(ring) - 1)])
        return tuple(found)


def rings_of(program: Program) -> Rings | None:
    """Rings as the program's parameters say; None where they say nothing that fits, or it is no NEMA program."""
    try:
        return read_rings(program)
    except ValueError:
        return None


def read_rings(program: Program) -> Rings:
    """Rings as the program's parameters say. Raises ValueError where rings, barriers and phases do not fit."""
    given = program.parameters
    rows = {int(row.name): k for k, row in enumerate(program.intervals) if row.name.isdigit()}
    rings = [[n for n in _numbers(given.get(key, "")) if n] for key in RING_KEYS]
    ends = {n for key in BARRIER_KEYS for n in _numbers(given.get(key, ""))}
    numbers = [n for ring in rings for n in ring]
    if program.kind != NEMA or not numbers or not ends or not set(numbers) <= rows.keys():
        raise ValueError("Its rings, barriers and phases do not fit together.")
    if len(set(numbers)) < len(numbers):
        raise ValueError("A phase stands in its rings twice.")
    sides = [_sides(ring, ends) for ring in rings if ring]
    if len({len(ring) for ring in sides}) > 1:
        raise ValueError("Its rings do not meet at the same barriers.")
    lost_s = _stated_s(given, YELLOW_KEY, YELLOW_S) + _stated_s(given, RED_KEY, RED_S)
    splits = tuple((row.max_s if math.isfinite(row.max_s) else row.duration_s) + lost_s for row in program.intervals)
    coordinated = any(given.get(key, "").lower() in ("true", "1") for key in COORDINATED_KEYS)
    return Rings(program, tuple(tuple(tuple(rows[n] for n in side) for side in ring) for ring in sides), splits, lost_s,
                 coordinated)


def longest_greens_s(program: Program, n: int) -> FloatArray:
    """float64[n], of the links of a NEMA program: how long a green may keep somebody waiting; infinite for no bound.

    ``maxDur`` of the phase; of a link that several phases serve (an overlap) of all of them one after the other.
    Coordinated phases have no bound. Under ``fixForceOff`` a phase is forced off at its place in the cycle, so it may
    have what those before it have left: all since the coordinated phase of its ring.
    """
    found, rings = np.full(n, math.inf), rings_of(program)
    if rings is None:
        return found
    most_s, ordered = rings.longest_s(), [row for ring in rings.sides for side in ring for row in side]
    for j in range(n):
        rows = [row for row in ordered if program.intervals[row].state[j] in WORTH]
        if rows:
            found[j] = sum(most_s[row] for row in rows)
    return found


def longest_green_s(signal: Signal) -> FloatArray:
    """float64[n]: the same with what the engineer's file asks, but never less than the shortest green."""
    bound_s = np.maximum(longest_greens_s(signal.program, signal.n_links), signal.min_green_s)
    return np.asarray(np.minimum(signal.longest_s("max_green_s"), bound_s))


def recalled(program: Program, key: str) -> frozenset[int]:
    """Rows of the phases that a NEMA program names under a key, those called with nobody there, say."""
    if program.kind != NEMA:
        return frozenset()
    named = set(_numbers(program.parameters.get(key, "")))
    return frozenset(k for k, row in enumerate(program.intervals) if row.name.isdigit() and int(row.name) in named)


def recalled_links(program: Program) -> tuple[int, ...]:
    """Lamps that some recalled phase gives green with priority: somebody is taken to wait there at any time."""
    rows = recalled(program, MIN_RECALL_KEY) | recalled(program, MAX_RECALL_KEY)
    return tuple(sorted({j for k in rows for j, lamp in enumerate(program.intervals[k].state) if lamp == "G"}))


def cycle_words(program: Program) -> str:
    """The cycle of a program as it is: fixed, or variable up to the longest; on railways there is none."""
    if program.kind in RAILWAYS:
        return "as trains come"
    rings = rings_of(program)
    if rings is not None:
        return f"{rings.cycle_s:g} s" if rings.coordinated else f"at most {rings.cycle_s:g} s"
    return f"{sum(row.duration_s for row in program.intervals):g} s"


def _from_coordinated(rows: Sequence[int], kept: frozenset[int]) -> list[int]:
    """A ring's rows in order, beginning with a coordinated one where there is any."""
    first = next((k for k, row in enumerate(rows) if row in kept), 0)
    return [*rows[first:], *rows[:first]]


def _paired(side: Sequence[Sequence[int]]) -> Iterator[Pair]:
    yield from product(*(ring for ring in side if ring))


def _sides(ring: Sequence[int], barriers: set[int]) -> list[list[int]]:
    """A ring cut behind every phase that ends at a barrier; what follows the last one belongs to the first side."""
    sides: list[list[int]] = [[]]
    for n in ring:
        sides[-1].append(n)
        if n in barriers:
            sides.append([])
    rest = sides.pop()
    if rest and sides:
        sides[0] = rest + sides[0]
    return sides or [list(ring)]


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.replace(" ", "").split(",") if part.isdigit()]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _stated_s(given: Mapping[str, str], key: str, otherwise_s: float) -> float:
    try:
        return max(0.0, float(given[key]))
    except (KeyError, ValueError):
        return otherwise_s
