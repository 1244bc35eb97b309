"""What one signal showed, second by second, and when every lamp changed colour next: what predictions are held against.

Colours are what a road user acts on: red (an arrow too), yellow, green of either kind. Dark lamps have none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from signal_core.kernels.codes import ARROW, GREEN, PERMISSIVE, RED, YELLOW
from signal_core.tables.arrays import CodeArray, FloatArray

ColourArray = NDArray[np.int8]
IS_RED, IS_YELLOW, IS_GREEN, IS_DARK = 0, 1, 2, 3
_COLOURS = np.full(256, IS_DARK, dtype=np.int8)
_COLOURS[[RED, ARROW]], _COLOURS[YELLOW], _COLOURS[[PERMISSIVE, GREEN]] = IS_RED, IS_YELLOW, IS_GREEN


@dataclass(frozen=True)
class Course:
    """A signal over T seconds from ``first_s`` on: states, letters of each second; colour, int8[T, n]."""

    signal_id: str
    first_s: int
    states: tuple[str, ...]
    colour: ColourArray

    @property
    def times_s(self) -> FloatArray:
        """float64[T]."""
        return self.first_s + np.arange(len(self.states), dtype=np.float64)


class Runs(NamedTuple):
    """Times without a change of colour, of one lamp: rows ``start[k]:end[k]`` show ``colour[k]``; the last one is cut
    off by the end of the record, the first one began before it, perhaps."""

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    colour: ColourArray


def colours(codes: CodeArray) -> ColourArray:
    """int8, of codes of the engine."""
    return np.asarray(_COLOURS[codes])


def runs_of(colour: ColourArray) -> Runs:
    """Runs of one lamp, from int8[T]."""
    start = np.concatenate([[0], np.flatnonzero(np.diff(colour)) + 1]).astype(np.int64)
    return Runs(start, np.concatenate([start[1:], [len(colour)]]).astype(np.int64), colour[start])


def next_change(colour: ColourArray) -> tuple[FloatArray, FloatArray]:
    """Row at which every lamp changes its colour next, and that of its next start of green; inf for never. [T, n]."""
    change, green = np.full(colour.shape, np.inf), np.full(colour.shape, np.inf)
    for t in range(len(colour) - 2, -1, -1):
        changes = colour[t + 1] != colour[t]
        change[t] = np.where(changes, t + 1, change[t + 1])
        green[t] = np.where(changes & (colour[t + 1] == IS_GREEN), t + 1, green[t + 1])
    return change, green


def each_second(times_s: Sequence[float], states: Sequence[str], end_s: float) -> tuple[int, tuple[str, ...]]:
    """First whole second, and what was shown in it and all that follow; from the times of changes."""
    first = int(np.ceil(times_s[0] - 1e-6))
    seconds = np.arange(first, int(np.floor(end_s - 1e-6)) + 1, dtype=np.float64)
    at = np.searchsorted(np.asarray(times_s) - 1e-6, seconds, side="right") - 1
    return first, tuple(states[k] for k in at)
