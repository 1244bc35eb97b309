"""A NEMA program: phases in two rings that meet at barriers. It stays one: splits, cycle and offset change, and nothing
else, in the element of the file it came from.

Where the controller is coordinated the phases of a ring fill the cycle (SUMO: maxDur is the split less yellow and red);
where it is free, maxDur is the longest green, and the sums of both rings between barriers are kept equal all the same.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from xml.etree import ElementTree

import numpy as np

from bench.plan.analytic import DelayModel
from bench.plan.tunable import Move, offset_move
from network.program.programs import program_of
from network.program.rings import CYCLE_KEY, RING_KEYS, read_rings
from network.program.signals import Signal
from network.program.timing import LONGEST_CYCLE_S, PROGRAM_ID, Timing

STEPS_S = (8.0, 4.0, 2.0, 1.0)


class Rings:
    """The knobs of one NEMA program. Rows are its phases; durations are splits, yellow and red clearance included."""

    def __init__(self, signal: Signal, element: ElementTree.Element) -> None:
        """Raises ValueError where rings and barriers do not fit the phases."""
        self.signal = signal
        self._element = element
        rows = element.findall("phase")
        read = read_rings(program_of(element))
        if len(read.sides) < len(RING_KEYS) or not all(side for ring in read.sides for side in ring):
            raise ValueError("One of its rings has no phase on one side of a barrier.")
        self.sides = [[list(side) for side in ring] for ring in read.sides]
        self.coordinated = read.coordinated
        self.lost_s = tuple(float(row.get("yellow", "3")) + float(row.get("red", "2")) for row in rows)
        green = [float(row.get("maxDur", row.get("duration", "30"))) for row in rows]
        self._least_s = [lost + _least_green(signal, row) for lost, row in zip(self.lost_s, rows, strict=True)]
        splits = tuple(g + lost for g, lost in zip(green, self.lost_s, strict=True))
        self.own = self.start = Timing(splits, float(element.get("offset", "0")), self._length_s(splits))
        self._most_s = [lost + _most_green(signal, row) for lost, row in zip(self.lost_s, rows, strict=True)]
        over = [k for k, value in enumerate(splits) if not self._least_s[k] - 1e-6 <= value <= self._most_s[k] + 1e-6]
        if signal.limits and over:
            raise ValueError(f"Phase {rows[over[0]].get('name', over[0])} of its NEMA program has a split of "
                             f"{splits[over[0]]:g} s, which breaks the limits; mend it in the program.")

    def _length_s(self, splits: Sequence[float]) -> float:
        return max(sum(splits[k] for side in ring for k in side) for ring in self.sides)

    def change_s(self, k: int) -> tuple[float, float]:
        """Yellow and red clearance of a phase."""
        row = self._element.findall("phase")[k]
        return float(row.get("yellow", "3")), float(row.get("red", "2"))

    def is_lawful(self, timing: Timing) -> bool:
        """Minimum greens, rings that meet at every barrier and fill the cycle; yellow and red never change."""
        if timing == self.own:
            return True
        short = any(value < least - 1e-6 for value, least in zip(timing.durations_s, self._least_s, strict=True))
        long = any(value > most + 1e-6 for value, most in zip(timing.durations_s, self._most_s, strict=True))
        if short or long or timing.cycle_s > max(LONGEST_CYCLE_S, self.own.cycle_s):
            return False
        lengths = [[sum(timing.durations_s[k] for k in side) for side in ring] for ring in self.sides]
        meet = all(abs(a - b) < 1e-6 for a, b in zip(*lengths, strict=True))
        return meet and all(abs(sum(ring) - timing.cycle_s) < 1e-6 for ring in lengths)

    def scaled(self, timing: Timing, cycle_s: float) -> Timing:
        """Every side of a barrier by its longer ring, its phases by their splits, in whole seconds."""
        splits = list(timing.durations_s)
        least = [max(sum(self._least_s[k] for k in ring[s]) for ring in self.sides) for s in range(len(self.sides[0]))]
        wanted = [max(sum(splits[k] for k in ring[s]) for ring in self.sides) for s in range(len(self.sides[0]))]
        lengths = _dealt(cycle_s, wanted, least)
        for ring in self.sides:
            for side, length in zip(ring, lengths, strict=True):
                dealt = _dealt(length, [splits[k] for k in side], [self._least_s[k] for k in side])
                for k, value in zip(side, dealt, strict=True):
                    splits[k] = value
        offset_s = math.floor(timing.offset_s * cycle_s / max(1.0, timing.cycle_s))
        return Timing(tuple(splits), float(offset_s), sum(lengths))

    def best_splits(self, model: DelayModel, cycle_s: float) -> Timing | None:
        """From the own splits in that cycle, downhill by the delay formula."""
        best = self.scaled(self.own, cycle_s)
        if best.cycle_s > cycle_s + 1e-6 or not self.is_lawful(best):
            return None
        for step_s in STEPS_S:
            while True:
                lawful = [found for move in self._split_moves(step_s) if self.is_lawful(found := move(best))]
                better = min(lawful, key=model.delay_h, default=best)
                if model.delay_h(better) >= model.delay_h(best) - 1e-9:
                    break
                best = better
        return best

    def moves(self, step_s: float, alone: bool) -> Iterator[Move]:
        """Splits within a side and over barriers; the cycle; the offset where it is coordinated."""
        yield from self._split_moves(step_s)
        for sign in (-1, 1):
            yield lambda timing, sign=sign: self.scaled(timing, timing.cycle_s + 2.0 * sign * step_s)  # type: ignore[misc]
            if self.coordinated and not alone:
                yield offset_move(2.0 * sign * step_s)

    def _split_moves(self, step_s: float) -> Iterator[Move]:
        for ring in self.sides:
            for side in ring:
                for a, b in product(side, side):
                    if a != b:
                        yield _shift({a: -step_s, b: step_s})
        for s, t in product(range(len(self.sides[0])), repeat=2):
            if s != t:
                for gives in product(*(ring[s] for ring in self.sides)):
                    for takes in product(*(ring[t] for ring in self.sides)):
                        yield _shift(dict.fromkeys(gives, -step_s) | dict.fromkeys(takes, step_s))

    def lines(self, timing: Timing, program_id: str = PROGRAM_ID) -> Iterator[str]:
        """The element as it was, but for its name, splits, cycle and offset."""
        element = copy.deepcopy(self._element)
        element.set("programID", program_id)
        element.set("offset", f"{timing.offset_s:g}")
        for row, split, lost in zip(element.findall("phase"), timing.durations_s, self.lost_s, strict=True):
            row.set("maxDur", f"{split - lost:g}")
        for param in element.findall("param"):
            if param.get("key") == CYCLE_KEY:
                param.set("value", f"{timing.cycle_s:g}")
        element.tail = None
        yield ElementTree.tostring(element, encoding="unicode")


def _least_green(signal: Signal, row: ElementTree.Element) -> float:
    """The phase's own minimum, and that of every link it gives green."""
    served = [float(signal.min_green_s[i]) for i, lamp in enumerate(row.get("state", "")) if lamp in "Gg"]
    return max(float(row.get("minDur", "5")), *served, 1.0)


def _most_green(signal: Signal, row: ElementTree.Element) -> float:
    """The longest green that the limits leave to a phase."""
    longest_s = signal.longest_s("max_green_s")
    return min((float(longest_s[i]) for i, lamp in enumerate(row.get("state", "")) if lamp in "Gg"), default=math.inf)


def _dealt(total: float, wanted: Sequence[float], least: Sequence[float]) -> list[float]:
    """``total`` in shares like ``wanted``, whole seconds, none below its least (then it is more)."""
    shares = np.asarray(wanted) / max(1e-9, sum(wanted))
    dealt = [max(low, float(round(total * share))) for share, low in zip(shares, least, strict=True)]
    while (over := sum(dealt) - total) > 1e-6:
        room = [value - low for value, low in zip(dealt, least, strict=True)]
        k = int(np.argmax(room))
        if room[k] <= 0:
            return dealt
        dealt[k] -= min(over, room[k])
    dealt[int(np.argmax(dealt))] += total - sum(dealt)
    return dealt


def _shift(changes: Mapping[int, float]) -> Move:
    def move(timing: Timing) -> Timing:
        splits = tuple(value + changes.get(k, 0.0) for k, value in enumerate(timing.durations_s))
        return Timing(splits, timing.offset_s, timing.length_s)

    return move
