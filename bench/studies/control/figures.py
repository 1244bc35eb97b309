"""Medians, jams and paired differences of the runs on one map at one scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from bench.measures.paired import Change, change
from bench.runs.results import COUNTED, INSIDE
from bench.studies.control.harm import alarms, losers
from controllers.registry import base_name

Row = dict[str, Any]
OURS = frozenset({"tuned", "splits", "adaptive", "adaptive_fixed_order"})
"""Of this project; the best of all others in the same runs is what they are measured against."""
KEPT = ("controller", "seed", "run", "delay_s", "speed_kmh", "trips", "finished", "undeparted", "late_s", *COUNTED)
COMPARED = ("delay_s", "speed_kmh")


def case(label: str, content: Row) -> Row:
    """One map at one scale, from its results.json: a row per controller, and the figures of every run."""
    runs: list[Row] = content["runs"]
    baseline: str = content["baseline"]
    rows = [_with_differences(row, content["summary"], runs, baseline) for row in content["summary"]]
    return {
        "case": label,
        "scenario": content["scenario"],
        "scale": float(content["options"].get("scale", "1")),
        "begin_s": content["begin_s"],
        "end_s": content["end_s"],
        "protocol": content["protocol"],
        "order": content["order"],
        "rows": rows,
        "died": content["failed"],
        "runs": [{**{key: run.get(key, 0) for key in KEPT}, "locks": run.get("locks", []),
                  **{key: run.get(key) for key in INSIDE}} for run in runs],
    }


def _with_differences(row: Row, rows: Sequence[Row], runs: Sequence[Row], baseline: str) -> Row:
    best = best_other(row["controller"], rows)
    mine = [run for run in runs if run["controller"] == row["controller"]]
    return {
        **row,
        "losers": losers(runs, row["controller"], baseline),
        "alarms": alarms(mine),
        "against_baseline": None if row["controller"] == baseline else differences(runs, row["controller"], baseline),
        "best_other": best,
        "against_best_other": None if best is None else differences(runs, row["controller"], best),
    }


def best_other(name: str, rows: Sequence[Row]) -> str | None:
    """The controller with the least median delay that is not of this project, ``name`` left out; None for none."""
    others = [row for row in rows if base_name(row["controller"]) not in OURS and row["controller"] != name]
    return min(others, key=lambda row: float(row["delay_s"]))["controller"] if others else None


def differences(runs: Sequence[Row], name: str, other: str) -> dict[str, Row]:
    """Mean change of delay and speed against ``other`` over the seeds both have, with its 95 % interval."""
    mine, theirs = ({run["seed"]: run for run in runs if run["controller"] == each} for each in (name, other))
    paired = sorted(mine.keys() & theirs.keys())
    found: dict[str, Change] = {
        key: change([mine[seed][key] for seed in paired], [theirs[seed][key] for seed in paired])
        for key in COMPARED
    }
    return {key: {**asdict(each), "is_clear": each.is_clear} for key, each in found.items()}


def totals(cases: Sequence[Row]) -> Row:
    """Over all cases, by controller: runs, jams, and what counts for safety."""
    found: dict[str, Row] = {}
    for each in cases:
        for row in each["rows"]:
            sums = found.setdefault(row["controller"], {"runs": 0, "jams": 0, "locked": 0, **dict.fromkeys(COUNTED, 0)})
            for key in sums:
                sums[key] += row[key]
    return found
