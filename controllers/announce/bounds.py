"""What is certain about the next change of colour, whatever is planned: the interlock's rules, from what was shown.

Earliest: a green lasts its minimum, a yellow its time, and a lamp starts no sooner than its clearance to every lamp it
conflicts with is over. Those that may be green together by some row of the program or some phase keep no clearance to
each other. Latest: only a yellow has an end that nothing can put off; everything else the engine may prolong.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from controllers.announce.course import IS_DARK, IS_GREEN, IS_RED, IS_YELLOW, Course, since
from network.signals import Signal
from signal_core.arrays import BoolArray, FloatArray
from signal_core.kernels.codes import GREEN
from signal_core.letters import encode

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Rules:
    """Of the n lamps of a signal: least_s, int64[n] of a green; yellow_s, int64[n]; clear_s, int64[n, n], from the end
    of green of row to the start of column; yielded_s: where that green gave way; apart, bool[n, n]: conflict, and never
    green together."""

    least_s: IntArray
    yellow_s: IntArray
    clear_s: IntArray
    yielded_s: IntArray
    apart: BoolArray


def rules_of(signal: Signal) -> Rules:
    """Those that the interlock keeps of a signal."""
    clear = _whole(signal.intergreen_s)
    yielded = _whole(signal.yielded_s) if signal.yielded_s.size else clear
    if signal.walk_clear_s.size:
        clear = np.maximum(clear, _whole(signal.walk_clear_s)[:, None])
    conflicts = signal.conflicts | signal.conflicts.T
    return Rules(_whole(signal.min_green_s), _whole(signal.yellow_s), clear, np.maximum(clear, yielded),
                 conflicts & ~_together(signal))  # fmt: skip


def bounds(course: Course, rules: Rules) -> tuple[FloatArray, FloatArray]:
    """Earliest and latest second of the next change of every lamp in every second, float64[T, n]; inf: no latest."""
    colour, rows = course.colour, since(course.colour)
    shape, after = colour.shape, np.arange(1, len(colour) + 1, dtype=np.float64)[:, None]
    ends = np.where(colour == IS_GREEN, rows + rules.least_s, np.where(colour == IS_YELLOW, rows + rules.yellow_s, 0))
    earliest, latest = np.maximum(ends, after).astype(np.float64), np.full(shape, np.inf)
    yellow = (colour == IS_YELLOW) & (rows > 0)
    latest[yellow] = earliest[yellow]
    _clear(course, rules, earliest)
    dark = (colour == IS_DARK).any(axis=1)  # nothing is known of a signal that somebody keeps off
    earliest[dark], latest[dark] = np.broadcast_to(after, shape)[dark], np.inf
    return course.first_s + earliest, course.first_s + latest


def _clear(course: Course, rules: Rules, earliest: FloatArray) -> None:
    """Put off what is red until its foes, green now or before, are clear of it."""
    colour, codes = course.colour, np.stack([encode(state) for state in course.states])
    ended = np.zeros(colour.shape[1])
    gave_way = np.zeros(colour.shape[1], dtype=np.bool_)
    for t, shown in enumerate(colour):
        green = shown == IS_GREEN
        gave_way = np.where(green, codes[t] != GREEN, gave_way)
        ended = np.where(green, earliest[t], np.where(_was_green(colour, t), t, ended))
        owed = np.where(gave_way[:, None], rules.yielded_s, rules.clear_s)
        owed = np.where(green[:, None], rules.clear_s, owed)  # it may end as the other kind
        free = np.where(rules.apart, ended[:, None] + owed, 0.0).max(axis=0, initial=0.0)
        free[~(rules.apart & (ended > 0)[:, None]).any(axis=0)] = 0.0
        waits = shown == IS_RED
        earliest[t, waits] = np.maximum(earliest[t], free)[waits]


def _was_green(colour: NDArray[np.int8], t: int) -> BoolArray:
    if t == 0:
        return np.zeros(colour.shape[1], dtype=np.bool_)
    return np.asarray(colour[t - 1] == IS_GREEN)


def _together(signal: Signal) -> BoolArray:
    """bool[n, n], green at once in a row of the program or a phase, of the signal or of one of its junctions."""
    found = np.zeros((signal.n_links, signal.n_links), dtype=np.bool_)
    for state in _states(signal):
        green = np.array([letter in "Gg" for letter in state[:signal.n_links]])
        found |= green[:, None] & green[None, :]
    return found


def _states(signal: Signal) -> Iterable[str]:
    for one in (signal, *signal.junctions):
        yield from (phase.state for phase in (*one.phases, *one.added))
        yield from (row.state for row in one.program.intervals)


def _whole(seconds: FloatArray) -> IntArray:
    return np.ceil(np.asarray(seconds) - 1e-6).astype(np.int64)
