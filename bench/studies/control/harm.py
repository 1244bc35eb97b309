"""Whom control harms: who loses against the baseline; over all maps, how far each controller is from doing no harm."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from math import exp, log
from statistics import fmean
from typing import Any

from controllers.registry import base_name

Row = dict[str, Any]
LOSES_S, LOSES_TIMES, LEAST_VPH = 120.0, 1.5, 30.0
"""A movement of that many vehicles an hour loses where its delay is above both, against the same under the baseline."""
WORSE_PCT = 3.0
"""A run is worse from there on, against the baseline with its seed."""
RIVALS = frozenset({"fixed", "tuned", "actuated"})
"""The better of them is what a controller should beat."""
INCIDENTS = ("emergency_brakings", "collisions", "collisions_in_junctions")


def losers(runs: Sequence[Row], name: str, baseline: str) -> list[Row]:
    """Movements that lose under ``name``, over the seeds that both have, those that lose most in all first."""
    mine, theirs = ({run["seed"]: run for run in runs if run["controller"] == each} for each in (name, baseline))
    seeds = sorted(mine.keys() & theirs.keys())
    if name == baseline or not seeds:
        return []
    now, before = (_movements([of[seed] for seed in seeds]) for of in (mine, theirs))
    found = []
    for way, (vehicles, delay_s) in now.items():
        before_s = max(0.0, before.get(way, (0.0, delay_s))[1])
        if vehicles >= LEAST_VPH * len(seeds) and delay_s > max(LOSES_S, LOSES_TIMES * before_s):
            found.append({"from": way[0], "to": way[1], "signal": way[2], "flow_vph": vehicles / len(seeds),
                          "before_s": before_s, "delay_s": delay_s})  # fmt: skip
    return sorted(found, key=lambda one: (one["before_s"] - one["delay_s"]) * one["flow_vph"])


def _movements(runs: Sequence[Row]) -> dict[tuple[str, str, str], tuple[float, float]]:
    """Sum of flows and mean delay by (from, to, signal), over all runs."""
    sums: dict[tuple[str, str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for one in (one for run in runs for one in run.get("movements", ())):
        both = sums[one["from_edge"], one["to_edge"], one["signal"]]
        both[0] += one["flow_vph"]
        both[1] += one["flow_vph"] * one["delay_s"]
    return {way: (flow_vph, lost / flow_vph) for way, (flow_vph, lost) in sums.items() if flow_vph > 0.0}


def alarms(runs: Sequence[Row]) -> dict[str, int]:
    """How often which was said of a loop, by status. Nothing is broken here: all of them are false."""
    found: dict[str, int] = defaultdict(int)
    for _, _, status in (alarm for run in runs for alarm in run.get("troubles", {}).get("alarms", ())):
        found[status] += status != "HEALTHY"
    return {status: n for status, n in sorted(found.items()) if n}


def harm(cases: Sequence[Row], names: Sequence[str]) -> list[Row]:
    """Over all maps and scales, a row per controller."""
    return [_of_controller(cases, name, names[0]) for name in names]


def _of_controller(cases: Sequence[Row], name: str, baseline: str) -> Row:
    pairs = [pair for case in cases for pair in _pairs(case, name, baseline)]
    worst = max(pairs, key=lambda pair: pair[0], default=None)
    rows = [row for case in cases for row in case["rows"] if row["controller"] == name]
    return {
        "controller": name,
        "pairs": len(pairs),
        "worse_runs": sum(change_pct > WORSE_PCT for change_pct, _ in pairs),
        "worst_pct": worst and worst[0],
        "worst_run": worst[1] if worst else "",
        "of_best_rival": _of_best_rival(cases, name),
        "locked": sum(row["locked"] for row in rows),
        "losers": sum(len(row["losers"]) for row in rows),
        "late_s": max((row["late_s"] for row in rows), default=0.0),
        "flicker": sum(row["flicker"] for row in rows),
        "alarms": sum(sum(row["alarms"].values()) for row in rows),
        **{f"more_{key}": _with_more(cases, name, baseline, key) for key in INCIDENTS},
    }


def _pairs(case: Row, name: str, baseline: str) -> list[tuple[float, str]]:
    """Change of delay in per cent and which run, for the seeds that both have."""
    mine, theirs = ({run["seed"]: run["delay_s"] for run in case["runs"] if run["controller"] == each}
                    for each in (name, baseline))  # fmt: skip
    return [(100.0 * (mine[seed] / theirs[seed] - 1.0), f"{case['case']}, seed {seed}")
            for seed in sorted(mine.keys() & theirs.keys()) if name != baseline and theirs[seed] > 0.0]  # fmt: skip


def _of_best_rival(cases: Sequence[Row], name: str) -> float | None:
    """Geometric mean over maps of the median delay as a share of the best rival's; None where there is none."""
    shares = []
    for case in cases:
        delays = {row["controller"]: row["delay_s"] for row in case["rows"]}
        rivals = [delay for other, delay in delays.items() if base_name(other) in RIVALS and other != name]
        if rivals and delays.get(name, 0.0) > 0.0 and min(rivals) > 0.0:
            shares.append(delays[name] / min(rivals))
    return exp(fmean(map(log, shares))) if shares else None


def _with_more(cases: Sequence[Row], name: str, baseline: str, key: str) -> list[str]:
    """Maps with more of them per vehicle than under the baseline."""
    found = []
    for case in cases:
        rates = {row["controller"]: (row.get(key) or 0) / max(1, row["trips"]) for row in case["rows"]}
        if rates.get(name, 0.0) > rates.get(baseline, 0.0):
            found.append(case["case"])
    return found
