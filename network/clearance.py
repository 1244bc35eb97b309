"""Yellow, intergreen and minimum green per link, from the user's own program or by the RESCO protocol."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from network.phases import FLASHING, GREEN, NEMA, YELLOW, find_phases, settle_greens, steady_state
from network.signals import RED_KEY, YELLOW_KEY, BoolArray, FloatArray, Interval, Link, Program

Protocol = Literal["plan", "resco"]
PROTOCOLS: tuple[Protocol, ...] = ("plan", "resco")

# A lamp under which traffic may move; green has ended only when it shows yellow or red.
MOVES = GREEN | FLASHING | {"s"}
SHOWN_GREEN = GREEN | {"s"}
# A row with new greens that lasts as long is more than a way from one phase to the next.
LONG_ROW_S = 5.0
# Programs programmed to the tenth are not stretched by a second for it.
ROUNDING_S = 0.05


@dataclass(frozen=True, slots=True)
class ClearanceSettings:
    """Yellow by speed: ITE, Determining Vehicle Signal Change and Clearance Intervals, without grade
    (t + v / 2a), within 3 to 6 s. Walking: MUTCD 4I.06, 7 s to step off, then 3.5 ft/s.
    """

    reaction_s: float = 1.0
    deceleration_mps2: float = 3.5
    shortest_yellow_s: float = 3.0
    longest_yellow_s: float = 6.0
    min_green_s: float = 5.0
    walk_s: float = 7.0
    walking_mps: float = 1.07
    # NEMA programs keep clearance out of their states; where it is not known, what netconvert writes.
    ring_red_s: float = 2.0


DEFAULTS = ClearanceSettings()


@dataclass(frozen=True, slots=True)
class Clearance:
    """``yellow_s``, ``min_green_s`` float64[n], ``intergreen_s`` float64[n, n]; whole seconds, read-only."""

    yellow_s: FloatArray
    intergreen_s: FloatArray
    min_green_s: FloatArray


@dataclass(frozen=True, slots=True)
class _Gap:
    """What a program leaves between the end of one link's green and the start of a foe's."""

    ending: int
    starting: int
    length_s: float
    adjacent: bool


@dataclass(frozen=True, slots=True)
class _Course:
    """How a program runs: rows, the states they amount to, which of those are phases, what follows what."""

    rows: tuple[Interval, ...]
    states: tuple[str, ...]
    phases: frozenset[str]
    followers: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class _Step:
    """A row reached ``passed_s`` after the end of a green; ``first_start_s``: when another link began."""

    before: int
    row: int
    passed_s: float
    first_start_s: float
    phase_between: bool


def intergreens(
    program: Program,
    links: Sequence[Link],
    conflicts: BoolArray,
    yields_to: BoolArray,
    protocol: Protocol = "plan",
    settings: ClearanceSettings = DEFAULTS,
) -> Clearance:
    """Clearance of one signal under a protocol.

    ``plan``: what the program itself leaves, never below the safe yellow. ``resco``: 3 s yellow and no red
    clearance. Crossings keep the program's own times under both. ``conflicts`` and ``yields_to`` are
    bool[n, n]; every state of the program has n lamps. Raises ValueError for an unknown protocol.
    """
    if protocol not in PROTOCOLS:
        raise ValueError(f"unknown protocol {protocol!r}; one of {', '.join(PROTOCOLS)}")
    walking = crossing_indices(links, len(conflicts))
    gaps = _whole(_plan_gaps(program, conflicts, yields_to, settings))
    if protocol == "plan":
        yellow = _plan_yellow(program, links, len(conflicts), settings)
        between = gaps
    else:
        yellow = np.full(len(conflicts), 3.0)
        between = np.where(walking[:, None], gaps, 3.0)
    yellow[walking] = 0.0
    between = np.where(conflicts, np.maximum(between, yellow[:, None]), 0.0)
    green = _min_green(program, len(conflicts), settings, keep_short=protocol == "plan")
    _set_walk(green, program, links, walking, between, settings)
    for array in (yellow, between, green):
        array.flags.writeable = False
    return Clearance(yellow, between, green)


def crossing_indices(links: Sequence[Link], n: int) -> BoolArray:
    """bool[n]: state indices that control crossings and nothing else."""
    crossing = np.zeros(n, dtype=np.bool_)
    driven = np.zeros(n, dtype=np.bool_)
    for link in links:
        (crossing if link.is_crossing else driven)[link.index] = True
    return crossing & ~driven


def safe_yellow_s(speed_mps: float, settings: ClearanceSettings = DEFAULTS) -> float:
    """Shortest safe yellow for an approach speed, in whole seconds."""
    needed = settings.reaction_s + speed_mps / (2.0 * settings.deceleration_mps2)
    bounded = min(max(needed, settings.shortest_yellow_s), settings.longest_yellow_s)
    return float(math.ceil(bounded - ROUNDING_S))


def _whole(seconds: FloatArray) -> FloatArray:
    return np.ceil(seconds - ROUNDING_S)


def _plan_yellow(program: Program, links: Sequence[Link], n: int, settings: ClearanceSettings) -> FloatArray:
    yellow = np.full(n, settings.shortest_yellow_s)
    for link in links:
        if not link.is_crossing:
            yellow[link.index] = max(yellow[link.index], safe_yellow_s(link.speed_mps, settings))
    for index in range(n):
        shown = max(_yellow_runs(program.intervals, index), default=_stated_s(program, YELLOW_KEY, 0.0))
        yellow[index] = max(yellow[index], math.ceil(shown - ROUNDING_S))
    return yellow


def _yellow_runs(rows: Sequence[Interval], link: int) -> Iterator[float]:
    """Lengths of yellow that follows a green; a red-and-yellow before green is no clearance."""
    for index in range(len(rows)):
        if rows[index].state[link] not in YELLOW or rows[index - 1].state[link] not in MOVES:
            continue
        yield _run_s(rows, link, index, YELLOW)


def _run_s(rows: Sequence[Interval], link: int, start: int, lamps: frozenset[str]) -> float:
    """Seconds from row ``start`` on for which the link shows one of the lamps, at most one cycle."""
    total = 0.0
    for step in range(len(rows)):
        row = rows[(start + step) % len(rows)]
        if row.state[link] not in lamps:
            break
        total += row.duration_s
    return total


def _green_runs(program: Program, link: int) -> Iterator[float]:
    """Seconds of every run of green; where the program adapts itself, the shortest it may choose."""
    rows = program.intervals
    adapts = program.kind != "static"
    starts = [
        index
        for index, row in enumerate(rows)
        if row.state[link] in GREEN and rows[index - 1].state[link] not in GREEN
    ]
    for start in starts:
        total = 0.0
        for step in range(len(rows)):
            row = rows[(start + step) % len(rows)]
            if row.state[link] not in GREEN:
                break
            total += min(row.min_s, row.duration_s) if adapts else row.duration_s
        yield total


def _min_green(program: Program, n: int, settings: ClearanceSettings, keep_short: bool) -> FloatArray:
    green = np.full(n, settings.min_green_s)
    if keep_short:
        for link in range(n):
            shortest = min(_green_runs(program, link), default=settings.min_green_s)
            green[link] = min(settings.min_green_s, max(1.0, math.ceil(shortest - ROUNDING_S)))
    return green


def _set_walk(
    green: FloatArray,
    program: Program,
    links: Sequence[Link],
    walking: BoolArray,
    between: FloatArray,
    settings: ClearanceSettings,
) -> None:
    """Who has stepped off gets across: what the clearance does not cover, the green does."""
    asked = np.zeros(len(green))
    for link in links:
        if not walking[link.index]:
            continue
        owed = between[link.index][between[link.index] > 0]
        cleared = float(owed.min()) if owed.size else 0.0
        needed = settings.walk_s + max(0.0, link.length_m / settings.walking_mps - cleared)
        shown = min(_green_runs(program, link.index), default=needed)
        asked[link.index] = max(asked[link.index], 1.0, math.ceil(min(shown, needed) - ROUNDING_S))
    green[walking] = asked[walking]


def _plan_gaps(
    program: Program, conflicts: BoolArray, yields_to: BoolArray, settings: ClearanceSettings
) -> FloatArray:
    """float64[n, n]: seconds the program leaves between conflicting greens, 0 where it says nothing.

    The gap between neighbouring phases is what the engineer chose. A gap with other phases in between says
    little, so it is bounded by what the same link is given elsewhere. Of several, the shortest was enough.
    """
    if program.kind == NEMA:
        stated = _stated_s(program, YELLOW_KEY, settings.shortest_yellow_s)
        return np.where(conflicts, stated + _stated_s(program, RED_KEY, settings.ring_red_s), 0.0)
    gaps = list(_walk(program, conflicts, yields_to))
    n = len(conflicts)
    chosen = np.full((n, n), np.inf)
    longer = np.full((n, n), np.inf)
    for gap in gaps:
        table = chosen if gap.adjacent else longer
        table[gap.ending, gap.starting] = min(table[gap.ending, gap.starting], gap.length_s)
    known = np.where(np.isfinite(chosen), chosen, 0.0)
    of_link = known.max(axis=1, initial=0.0)
    bound = np.where(of_link > 0.0, of_link, known.max(initial=0.0))
    bounded = np.minimum(longer, bound[:, None])
    return np.where(conflicts, np.minimum(chosen, bounded), 0.0)


def _stated_s(program: Program, key: str, otherwise_s: float) -> float:
    """A time that the program states as a parameter."""
    try:
        return max(0.0, float(program.parameters[key]))
    except (KeyError, ValueError):
        return otherwise_s


def _walk(program: Program, conflicts: BoolArray, yields_to: BoolArray) -> Iterator[_Gap]:
    """Every end of a green with the next start of each foe."""
    states = tuple(settle_greens(steady_state(row.state), conflicts, yields_to) for row in program.intervals)
    phases = frozenset(phase.state for phase in find_phases(program, conflicts, yields_to))
    course = _Course(program.intervals, states, phases, _followers(program.intervals))
    foes = [tuple(np.flatnonzero(row).tolist()) for row in conflicts]
    for row, followers in enumerate(course.followers):
        for after in followers:
            for link, foes_of_link in enumerate(foes):
                if foes_of_link and states[row][link] in SHOWN_GREEN and states[after][link] not in MOVES:
                    yield from _after(course, link, foes_of_link, row, after)


def _followers(rows: Sequence[Interval]) -> tuple[tuple[int, ...], ...]:
    """Rows that may come after each row."""
    n = len(rows)
    return tuple(
        tuple(sorted({follower % n for follower in row.next} or {(index + 1) % n}))
        for index, row in enumerate(rows)
    )


def _after(course: _Course, link: int, foes: Sequence[int], end: int, start: int) -> Iterator[_Gap]:
    """Gaps from the end of one green (between rows ``end`` and ``start``) up to the link's own next green."""
    states = course.states
    walk = [_Step(end, start, 0.0, math.inf, False)]
    passed: set[int] = set()
    while walk:
        step = walk.pop()
        if step.row in passed or states[step.row][link] in MOVES:
            continue
        passed.add(step.row)
        started = [
            j
            for j, lamp in enumerate(states[step.row])
            if lamp in MOVES and states[step.before][j] not in MOVES
        ]
        # Part of a phase shown for long is a phase in between, too.
        adjacent = not step.phase_between and step.passed_s - step.first_start_s < LONG_ROW_S
        for other in foes:
            if other in started:
                yield _Gap(link, other, step.passed_s, adjacent)
        first_start_s = min(step.first_start_s, step.passed_s) if started else step.first_start_s
        phase_between = step.phase_between or states[step.row] in course.phases
        passed_s = step.passed_s + course.rows[step.row].duration_s
        for follower in course.followers[step.row]:
            walk.append(_Step(step.row, follower, passed_s, first_start_s, phase_between))
