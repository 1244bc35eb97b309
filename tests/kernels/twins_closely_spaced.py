"""Closely spaced signals once more, in plain words (docs/how-it-works/model.md). Shares no code with the kernel."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Upstream:
    """A stop-line loop at the upstream signal: part of its vehicles, seconds from there, its lane if that is known.

    `tight`: the way is shorter than a vehicle; `sends`: the signal there would let them go.
    """

    loop: int
    share: float
    lag_s: int
    lane: Lane | None = None
    tight: bool = False
    sends: bool = False


@dataclass
class Lane:
    """`standing_s`: stop-line, middle and far loop, None where there is none; `waits`: its own queue; `takes`: who
    comes to it goes on, in this phase and in the one to come."""

    standing_s: tuple[int, int | None, int | None]
    waits: float
    green: bool
    upstream: list[Upstream]
    due: dict[int, float] = field(default_factory=dict)
    takes: bool = True

    def is_full(self, standing_s: int) -> bool:
        stop_s, mid_s, far_s = self.standing_s
        furthest_s = far_s if far_s is not None else mid_s
        return stop_s > 1 if furthest_s is None else furthest_s >= standing_s

    def hear(self, now: int, left: list[float]) -> None:
        """A vehicle that leaves the upstream signal comes, and no loop says so before the stop line."""
        if self.standing_s[1] is None:
            for one in self.upstream:
                self.due[now + one.lag_s] = self.due.get(now + one.lag_s, 0.0) + left[one.loop] * one.share

    def waiting_upstream(self, standing_s: int) -> float:
        full = self.is_full(standing_s)
        return sum(one.share * one.lane.waits for one in self.upstream if one.lane and (
            full or one.lane.green or (one.tight and one.sends)))


def exit_full_share(lane: Lane, lanes: list[Lane], standing_s: int) -> float:
    """Part of a lane's vehicles whose way is full and red, or tight and takes nobody."""
    shut = 0.0
    for other in lanes:
        for one in other.upstream:
            if one.lane is lane:
                is_shut = not other.takes if one.tight else other.is_full(standing_s) and not other.green
                shut += one.share if is_shut else 0.0
    return min(shut, 1.0)
