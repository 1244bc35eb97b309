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

from controllers.announce.course import IS_DARK, IS_GREEN, IS_RED, IS_YELLOW, ColourArray, Course, colours
from network.program.signals import Signal
from signal_core.kernels.codes import GREEN
from signal_core.tables.arrays import BoolArray, CodeArray, FloatArray
from signal_core.tables.letters import encode

IntArray = NDArray[np.int64]
UNSEEN = -1
LONG_AGO, LONGEST_S = -1_000_000, 1_000_000.0


@dataclass(frozen=True)
class Rules:
    """Of the n lamps of a signal: least_s, int64[n] of a green; yellow_s, int64[n]; clear_s, int64[n, n], from the end
    of green of row to the start of column; yielded_s: where that green gave way; apart, bool[n, n]: conflict, and never
    green together; is_yellow_kept: a yellow lasts its time and no longer."""

    least_s: IntArray
    yellow_s: IntArray
    clear_s: IntArray
    yielded_s: IntArray
    apart: BoolArray
    is_yellow_kept: bool = True


def rules_of(signal: Signal) -> Rules:
    """Those that the interlock keeps of a signal."""
    clear = _whole(signal.intergreen_s)
    yielded = _whole(signal.yielded_s) if signal.yielded_s.size else clear
    if signal.walk_clear_s.size:
        clear = np.maximum(clear, _whole(signal.walk_clear_s)[:, None])
    yielded = np.maximum(clear, yielded)
    if signal.least_clear_s.any():  # a crossing that is seen empty
        least = np.where(signal.least_clear_s > 0.0, signal.least_clear_s, LONGEST_S)[:, None]
        clear, yielded = (np.minimum(table, _whole(least)) for table in (clear, yielded))
    conflicts = signal.conflicts | signal.conflicts.T
    return Rules(_whole(signal.min_green_s), _whole(signal.yellow_s), clear, yielded,
                 conflicts & ~_together(signal))  # fmt: skip


def bounds(course: Course, rules: Rules, kept_s: FloatArray | None = None) -> tuple[FloatArray, FloatArray]:
    """Earliest and latest second of the next change of every lamp in every second, float64[T, n]; inf: no latest.

    kept_s: float64[T, n], for so long lamps keep their colour besides, as it was announced.
    """
    certain = Certain(rules)
    kept = np.zeros(course.colour.shape) if kept_s is None else kept_s
    found = [certain.second(encode(state), of_second) for state, of_second in zip(course.states, kept, strict=True)]
    earliest, latest = (np.stack([each[k] for each in found]) for k in range(2))
    return course.first_s + earliest, course.first_s + latest


class Certain:
    """The same second by second, counted from the first."""

    def __init__(self, rules: Rules) -> None:
        n = len(rules.least_s)
        self._rules = rules
        self._t = -1
        self._colour = np.full(n, UNSEEN, dtype=np.int8)
        self._since = np.zeros(n, dtype=np.int64)
        self._ended = np.zeros(n)
        self._gave_way = np.zeros(n, dtype=np.bool_)

    def lost(self) -> None:
        """Nobody knows what was shown until now: what is found next may have begun long ago."""
        self._colour[:], self._since[:], self._ended[:] = UNSEEN, LONG_AGO, 0.0

    def second(self, codes: CodeArray, kept_s: FloatArray | float = 0.0) -> tuple[FloatArray, FloatArray]:
        """Take what is shown now, uint8[n]; the earliest and latest second of the next change, float64[n].

        kept_s: for so long lamps keep their colour besides: who waits for a green that is kept waits as long, too.
        """
        self._t += 1
        rules, t, colour, before = self._rules, self._t, colours(codes), self._colour
        self._since[(colour != before) & (before != UNSEEN)] = t
        ends = np.where(colour == IS_GREEN, self._since + rules.least_s,
                        np.where(colour == IS_YELLOW, self._since + rules.yellow_s, 0))
        earliest = np.maximum(np.maximum(ends, t + 1.0), t + kept_s)
        self._clear(colour, codes, earliest)
        ends_for_sure = (colour == IS_YELLOW) & (self._since > 0) & rules.is_yellow_kept
        latest = np.where(ends_for_sure, earliest, np.inf)
        self._colour = colour
        if (colour == IS_DARK).any():  # nothing is known of a signal that somebody keeps off
            earliest, latest = np.full(len(colour), t + 1.0), np.full(len(colour), np.inf)
        return earliest, latest

    def _clear(self, colour: ColourArray, codes: CodeArray, earliest: FloatArray) -> None:
        """Put off what is red until its foes, green now or before, are clear of it."""
        rules, green = self._rules, colour == IS_GREEN
        self._gave_way = np.where(green, codes != GREEN, self._gave_way)
        self._ended = np.where(green, earliest, np.where(self._colour == IS_GREEN, self._t, self._ended))
        owed = np.where(self._gave_way[:, None], rules.yielded_s, rules.clear_s)
        owed = np.where(green[:, None], rules.clear_s, owed)  # it may end as the other kind
        counts = rules.apart & (self._ended > 0)[:, None]
        free = np.where(counts, self._ended[:, None] + owed, 0.0).max(axis=0, initial=0.0)
        waits = colour == IS_RED
        earliest[waits] = np.maximum(earliest, free)[waits]


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
