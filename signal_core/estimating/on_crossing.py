"""Detectors on crossings, for all signals of an engine."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from signal_core.kernels import on_crossing as kernel
from signal_core.kernels.compiled import direct
from signal_core.kernels.kept import kept
from signal_core.kernels.on_crossing import Watch
from signal_core.tables.arrays import NEVER, BoolArray, FloatArray, IntArray
from signal_core.tables.intersection import Intersection
from signal_core.tables.state import SignalState


class OnCrossing:
    """Ends clearances of crossings that are seen empty, see `signal_core.kernels.on_crossing`."""

    def __init__(self, intersections: Sequence[Intersection], state: SignalState) -> None:
        least, (first, full) = least_clear_s(intersections), _owed_s(intersections)
        idle, was_idle, seen = (np.zeros(len(least), np.bool_) for _ in range(3))
        empty, given, held = (np.zeros(len(least), np.int64) for _ in range(3))
        self.watch = Watch(least, first, full, was_idle, idle, seen, empty, given, held)
        self._records, self._nobody_tells = (kept(state), kept(self.watch)), np.full(len(least), np.nan)
        self._take = direct(kernel.take, *self._records, self._nobody_tells)

    def take(self, on_it: ArrayLike | None) -> None:
        """One second of persons on the crossings, see `Engine.step`; what cannot be read counts as unknown."""
        self._take(*self._records, persons_on(on_it, self._nobody_tells))

    def forget(self, links: BoolArray) -> None:
        """Nobody knows who went on these: they show something else than ordered."""
        self.watch.was_seen[links] = self.watch.was_idle[links] = False
        self.watch.given_s[links] = 0


def persons_on(on_it: ArrayLike | None, nobody_tells: FloatArray) -> FloatArray:
    """float64[links], or `nobody_tells` where it is none."""
    try:
        found = nobody_tells if on_it is None else np.ascontiguousarray(on_it, dtype=np.float64)
    except (TypeError, ValueError):
        return nobody_tells
    return found if found.shape == nobody_tells.shape else nobody_tells


def least_clear_s(intersections: Sequence[Intersection]) -> IntArray:
    """int64[links], 0 for links without a detector."""
    return np.concatenate([np.zeros(0, np.int64), *(
        np.zeros(x.n_links, np.int64) if x.least_clear_s is None else np.asarray(x.least_clear_s, np.int64)
        for x in intersections)])


def _owed_s(intersections: Sequence[Intersection]) -> tuple[IntArray, IntArray]:
    """int64[links] each, the shortest and the longest clearance that each owes to others."""
    first, full = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for x in intersections:
        owed = x.intergreen_s if x.yielded_s is None else np.maximum(x.intergreen_s, x.yielded_s)
        first.append(np.where(x.conflicts, x.intergreen_s, NEVER).min(axis=1, initial=NEVER).astype(np.int64))
        full.append(np.where(x.conflicts, owed, 0).max(axis=1, initial=0).astype(np.int64))
    return np.concatenate(first), np.concatenate(full)
