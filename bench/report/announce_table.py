"""How well runs announced their changes, for the terminal and as a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
from rich.table import Table

from bench.measures.predictions import Predicted, calibration, coverage, reaches, revocations, scores
from bench.runs.announced import Announced
from controllers.announce.course import IS_GREEN, IS_RED, next_change
from controllers.announce.hindsight import ANNOUNCED, PERCENT
from signal_core.tables.arrays import BoolArray, FloatArray

HEADINGS = ("predicted by", "ends of", "s ahead", "changes", "said", "announced", "MAE s", "P90 s", "within 1 s")
AHEAD_S = 5
SURE_PCT = (0, 56, 77, 91)
"""Confidences from which on what was said is scored besides."""
KINDS = ((IS_GREEN, "green"), (IS_RED, "red"))


def content_of(name: str, signals: Sequence[Announced]) -> dict[str, Any]:
    """Scores of the run ``name``, of what it announced itself and of a guess from history alone."""
    changes = [one.course.first_s + next_change(one.course.colour)[0] for one in signals]
    firm = [(one.source == ANNOUNCED) | (one.earliest_s == one.latest_s) for one in signals]
    rows, all_said, back = [], [], {}
    for whose, likely, sure in ((name, [one.likely_s for one in signals], firm),
                                (f"history of {name}", [one.guess_s for one in signals], None)):  # fmt: skip
        timed = _timed(signals, changes, likely, sure)
        for colour, kind in KINDS:
            rows += [{"by": whose, "ends_of": kind, **asdict(score)} for score in scores(_only(timed, signals, colour))]
        all_said += [{"by": whose, **asdict(reach)} for reach in reaches(timed)]
        back[whose] = revocations(timed)
    timed = _timed(signals, changes, [one.likely_s for one in signals])
    kept = [replace(one, counts=one.counts & of) for one, of in zip(_only(timed, signals, IS_GREEN), firm, strict=True)]
    sure = [PERCENT[one.confidence].astype(np.float64) for one in signals]
    bounds = coverage(changes, [one.earliest_s for one in signals], [one.latest_s for one in signals])
    return {"controller": name, "scores": rows, "within": all_said, "revocations_per_min": back,
            "announced_taken_back_per_min": revocations(kept, np.inf),
            "by_confidence": [{"least_pct": least_pct, **asdict(reach)} for least_pct in SURE_PCT
                              for reach in reaches(_surely(timed, sure, least_pct))],
            "bounds": asdict(bounds),
            "calibration": [{"said_pct": said, "predictions": n, "true_pct": 100.0 * share}
                            for said, n, share in calibration(sure, timed)]}  # fmt: skip


def _timed(signals: Sequence[Announced], changes: Sequence[FloatArray], likely: Sequence[FloatArray],
           sure: Sequence[BoolArray] | None = None) -> list[Predicted]:
    """Of greens and reds."""
    firm = [None] * len(signals) if sure is None else sure
    return [Predicted(one.course.times_s, change, said, np.isin(one.course.colour, (IS_GREEN, IS_RED)), of_one)
            for one, change, said, of_one in zip(signals, changes, likely, firm, strict=True)]  # fmt: skip


def _only(timed: Sequence[Predicted], signals: Sequence[Announced], colour: int) -> list[Predicted]:
    """Of the ends of one colour."""
    return [replace(one, counts=of.course.colour == colour) for one, of in zip(timed, signals, strict=True)]


def _surely(timed: Sequence[Predicted], sure: Sequence[FloatArray], least_pct: float) -> list[Predicted]:
    """As if nothing had been said that was not as sure."""
    return [replace(one, likely_s=np.where(of_one >= least_pct, one.likely_s, np.nan))
            for one, of_one in zip(timed, sure, strict=True)]  # fmt: skip


def screen(found: Sequence[dict[str, Any]]) -> Table:
    """For the terminal."""
    table = Table(caption="errors of the likely time, so many seconds before every change of colour")
    for k, heading in enumerate(HEADINGS):
        table.add_column(heading, justify="left" if k < 2 else "right", no_wrap=True)
    for row in (row for run in found for row in run["scores"]):
        table.add_row(row["by"], row["ends_of"], str(row["lead_s"]), str(row["changes"]), _percent(row["said"]),
                      _percent(row["announced"]), _seconds(row["mae_s"]), _seconds(row["p90_s"]),
                      _percent(row["within_1s"]))
    return table


def sentence(run: dict[str, Any]) -> str:
    """Whether the bounds held."""
    bounds = run["bounds"]
    if not bounds["predictions"]:
        return f"{run['controller']}: nothing changed, nothing to hold against it"
    held = bounds["predictions"] - bounds["outside"]
    return (f"{run['controller']}: the change lay within [earliest, latest] of {held} of {bounds['predictions']} "
            f"predictions; a latest time was named in {_percent(bounds['bounded'])}, "
            f"the earliest was {bounds['mean_early_s']:.1f} s before the change on average")


def reach_of(run: dict[str, Any]) -> str:
    """Errors of all that was said shortly before a change, and how often it was taken back."""
    told = []
    for whose, back in run["revocations_per_min"].items():
        means = [f"{_seconds(row['mae_s'])} s within {row['reach_s']} s (said in {_percent(row['said'])})"
                 for row in run["within"] if row["by"] == whose and row["mae_s"] is not None]  # fmt: skip
        if means:
            told.append(f"{whose}: mean error {', '.join(means)}; {back:.1f} revocations a minute and signal")
    return "\n".join([*told, *_of_announced(run), *_by_confidence(run)])


def _of_announced(run: dict[str, Any]) -> list[str]:
    """A line about what was announced, where anything was."""
    back = run["announced_taken_back_per_min"]
    return [] if back is None else [
        f"  announced {AHEAD_S} s ahead: {_announced(run, 'green')} of the ends of green, {_announced(run, 'red')} of "
        f"those of red; announced ends of green that were taken back: {back:.2f} a minute and signal"]  # fmt: skip


def _announced(run: dict[str, Any], kind: str) -> str:
    return next((_percent(row["announced"]) for row in run["scores"]
                 if row["by"] == run["controller"] and row["ends_of"] == kind and row["lead_s"] == AHEAD_S), "")


def _by_confidence(run: dict[str, Any]) -> list[str]:
    """A line for every confidence that something was said with."""
    lines = []
    for least_pct in SURE_PCT[1:]:
        parts = [f"{_seconds(row['mae_s'])} s within {row['reach_s']} s (said in {_percent(row['said'])})"
                 for row in run["by_confidence"]
                 if row["least_pct"] == least_pct and row["mae_s"] is not None]  # fmt: skip
        if parts:
            lines.append(f"  of what was said with a confidence of {least_pct} % or more: {', '.join(parts)}")
    return lines


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100.0 * share:.1f} %"


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
