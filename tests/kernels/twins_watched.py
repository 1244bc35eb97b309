"""A loop of the twin of detector health: who it is, what it said, and what is thought of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

GOOD = ("healthy", "biased")


class Thresholds(Protocol):
    """`HealthSettings`, by name."""

    def __getattr__(self, name: str) -> float: ...


@dataclass
class Average:
    """An average over a minute (60 s time constant), or of any other weight."""

    value: float
    weight: float = 1.0 / 60.0

    def take(self, x: float) -> None:
        self.value += (x - self.value) * self.weight


@dataclass
class Loop:
    """One loop: who it is, what it said, and what is thought of it. `alone`: the only one of its road there."""

    road: int
    level: int
    signal: int
    alone: bool
    queued: bool = False  # in front of an exit that is known to be blocked
    mates: list[tuple[int, int]] = field(default_factory=list)  # loop, seconds it is ahead
    beside: list[int] = field(default_factory=list)
    status: str = "healthy"
    source: str = "own"
    alarms: int = 0
    missing: int = 0
    odd: int = 0
    left_now: float = 0.0
    counts: list[float] = field(default_factory=list)  # every second; -1 where there was no usable sample
    usable: list[tuple[float, float]] = field(default_factory=list)  # count and occupancy of the usable ones
    present: Average = field(default_factory=lambda: Average(1.0))
    nonsense: Average = field(default_factory=lambda: Average(0.0))
    minute: Average = field(default_factory=lambda: Average(0.0))
    uncounted: Average = field(default_factory=lambda: Average(0.0, 0.01))
    double: Average = field(default_factory=lambda: Average(0.0, 0.01))
    busy_s: int = 0
    biased_s: int = 0
    good_s: int = 0  # without a fault since the alarm
    since_count_s: int = 0
    seen: float = 0.0
    watched: float = 0.0
    ratio: float = 0.0
    road_share: float = 0.0  # vehicles of all loops of its road at its distance, for one at the others
    passed_mates: float = 0.0  # vehicles its mates have counted since it last did
    road_mark: float = 0.0  # by how many its distance was behind the others of its road then
    signal_mark: float = 0.0  # what its signal had counted when it was last occupied
    too_many: float = 0.0
    too_few: float = 0.0
    own: float = 0.0
    due: float = 0.0
    factor: float = 1.0

    @property
    def trusted(self) -> bool:
        return self.status in GOOD

    @property
    def rate(self) -> float:
        return self.seen / self.watched if self.watched > 0 else 0.0

    @property
    def occupied(self) -> float:
        return self.usable[-1][1] if self.usable else 0.0

    def run(self, what: tuple[bool, float]) -> int:
        """How many usable samples up to now had no count and were empty (False) or at least so full (True)."""
        full, limit = what
        n = 0
        for count, occupied in reversed(self.usable):
            if count != 0.0 or (occupied < limit if full else occupied > 0.0):
                return n
            n += 1
        return n

    @property
    def silent_s(self) -> int:
        return self.run((False, 0.0))

    @property
    def full_s(self) -> int:
        return self.run((True, 0.99))
