"""What a review finds: how grave, where, what, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Level = Literal["unsafe", "warning", "note"]
LEVELS: tuple[Level, ...] = ("unsafe", "warning", "note")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about one signal, and what to do about it."""

    level: Level
    signal_id: str
    what: str
    fix: str


def numbers(links: Iterable[int]) -> str:
    """The first few of them, in order."""
    distinct = sorted(set(links))
    named = ", ".join(map(str, distinct[:8]))
    return named if len(distinct) <= 8 else f"{named} and {len(distinct) - 8} more"


def some(ids: Sequence[str]) -> str:
    """The first few of them, as given."""
    named = ", ".join(ids[:4])
    return named if len(ids) <= 4 else f"{named} and {len(ids) - 4} more"
