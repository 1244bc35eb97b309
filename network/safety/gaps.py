"""What a program leaves between the end of a green and the next green against it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from network.program.phases import FLASHING, GREEN, find_phases, settle_greens, steady_state
from network.program.signals import BoolArray, Interval, Program

# A lamp under which traffic may move; green has ended only when it shows yellow or red.
MOVES = GREEN | FLASHING | {"s"}
SHOWN_GREEN = GREEN | {"s"}
# A row with new greens that lasts as long is more than a way from one phase to the next.
LONG_ROW_S = 5.0


@dataclass(frozen=True, slots=True)
class Gap:
    """What a program leaves between the end of one link's green and the start of a foe's.

    ``adjacent``: with no other phase in between; ``yielded``: the green that ends gave way to others.
    """

    ending: int
    starting: int
    length_s: float
    adjacent: bool
    yielded: bool


@dataclass(frozen=True, slots=True)
class _Course:
    """How a program runs: rows, the states they amount to, which of those are phases, what follows what.

    ``starts``: which links begin to move from one row to another that follows it.
    """

    rows: tuple[Interval, ...]
    states: tuple[str, ...]
    phases: frozenset[str]
    followers: tuple[tuple[int, ...], ...]
    starts: Mapping[tuple[int, int], frozenset[int]]


@dataclass(frozen=True, slots=True)
class _Step:
    """A row reached ``passed_s`` after the end of a green; ``first_start_s``: when another link began."""

    before: int
    row: int
    passed_s: float
    first_start_s: float
    phase_between: bool


def gaps_between_greens(program: Program, conflicts: BoolArray, yields_to: BoolArray) -> Iterator[Gap]:
    """Every end of a green with the next start of each foe."""
    states = tuple(settle_greens(steady_state(row.state), conflicts, yields_to) for row in program.intervals)
    phases = frozenset(phase.state for phase in find_phases(program, conflicts, yields_to))
    following = next_rows(program.intervals)
    pairs = [(row, after) for row, all_of in enumerate(following) for after in all_of]
    starts = {(row, after): _starts(states[row], states[after]) for row, after in pairs}
    course = _Course(program.intervals, states, phases, following, starts)
    foes = [tuple(np.flatnonzero(row).tolist()) for row in conflicts]
    for row, followers in enumerate(course.followers):
        for after in followers:
            for link, foes_of_link in enumerate(foes):
                if foes_of_link and states[row][link] in SHOWN_GREEN and states[after][link] not in MOVES:
                    yield from _after(course, link, foes_of_link, row, after)


def _starts(before: str, state: str) -> frozenset[int]:
    lamps = enumerate(zip(before, state, strict=True))
    return frozenset(j for j, (was, lamp) in lamps if lamp in MOVES and was not in MOVES)


def next_rows(rows: Sequence[Interval]) -> tuple[tuple[int, ...], ...]:
    """Rows that may come after each row."""
    n = len(rows)
    return tuple(
        tuple(sorted({follower % n for follower in row.next} or {(index + 1) % n}))
        for index, row in enumerate(rows)
    )


def _after(course: _Course, link: int, foes: Sequence[int], end: int, start: int) -> Iterator[Gap]:
    """Gaps from the end of one green (between rows ``end`` and ``start``) up to the link's own next green."""
    states = course.states
    walk = [_Step(end, start, 0.0, math.inf, False)]
    passed: set[int] = set()
    while walk:
        step = walk.pop()
        if step.row in passed or states[step.row][link] in MOVES:
            continue
        passed.add(step.row)
        started = course.starts[step.before, step.row]
        # Part of a phase shown for long is a phase in between, too.
        adjacent = not step.phase_between and step.passed_s - step.first_start_s < LONG_ROW_S
        for other in foes:
            if other in started:
                yield Gap(link, other, step.passed_s, adjacent, states[end][link] != "G")
        first_start_s = min(step.first_start_s, step.passed_s) if started else step.first_start_s
        phase_between = step.phase_between or states[step.row] in course.phases
        passed_s = step.passed_s + course.rows[step.row].duration_s
        for follower in course.followers[step.row]:
            walk.append(_Step(step.row, follower, passed_s, first_start_s, phase_between))
