"""Demand from recorded counts: a CSV of loop counts at stop lines, or the tape of a run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.measures.movements import Movement, Way
from bench.plan.day import BIN_S
from controllers.logs.taping import read_tape
from network.errors import ScenarioError
from network.files import read_rows
from network.loops.detectors import Layout
from network.roads.graph import turn_share

COLUMNS = ("lane", "begin_s", "end_s", "vehicles")
MOST = 1e8
"""Seconds or vehicles."""


@dataclass(frozen=True, slots=True)
class Count:
    """Vehicles that left a lane over its stop line between two times."""

    lane: str
    begin_s: float
    end_s: float
    vehicles: float


@dataclass(frozen=True)
class Demand:
    """``vehicles`` is float64[bins, movements], in bins of `BIN_S` from ``begin_s``; ``hours`` those counted in all."""

    ways: tuple[Way, ...]
    begin_s: float
    vehicles: NDArray[np.float64]
    hours: float

    def vph(self, first: int = 0, last: int | None = None) -> dict[Way, float]:
        """Vehicles per hour per movement over some bins."""
        part = self.vehicles[first:last]
        hours = self.hours if first == 0 and last is None else len(part) * BIN_S / 3600.0
        return dict(zip(self.ways, (part.sum(axis=0) / max(1e-9, hours)).tolist(), strict=True))


def read_counts(path: Path, layout: Layout) -> list[Count]:
    """Counts from a CSV (lane, begin_s, end_s, vehicles) or a tape (.npz); ScenarioError says what is wrong."""
    if path.suffix == ".npz":
        return list(_from_tape(path, layout))
    return [_count(path, line, row) for line, row in read_rows(path, COLUMNS, f"counts have {', '.join(COLUMNS)}")]


def _count(path: Path, line: int, row: Mapping[str, str]) -> Count:
    try:
        count = Count(row["lane"], *(float(row[name]) for name in COLUMNS[1:]))
    except ValueError as error:
        raise ScenarioError(f"{path}:{line}: {str(error)[:80]}; give seconds and vehicles") from None
    if not (0 <= count.vehicles <= MOST and -MOST <= count.begin_s < count.end_s <= MOST):
        raise ScenarioError(f"{path}:{line}: lane {count.lane}: a negative count, or a time that ends before it begins")
    return count


def _from_tape(path: Path, layout: Layout) -> Iterable[Count]:
    tape = read_tape(path)
    if tape.loops != tuple(loop.id for loop in layout.loops):
        raise ScenarioError(f"{path}: the tape has other loops than the scenario; give the same --detectors")
    starts = np.arange(tape.time_s[0], tape.time_s[-1] + 1.0, BIN_S)
    for lane_loops in layout.lane_loops.values():
        for approach in lane_loops:
            if approach.stop < 0:
                continue
            for start in starts:
                inside = (tape.time_s >= start) & (tape.time_s < start + BIN_S)
                end = min(start + BIN_S, float(tape.time_s[-1]) + 1.0)
                yield Count(approach.lane.id, float(start), end, float(tape.left[inside, approach.stop].sum()))


def demand_from(path: Path, counts: Iterable[Count], movements: Mapping[Way, Movement]) -> Demand:
    """Movements' demand: the vehicles of a lane take its turns by their usual shares."""
    shares: dict[str, list[tuple[Way, float]]] = defaultdict(list)
    for way, movement in movements.items():
        for lane in movement.lanes:
            shares[lane].append((way, turn_share(movement.direction)))
    used = [count for count in counts if count.lane in shares]
    if not used:
        raise ScenarioError(f"{path}: no lane of these counts leads to a signal of the network")
    begin_s, end_s = min(count.begin_s for count in used), max(count.end_s for count in used)
    ways = tuple(movements)
    place = {way: k for k, way in enumerate(ways)}
    vehicles = np.zeros((max(1, int(np.ceil((end_s - begin_s) / BIN_S - 1e-9))), len(ways)))
    for count in used:
        total = sum(share for _, share in shares[count.lane])
        for row, part in _bins(count, begin_s, len(vehicles)):
            for way, share in shares[count.lane]:
                vehicles[row, place[way]] += part * share / total
    return Demand(ways, begin_s, vehicles, (end_s - begin_s) / 3600.0)


def _bins(count: Count, begin_s: float, rows: int) -> Iterable[tuple[int, float]]:
    """(bin, vehicles in it), spread evenly over the time of the count."""
    for row in range(rows):
        low, high = begin_s + row * BIN_S, begin_s + (row + 1) * BIN_S
        overlap = min(high, count.end_s) - max(low, count.begin_s)
        if overlap > 0:
            yield row, count.vehicles * overlap / (count.end_s - count.begin_s)
