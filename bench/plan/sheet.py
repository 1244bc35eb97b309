"""Timing sheets: what a plan asks of a controller, signal by signal, in the words of its keypad.

A row is a phase: of a program of rows what is green together until a vehicle's green ends; of a NEMA program a phase of
its rings. Walk and flashing don't walk are those of the crossings in it.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from itertools import groupby
from pathlib import Path

from bench.plan.rings import Rings
from bench.plan.tunable import Tunable
from network.files import writing
from network.program.rings import NEMA, rings_of
from network.program.signals import Interval, Program, Signal
from network.program.timing import PROGRAM_ID, Plan, Timing, retimed
from network.safety.walking import walked_clearances

GREEN, YELLOW = frozenset("Gg"), frozenset("yYu")
TURNS = {"s": "through", "l": "left", "r": "right", "L": "half left", "R": "half right", "t": "U-turn"}


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One phase of one signal in one plan; times in s, 0 for what it has not.

    ``plan``: name of the program; ``from_s``: second of the simulation from which it holds. ``max_green_s``: its green
    in a fixed-time plan. ``split_s``: green, yellow and red clearance. ``ring`` 0: no rings. ``flashing_dont_walk_s``:
    from the end of the walk to what starts against it, at least; ``crossing_takes_s``: what the way over the longest
    crossing of the phase takes.
    """

    signal: str
    plan: str
    from_s: float
    cycle_s: float
    offset_s: float
    phase: str
    ring: int
    barrier: int
    movements: str
    links: str
    min_green_s: float
    max_green_s: float
    yellow_s: float
    red_s: float
    split_s: float
    walk_s: float
    flashing_dont_walk_s: float
    crossing_takes_s: float


@dataclass(frozen=True, slots=True)
class Sheets:
    """The plans of all signals that can be controlled, by name and second of their begin."""

    signals: Mapping[str, Signal]
    tunables: Mapping[str, Tunable]
    plans: Sequence[tuple[str, float, Plan]]

    def rows(self) -> Iterator[SheetRow]:
        """Every phase; a signal that no plan changes has the timing of its own program in all of them."""
        for signal_id, signal in self.signals.items():
            tunable = self.tunables.get(signal_id)
            changed = any(signal_id in plan for _, _, plan in self.plans)
            for name, from_s, plan in self.plans if changed else self.plans[:1]:
                if tunable is None or not changed:
                    yield from _of_program(signal, signal.program, from_s)
                    continue
                timing = plan.get(signal_id, tunable.start)
                if isinstance(tunable, Rings):
                    yield from _of_rings(tunable, timing, name, from_s)
                else:
                    yield from _of_program(signal, retimed(signal.program, timing, name), from_s)


def names_of(count: int) -> list[str]:
    """What the programs of so many plans are called in the file for SUMO."""
    return [PROGRAM_ID] if count == 1 else [f"{PROGRAM_ID}-{k + 1}" for k in range(count)]


def write_sheet(rows: Sequence[SheetRow], path: Path) -> None:
    """As CSV."""
    with writing(path), path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([field.name for field in fields(SheetRow)])
        writer.writerows([f"{cell:g}" if isinstance(cell, float) else cell for cell in astuple(row)] for row in rows)


def _of_program(signal: Signal, program: Program, from_s: float) -> Iterator[SheetRow]:
    """Stages of rows; or, of a NEMA program that is not tuned, its phases as they are."""
    if program.kind == NEMA:
        yield from _of_ring_program(signal, program, from_s)
        return
    cycle_s = sum(row.duration_s for row in program.intervals)
    for number, (rows, change) in enumerate(_stages(signal, program.intervals), 1):
        green = sorted(frozenset().union(*(_green(row.state) for row in rows)))
        yellow_s = sum(row.duration_s for row in change if set(row.state) & YELLOW)
        red_s = sum(row.duration_s for row in change) - yellow_s
        green_s = sum(row.duration_s for row in rows)
        least_s = max([*(float(signal.min_green_s[i]) for i in green if i not in _crossings(signal)),
                       sum(min(row.min_s, row.duration_s) for row in rows) if program.kind != "static" else 0.0])
        longest_s = sum(max(row.max_s, row.duration_s) for row in rows) if program.kind != "static" else green_s
        walks = _walk(signal, program, rows, change)
        yield SheetRow(signal.id, program.program_id, from_s, cycle_s, program.offset_s, str(number), 0, 0,
                       movements(signal, green), " ".join(map(str, green)), min(least_s, green_s), longest_s, yellow_s,
                       red_s, green_s + yellow_s + red_s, *walks)


def _stages(signal: Signal, rows: Sequence[Interval]) -> list[tuple[list[Interval], list[Interval]]]:
    """Rows with the same vehicles green and none in yellow, and the rows of the change after them; in the order of the
    program from the begin of the first such run on."""
    crossings = _crossings(signal)
    keys = [(frozenset(_green(row.state) - crossings), _is_change(row.state, crossings)) for row in rows]
    first = next((k for k in range(len(rows)) if keys[k] != keys[k - 1] and not keys[k][1]), 0)
    turned = [*range(first, len(rows)), *range(first)]
    found: list[tuple[list[Interval], list[Interval]]] = []
    for (_, is_change), some in groupby(turned, key=lambda k: keys[k]):
        part = [rows[k] for k in some]
        if not is_change:
            found.append((part, []))
        elif found:
            found[-1][1].extend(part)
    return found


def _is_change(state: str, crossings: frozenset[int]) -> bool:
    """Yellow for a vehicle, or nothing green at all."""
    yellow = any(lamp in YELLOW for i, lamp in enumerate(state) if i not in crossings)
    return yellow or not any(lamp in GREEN for lamp in state)


def _walk(signal: Signal, program: Program, rows: Sequence[Interval],
          change: Sequence[Interval]) -> tuple[float, float, float]:
    """Walk, flashing don't walk, and the time the way takes."""
    own = [i for i in _crossings(signal) if any(row.state[i] in GREEN for row in rows)]
    if not own:
        return 0.0, 0.0, 0.0
    walk_s = min(sum(row.duration_s for row in (*rows, *change) if row.state[i] in GREEN) for i in own)
    takes_s = max((float(signal.walk_clear_s[i]) for i in own if signal.walk_clear_s.size), default=0.0)
    left = [s for i in own for s in walked_clearances(program, i, signal.conflicts, signal.yields_to)]
    return walk_s, min(left, default=takes_s), takes_s


def _of_rings(tunable: Rings, timing: Timing, name: str, from_s: float) -> Iterator[SheetRow]:
    signal = tunable.signal
    for ring, sides in enumerate(tunable.sides, 1):
        for side, phases in enumerate(sides, 1):
            for k in phases:
                row, lost_s = signal.program.intervals[k], tunable.lost_s[k]
                yellow_s, red_s = tunable.change_s(k)
                green_s = timing.durations_s[k] - lost_s
                yield _ring_row(signal, row, (name, from_s, timing.cycle_s, timing.offset_s), (ring, side),
                                (green_s, yellow_s, red_s))


def _of_ring_program(signal: Signal, program: Program, from_s: float) -> Iterator[SheetRow]:
    rings = rings_of(program)
    for ring, sides in enumerate(() if rings is None else rings.sides, 1):
        for side, phases in enumerate(sides, 1):
            for k in phases:
                assert rings is not None
                row = program.intervals[k]
                green_s = rings.split_s[k] - rings.lost_s
                yellow_s = float(signal.yellow_s.max(initial=0.0))
                yield _ring_row(signal, row, (program.program_id, from_s, rings.cycle_s, program.offset_s),
                                (ring, side), (green_s, yellow_s, max(0.0, rings.lost_s - yellow_s)))


def _ring_row(signal: Signal, row: Interval, plan: tuple[str, float, float, float], place: tuple[int, int],
              times_s: tuple[float, float, float]) -> SheetRow:
    green, crossings = sorted(_green(row.state)), _crossings(signal)
    name, from_s, cycle_s, offset_s = plan
    least_s = max([row.min_s, *(float(signal.min_green_s[i]) for i in green if i not in crossings)])
    walking = [i for i in green if i in crossings]
    walk_s = max((float(signal.min_green_s[i]) for i in walking), default=0.0)
    clear_s = max((float(signal.walk_clear_s[i]) for i in walking if signal.walk_clear_s.size), default=0.0)
    return SheetRow(signal.id, name, from_s, cycle_s, offset_s, row.name, *place, movements(signal, green),
                    " ".join(map(str, green)), least_s if math.isfinite(least_s) else 0.0, times_s[0], times_s[1],
                    times_s[2], sum(times_s), walk_s, clear_s, clear_s)


def movements(signal: Signal, green: Sequence[int]) -> str:
    """Approaches and turns of links, as people say them."""
    turns: dict[str, dict[str, None]] = {}
    for link in signal.links:
        if link.index in green:
            road = link.from_lane.rpartition("_")[0]
            what = "crossing" if link.is_crossing else TURNS.get(link.direction, link.direction)
            turns.setdefault(link.to_lane.rpartition("_")[0] if link.is_crossing else road, {})[what] = None
    return "; ".join(f"{road} {', '.join(found)}" for road, found in turns.items())


def _green(state: str) -> frozenset[int]:
    return frozenset(i for i, lamp in enumerate(state) if lamp in GREEN)


def _crossings(signal: Signal) -> frozenset[int]:
    return frozenset(link.index for link in signal.links if link.is_crossing)
