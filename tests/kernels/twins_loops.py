"""Arrivals and loops of a lane in plain words, for the estimator's twin: by the second that is due, by all that was
seen."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

STANDS, MINUTE_S = 0.99, 60.0


@dataclass(frozen=True)
class Feed:
    """A loop upstream of a lane: part of its vehicles bound for the lane, seconds to the stop line."""

    loop: int
    share: float
    lag_s: int


def single(x: float) -> float:
    """Arrivals are kept in single precision."""
    return float(struct.unpack("f", struct.pack("f", x))[0])


@dataclass
class Due:
    """Vehicles by the second they are due at the stop line."""

    at: dict[int, float] = field(default_factory=dict)

    def add(self, second: int, vehicles: float) -> None:
        self.at[second] = single(self.at.get(second, 0.0) + vehicles)

    def take(self, seconds: range, vehicles: float) -> float:
        """Take out the earliest; how many were not there."""
        for second in seconds:
            there = self.at.get(second, 0.0)
            if there > vehicles:
                self.at[second] = single(there - vehicles)
                return 0.0
            self.at[second] = 0.0
            vehicles -= there
        return vehicles


def lasting(seen: Sequence[float], test: Callable[[float], bool]) -> int:
    """For how many seconds up to now it has been so."""
    for back, value in enumerate(reversed(seen)):
        if not test(value):
            return back
    return len(seen)


@dataclass
class Loops:
    """The loops of one distance of a lane: the least and the most occupied of each second."""

    feeds: list[Feed]
    least: list[float] = field(default_factory=list)
    most: list[float] = field(default_factory=list)
    occupancy: float = 0.0

    def see(self, occupied: Sequence[float]) -> None:
        now = [occupied[feed.loop] for feed in self.feeds] or [0.0]
        self.least.append(min(now))
        self.most.append(max(now))
        self.occupancy += (min(now) - self.occupancy) / MINUTE_S

    def standing_s(self) -> int:
        return lasting(self.least, lambda occupied: occupied > STANDS)

    def empty_s(self) -> int:
        return lasting(self.most, lambda occupied: occupied <= 0.0)
