"""Requests for green, for the page: persons and classes, fates, green given and used, and what it cost others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

Row = dict[str, Any]


class AskedRow(NamedTuple):
    """One class under one controller, over all of its runs; ``persons`` on board of all who asked, ``standing`` at the
    end of a run; seconds of green, ``cost_s`` of waiting vehicles."""

    controller: str
    kind: str
    asked: float
    persons: float
    used: float
    expired: float
    rejected: float
    standing: float
    extension_s: float
    used_s: float
    early_s: float
    cost_s: float

    @property
    def on_board(self) -> float:
        """Persons in one that asked, on average."""
        return self.persons / self.asked if self.asked else 0.0

    @property
    def used_pct(self) -> float | None:
        """Of the green that was kept; None where none was."""
        return 100.0 * self.used_s / self.extension_s if self.extension_s else None


def asked_rows(summary: Sequence[Row]) -> list[AskedRow]:
    """Those who asked; empty where nobody did."""
    return [
        AskedRow(row["controller"], kind, *(float(of_kind.get(name, 0.0)) for name in AskedRow._fields[2:]))
        for row in summary
        for kind, of_kind in row.get("requests", {}).items()
    ]
