"""Rows of results, as a run leaves them behind (run.json), read as data from whoever."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from bench.measures.metrics import Metrics
from bench.runs.codec import BadRecord, decode
from bench.runs.stored import AGAIN, read_json
from network.errors import ScenarioError
from signal_core.ladder.ladder import Troubles

Row = dict[str, Any]


@dataclass(frozen=True)
class _Control:
    """What a row has beside its metrics; a row may have more."""

    controller: str
    seed: int
    interlock_trips: int
    overdue_s: float
    decisions: int
    decision_us: dict[str, float]
    control_s: float
    wall_s: float
    notes: tuple[str, ...]
    troubles: Troubles
    classes: dict[str, dict[str, float]] = field(default_factory=dict)
    requests: dict[str, dict[str, float]] = field(default_factory=dict)
    crossings: dict[str, dict[str, float]] = field(default_factory=dict)
    locks: tuple[Any, ...] = ()
    delay_person_s: float | None = None


def read_row(path: Path) -> Row:
    """The row in a run.json; ScenarioError where that is none, or not a whole one."""
    return check_row(read_json(path), path)


def check_row(found: Any, path: Path, place: str = "run") -> Row:
    """``found``, if it has everything that a row has; ScenarioError names the file, the place and what is wrong."""
    try:
        row = decode(dict[str, Any], found, place)
        for kind in (_Control, Metrics):
            names = {each.name for each in fields(kind)} & row.keys()
            decode(kind, {name: row[name] for name in names}, place)
    except BadRecord as error:
        raise ScenarioError(f"{path}: {error}; {AGAIN}") from error
    if row["seed"] < 0 or Path(row["controller"]).name != row["controller"]:  # both name folders, too
        raise ScenarioError(f"{path}: {place}: no folder for '{row['controller'][:60]}', seed {row['seed']}; {AGAIN}")
    return row
