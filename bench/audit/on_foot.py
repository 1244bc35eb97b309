"""Who was on which crossing and when, by SUMO's record of those on foot (fcd-output); standard library only."""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field
from pathlib import Path

from bench.audit.state_record import BadRecord, elements


@dataclass(frozen=True)
class OnFoot:
    """By edge, the milliseconds of all rows in which somebody was on it, ascending."""

    rows: dict[str, list[int]] = field(default_factory=dict)

    def is_anybody(self, edges: frozenset[str], from_ms: int, until_ms: int) -> bool:
        """Whether somebody was on one of the edges in a row of that time, both ends included."""
        return any(self._first(edge, from_ms) <= until_ms for edge in edges)

    def _first(self, edge: str, from_ms: int) -> int:
        """The first row from then on."""
        rows = self.rows.get(edge, [])
        at = bisect.bisect_left(rows, from_ms)
        return rows[at] if at < len(rows) else 1 << 60


def read_on_foot(path: Path) -> OnFoot:
    """Raises BadRecord."""
    found = OnFoot()
    try:
        for step in elements(path, frozenset({"timestep"})):
            now_ms = round(1000 * float(step.get("time") or 0))
            for edge in {person.get("edge") or "" for person in step.iter("person")}:
                found.rows.setdefault(edge, []).append(now_ms)
    except ValueError as error:
        raise BadRecord(f"{path}: cannot be read ({error})") from error
    return found
