"""What can be said from outside, from what a signal has shown so far, and how far predictions came true so far.

Nothing here looks ahead: every second knows only of what ended before it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from controllers.announce.course import IS_RED, ColourArray, Course, next_change, runs_of
from signal_core.tables.arrays import FloatArray

LEADS_S = np.array([2.0, 5.0, 10.0, 15.0, 20.0, 30.0])
"""Predictions are told apart by how far ahead they look: up to each of these, and beyond."""
TRUE_WITHIN_S = 1.0
USUAL_WITHIN_S, LEAST_KNOWN = 5.0, 3
"""A habit is told where so many earlier times lay so close together on average; what is not known is not guessed."""
PERCENT = np.array([21, 36, 47, 56, 62, 68, 73, 77, 81, 85, 88, 91, 94, 96, 98, 100])
"""What the values 0 to 15 of a confidence mean (SAE J2735, DE_TimeIntervalConfidence)."""

CERTAIN = len(PERCENT) - 1
PLAN, HISTORY, PROGRAM, ANNOUNCED = 0, 1, 2, 3
"""Where a likely time comes from; ANNOUNCED: the change is announced, or under way."""
KINDS = 100


def guess(course: Course) -> FloatArray:
    """Second of the next change, float64[T, n]: the mean of the lamp's earlier times in this colour, of those that
    were longer than it lasts already; where there is none, now. NaN before the first."""
    return course.first_s + np.stack([_of_lamp(course.colour[:, i]) for i in range(course.colour.shape[1])], axis=1)


def usual(course: Course) -> FloatArray:
    """Second of the next change, float64[T, n], of lamps that have a habit: see `usual_s`. NaN of the others."""
    return course.first_s + np.stack(
        [_of_lamp(course.colour[:, i], _usual_beyond) for i in range(course.colour.shape[1])], axis=1)


def usual_s(longer: NDArray[np.float64]) -> float:
    """The median of the times that a lamp was in its colour, of those longer than it has lasted, ascending; NaN where
    these are too few, or too far apart for a habit."""
    if len(longer) < LEAST_KNOWN:
        return float("nan")
    middle = float(np.median(longer))
    return middle if float(np.abs(longer - middle).mean()) <= USUAL_WITHIN_S else float("nan")


def _usual_beyond(known: NDArray[np.int64], lasted_s: NDArray[np.int64]) -> FloatArray:
    first = np.searchsorted(known, lasted_s, side="right")
    of_first = {int(k): usual_s(known[k:].astype(np.float64)) for k in np.unique(first)}
    return np.array([of_first[int(k)] for k in first])


def _mean_beyond(known: NDArray[np.int64], lasted_s: NDArray[np.int64]) -> FloatArray:
    """Mean of the known durations above what has lasted, at least a second more; known: ascending."""
    first = np.searchsorted(known, lasted_s, side="right")
    left = len(known) - first
    sums = np.concatenate([np.cumsum(known[::-1])[::-1], [0]])
    mean = np.where(left > 0, sums[first] / np.maximum(left, 1), lasted_s + 1.0)
    return np.asarray(np.maximum(np.rint(mean), lasted_s + 1.0))


Beyond: TypeAlias = Callable[[NDArray[np.int64], NDArray[np.int64]], FloatArray]


def _of_lamp(colour: NDArray[np.int8], beyond: Beyond = _mean_beyond) -> FloatArray:
    """By what is known of earlier times in the same colour, ascending, and for how long this one has lasted."""
    runs, found = runs_of(colour), np.full(len(colour), np.nan)
    past: dict[int, list[int]] = {}
    for k, (start, end, shown) in enumerate(zip(runs.start, runs.end, runs.colour, strict=True)):
        known = np.sort(past.get(int(shown), []))
        if len(known):
            found[start:end] = start + beyond(known, np.arange(end - start))
        if k > 0:  # the first began before the record
            past.setdefault(int(shown), []).append(int(end - start))
    return found


def came_true(courses: Sequence[Course], likely: Sequence[FloatArray],
              source: Sequence[NDArray[np.int8]]) -> list[FloatArray]:
    """Of every prediction, float64[T, n] per signal: the share of earlier ones of its kind that came true to a second.

    A kind is where it comes from (source, int8[T, n]), how far ahead it looks, and whether it is of the end of a red.
    """
    kinds = [_kind(*each) for each in zip(courses, likely, source, strict=True)]
    events = [_events(*each) for each in zip(courses, likely, kinds, strict=True)]
    at, kind, true = (np.concatenate([event[k] for event in events]) for k in range(3))
    found = [np.full(k.shape, 0.5) for k in kinds]
    for one in np.unique(kind):
        mine = np.flatnonzero(kind == one)
        mine = mine[np.argsort(at[mine], kind="stable")]
        hits = np.concatenate([[0], np.cumsum(true[mine])])
        for course, of_signal, written in zip(courses, kinds, found, strict=True):
            row, lamp = np.nonzero(of_signal == one)
            before = np.searchsorted(at[mine], course.first_s + row, side="right")
            written[row, lamp] = (hits[before] + 1.0) / (before + 2.0)  # Laplace's rule: unknown is one half
    return found


def confidence_of(share: FloatArray) -> NDArray[np.int64]:
    """The value of a confidence that says no more than a share of 0 to 1."""
    return np.asarray(np.maximum(np.searchsorted(PERCENT, 100.0 * share + 1e-9, side="right") - 1, 0))


def is_told(share: FloatArray) -> NDArray[np.bool_]:
    """Whether a prediction is surer than the least value of a confidence, which says that next to nothing is known.

    What is no surer is left out.
    """
    return np.asarray(confidence_of(share) > 0)


def _kind(course: Course, likely: FloatArray, source: NDArray[np.int8]) -> NDArray[np.int64]:
    return kind_of(source, likely - course.times_s[:, None], course.colour)


def kind_of(source: NDArray[np.int8], lead_s: FloatArray, colour: ColourArray) -> NDArray[np.int64]:
    """Kind of a prediction, below `KINDS`."""
    return np.asarray((source * 10 + np.searchsorted(LEADS_S, lead_s)) * 2 + (colour == IS_RED), dtype=np.int64)


def _events(course: Course, likely: FloatArray, kind: NDArray[np.int64]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Of every prediction whose change came: when it came, its kind, 1 where it was true."""
    change = course.first_s + next_change(course.colour)[0]
    row, lamp = np.nonzero(np.isfinite(change) & np.isfinite(likely))
    came = change[row, lamp]
    return came, kind[row, lamp].astype(np.float64), (np.abs(likely[row, lamp] - came) <= TRUE_WITHIN_S).astype(float)
