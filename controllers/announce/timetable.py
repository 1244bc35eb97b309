"""A program with fixed times knows its own future to the second: where a signal keeps to it, so does the prediction."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from controllers.announce.course import Course, colours, next_change
from network.program.signals import Program
from signal_core.tables.arrays import BoolArray, FloatArray
from signal_core.tables.letters import encode

STATIC = "static"


def timetable(program: Program, course: Course) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Second of the next change and of the next start of green of every lamp by the program, float64[T, n], inf for
    never; and where the signal has kept to it for a whole cycle or from the start on, bool[T]."""
    seconds = len(course.states)
    nothing = np.full(course.colour.shape, np.inf)
    cycle_s = sum(row.duration_s for row in program.intervals)
    if program.kind != STATIC or cycle_s <= 0.0 or any(row.next for row in program.intervals):
        return nothing, nothing, np.zeros(seconds, dtype=np.bool_)
    ahead = seconds + 2 * int(np.ceil(cycle_s)) + 1
    rows = _rows(program, course.first_s + np.arange(ahead, dtype=np.float64), cycle_s)
    states = [program.intervals[k].state for k in rows]
    same = np.array([a == b for a, b in zip(states, course.states, strict=False)], dtype=np.bool_)
    change, green = next_change(np.stack([colours(encode(state)) for state in states]))
    return course.first_s + change[:seconds], course.first_s + green[:seconds], _kept(same, cycle_s)


def film(program: Program, time_s: float, state: str, seconds: int = 60) -> tuple[tuple[tuple[int, str], ...], int]:
    """What the program shows in the seconds from ``time_s`` on, at which it shows ``state``: (from second, state)."""
    cycle_s = sum(row.duration_s for row in program.intervals)
    rows = _rows(program, time_s + np.arange(seconds, dtype=np.float64), cycle_s)
    shots = [(0, state)]
    for second, row in enumerate(rows):
        if program.intervals[row].state != shots[-1][1]:
            shots.append((second, program.intervals[row].state))
    return tuple(shots), seconds


def _rows(program: Program, time_s: FloatArray, cycle_s: float) -> Sequence[int]:
    """Row of the program at each time: its cycle begins at its offset."""
    ends = np.cumsum([row.duration_s for row in program.intervals])
    place = (time_s - program.offset_s) % cycle_s
    return [int(k) for k in np.minimum(np.searchsorted(ends - 1e-6, place, side="right"), len(ends) - 1)]


def _kept(same: BoolArray, cycle_s: float) -> BoolArray:
    """Seconds up to which nothing differed for a cycle, or since the start."""
    seconds = np.arange(len(same))
    differed = np.maximum.accumulate(np.where(same, -1, seconds))
    return np.asarray((differed < 0) | (seconds - differed > cycle_s))
