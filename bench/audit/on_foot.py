"""Who was on which crossing and when, by SUMO's record of those on foot (fcd-output); standard library only."""

from __future__ import annotations

import bisect
import gzip
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from pathlib import Path

from bench.audit.state_record import BadRecord


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
    found, now_ms = OnFoot(), 0
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
        with gzip.open(path) if packed else path.open("rb") as file:
            root: ET.Element | None = None
            for event, element in ET.iterparse(file, events=("start", "end")):
                root = element if root is None else root
                if event == "start" and element.tag == "timestep":
                    now_ms = round(1000 * float(element.get("time") or 0))
                elif event == "start" and element.tag == "person":
                    rows = found.rows.setdefault(element.get("edge") or "", [])
                    if not rows or rows[-1] != now_ms:
                        rows.append(now_ms)
                elif event == "end" and element.tag == "timestep":
                    root.clear()
    except (OSError, EOFError, ET.ParseError, ValueError) as error:
        raise BadRecord(f"{path}: cannot be read ({error})") from error
    return found
