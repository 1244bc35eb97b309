"""What detectors counted between two looks: S0205 and S0207, a value for every detector and period."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice

from controllers.field.rsmp import sxl
from controllers.field.rsmp.messages import seconds_of

MOST_DETECTORS = 255
"""As many as a site file may name."""


class Counts:
    """Periods since the last `cut`; one that is told twice counts once."""

    def __init__(self) -> None:
        self.periods = 0
        self._seen: dict[str, float] = {}
        self._vehicles: dict[int, float] = {}
        self._occupied: dict[int, list[float]] = {}

    def take(self, told: Mapping[tuple[str, str], object]) -> None:
        """Values of one update."""
        if self._fresh("S0205", told):
            self.periods += 1
            for k, count in _numbered(told.get(("S0205", "vehicles"))):
                known = count is not None and count >= 0
                self._vehicles[k] = self._vehicles.get(k, 0.0) + (float(count or 0) if known else float("nan"))
        if self._fresh("S0207", told):
            for k, percent in _numbered(told.get(("S0207", "occupancy"))):
                share = percent / 100.0 if percent is not None and 0 <= percent <= 100 else float("nan")
                self._occupied.setdefault(k, []).append(share)

    def _fresh(self, code: str, told: Mapping[tuple[str, str], object]) -> bool:
        start = seconds_of(told.get((code, "start")))
        if start is None or self._seen.get(code) == start:
            return False
        self._seen[code] = start
        return True

    def cut(self) -> tuple[dict[int, float], dict[int, float]]:
        """Vehicles and share of time by detector since the last cut; NaN where one could not tell."""
        vehicles, occupied = self._vehicles, {k: sum(row) / len(row) for k, row in self._occupied.items()}
        self._vehicles, self._occupied = {}, {}
        return vehicles, occupied


def _numbered(text: object) -> Iterable[tuple[int, int | None]]:
    """The number of each detector, and what was told of it."""
    return islice(enumerate(sxl.wholes(text), start=1), MOST_DETECTORS)
