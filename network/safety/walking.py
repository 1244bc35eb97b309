"""Who walks: how long a crossing shows green at least, how long those who set off last need to get across, and which
turns must not be under way when the first step off.

Two quantities of their own, from the length of the crossing. The program counts where it gives more: its clearance is
what it leaves between the end of the crossing's green and the first start against it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from network.program.phases import GREEN, find_phases, settle_greens, steady_state
from network.program.rings import NEMA, WORTH
from network.program.signals import BoolArray, FloatArray, Link, Program
from network.safety.gaps import next_rows
from signal_core.kernels.sequencer import LEAST_RED_S

# Programs programmed to the tenth are not stretched by a second for it.
ROUNDING_S = 0.05
LONGEST_LEAD_S = 7.0


@dataclass(frozen=True, slots=True)
class WalkingSettings:
    """MUTCD 4I.06: 7 s to see the signal and step off. RiLSA 2015, 2.7.5: 1.2 m/s, 1.0 where many are slow. Leading
    pedestrian interval: ``lead_s`` from the start of a walk to the turns that give way to it, 3 to 7 s where there is
    one (MUTCD 4I.06); 0 for what the program has. On-crossing detectors, as a Puffin has them: ``least_clear_s`` from
    the end of a walk to a start against it once they see nobody; 0 for none."""

    walk_s: float = 7.0
    walking_mps: float = 1.2
    lead_s: float = 0.0
    least_clear_s: float = 0.0


DEFAULTS = WalkingSettings()


@dataclass(frozen=True, slots=True)
class Walking:
    """``walk_s``: shortest green; ``clear_s``: from its end to a start against it; float64[n], 0 but for crossings."""

    walk_s: FloatArray
    clear_s: FloatArray


def crossing_indices(links: Sequence[Link], n: int) -> BoolArray:
    """bool[n]: state indices that control crossings and nothing else."""
    driven = np.zeros(n, dtype=np.bool_)
    driven[[link.index for link in links if not link.is_crossing]] = True
    return walked_indices(links, n) & ~driven


def walked_indices(links: Sequence[Link], n: int) -> BoolArray:
    """bool[n]: state indices that control a crossing, also where they let vehicles go, too, as on a cycle track."""
    walked = np.zeros(n, dtype=np.bool_)
    walked[[link.index for link in links if link.is_crossing]] = True
    return walked


def walking_times(
    program: Program,
    links: Sequence[Link],
    conflicts: BoolArray,
    yields_to: BoolArray,
    settings: WalkingSettings = DEFAULTS,
) -> Walking:
    """What every crossing of a signal owes to those on it, in whole seconds.

    Walk: that of the program up to ``walk_s``; where the program adapts, the longest it may choose, as its shortest
    green is one for vehicles. Clearance: the way at ``walking_mps``, and what the program leaves where that is more.
    """
    n = len(conflicts)
    walk, clear = np.zeros(n), np.zeros(n)
    for index in np.flatnonzero(walked_indices(links, n)).tolist():
        shown_s = max(green_runs(program, index), default=settings.walk_s)
        way_m = max(link.length_m for link in links if link.index == index and link.is_crossing)
        left_s = min(walked_clearances(program, index, conflicts, yields_to), default=0.0)
        walk[index] = max(1.0, _whole(min(shown_s, settings.walk_s)))
        clear[index] = max(_whole(way_m / settings.walking_mps), _whole(left_s))
    walk.flags.writeable = clear.flags.writeable = False
    return Walking(walk, clear)


def seen_clearances(links: Sequence[Link], walking: Walking, yellow_s: FloatArray, settings: WalkingSettings
                    ) -> FloatArray:
    """float64[n], read-only: what is left of a crossing's clearance at least where a detector sees that it is empty; 0
    for links without one.

    Never less than its own yellow and the shortest red. A lamp of several crossings has none: who is seen on one of
    them says nothing of the detector of another.
    """
    n = len(yellow_s)
    found = np.zeros(n)
    for index in np.flatnonzero(crossing_indices(links, n)).tolist():
        edges = {link.to_lane for link in links if link.index == index}
        least_s = max(_whole(settings.least_clear_s), yellow_s[index] + LEAST_RED_S)
        if settings.least_clear_s > 0.0 and len(edges) == 1 and least_s < walking.clear_s[index]:
            found[index] = least_s
    found.flags.writeable = False
    return found


def stopped_turns(
    program: Program, links: Sequence[Link], conflicts: BoolArray, yields_to: BoolArray
) -> BoolArray:
    """bool[n, n], read-only: the row gives way to the column, a crossing, and does not move when that starts.

    Who steps off in front of a turn under way is hit: it cannot stop any more (RiLSA 2015: walkers start with those who
    turn, or 1 to 2 s before). Where the program itself starts the crossing while the turn goes on, that is its word.
    The rows of a NEMA program are phases of single rings: only a row that shows both starts them together.
    """
    n = len(conflicts)
    walking = crossing_indices(links, n)
    table = conflicts & ~walking[:, None] & walking[None, :] & ~yields_to.T
    green = np.array([[lamp in GREEN for lamp in steady_state(row.state)] for row in program.intervals])
    if program.kind == NEMA:
        table = table & (green[:, :, None] & green[:, None, :]).any(axis=0)
    for row, followers in enumerate(next_rows(program.intervals)):
        for after in followers:
            goes_on, starts = green[row] & green[after], green[after] & ~green[row]
            table &= ~(goes_on[:, None] & starts[None, :])
    table.flags.writeable = False
    return table


def walk_leads(
    program: Program, links: Sequence[Link], conflicts: BoolArray, yields_to: BoolArray,
    settings: WalkingSettings = DEFAULTS,
) -> FloatArray:
    """float64[n, n], read-only: whole seconds that the row, a turn, starts after the column, a crossing that it gives
    way to and does not move in front of; 0 for other pairs.

    A second, ``lead_s`` or the program's own interval, whichever is longest.
    """
    stops = stopped_turns(program, links, conflicts, yields_to)
    green = np.array([[lamp in GREEN for lamp in row.state] for row in program.intervals], dtype=np.int64)
    shared = stops & (green.T @ green > 0) if program.kind != NEMA else np.zeros_like(stops)
    lead = np.where(stops, max(1.0, _whole(settings.lead_s)), 0.0)
    for turn, crossing in np.argwhere(shared).tolist():
        own_s = min(_own_leads(program, turn, crossing), default=0.0)
        if own_s <= LONGEST_LEAD_S:  # beyond, the turn has a phase of its own
            lead[turn, crossing] = max(lead[turn, crossing], _whole(own_s))
    lead.flags.writeable = False
    return lead


def _own_leads(program: Program, turn: int, crossing: int) -> Iterator[float]:
    """Seconds from each start of the crossing to that of the turn, where that comes before the crossing's end."""
    rows, followers = program.intervals, next_rows(program.intervals)
    for before, following in enumerate(followers):
        ways = [(row, 0.0) for row in following
                if rows[row].state[crossing] in GREEN and rows[before].state[crossing] not in GREEN]
        passed: set[int] = set()
        while ways:
            row, since_s = ways.pop()
            if row in passed or rows[row].state[crossing] not in GREEN:
                continue
            passed.add(row)
            if rows[row].state[turn] in GREEN:
                yield since_s
                continue
            after_s = since_s + min(rows[row].duration_s, rows[row].min_s)
            ways += [(after, after_s) for after in followers[row]]


def _whole(seconds: float) -> float:
    return float(math.ceil(seconds - ROUNDING_S))


def green_runs(program: Program, link: int, longest: bool = True) -> Iterator[float]:
    """Seconds of every run of green, as long as it may last or as short as it may be; endless where it never ends."""
    rows = program.intervals
    seconds = [max(r.duration_s, r.max_s) if longest else min(r.duration_s, r.min_s) for r in rows]
    green = [row.state[link] in GREEN for row in rows]
    if all(green):
        yield math.inf
        return
    for start in range(len(rows)):
        if green[start] and not green[start - 1]:
            run = itertools.takewhile(lambda k: green[k % len(rows)], itertools.count(start))
            yield sum(seconds[k % len(rows)] for k in run)


def walked_clearances(
    program: Program, link: int, conflicts: BoolArray, yields_to: BoolArray
) -> Iterator[float]:
    """Seconds from each end of a crossing's green to the first start against it, where no other phase is in between.

    A foe starts when it turns green, or gets priority, by the letters of the program: what they leave is what its
    engineer gave, whoever yields to whom then. Rows last as short as they may.
    """
    shown = [steady_state(row.state) for row in program.intervals]
    states = [settle_greens(state, conflicts, yields_to) for state in shown]
    phases = {phase.state for phase in find_phases(program, conflicts, yields_to)}
    foes = np.flatnonzero(conflicts[link]).tolist()
    followers = next_rows(program.intervals)
    for end, state in enumerate(states):
        walk = [(end, start, 0.0) for start in followers[end] if state[link] in GREEN]
        passed: set[int] = set()
        while walk:
            before, row, passed_s = walk.pop()
            if row in passed or states[row][link] in GREEN:
                continue
            passed.add(row)
            if any(WORTH.get(shown[row][i], 0) > max(1, WORTH.get(shown[before][i], 0)) for i in foes):
                yield passed_s
            elif states[row] not in phases:
                shortest_s = min(program.intervals[row].duration_s, program.intervals[row].min_s)
                walk += [(row, after, passed_s + shortest_s) for after in followers[row]]
