"""results.json, schema 1, and results.csv."""

from __future__ import annotations

import csv
import platform
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import fmean, median
from typing import Any

from bench.measures import crossings
from bench.measures.asked import added
from bench.measures.metrics import change_pct, jams
from bench.measures.paired import change
from bench.runs import stored
from bench.runs.codec import BadRecord, decode
from bench.runs.jobs import Outcome
from bench.runs.prepare import Prepared, load
from bench.runs.rows import check_row
from bench.runs.spec import Study
from bench.runs.switching import time_of_day
from controllers.laws.static import ADAPTED
from network.errors import ScenarioError
from network.files import writing
from network.phasing.added_phases import leaves_out_walkers
from network.sumo_package import sumo_version

SCHEMA = 1
COUNTED = ("teleports", "collisions", "emergency_brakings", "interlock_trips", "overdue_s", "flicker")
INSIDE = ("collisions_in_junctions", "collisions_on_foot")
"""None where nobody looked."""
LEFT_OUT = frozenset({"notes", "crossings"})
"""Of the table of runs: what would make a line or a column of its own for each."""
NAMED = {"signal-core", "sumo", "python"}
Row = dict[str, Any]


@dataclass(frozen=True)
class _Failed:
    controller: str
    seed: int
    message: str


@dataclass(frozen=True)
class _Results:
    """What is used of a results.json that somebody else wrote."""

    scenario: str
    begin_s: float
    end_s: float | None
    protocol: str
    versions: dict[str, str]
    baseline: str
    failed: tuple[_Failed, ...]
    runs: tuple[Any, ...]


def results(study: Study, outcomes: Iterable[Outcome], controllers: Sequence[str]) -> dict[str, Any]:
    """The content of results.json. ``controllers`` in the order asked for; the first is the baseline."""
    order = {name: k for k, name in enumerate(controllers)}
    ordered = sorted(outcomes, key=lambda outcome: (order[outcome.spec.controller], outcome.spec.seed))
    rows = [outcome.row for outcome in ordered if outcome.row is not None]
    scenario = study.scenario
    return {
        "schema": SCHEMA,
        "scenario": scenario.source,
        "begin_s": scenario.begin_s,
        "end_s": scenario.end_s,
        "options": dict(scenario.options),
        "protocol": study.protocol,
        "order": study.order,
        "phases": study.phases,
        "detectors_m": list(study.detectors_m),
        "walk_s": study.walk[0],
        "walking_mps": study.walk[1],
        "walk_lead_s": study.walk_lead_s,
        "on_crossing_s": study.on_crossing_s,
        "backend": study.backend,
        "versions": versions(),
        "baseline": controllers[0],
        **_of_programs(study, controllers),
        "runs": rows,
        "failed": [
            {"controller": outcome.spec.controller, "seed": outcome.spec.seed, "message": outcome.error}
            for outcome in ordered
            if outcome.row is None
        ],
        "summary": summary(rows, controllers),
    }


def _of_programs(study: Study, controllers: Sequence[str]) -> Row:
    """How many of the running programs are of which kind, signals whose own phases serve those on foot more often, and
    who follows programs by time of day; empty where nothing has been prepared."""
    try:
        prepared = load(study)
    except ScenarioError:
        return {"programs": {}, "walk_longer": [], "time_of_day": []}
    return {
        "programs": dict(Counter(_kind(prepared, i) for i in prepared.programs)),
        "walk_longer": [signal.id for signal in prepared.signals.values() if leaves_out_walkers(signal)],
        "time_of_day": time_of_day(study, prepared, controllers),
    }


def _kind(prepared: Prepared, signal_id: str) -> str:
    """Of the programs in force in the run one that SUMO adapts, otherwise the first."""
    by_time = prepared.days[signal_id].signals.values() if signal_id in prepared.days else ()
    kinds = [prepared.programs[signal_id].kind, *(signal.program.kind for signal in by_time)]
    return next((kind for kind in kinds if kind in ADAPTED), kinds[0])


def read_results(path: Path) -> dict[str, Any]:
    """The content of a results.json, its rows checked and its summary made again; ScenarioError says what is wrong."""
    found = stored.read_json(path, "give the folder that compare wrote into, or run the comparison again")
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        raise ScenarioError(f"{path}: not the results of a comparison (schema {SCHEMA}); {stored.AGAIN}")
    try:
        known = decode(_Results, {key: found[key] for key in _Results.__annotations__ if key in found}, "results")
    except BadRecord as error:
        raise ScenarioError(f"{path}: {error}; {stored.AGAIN}") from error
    rows = [check_row(row, path, f"runs[{k}]") for k, row in enumerate(known.runs)]
    names = list(dict.fromkeys([known.baseline, *(row["controller"] for row in rows)]))
    if not any(row["controller"] == known.baseline for row in rows) or not known.versions.keys() >= NAMED:
        raise ScenarioError(f"{path}: no run of its baseline '{known.baseline[:60]}', or no versions; {stored.AGAIN}")
    return {**found, "runs": rows, "summary": summary(rows, names)}


def summary(rows: Sequence[Row], controllers: Sequence[str]) -> list[Row]:
    """One row per controller that has runs: medians, jams, and the change against the first, seed by seed.

    ``means`` has the figures that terminal and report show: means over seeds, of changes over those of each seed.
    """
    by_controller = {
        name: {row["seed"]: row for row in rows if row["controller"] == name} for name in controllers
    }
    base = by_controller[controllers[0]]
    return [_summary_row(name, runs, base) for name, runs in by_controller.items() if runs]


def _summary_row(name: str, runs: dict[int, Row], base: dict[int, Row]) -> Row:
    """All runs of a controller in one row; changes against those of the baseline with the same seeds."""
    paired = sorted(runs.keys() & base.keys())
    delays = [row["delay_s"] for row in runs.values()]
    walked = {seed: row for seed, row in runs.items() if row.get("walks")}
    base_walked = {seed: row for seed, row in base.items() if row.get("walks")}
    return {
        "controller": name,
        "runs": len(runs),
        "delay_s": median(delays),
        "speed_kmh": median(row["speed_kmh"] for row in runs.values()),
        "jams": jams(delays),
        "locked": sum(bool(row.get("locks")) for row in runs.values()),
        "delay_change_pct": _change("delay_s", runs, base, paired),
        "speed_change_pct": _change("speed_kmh", runs, base, paired),
        "means": _means(runs, base),
        "pairs": len(paired),
        "classes": _classes(runs, base),
        "requests": added(row.get("requests", {}) for row in runs.values()),
        "crossings": crossings.added(row.get("crossings", {}) for row in runs.values()),
        "delay_person_s": _mean(row.get("delay_person_s") for row in runs.values()),
        "finished": sum(row["finished"] for row in runs.values()),
        "trips": sum(row["trips"] for row in runs.values()),
        **{key: sum(row.get(key, 0) for row in runs.values()) for key in (*COUNTED, "walks", "walks_finished")},
        "late_s": max(row.get("late_s", 0.0) for row in runs.values()),
        **{key: _sum(row.get(key) for row in runs.values()) for key in INSIDE},
        "walk_loss_s": median(row["walk_loss_s"] for row in walked.values()) if walked else None,
        "walk_loss_change_pct": _change(
            "walk_loss_s", walked, base_walked, sorted(walked.keys() & base_walked.keys())
        ),
    }


def _classes(runs: dict[int, Row], base: dict[int, Row]) -> dict[str, Row]:
    """Per class of road user: means over the runs that have it, and the mean change against the same seeds."""
    names = dict.fromkeys(name for row in runs.values() for name in row.get("classes", {}))
    found = {}
    for name in names:
        mine, theirs = ({seed: row["classes"][name] for seed, row in of_name.items() if name in row.get("classes", {})}
                        for of_name in (runs, base))  # fmt: skip
        found[name] = {
            **{key: fmean(one[key] for one in mine.values()) for key in next(iter(mine.values()))},
            "delay_change_pct": _mean_change("delay_s", mine, theirs),
        }
    return found


def _means(runs: dict[int, Row], base: dict[int, Row]) -> Row:
    found: Row = {}
    for key in ("delay_s", "speed_kmh", "walk_loss_s"):
        mine, theirs = ({seed: row for seed, row in of_name.items() if row.get(key) is not None}
                        for of_name in (runs, base))  # fmt: skip
        found[key] = _mean(row[key] for row in mine.values())
        found[f"{key}_change_pct"] = _mean_change(key, mine, theirs)
    return found


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


def _sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _mean_change(key: str, runs: dict[int, Row], base: dict[int, Row]) -> float | None:
    """As in the report: None without a pair, or where every base is 0."""
    paired = sorted(runs.keys() & base.keys())
    return change([runs[seed][key] for seed in paired], [base[seed][key] for seed in paired]).mean_pct


def _change(key: str, runs: dict[int, Row], base: dict[int, Row], seeds: Sequence[int]) -> float | None:
    if not seeds:
        return None
    return change_pct([runs[seed][key] for seed in seeds], [base[seed][key] for seed in seeds])


def versions() -> dict[str, str]:
    """What the figures were made with."""
    packages = {name: _version(name) for name in ("signal-core", "numpy", "numba", "networkx", "libsumo")}
    return {
        **packages,
        "sumo": sumo_version(),
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def write_json(content: dict[str, Any], path: Path) -> None:
    """Write ``content`` so that a reader never sees half of it."""
    stored.write_json(content, path)


def write_csv(rows: Sequence[Row], path: Path) -> None:
    """The runs as a table, nested figures as ``decision_us.p50`` and so on; lists by their length, notes left out."""
    flat = [_flat(row) for row in rows]
    columns = list(dict.fromkeys(key for row in flat for key in row))
    with writing(path), path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, fieldnames=columns)
        writer.writeheader()
        writer.writerows(flat)


def _flat(row: Row, prefix: str = "") -> Row:
    """Only values that a cell can hold: a figure in a record becomes a column of its own, a list its length."""
    found: Row = {}
    for key, value in row.items():
        if isinstance(value, dict) and key not in LEFT_OUT:
            found |= _flat(value, f"{prefix}{key}.")
        elif key not in LEFT_OUT:
            found[prefix + key] = len(value) if isinstance(value, (list, tuple)) else value
    return found
