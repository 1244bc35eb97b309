"""Detectors as TLC-FI tells them: a state with the tick of its change, made into vehicles and time occupied."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from controllers.field.tlcfi.model import TICKS

HALF = TICKS // 2


class Clock:
    """Ticks that come round, made into milliseconds that do not. A tick that is a little earlier stays earlier."""

    def __init__(self) -> None:
        self._last: int | None = None
        self._rounds = 0

    def ms(self, ticks: int) -> int:
        if self._last is not None and self._last - ticks > HALF:
            self._rounds += 1
        elif self._last is not None and ticks - self._last > HALF and self._rounds:
            return (self._rounds - 1) * TICKS + ticks
        self._last = ticks
        return self._rounds * TICKS + ticks


class Watched:
    """One detector. `cut` gives vehicles and milliseconds occupied since the cut before."""

    def __init__(self) -> None:
        self.on = False
        self.faulty = False
        self._changed_ms = 0
        self._vehicles = 0
        self._occupied_ms = 0

    def take(self, state: Mapping[str, Any], at_ms: int) -> None:
        """A state as it was told; only what stands in it has changed."""
        if isinstance(fault := state.get("faultstate"), int):
            self.faulty = fault != 0
        now = state.get("state")
        if not isinstance(now, int) or bool(now) == self.on:
            return
        self._occupied_ms += max(0, at_ms - self._changed_ms) if self.on else 0
        self.on, self._changed_ms = bool(now), max(self._changed_ms, at_ms)
        self._vehicles += self.on

    def cut(self, now_ms: int) -> tuple[int, int]:
        """Vehicles that came, and for how long somebody was there."""
        occupied = self._occupied_ms + (max(0, now_ms - self._changed_ms) if self.on else 0)
        vehicles, self._vehicles, self._occupied_ms = self._vehicles, 0, 0
        self._changed_ms = max(self._changed_ms, now_ms)
        return vehicles, occupied
