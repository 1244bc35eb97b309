"""What the search needs of a program that can be retimed, whatever its kind; and the programs of rows one by one."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from bench.plan.analytic import DelayModel, best_splits
from network.program.signals import Program, Signal
from network.program.timing import PROGRAM_ID, Knobs, Timing, is_lawful, mended, own_timing, retimed
from scenarios.plan_file import program_lines

Move = Callable[[Timing], Timing]


class Tunable(Protocol):
    """One signal's program with what may be changed of it."""

    @property
    def signal(self) -> Signal:
        """Whose it is."""
        ...

    @property
    def own(self) -> Timing:
        """The timing it has."""
        ...

    @property
    def start(self) -> Timing:
        """Where a search begins: its own timing, or what the limits of the engineer make of that."""
        ...

    @property
    def lost_s(self) -> tuple[float, ...]:
        """What of each row's duration is no green."""
        ...

    def is_lawful(self, timing: Timing) -> bool:
        """Whether it keeps everything owed to safety."""
        ...

    def best_splits(self, model: DelayModel, cycle_s: float) -> Timing | None:
        """The best splits of a cycle by formula; None where the minimums do not fit into it."""
        ...

    def scaled(self, timing: Timing, cycle_s: float) -> Timing:
        """The same splits in another cycle."""
        ...

    def moves(self, step_s: float, alone: bool) -> Iterator[Move]:
        """Small changes. ``alone``: no other signal is tuned, so that offsets mean nothing."""
        ...

    def lines(self, timing: Timing, program_id: str = PROGRAM_ID) -> Iterator[str]:
        """The tlLogic with another timing."""
        ...


class Rows:
    """A static program: rows one after the other."""

    def __init__(self, knobs: Knobs, program: Program) -> None:
        self.knobs, self._program = knobs, program
        self.start, self.broken = mended(knobs, own_timing(knobs.signal.program))
        """`broken`: what of the limits no timing of these rows keeps; empty where there is one."""

    @property
    def signal(self) -> Signal:
        return self.knobs.signal

    @property
    def own(self) -> Timing:
        return own_timing(self.signal.program)

    @property
    def lost_s(self) -> tuple[float, ...]:
        return (0.0,) * len(self.signal.program.intervals)

    def is_lawful(self, timing: Timing) -> bool:
        return is_lawful(self.knobs, timing)

    def best_splits(self, model: DelayModel, cycle_s: float) -> Timing | None:
        return best_splits(self.knobs, model, cycle_s)

    def scaled(self, timing: Timing, cycle_s: float) -> Timing:
        return scaled(self.knobs, timing, cycle_s)

    def moves(self, step_s: float, alone: bool) -> Iterator[Move]:
        rows = range(len(self.knobs.rows))
        for a in rows:
            for b in rows:
                if a != b:
                    yield self._row_move({a: -step_s, b: step_s})
            if alone:
                yield self._row_move({a: step_s})
                yield self._row_move({a: -step_s})
        if not alone:
            for sign in (-1, 1):
                yield offset_move(sign * step_s * 2.0)
                yield lambda timing, sign=sign: self.scaled(timing, timing.cycle_s + 2.0 * sign * step_s)  # type: ignore[misc]

    def lines(self, timing: Timing, program_id: str = PROGRAM_ID) -> Iterator[str]:
        return program_lines(retimed(self._program, timing, program_id))

    def _row_move(self, changes: Mapping[int, float]) -> Move:
        def move(timing: Timing) -> Timing:
            values = [value + changes.get(k, 0.0) for k, value in enumerate(self.knobs.values_s(timing))]
            return self.knobs.with_rows(timing, values)

        return move


def offset_move(shift_s: float) -> Move:
    """The same plan, later or earlier."""
    def move(timing: Timing) -> Timing:
        return Timing(timing.durations_s, (timing.offset_s + shift_s) % timing.cycle_s, timing.length_s)

    return move


def scaled(knobs: Knobs, timing: Timing, cycle_s: float) -> Timing:
    """The same splits in another cycle, in whole seconds, no row below its least; the offset scaled along."""
    values, left_s = knobs.values_s(timing), cycle_s - knobs.fixed_s
    factor = max(0.0, left_s) / max(1.0, sum(values))
    rows = [max(least, float(round(value * factor))) for value, least in zip(values, knobs.least_s, strict=True)]
    rows[max(range(len(rows)), key=rows.__getitem__)] += left_s - sum(rows)
    rows = [max(value, least) for value, least in zip(rows, knobs.least_s, strict=True)]
    moved = Timing(timing.durations_s, math.floor(timing.offset_s * cycle_s / max(1.0, timing.cycle_s)))
    return knobs.with_rows(moved, rows)
