"""The tables of the report: means over seeds, and changes paired by seed."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.measures.incidents import per_1000
from bench.measures.movements import Way, level_of_service
from bench.measures.paired import Change, change
from bench.measures.safety import CRASH_LIKE, LIMITS, limit_name
from bench.report.gather import Run

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure of a run; ``of`` gives None where it was not recorded."""

    key: str
    label: str
    unit: str
    digits: int
    better_is_less: bool
    of: Callable[[Run], float | None]


INSIDE = "collisions_in_junctions"


def _inside(key: str) -> Callable[[Run], float | None]:
    return lambda run: None if run.row.get(key) is None else float(run.row[key])


def _conflict(name: str) -> Callable[[Run], float | None]:
    return lambda run: None if run.conflicts is None else float(run.conflicts[name])


def _grams(name: str, per: float) -> Callable[[Run], float | None]:
    return lambda run: run.grams[name] / per if name in run.grams else None


HEADLINE = (
    Measure("delay_s", "delay per trip", "s", 1, True, lambda run: run.headline.delay_s),
    Measure("speed_kmh", "speed", "km/h", 1, False, lambda run: run.headline.speed_kmh),
    Measure("stops", "stops per trip", "", 2, True, lambda run: run.headline.stops),
    Measure("travel_s", "travel time", "s", 1, True, lambda run: run.headline.travel_s),
    Measure("walk_loss_s", "time loss per walk", "s", 1, True, lambda run: run.row.get("walk_loss_s")),
)
SAFETY = (
    *(Measure(name, name, "", 0, True, _conflict(name)) for name in (limit_name(*limit) for limit in LIMITS)),
    Measure("emergency_brakings", "emergency brakings", "", 1, True, lambda run: float(run.row["emergency_brakings"])),
    Measure("brakings_per_1000", "emergency brakings per 1000 trips", "", 2, True,
            lambda run: per_1000(run.row["emergency_brakings"], run.row["trips"])),
    Measure("collisions", "collisions along lanes", "", 1, True, lambda run: float(run.row["collisions"])),
    Measure("collisions_inside", "collisions inside junctions", "", 1, True, _inside(INSIDE)),
    Measure("collisions_on_foot", "of them with people on foot", "", 1, True, _inside("collisions_on_foot")),
    Measure("inside_per_1000", "collisions inside junctions per 1000 trips", "", 2, True,
            lambda run: None if run.row.get(INSIDE) is None else per_1000(run.row[INSIDE], run.row["trips"])),
    Measure(
        "red_runs", "red-light running", "", 0, True, lambda run: None if run.red_runs is None else float(run.red_runs)
    ),
)
EMISSIONS = (
    Measure("fuel_kg", "fuel", "kg", 0, True, _grams("fuel", 1e3)),
    Measure("co2_kg", "CO2", "kg", 0, True, _grams("CO2", 1e3)),
    Measure("nox_g", "NOx", "g", 0, True, _grams("NOx", 1.0)),
    Measure("pm_g", "particles", "g", 1, True, _grams("PMx", 1.0)),
)
COSTS = (
    Measure("cost_time", "time lost", "per h", 0, True, lambda run: run.cost.time if run.cost else None),
    Measure("cost_fuel", "fuel", "per h", 0, True, lambda run: run.cost.fuel if run.cost else None),
    Measure("cost_co2", "CO2", "per h", 0, True, lambda run: run.cost.co2 if run.cost else None),
    Measure("cost", "all", "per h", 0, True, lambda run: run.cost.total if run.cost else None),
)
ALL = (*HEADLINE, *SAFETY, *EMISSIONS, *COSTS)
MEASURES = {measure.key: measure for measure in ALL}
# What a city programme reported for itself, and the figure of ours that comes nearest.
PROGRAMME_SOURCE = "Qingdao's urban road traffic system, municipal report of 2018"
PROGRAMME = (
    ("speed", "+9.7 %", "speed_kmh", "km/h", "network speed"),
    (
        "accidents", "-9.85 %", CRASH_LIKE, "per run",
        f"conflicts with {CRASH_LIKE} (no accidents: SUMO's drivers do not crash)",
    ),
    ("violations", "-10 %", "red_runs", "per run", "vehicles that crossed a stop line in red"),
    ("economic loss", "-12 %", "cost", "per hour", "cost of delay, fuel and CO2 in the currency below"),
)  # fmt: skip


def mean_of(runs: Sequence[Run], measure: Measure) -> float | None:
    """Mean over the runs that have it."""
    values = [value for run in runs if (value := measure.of(run)) is not None]
    return sum(values) / len(values) if values else None


def paired_change(runs: Sequence[Run], base: Sequence[Run], measure: Measure) -> Change:
    """Change against the runs of the baseline with the same seeds."""
    before = {run.seed: measure.of(run) for run in base}
    pairs = [
        (value, other)
        for run in runs
        if (value := measure.of(run)) is not None and (other := before.get(run.seed)) is not None
    ]
    return change([value for value, _ in pairs], [other for _, other in pairs])


def recorded(runs: Mapping[str, Sequence[Run]], measures: Iterable[Measure]) -> list[Measure]:
    """Those that at least one run has."""
    return [m for m in measures if any(mean_of(of_name, m) is not None for of_name in runs.values())]


def table(runs: Mapping[str, Sequence[Run]], baseline: str, measures: Iterable[Measure]) -> list[Row]:
    """One row per controller: for each recorded measure its mean and its change."""
    kept = recorded(runs, measures)
    return [
        {
            "controller": name,
            "is_baseline": name == baseline,
            "cells": [
                {
                    "measure": measure,
                    "mean": mean_of(of_name, measure),
                    "change": paired_change(of_name, runs.get(baseline, ()), measure),
                    "before": mean_of(runs.get(baseline, ()), measure),
                }
                for measure in kept
            ],
        }
        for name, of_name in runs.items()
    ]


def movement_rows(runs: Sequence[Run]) -> dict[Way, Row]:
    """Per movement, over all seeds: delay weighted by vehicles, the rest as means; queue as the largest."""
    found: dict[Way, list[tuple[Run, Any]]] = {}
    for run in runs:
        for entry in run.movements:
            found.setdefault((entry.movement.from_edge, entry.movement.to_edge), []).append((run, entry))
    return {way: _movement_row(way, entries) for way, entries in found.items()}


def _movement_row(way: Way, entries: Sequence[tuple[Run, Any]]) -> Row:
    vehicles = sum(entry.vehicles for _, entry in entries)
    delay_s = sum(entry.delay_s * entry.vehicles for _, entry in entries) / max(1, vehicles)
    n = len(entries)
    saturation = sum(entry.saturation for _, entry in entries) / n
    return {
        "signal": entries[0][1].movement.signal_id,
        "from": way[0],
        "to": way[1],
        "turn": entries[0][1].movement.direction,
        "vehicles": vehicles,
        "flow_vph": sum(entry.flow_vph for _, entry in entries) / n,
        "delay_s": delay_s,
        "level": level_of_service(delay_s, saturation),
        "saturation": saturation,
        "queue_m": sum(run.queues_m.get(way, 0.0) for run, _ in entries) / n,
        "green_share": sum(entry.green_share for _, entry in entries) / n,
    }


def coordination_rows(runs: Mapping[str, Sequence[Run]], names: Sequence[str], signal_id: str) -> list[Row]:
    """Per lane of a signal: arrivals on green and split failures of each controller, in the first seed."""
    lanes = {name: runs[name][0].lanes.get(signal_id, []) for name in names}
    if not all(lanes.values()):
        return []
    return [
        {"lane": each[0].lane, **dict(zip(names, each, strict=True))}
        for each in zip(*lanes.values(), strict=True)
    ]


def lost_shares(runs: Sequence[Run], signal_id: str) -> dict[str, float] | None:
    """In per cent of the time, over all seeds and junctions of the signal; None where none was recorded or can be."""
    found = [one for run in runs for one in run.lost_times.get(signal_id, {}).values()]
    time_s = sum(one.time_s for one in found)
    if time_s <= 0.0:
        return None
    yellow, all_red = (100.0 * sum(seconds) / time_s
                       for seconds in ((one.yellow_s for one in found), (one.all_red_s for one in found)))
    return {"lost": yellow + all_red, "yellow": yellow, "all_red": all_red}


def write_rows(path: Path, rows: Sequence[Row]) -> None:
    """Rows with equal keys as CSV; nothing where there are none."""
    if not rows:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def write_tables(folder: Path, runs: Mapping[str, Sequence[Run]], baseline: str) -> None:
    """Every figure of the report as CSV: runs, changes, movements, signals, edges, the network over time."""
    write_rows(folder / "runs.csv", [
        {"controller": run.controller, "seed": run.seed, **{m.key: m.of(run) for m in ALL}}
        for of_name in runs.values() for run in of_name
    ])  # fmt: skip
    write_rows(
        folder / "changes.csv", [_flat_change(row, cell) for row in table(runs, baseline, ALL) for cell in row["cells"]]
    )
    write_rows(folder / "movements.csv", [
        {"controller": name, **row} for name, of_name in runs.items() for row in movement_rows(of_name).values()
    ])  # fmt: skip
    write_rows(folder / "splits.csv", [
        {"controller": run.controller, "seed": run.seed, "signal": i, "phase": s.phase, "start_s": s.start_s,
         "green_s": s.green_s, "length_s": s.length_s}
        for of_name in runs.values() for run in of_name for i, found in run.splits.items() for s in found
    ])  # fmt: skip
    write_rows(folder / "lost_time.csv", [
        {"controller": run.controller, "seed": run.seed, "signal": i, **asdict(one)}
        for of_name in runs.values() for run in of_name for found in run.lost_times.values() for i, one in found.items()
    ])  # fmt: skip
    write_rows(folder / "edges.csv", [
        {"controller": run.controller, "seed": run.seed, "edge": edge, "time_loss_s": total.time_loss_s,
         "vehicles": total.entered}
        for of_name in runs.values() for run in of_name for edge, total in sorted(run.edges.items())
    ])  # fmt: skip
    write_rows(folder / "coordination.csv", [
        {"controller": run.controller, "seed": run.seed, "signal": i, "lane": lane.lane, "arrivals": lane.arrived,
         "arrivals_on_green": lane.arrived_on_green, "cycles": len(lane.uses), "split_failures": lane.failures}
        for of_name in runs.values() for run in of_name for i, lanes in run.lanes.items() for lane in lanes
    ])  # fmt: skip
    write_rows(folder / "over_time.csv", [
        {"controller": run.controller, "seed": run.seed, "time_s": t, "speed_kmh": v, "vehicles": n}
        for of_name in runs.values() for run in of_name for t, v, n in run.series
    ])  # fmt: skip


def _flat_change(row: Row, cell: Row) -> Row:
    found: Change = cell["change"]
    return {
        "controller": row["controller"],
        "figure": cell["measure"].key,
        "unit": cell["measure"].unit,
        "mean": cell["mean"],
        "change_pct": found.mean_pct,
        "low_pct": found.low_pct,
        "high_pct": found.high_pct,
        "pairs": found.pairs,
    }
