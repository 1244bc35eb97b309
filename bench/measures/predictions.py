"""How good predictions of the next change are: their errors so many seconds before it, and whether bounds held.

Every change counts once per lead: what was said exactly that long before it; or in all the seconds of so long before
it. Ends of yellow do not count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
LEADS_S = (5, 10, 20, 30)
REACHES_S = (10, 30)
WITHIN_S = 1.0
SOON_S = 5.0
PERCENTILE = 90.0


@dataclass(frozen=True)
class Predicted:
    """Predictions for one signal, [T, n]: seconds of the simulation; inf or NaN for none. counts: bool[T, n], the ends
    of what is shown then are to be scored; announced: bool[T, n], the change was announced, under way, or due by a
    program; None for never."""

    times_s: Array
    change_s: Array
    likely_s: Array
    counts: NDArray[np.bool_]
    announced: NDArray[np.bool_] | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """Errors of predictions made ``lead_s`` before a change. None where there was none. said: share of the changes of
    which anything was said; announced: share of them that were by then."""

    lead_s: int
    changes: int
    said: float | None
    announced: float | None
    mae_s: float | None
    p90_s: float | None
    within_1s: float | None


@dataclass(frozen=True, slots=True)
class Reach:
    """Errors of all that was said in the last ``reach_s`` before a change, and in which part of the seconds something
    was said. None where there was none."""

    reach_s: int
    predictions: int
    mae_s: float | None
    said: float | None


@dataclass(frozen=True, slots=True)
class Coverage:
    """Predictions of which the truth is known, those whose change lay outside [earliest, latest], the share that
    named a latest time, and the mean seconds from then to the earliest and from the earliest to the change."""

    predictions: int
    outside: int
    bounded: float | None
    mean_early_s: float | None


def scores(predicted: Sequence[Predicted], leads_s: Sequence[int] = LEADS_S) -> list[Score]:
    """One per lead."""
    return [_score(predicted, lead_s) for lead_s in leads_s]


def _score(predicted: Sequence[Predicted], lead_s: int) -> Score:
    parts, announced = [], 0
    for one in predicted:
        due = one.counts & (np.abs(one.change_s - one.times_s[:, None] - lead_s) < 0.5)
        parts.append(np.abs(one.likely_s[due] - one.change_s[due]))
        announced += 0 if one.announced is None else int((due & one.announced).sum())
    errors = np.concatenate([np.zeros(0), *parts])
    known = errors[np.isfinite(errors)]
    said, sure = (len(known) / len(errors), announced / len(errors)) if len(errors) else (None, None)
    if not len(known):
        return Score(lead_s, len(errors), said, sure, None, None, None)
    return Score(lead_s, len(errors), said, sure, float(known.mean()), float(np.percentile(known, PERCENTILE)),
                 float((known <= WITHIN_S).mean()))


def reaches(predicted: Sequence[Predicted], reaches_s: Sequence[int] = REACHES_S) -> list[Reach]:
    """One per reach."""
    found = []
    for reach_s in reaches_s:
        errors = np.concatenate([np.zeros(0), *(
            np.abs(one.likely_s - one.change_s)[one.counts & (one.change_s - one.times_s[:, None] <= reach_s + 0.5)]
            for one in predicted)])  # fmt: skip
        known = errors[np.isfinite(errors)]
        found.append(Reach(reach_s, len(known), float(known.mean()) if len(known) else None,
                           len(known) / len(errors) if len(errors) else None))
    return found


def revocations(predicted: Sequence[Predicted], soon_s: float = SOON_S) -> float | None:
    """How often in a minute a signal takes back a change that it said was less than ``soon_s`` away: the likely time
    moves by more than a second, of any of its lamps, while it shows the same colour. None without a minute to count."""
    taken, seconds = 0, 0
    for one in predicted:
        same = one.change_s[1:] == one.change_s[:-1]
        soon = one.counts[:-1] & (one.likely_s[:-1] - one.times_s[:-1, None] <= soon_s)
        moved = np.abs(np.nan_to_num(one.likely_s[1:], nan=np.inf) - one.likely_s[:-1]) > WITHIN_S
        taken += int((same & soon & moved).any(axis=1).sum())
        seconds += max(len(one.times_s) - 1, 0)
    return taken / (seconds / 60.0) if seconds else None


def coverage(change_s: Sequence[Array], earliest_s: Sequence[Array], latest_s: Sequence[Array]) -> Coverage:
    """Of predictions [T, n] per signal; a change that did not come within the record must not have been due in it."""
    predictions, outside, bounded, gap = 0, 0, 0, 0.0
    for change, earliest, latest in zip(change_s, earliest_s, latest_s, strict=True):
        known = np.isfinite(change)
        predictions += int(known.sum())
        outside += int(((change < earliest) | (change > latest))[known].sum())
        bounded += int(np.isfinite(latest[known]).sum())
        gap += float((change - earliest)[known].clip(0.0, 1e9).sum()) if known.any() else 0.0
    if not predictions:
        return Coverage(0, 0, None, None)
    return Coverage(predictions, outside, bounded / predictions, gap / predictions)


def calibration(confidence_pct: Sequence[Array], predicted: Sequence[Predicted]) -> list[tuple[int, int, float]]:
    """Per confidence said, in per cent: (it, predictions, share that came true to a second)."""
    said = np.concatenate([np.zeros(0), *(c[_scored(p)] for c, p in zip(confidence_pct, predicted, strict=True))])
    error = np.concatenate([np.zeros(0), *(np.abs(p.likely_s - p.change_s)[_scored(p)] for p in predicted)])
    return [(int(one), int((said == one).sum()), float((error[said == one] <= WITHIN_S).mean()))
            for one in np.unique(said)]  # fmt: skip


def _scored(one: Predicted) -> NDArray[np.bool_]:
    return one.counts & np.isfinite(one.change_s) & np.isfinite(one.likely_s)
