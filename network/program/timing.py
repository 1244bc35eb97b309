"""What of a program may be tuned, and which timings keep everything its engineer owed to safety."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from network.program.signals import Limit, Program, Signal

GREEN = frozenset("Gg")
YELLOW = frozenset("yYu")
# A green row that short is part of the way from one phase to the next: it stays as it is.
SHORTEST_ROW_S = 5.0
LONGEST_CYCLE_S = 150.0
PROGRAM_ID = "tuned"
LONGEST = ("max_green_s", "max_red_s")
MOST_MENDS = 2000


@dataclass(frozen=True, slots=True)
class Timing:
    """Durations of all rows of a program in s, and its offset. ``length_s`` is the cycle where rows run side by side,
    otherwise 0."""

    durations_s: tuple[float, ...]
    offset_s: float
    length_s: float = 0.0

    @property
    def cycle_s(self) -> float:
        """All rows together, unless they run side by side."""
        return self.length_s or sum(self.durations_s)


Plan = Mapping[str, Timing]


@dataclass(frozen=True, slots=True)
class Knobs:
    """The rows of one signal's program that may be longer or shorter, with the least each must last."""

    signal: Signal
    rows: tuple[int, ...]
    least_s: tuple[float, ...]

    @property
    def fixed_s(self) -> float:
        """Time of the rows that stay."""
        every = enumerate(self.signal.program.intervals)
        return sum(row.duration_s for k, row in every if k not in self.rows)

    def with_rows(self, timing: Timing, values_s: Sequence[float]) -> Timing:
        """``timing`` with other durations of the rows that may change."""
        durations = list(timing.durations_s)
        for row, value in zip(self.rows, values_s, strict=True):
            durations[row] = value
        return Timing(tuple(durations), timing.offset_s % max(1.0, sum(durations)))

    def values_s(self, timing: Timing) -> list[float]:
        """Durations of the rows that may change."""
        return [timing.durations_s[row] for row in self.rows]


def find_knobs(signal: Signal) -> tuple[Knobs | None, str]:
    """What may be tuned, or why nothing may."""
    program = signal.program
    if signal.left_alone:
        return None, signal.left_alone
    if program.kind != "static":
        return None, f"Its program is of type {program.kind}, which times itself."
    if any(row.next for row in program.intervals):
        return None, "Its rows do not follow one another in order."
    forbidden = [k for k, row in enumerate(program.intervals) if signal.is_forbidden(row.state)]
    if forbidden:
        return None, f"Row {forbidden[0]} of its program is forbidden by the limits; take it out of the program."
    rows = tuple(k for k, row in enumerate(program.intervals) if _may_change(row.state, row.duration_s))
    if len(rows) < 2:
        return None, "It has fewer than two rows that could be longer or shorter."
    least = tuple(min(SHORTEST_ROW_S, program.intervals[k].duration_s) for k in rows)
    return Knobs(signal, rows, least), ""


def _may_change(state: str, duration_s: float) -> bool:
    return bool(set(state) & GREEN) and not set(state) & YELLOW and duration_s >= SHORTEST_ROW_S


def own_timing(program: Program) -> Timing:
    """The timing the program has."""
    return Timing(tuple(row.duration_s for row in program.intervals), program.offset_s)


def retimed(program: Program, timing: Timing, program_id: str = PROGRAM_ID) -> Program:
    """The program with another timing, under another name."""
    rows = tuple(
        replace(row, duration_s=length, min_s=length, max_s=length)
        for row, length in zip(program.intervals, timing.durations_s, strict=True)
    )
    return replace(program, program_id=program_id, offset_s=timing.offset_s, intervals=rows)


def is_lawful(knobs: Knobs, timing: Timing) -> bool:
    """Whether a timing keeps row minimums, cycle bounds, minimum greens and intergreens.

    Where the program's own timing gives less than the rule, as much as there is enough; the limits of the engineer's
    file hold in any case.
    """
    program = knobs.signal.program
    values = knobs.values_s(timing)
    if any(value < least for value, least in zip(values, knobs.least_s, strict=True)):
        return False
    if timing.cycle_s > max(LONGEST_CYCLE_S, own_timing(program).cycle_s):
        return False
    states = [row.state for row in program.intervals]
    own = own_timing(program).durations_s
    if knobs.signal.limits and any(breaches(knobs.signal, states, timing.durations_s)):
        return False
    return all(
        now >= min(owed, before) - 1e-6
        for (owed, before), (_, now) in zip(
            _owed(knobs.signal, states, own), _owed(knobs.signal, states, timing.durations_s), strict=True
        )
    )


class Breach(NamedTuple):
    """A limit of the engineer's file that a timing does not keep: seconds that it gives, and the rows to change."""

    limit: Limit
    given_s: float
    rows: tuple[int, ...]

    @property
    def words(self) -> str:
        """In words."""
        key, link, seconds, place = self.limit
        return f"link {link} has {self.given_s:g} s where {place} asks for {key} {seconds:g}"


def breaches(signal: Signal, states: Sequence[str], lengths: Sequence[float]) -> Iterator[Breach]:
    """What a timing of these rows does not keep of the limits for its signal."""
    for limit in signal.limits:
        for run in _runs(states, limit.link, limit.key):
            given_s = sum(lengths[k] for k in run)
            short, is_longest = limit.seconds - given_s, limit.key in LONGEST
            if (short < -1e-6) if is_longest else (short > 1e-6):
                yield Breach(limit, given_s, run)


def _runs(states: Sequence[str], link: int, key: str) -> Iterator[tuple[int, ...]]:
    """The rows that a limit of this kind is about, run by run."""
    lamps = {"yellow_s": YELLOW, "max_red_s": frozenset("rsyYu")}.get(key, GREEN)
    if key in ("red_clearance_s", "walk_clear_s"):  # kept between two links: `is_lawful` by the intergreens
        return
    n = len(states)
    for start in range(n):
        if states[start][link] in lamps and states[start - 1][link] not in lamps:
            run = [start]
            while states[(run[-1] + 1) % n][link] in lamps:
                run.append((run[-1] + 1) % n)
            yield tuple(run)


def mended(knobs: Knobs, timing: Timing) -> tuple[Timing, str]:
    """The timing with rows longer or shorter as the limits of the engineer ask; and what of them cannot be kept."""
    states, signal = [row.state for row in knobs.signal.program.intervals], knobs.signal
    for _ in range(MOST_MENDS):
        broken = next(breaches(signal, states, timing.durations_s), None)
        if broken is None:
            gap = next(_short_gaps(signal, states, timing.durations_s), "")
            return timing, gap
        values = dict(zip(knobs.rows, knobs.values_s(timing), strict=True))
        own = [row for row in broken.rows if row in values]
        step_s = 1.0 if broken.limit.key not in LONGEST else -1.0
        least = dict(zip(knobs.rows, knobs.least_s, strict=True))
        free = [row for row in own if values[row] + step_s >= least[row]]
        if not free:
            return timing, broken.words
        values[max(free, key=lambda row: values[row])] += step_s
        timing = knobs.with_rows(timing, [values[row] for row in knobs.rows])
    return timing, next(breaches(signal, states, timing.durations_s)).words


def _short_gaps(signal: Signal, states: Sequence[str], lengths: Sequence[float]) -> Iterator[str]:
    """Clearances below what the engineer's file asks for: they are rows that nobody changes."""
    asked = {limit.link: limit for limit in signal.limits if limit.key in ("red_clearance_s", "walk_clear_s")}
    n = len(states)
    for k in range(n):
        for i, limit in asked.items():
            if states[k][i] in GREEN and states[(k + 1) % n][i] not in GREEN:
                for owed_s, given_s in _gaps(signal, states, lengths, i, k):
                    if given_s < owed_s - 1e-6:
                        yield f"{given_s:g} s after link {i} where {limit.place} asks for {owed_s:g} s of clearance"


def _owed(signal: Signal, states: Sequence[str], lengths: Sequence[float]) -> Iterator[tuple[float, float]]:
    """(what the rule asks, what a timing gives) for every green and every way from a green to a foe's."""
    n = len(states)
    for k in range(n):
        for i in range(signal.n_links):
            if states[k][i] in GREEN and states[(k + 1) % n][i] not in GREEN:
                yield float(signal.min_green_s[i]), _green_before(states, lengths, i, k)
                yield from _gaps(signal, states, lengths, i, k)


def _green_before(states: Sequence[str], lengths: Sequence[float], i: int, last: int) -> float:
    green, k = 0.0, last
    while states[k][i] in GREEN and green <= sum(lengths):
        green += lengths[k]
        k = (k - 1) % len(states)
    return green


def _gaps(
    signal: Signal, states: Sequence[str], lengths: Sequence[float], i: int, last: int
) -> Iterator[tuple[float, float]]:
    """From the end of green of link i after row ``last`` to each start of a foe, until i is green again."""
    passed, n = 0.0, len(states)
    for step in range(1, n):
        k = (last + step) % n
        if states[k][i] in GREEN:
            return
        for j in range(signal.n_links):
            if signal.conflicts[i, j] and states[k][j] in GREEN and states[k - 1][j] not in GREEN:
                yield float(signal.intergreen_s[i, j]), passed
        passed += lengths[k]
