"""Phases (sets of movements that are green together) from the rows of a SUMO program."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from network.program.rings import NEMA, WORTH, Rings, rings_of
from network.program.signals import BoolArray, Interval, Link, Phase, Program

GREEN = frozenset("Gg")
YELLOW = frozenset("yYu")
FLASHING = frozenset("oO")
STAGED_START_S = 2.0
"""A state shown for less than this may be a way into the phase after it."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A state with the run of rows that first shows it."""

    state: str
    rows: tuple[int, ...]


def find_phases(program: Program, conflicts: BoolArray, yields_to: BoolArray) -> tuple[Phase, ...]:
    """The phases of a program, in the order in which it shows them.

    A phase is a distinct state without yellow that moves something and that no other row contains. Of two
    foes that are both ``G``, the one that has to yield is shown ``g``. The rows of a NEMA program are the
    phases of single rings, so its phases are the pairs that its plan shows (`network.program.rings`; `phases_on_call`
    has the others), or where its rings are not known the pairs of rows that do not conflict. A moment in which part of
    the next phase has green already is none. Arrays are bool[n, n], n the length of the states.
    """
    rings = rings_of(program)
    if rings is not None:
        intervals = rings.intervals()
    else:
        intervals = ring_pairs(program, conflicts) if program.kind == NEMA else program.intervals
    rows = [settle_greens(steady_state(row.state), conflicts, yields_to) for row in intervals]
    found = _candidates(rows)
    kept = [each for each in found if not any(within(each.state, other.state) for other in found)]
    phases = [_phase(each, rows, intervals) for each in kept]
    following = [*phases[1:], *phases[:1]]
    staged = [_is_staged_start(phase, after) for phase, after in zip(phases, following, strict=True)]
    return tuple(phase for phase, dropped in zip(phases, staged, strict=True) if not dropped) or tuple(phases)


def phases_on_call(
    rings: Rings, phases: Sequence[Phase], conflicts: BoolArray, yields_to: BoolArray
) -> tuple[Phase, ...]:
    """Pairs of the rings that are not among ``phases``, which are those of the plan: shown when they are called."""
    greens = [green_links(phase.state) for phase in phases]
    found: dict[str, Phase] = {}
    for pair in rings.pairs:
        joined = rings.joined(pair)
        state = settle_greens(steady_state(joined.state), conflicts, yields_to)
        if is_phase_state(state) and not any(state == phase.state or within(state, phase.state) for phase in phases):
            alike = [len(green_links(state) & green) for green in greens]
            nearest = alike.index(max(alike))
            found[state] = Phase(state, pair[0], 0.0, joined.min_s, joined.max_s, part_of=nearest, on_call=True)
    return tuple(found.values())


def lamps_of(state: str, own: Collection[int]) -> str:
    """The state with all lamps red but those at the indices ``own``."""
    return "".join(lamp if i in own else "r" for i, lamp in enumerate(state))


def linked_only(program: Program, links: Sequence[Link]) -> Program:
    """The program with lamps that no link hangs on shown red, so that they tell no phases apart."""
    n = len(program.intervals[0].state)
    linked = {link.index for link in links}
    if len(linked) == n:
        return program
    rows = (
        replace(row, state=lamps_of(row.state, linked))
        for row in program.intervals
    )
    return replace(program, intervals=tuple(rows))


def without_arrows(program: Program) -> Program:
    """The program with red for ``s``: who turns waits for green."""
    rows = (replace(row, state=row.state.replace("s", "r")) for row in program.intervals)
    return replace(program, intervals=tuple(rows))


def ring_pairs(program: Program, conflicts: BoolArray) -> tuple[Interval, ...]:
    """Rows of a dual-ring program, each alone and joined with every later row it may be green with."""
    rows = program.intervals
    joined: list[Interval] = []
    for place, row in enumerate(rows):
        joined.append(row)
        major = [link for link, lamp in enumerate(row.state) if lamp == "G"]
        for other in rows[place + 1 :]:
            others = [link for link, lamp in enumerate(other.state) if lamp == "G"]
            if not conflicts[np.ix_(major, others)].any():
                joined.append(_join(row, other))
    return tuple(joined)


def _join(row: Interval, other: Interval) -> Interval:
    lamps = zip(row.state, other.state, strict=True)
    state = "".join(max(pair, key=lambda lamp: WORTH.get(lamp, 0)) for pair in lamps)
    bounds = max(row.min_s, other.min_s), max(row.max_s, other.max_s)
    return Interval(state, min(max(row.duration_s, other.duration_s), bounds[1]), *bounds)


def steady_state(state: str) -> str:
    """The state with lamps that are switched off one by one read as permissive green.

    Beside lit lamps SUMO lets traffic at a dark or blinking one go when its foes leave room, as at ``g``
    (German plans write the green arrow so). Where nothing else is lit the signal is off, and the state stays.
    """
    if FLASHING.isdisjoint(state) or (GREEN | YELLOW).isdisjoint(state):
        return state
    return "".join("g" if lamp in FLASHING else lamp for lamp in state)


def settle_greens(state: str, conflicts: BoolArray, yields_to: BoolArray) -> str:
    """The state with ``g`` instead of ``G`` for links that have to yield to another ``G``."""
    major = [link for link, lamp in enumerate(state) if lamp == "G"]
    lamps = list(state)
    for place, one in enumerate(major):
        for other in major[place + 1 :]:
            if not conflicts[one, other]:
                continue
            # No rule between them is no priority either.
            open_question = yields_to[one, other] == yields_to[other, one]
            if open_question or yields_to[one, other]:
                lamps[one] = "g"
            if open_question or yields_to[other, one]:
                lamps[other] = "g"
    return "".join(lamps)


def green_links(state: str) -> frozenset[int]:
    """Indices shown green, with or without priority."""
    return frozenset(link for link, lamp in enumerate(state) if lamp in GREEN)


def is_phase_state(state: str) -> bool:
    """Whether a state is steady (no yellow), on, and green for something."""
    lamps = set(state)
    return bool(lamps & GREEN) and not lamps & YELLOW and not lamps & FLASHING


def _candidates(rows: Sequence[str]) -> list[_Candidate]:
    first: dict[str, list[int]] = {}
    closed: set[str] = set()
    previous = ""
    for index, state in enumerate(rows):
        if state != previous and previous:
            closed.add(previous)
        if is_phase_state(state) and state not in closed:
            first.setdefault(state, []).append(index)
        previous = state
    return [_Candidate(state, tuple(indices)) for state, indices in first.items()]


def within(state: str, other: str) -> bool:
    """Whether another state gives every link at least as much, and some more. Raises ValueError for other lamps."""
    if len(state) != len(other):
        raise ValueError(f"states of {len(state)} and {len(other)} lamps")
    return state != other and bool((_worths(state) <= _worths(other)).all())


@lru_cache(maxsize=4096)
def _worths(state: str) -> NDArray[np.uint8]:
    return np.array([WORTH.get(lamp, 0) for lamp in state], dtype=np.uint8)


def _is_staged_start(phase: Phase, after: Phase) -> bool:
    """Whether a phase is but a moment in which some links of the one after it start ahead of the others."""
    return phase.shown_s < STAGED_START_S and green_links(phase.state) <= green_links(after.state)


def _phase(candidate: _Candidate, rows: Sequence[str], intervals: Sequence[Interval]) -> Phase:
    run = [intervals[index] for index in candidate.rows]
    shown = sum(
        row.duration_s for row, state in zip(intervals, rows, strict=True) if state == candidate.state
    )
    return Phase(
        candidate.state,
        candidate.rows[0],
        shown,
        sum(row.min_s for row in run),
        sum(row.max_s for row in run),
    )
