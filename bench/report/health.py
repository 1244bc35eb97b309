"""Detectors, modes and rejected samples of the runs, for the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MOST_LINES = 12
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Watch:
    """What was said of loops and signals under one controller, over its runs; ``lines`` the first few, in words."""

    alarms: int
    exits: int
    mode_changes: int
    away_pct: float
    samples: int
    decisions: int
    lines: tuple[str, ...]
    more: int


def watches(rows: Sequence[Row]) -> dict[str, Watch]:
    """By controller, of those whose runs know of loops and modes."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        if row.get("troubles", {}).get("mode_s"):
            found.setdefault(str(row["controller"]), []).append(row)
    return {name: _watch(runs) for name, runs in found.items()}


def _watch(runs: Sequence[Row]) -> Watch:
    troubles = [row["troubles"] for row in runs]
    lines = [line for row in runs for line in _lines(row)]
    in_mode: dict[str, int] = {}
    for each in troubles:
        for mode, seconds in each["mode_s"].items():
            in_mode[mode] = in_mode.get(mode, 0) + seconds
    total = sum(in_mode.values())
    others = sum(int(row.get("left_s", 0)) + int(row.get("stood_back_s", 0)) for row in runs)
    return Watch(
        sum(status != "HEALTHY" for each in troubles for _, _, status in each["alarms"]),
        sum(status != "FREE" for each in troubles for _, _, status in each.get("exits", ())),
        sum(len(each["mode_changes"]) for each in troubles),
        100.0 * (1.0 - max(0, in_mode.get("ADAPTIVE", 0) - others) / total) if total else 0.0,
        sum(each["samples_missing"] + each["samples_odd"] + each["samples_stale"] for each in troubles),
        sum(each["late"] + each["errors"] for each in troubles),
        tuple(lines[:MOST_LINES]),
        max(0, len(lines) - MOST_LINES),
    )


def _lines(row: Row) -> list[str]:
    """Programs by time of day; alarms, blocked exits, locks, trials of plans and modes of one run in order of time."""
    seed, troubles = row["seed"], row["troubles"]
    told = [(time_s, f"loop {loop}: {_said(status)}") for time_s, loop, status in troubles["alarms"]]
    told += [(time_s, f"lane {lane}: {_said(status)}") for time_s, lane, status in troubles.get("exits", ())]
    told += [(time_s, f"signal {signal}: {_said(status)}") for time_s, signal, status in troubles.get("locks", ())]
    told += [(time_s, f"signal {signal}: plan tried, {left} left against {against} before, so it "
                      f"{'stays' if stays else 'ends'}")
             for time_s, signal, left, against, stays in troubles.get("trials", ())]  # fmt: skip
    told += [(time_s, f"signal {signal}: {_said(before)} to {_said(after)}" + (f", {_said(why)}" if why else ""))
             for time_s, signal, before, after, why in troubles["mode_changes"]]  # fmt: skip
    day = [f"seed {seed}, {note}" for note in row.get("notes", ()) if ": program '" in note]
    return day + [f"seed {seed}, {time_s:.0f} s: {text}" for time_s, text in sorted(told)]


def _said(name: str) -> str:
    return name.lower().replace("_", " ")
