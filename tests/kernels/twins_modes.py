"""The ladder of modes once more, signal by signal in plain words, from when-things-break.md and `ModeSettings`.

Nothing is shared with the kernel. What the sequencer does is not repeated: `Now` is what it says of a signal.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Protocol

RUNGS = ("adaptive", "last good", "fixed")
REASONS = ("nothing", "late", "bad plan", "nonsense", "refused", "blind", "nobody", "plan better")


class Limits(Protocol):
    """`ModeSettings`, by name."""

    @property
    def most_misses(self) -> int: ...
    @property
    def up_s(self) -> int: ...
    @property
    def longest_s(self) -> float: ...
    @property
    def last_good_s(self) -> int: ...
    @property
    def memory_s(self) -> float: ...


@dataclass(frozen=True)
class Now:
    """A signal this second: its phase, the one before it (or -1), whether it has it, since when it left the one before
    it, and how long that takes at least up to the end of the shortest green."""

    phase: int
    previous: int
    settled: bool
    since_s: int
    plan_ok: bool
    shortest_s: int


@dataclass(frozen=True)
class Head:
    """Who is first on a lane: seconds without green, and the movements of the lane that he does not want."""

    waits_s: int
    refused: set[int]


@dataclass
class Rung:
    """One signal on the ladder. splits: of each phase in the program's cycle, by its share of the time; least: its
    shortest after the one before it; homes: the program's phase that every phase stands for."""

    limits: Limits
    splits: list[float]
    least: list[int]
    homes: list[int]
    rows: list[float]  # durations of the program's rows
    ranges: list[tuple[float, float]]  # least and most of each, where gaps in traffic end them
    likes: list[int]  # the phase most like each row
    offset_s: float
    brief: list[float]  # durations of the same rows at a shorter cycle
    brief_offset_s: float
    greens: list[list[list[bool]]]  # of each row, lane by lane, which of its movements are green
    patience_s: float  # who waits since before the plan that does better began gets his row after so long, or its red
    last_valid: int
    changes_per_s: float
    mode: str = "adaptive"
    reason: str = "nothing"
    changes: int = 0
    in_a_row: int = 0
    fine_s: int = 0
    in_mode_s: int = 0
    row_before: int = 0
    in_row_s: int = 0
    log: list[str] = field(default_factory=list)

    def second(self, time_s: float, wanted: int, now: Now, late: bool, refused: bool, sight: str,
               kept: bool) -> int:
        """The phase to be in; kept: traffic comes on green."""
        said = [(sight, sight not in ("sees", "lock")), ("late", late), ("bad plan", not now.plan_ok),
                ("nonsense", not 0 <= wanted < len(self.homes)), ("refused", refused)]
        trouble = next((name for name, is_so in said if is_so), "nothing")
        self.in_mode_s += 1
        if trouble == "nothing":
            self.in_a_row, self.fine_s = 0, self.fine_s + 1
        else:
            self.in_a_row, self.fine_s = self.in_a_row + 1, 0
            self._step_down(trouble)
        if self.mode == "adaptive":
            return self._adaptive(wanted, now, trouble)
        row, ends = self.row(time_s), False
        if self.by_gaps:
            row = self._row_by_gaps(now, kept)
        if self.mode == "last good":
            chosen, ends = self._last_good(now)
        else:
            chosen, ends = now.phase, row < self.row_before and self.in_mode_s > 0
        self.row_before = row
        long_enough = self.fine_s >= self.limits.up_s
        waited = self.fine_s >= self.limits.up_s + self.limits.longest_s and now.settled
        at_once = self.reason in ("nobody", "plan better") and trouble == "nothing" and now.settled
        if at_once or (long_enough and (ends or waited)):
            self._go("adaptive", "nothing")
            chosen = wanted
        self.last_valid = chosen
        return chosen

    def shown(self, time_s: float, heads: list[Head]) -> int:
        """Row shown in a second that has been decided."""
        due = self.row_before if self.by_gaps else self.row(time_s)
        waits = [(-head.waits_s, lane) for lane, head in enumerate(heads) if head.waits_s > self.in_mode_s]
        for _, lane in sorted(waits) if self.better else []:
            lets_go = [any(green and link not in heads[lane].refused for link, green in enumerate(row[lane]))
                       for row in self.greens]
            if any(lets_go) and heads[lane].waits_s >= min(self.patience_s, self._red_s(lets_go, due)):
                return next(row for row in [*range(due, len(lets_go)), *range(due)] if lets_go[row])
        return due

    def _red_s(self, lets_go: list[bool], due: int) -> float:
        """For how long the plan that does better leaves a lane red: rows around `due` that do not let it go."""
        rows_s = [most_s for _, most_s in self.ranges] if self.by_gaps else self.brief
        red, n = set[int](), len(lets_go)
        before = (due - 1) % n if lets_go[due] else due  # a row that lets it go ends the red before it
        for first, step in ((before, -1), (before, 1)):
            row = first
            while not lets_go[row]:
                red.add(row)
                row = (row + step) % n
        return sum(rows_s[each] for each in red)

    @property
    def by_gaps(self) -> bool:
        """It runs a program whose greens end at gaps."""
        return self.better and any(a < b for a, b in self.ranges)

    @property
    def better(self) -> bool:
        """Its plan does better."""
        return (self.mode, self.reason) == ("fixed", "plan better")

    def _row_by_gaps(self, now: Now, kept: bool) -> int:
        if self.in_mode_s == 0:
            self.in_row_s = 0
            like = [k for k, phase in enumerate(self.likes) if phase == self.homes[now.phase]]
            ends_by_gaps = [k for k in like if self.ranges[k][0] < self.ranges[k][1]]
            return (ends_by_gaps[-1:] or like[:1] or [0])[0]
        row = self.row_before
        least_s, most_s = self.ranges[row]
        self.in_row_s = self.in_row_s + 1 if now.settled or least_s >= most_s else 0
        if self.in_row_s < (most_s if kept else least_s):
            return row
        self.in_row_s = 0
        return (row + 1) % len(self.rows)

    def row(self, time_s: float) -> int:
        """Row of the program at a time, as SUMO runs a static one; at its shorter cycle where it does better."""
        rows, offset_s = (self.brief, self.brief_offset_s) if self.better else (self.rows, self.offset_s)
        into_s = (time_s - offset_s) % sum(rows)
        end_s = 0.0
        for k, duration_s in enumerate(rows):
            end_s += duration_s
            if into_s < end_s:
                return k
        return 0

    def _step_down(self, trouble: str) -> None:
        many = self.in_a_row >= self.limits.most_misses
        worn_out = self.in_mode_s >= self.limits.last_good_s or (trouble == "refused" and many)
        if trouble in ("blind", "nobody", "plan better"):
            if self.mode != "fixed":
                self._go("fixed", trouble)
        elif self.mode == "adaptive" and many:
            self._go("last good", trouble)
        elif self.mode == "last good" and worn_out:
            self._go("fixed", trouble)

    def _go(self, mode: str, reason: str) -> None:
        self.mode, self.reason = mode, reason
        self.changes += 1
        self.in_a_row = self.fine_s = self.in_mode_s = 0
        self.log.append(f"{mode} ({reason})")

    def _adaptive(self, wanted: int, now: Now, trouble: str) -> int:
        if trouble == "nothing":
            other = now.previous < 0 or self.homes[now.previous] != self.homes[now.phase]
            self.changes_per_s += (float(now.since_s == 1 and other) - self.changes_per_s) / self.limits.memory_s
            cycle_s = 0.0
            for split in self.splits:
                cycle_s += split
            self.splits = [split + ((cycle_s if p == self.homes[now.phase] else 0.0) - split) / self.limits.memory_s
                           for p, split in enumerate(self.splits)]
            self.last_valid = wanted
            return wanted
        # a refused proposal of a signal at rest may be asked for again; everything else is bridged
        return wanted if trouble == "refused" and now.settled else self.last_valid

    def _last_good(self, now: Now) -> tuple[int, bool]:
        if now.phase >= len(self.splits):  # beyond the program: back to what it is part of
            done = now.settled and (now.previous < 0 or now.since_s >= now.shortest_s)
            return (self.homes[now.phase] if done else now.phase), False
        total = 0.0
        for split in self.splits:
            total += split
        cycle_s = min(self.limits.longest_s, len(self.splits) / self.changes_per_s)
        scale = min(1.0, cycle_s / total) if total > 0 else 1.0
        split_s = max(math.floor(scale * self.splits[now.phase] + 0.5), self.least[now.phase])
        if not now.settled or now.since_s < split_s:
            return now.phase, False
        last = now.phase == len(self.splits) - 1
        return (0 if last else now.phase + 1), last
