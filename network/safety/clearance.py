"""Yellow, intergreen and minimum green per link, from the user's own program or by the RESCO protocol.

What a program says of a change it makes is its engineer's word. Of a change it never makes it says nothing: there the
ways through the junction do (`network.safety.conflict_points`). What is owed to those on foot is in
`network.safety.walking`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from network.program.phases import GREEN, YELLOW
from network.program.rings import MAX_RECALL_KEY, NEMA, recalled
from network.program.signals import RED_KEY, YELLOW_KEY, BoolArray, FloatArray, Interval, Link, Program, Signal
from network.safety.conflict_points import WaySettings, clear_by_geometry
from network.safety.cycling import CyclingSettings, cycling_times
from network.safety.gaps import MOVES, Gap, gaps_between_greens
from network.safety.walking import ROUNDING_S, WalkingSettings, crossing_indices, seen_clearances, walking_times

Protocol = Literal["plan", "resco"]
PROTOCOLS: tuple[Protocol, ...] = ("plan", "resco")


@dataclass(frozen=True, slots=True)
class ClearanceSettings:
    """Yellow by speed: ITE, Determining Vehicle Signal Change and Clearance Intervals, without grade
    (t + v / 2a), within 3 to 6 s.
    """

    reaction_s: float = 1.0
    deceleration_mps2: float = 3.5
    shortest_yellow_s: float = 3.0
    longest_yellow_s: float = 6.0
    min_green_s: float = 5.0
    walking: WalkingSettings = WalkingSettings()
    cycling: CyclingSettings = CyclingSettings()
    ways: WaySettings = WaySettings()
    # NEMA programs keep clearance out of their states; where it is not known, what netconvert writes.
    ring_red_s: float = 2.0


DEFAULTS = ClearanceSettings()
RESCO_S = 3.0


@dataclass(frozen=True, slots=True)
class Clearance:
    """Whole seconds, read-only; float64[n], the intergreens float64[n, n].

    ``yielded_s``: the intergreen after a green that gave way, as somebody may wait inside the junction at its end.
    ``min_green_s`` of a crossing is its walk, ``walk_clear_s`` what those on it need from its end to any start against
    it; it is 0 for other links; ``least_clear_s`` what is left of that where a detector sees that nobody is on it.
    """

    yellow_s: FloatArray
    intergreen_s: FloatArray
    min_green_s: FloatArray
    yielded_s: FloatArray
    walk_clear_s: FloatArray
    least_clear_s: FloatArray


def intergreens(
    program: Program,
    links: Sequence[Link],
    conflicts: BoolArray,
    yields_to: BoolArray,
    protocol: Protocol = "plan",
    settings: ClearanceSettings = DEFAULTS,
) -> Clearance:
    """Clearance of one signal under a protocol.

    ``plan``: what the program itself leaves where it makes the change, otherwise what the ways through the junction
    ask for, never below the safe yellow. ``resco``: 3 s yellow and no red clearance. Crossings have the same times
    under both, and under ``plan`` the yellow between walk and red that their program has. ``conflicts`` and
    ``yields_to`` are bool[n, n]; every state of the program has n lamps. Raises ValueError for an unknown protocol.
    """
    if protocol not in PROTOCOLS:
        raise ValueError(f"unknown protocol {protocol!r}; one of {', '.join(PROTOCOLS)}")
    n, walking = len(conflicts), crossing_indices(links, len(conflicts))
    walks = walking_times(program, links, conflicts, yields_to, settings.walking)
    yellow = _plan_yellow(program, links, n, settings) if protocol == "plan" else np.full(n, RESCO_S)
    yellow[walking] = 0.0
    if protocol == "plan" or walking.any():
        between, yielded = map(_whole, _plan_gaps(program, links, conflicts, yields_to, yellow, settings))
    else:
        between = yielded = np.zeros((n, n))
    if protocol == "resco":
        between = yielded = np.where(walking[:, None], between, RESCO_S)
    if protocol == "plan":
        yellow[walking] = np.minimum(_walked_yellow(program, walking), walks.clear_s[walking])
    cycles = cycling_times(links, n, settings.cycling)
    least = np.maximum(np.maximum(yellow, walks.clear_s), cycles.clear_s)[:, None]
    between, yielded = (np.where(conflicts, np.maximum(table, least), 0.0) for table in (between, yielded))
    green = _min_green(program, n, settings, keep_short=protocol == "plan")
    green = np.maximum(green, cycles.green_s)
    green = np.where(walking, walks.walk_s, np.maximum(green, walks.walk_s))
    alone = np.where(walking, walks.clear_s, 0.0)
    for array in (yellow, between, green, yielded, alone):
        array.flags.writeable = False
    seen = seen_clearances(links, walks, yellow, settings.walking)
    return Clearance(yellow, between, green, yielded, alone, seen)


def safe_yellow_s(speed_mps: float, settings: ClearanceSettings = DEFAULTS) -> float:
    """Shortest safe yellow for an approach speed, in whole seconds.

    >>> safe_yellow_s(13.89), safe_yellow_s(19.44)  # 50 and 70 km/h
    (3.0, 4.0)
    """
    needed = settings.reaction_s + speed_mps / (2.0 * settings.deceleration_mps2)
    bounded = min(max(needed, settings.shortest_yellow_s), settings.longest_yellow_s)
    return float(math.ceil(bounded - ROUNDING_S))


def yellow_below_speed(
    signals: Iterable[Signal], settings: ClearanceSettings = DEFAULTS
) -> list[tuple[str, int, float]]:
    """(signal, link, seconds needed) where a controlled signal's yellow is shorter than its approach's speed needs."""
    return [
        (signal.id, link.index, safe_yellow_s(link.speed_mps, settings))
        for signal in signals
        for link in signal.links
        if not signal.left_alone
        and not link.is_crossing
        and signal.yellow_s[link.index] < safe_yellow_s(link.speed_mps, settings)
    ]


def short_changes(
    signals: Iterable[Signal], settings: ClearanceSettings = DEFAULTS
) -> list[tuple[str, int, float]]:
    """(signal, pairs of movements, most seconds needed) where a controlled signal leaves less time between two of them
    than protocol ``plan`` would: what the program leaves, or the ways through the junction ask for."""
    found = []
    for signal in signals:
        if signal.left_alone:
            continue
        plan = intergreens(signal.program, signal.links, signal.conflicts, signal.yields_to, "plan", settings)
        needed = np.maximum(plan.intergreen_s, plan.yielded_s)
        short = np.maximum(signal.intergreen_s, signal.yielded_s) < needed
        if short.any():
            found.append((signal.id, int(short.sum()), float(needed[short].max())))
    return found


def _whole(seconds: FloatArray) -> FloatArray:
    return np.ceil(seconds - ROUNDING_S)


def _plan_yellow(program: Program, links: Sequence[Link], n: int, settings: ClearanceSettings) -> FloatArray:
    yellow = np.full(n, settings.shortest_yellow_s)
    for link in links:
        if not link.is_crossing:
            yellow[link.index] = max(yellow[link.index], safe_yellow_s(link.speed_mps, settings))
    for index in range(n):
        yellow[index] = max(yellow[index], shown_yellow_s(program, index))
    return yellow


def _walked_yellow(program: Program, walking: BoolArray) -> FloatArray:
    """What the program shows between walk and red, of each crossing: `y` for those who are under way, or nothing."""
    return np.array([shown_yellow_s(program, index) for index in np.flatnonzero(walking).tolist()], dtype=np.float64)


def shown_yellow_s(program: Program, link: int) -> float:
    """The longest yellow that the program has for a link after its green, in whole seconds; 0 for none."""
    shown = max(_yellow_runs(program.intervals, link), default=_stated_s(program, YELLOW_KEY, 0.0))
    return float(math.ceil(shown - ROUNDING_S))


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
    full = recalled(program, MAX_RECALL_KEY)
    if program.kind == NEMA:  # every row is a phase, and has a least green of its own, also a long one
        for link in range(n):
            least = [row.max_s if k in full and math.isfinite(row.max_s) else row.min_s
                     for k, row in enumerate(program.intervals) if row.state[link] in GREEN]  # fmt: skip
            green[link] = max(1.0, math.ceil(min(least, default=settings.min_green_s) - ROUNDING_S))
    elif keep_short:
        for link in range(n):
            shortest = min(_green_runs(program, link), default=settings.min_green_s)
            green[link] = min(settings.min_green_s, max(1.0, math.ceil(shortest - ROUNDING_S)))
    return green


def _plan_gaps(
    program: Program,
    links: Sequence[Link],
    conflicts: BoolArray,
    yields_to: BoolArray,
    yellow_s: FloatArray,
    settings: ClearanceSettings,
) -> tuple[FloatArray, FloatArray]:
    """float64[n, n] each: seconds between conflicting greens, and the same after greens that gave way.

    The gap between neighbouring phases is what the engineer chose; of several, the shortest was enough. A gap with
    other phases in between says little: what the ways ask for, and what the same link is given elsewhere, is owed then.
    """
    if program.kind == NEMA:
        stated = _stated_s(program, YELLOW_KEY, settings.shortest_yellow_s)
        ring = np.where(conflicts, stated + _stated_s(program, RED_KEY, settings.ring_red_s), 0.0)
        return ring, ring
    gaps = list(gaps_between_greens(program, conflicts, yields_to))
    n = len(conflicts)
    direct = _shortest(n, (gap for gap in gaps if gap.adjacent))
    told = _shortest(n, (gap for gap in gaps if gap.adjacent and gap.yielded))
    longer = _shortest(n, (gap for gap in gaps if not gap.adjacent))
    known = np.where(np.isfinite(direct), direct, 0.0)
    of_link = known.max(axis=1, initial=0.0)
    usual = np.where(of_link > 0.0, of_link, known.max(initial=0.0))[:, None]
    on_the_way, inside = clear_by_geometry(links, conflicts, yellow_s, settings.ways)
    plain = np.minimum(longer, np.where(np.isfinite(direct), direct, np.maximum(usual, on_the_way)))
    waited = np.minimum(longer, np.where(np.isfinite(told), told, inside))
    return plain, np.maximum(plain, waited)


def _shortest(n: int, gaps: Iterable[Gap]) -> FloatArray:
    """float64[n, n]: the shortest gap of each pair, infinite where there is none."""
    table = np.full((n, n), np.inf)
    for gap in gaps:
        table[gap.ending, gap.starting] = min(table[gap.ending, gap.starting], gap.length_s)
    return table


def _stated_s(program: Program, key: str, otherwise_s: float) -> float:
    """A time that the program states as a parameter."""
    try:
        return max(0.0, float(program.parameters[key]))
    except (KeyError, ValueError):
        return otherwise_s
