"""Cost and choice of splits once more, as slowly and plainly as possible. Nothing is shared with the kernel."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Junction:
    """service, lost: a row per phase, a column per lane; demand: vehicles per second of each lane; whole bounds."""

    service: list[list[float]]
    lost: list[list[float]]
    demand: list[float]
    least: list[int]
    most: list[int]
    period: float = 900.0

    @property
    def best(self) -> list[float]:
        return [max(rates) for rates in zip(*self.service, strict=True)]


def greens(junction: Junction, lane: int, split: list[int]) -> list[tuple[float, float]]:
    """(effective green, rate) of a lane in every phase that serves it."""

    def useful(seconds: float) -> float:
        return max(seconds, 1.0 / (2.0 - seconds) if seconds < 1.0 else 1.0)

    return [
        (useful(seconds - lost[lane]), rates[lane])
        for seconds, lost, rates in zip(split, junction.lost, junction.service, strict=True)
        if rates[lane] > 0.0
    ]


def saturation(junction: Junction, lane: int, split: list[int]) -> float:
    """Demand of a cycle over what can be served in it."""
    return junction.demand[lane] * sum(split) / sum(green * rate for green, rate in greens(junction, lane, split))


def delay(junction: Junction, lane: int, split: list[int]) -> float:
    """Highway Capacity Manual 2000, equations 16-11 and 16-12, in seconds; a full lane serves 0.5 vehicles a second."""
    cycle, x = sum(split), saturation(junction, lane, split)
    share = min(sum(green for green, _ in greens(junction, lane, split)) / cycle, 1.0)
    d1 = 0.5 * cycle * (1.0 - share) ** 2 / max(1.0 - min(1.0, x) * share, 1e-9)
    hours = junction.period / 3600.0
    capacity_vph = 0.5 * 3600.0 * (junction.demand[lane] / junction.best[lane]) / x
    d2 = 900.0 * hours * ((x - 1.0) + math.sqrt((x - 1.0) ** 2 + 8.0 * 0.5 * 1.0 * x / (capacity_vph * hours)))
    return d1 + d2


def cost(junction: Junction, split: list[int]) -> float:
    """Sum over lanes of flow ratio times delay."""
    lanes = [k for k in range(len(junction.demand)) if junction.demand[k] > 0.0 and junction.best[k] > 0.0]
    return sum(junction.demand[k] / junction.best[k] * delay(junction, k, split) for k in lanes)


def worst(junction: Junction, split: list[int]) -> float:
    lanes = [k for k in range(len(junction.demand)) if junction.demand[k] > 0.0 and junction.best[k] > 0.0]
    return max((saturation(junction, k, split) for k in lanes), default=0.0)


def every_split(junction: Junction, shortest: int, longest: int) -> Iterator[list[int]]:
    """All splits within their bounds and those of the cycle."""
    ranges = [range(a, b + 1) for a, b in zip(junction.least, junction.most, strict=True)]
    for split in itertools.product(*ranges):
        if shortest <= sum(split) <= longest:
            yield list(split)


def moves(junction: Junction, split: list[int]) -> Iterator[list[int]]:
    """All splits one second away, within their bounds and of the same cycle."""
    for a, b in itertools.permutations(range(len(split)), 2):
        if split[a] > junction.least[a] and split[b] < junction.most[b]:
            yield [s - (p == a) + (p == b) for p, s in enumerate(split)]


@dataclass(frozen=True)
class Seen:
    """What is known of one lane: rates by phase, queue, arrivals of the coming seconds, and what makes them useless."""

    rates: list[float]
    queue: float
    coming: list[float]
    blocked: bool
    blind: bool


def served(lanes: list[Seen], phase: int, after: int, gap_s: int, vehicles: float) -> bool:
    """Whether the next phase may come early: nobody is left for what it takes away."""
    losing = [lane for lane in lanes if lane.rates[phase] > lane.rates[after]]
    waiting = [lane for lane in losing if not lane.blocked and lane.queue + sum(lane.coming[:gap_s]) >= vehicles]
    return not waiting and not any(lane.blind for lane in losing)
