"""Blocked exits once more, lane by lane in plain words, from when-things-break.md and `HealthSettings`.

Nothing is shared with the kernel: a lane keeps every second it has seen and reads from all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.kernels.twins_watched import Thresholds

WORTH = {"green": 1.0, "red": 0.0}


@dataclass(frozen=True)
class Second:
    """What a lane saw. shows: "green", "permissive" or "red" per link; refused: links its first vehicle let pass;
    passed: vehicles that its other loops say must have left since the last one was seen to."""

    stands: bool
    left: bool
    empty_s: int
    shows: Sequence[str]
    refused: frozenset[int]
    believed: bool
    passed: float

    def green(self, permissive: float) -> float:
        """What this second was worth to the vehicle that stands."""
        open_to_it = set(range(len(self.shows))) - self.refused or set(range(len(self.shows)))
        return max(permissive if self.shows[j] == "permissive" else WORTH[self.shows[j]] for j in open_to_it)


@dataclass
class Lane:
    """A lane with a stop-line loop."""

    limits: Thresholds
    seen: list[Second] = field(default_factory=list)
    blocked: bool = False
    alarms: int = 0
    from_s: int = 0  # vehicles that left before do not count
    forgotten: int = 0  # nor do seconds before the last alarm ended

    @property
    def stood_green_s(self) -> float:
        """Green that the vehicle at the stop line has stood through."""
        run: list[Second] = []
        for second in reversed(self.seen[self.forgotten:]):
            if not (second.stands and second.believed):
                break
            run.append(second)
        total = 0.0
        for second in reversed(run):
            total += second.green(self.limits.exit_permissive_share)
        return total

    def second(self, now: Second) -> None:
        """One second more."""
        self.seen.append(now)
        long = self.stood_green_s >= self.limits.exit_green_s
        if not self.blocked:
            if long and now.passed < self.limits.exit_vehicles:
                self.blocked, self.from_s = True, len(self.seen)
                self.alarms += 1
            return
        if long:
            self.from_s = len(self.seen)
        gone = sum(second.left for second in self.seen[self.from_s:])
        nobody = now.empty_s >= self.limits.exit_clear_s
        if gone >= self.limits.exit_clear_vehicles or nobody or not now.believed:
            self.blocked, self.forgotten = False, len(self.seen)
