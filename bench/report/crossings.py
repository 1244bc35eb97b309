"""Crossings, for page and tables: what each owes to those on it, and how long they waited under each controller."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.measures.crossings import LONGEST, crossings_of
from bench.report.tables import write_rows
from network.program.signals import Signal

Row = dict[str, Any]
SHOWN_AT_MOST = 40
"""On the page; all of them are in the table beside it."""


@dataclass(frozen=True, slots=True)
class CrossingRow:
    """One crossing under one controller, over all of its runs. ``way_m``, ``least_walk_s`` and ``clear_s`` are what is
    kept; ``walk_s`` is the mean of what was shown; shares of the people in per cent, None where there were none."""

    signal: str
    links: str
    way_m: float
    least_walk_s: float
    clear_s: float
    controller: str
    people: float
    wait_s: float | None
    longest_s: float
    not_stopped_pct: float | None
    on_green_pct: float | None
    caught: float
    walks: float
    walk_s: float | None


def crossing_rows(signals: Mapping[str, Signal], summary: Sequence[Row]) -> list[list[CrossingRow]]:
    """By crossing a row per controller, where most is waited first; empty where nobody was recorded."""
    found = []
    for crossing in crossings_of(signals.values()):
        signal, links = signals[crossing.signal], list(crossing.links)
        way_m = max(link.length_m for link in signal.links if link.index in links and link.is_crossing)
        clear_s = float(signal.walk_clear_s[links].max()) if signal.walk_clear_s.size else 0.0
        kept = crossing.signal, "+".join(map(str, links)), way_m, float(signal.min_green_s[links].max()), clear_s
        rows = [CrossingRow(*kept, row["controller"], *_figures(row["crossings"][crossing.name]))
                for row in summary if crossing.name in row.get("crossings", {})]
        found += [rows] if any(row.people for row in rows) else []
    return sorted(found, key=lambda rows: -max(row.people * (row.wait_s or 0.0) for row in rows))


def _figures(of_crossing: Mapping[str, float]) -> tuple[Any, ...]:
    def part(key: str, of: str, factor: float = 1.0) -> float | None:
        whole = of_crossing.get(of, 0.0)
        return factor * of_crossing.get(key, 0.0) / whole if whole else None

    return (of_crossing.get("people", 0.0), part("waited_s", "people"), of_crossing.get(LONGEST, 0.0),
            part("not_stopped", "people", 100.0), part("on_green", "people", 100.0), of_crossing.get("caught", 0.0),
            of_crossing.get("walks", 0.0), part("walk_s", "walks"))  # fmt: skip


def write_crossings(path: Path, rows: Sequence[Sequence[CrossingRow]]) -> None:
    """All of them as CSV."""
    write_rows(path, [asdict(row) for of_crossing in rows for row in of_crossing])
