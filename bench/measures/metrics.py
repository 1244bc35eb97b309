"""The figures of one run, from SUMO's raw outputs.

delay: time loss plus departure delay, summed over every scheduled trip (unfinished and never departed ones
too), per scheduled trip. speed: distance driven per time spent, departure delay included. walk loss: of people
on foot, the time loss summed over every walk that began, per walk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.measures.streams import elements, named

COUNTED = ("teleports", "safety")
JAM_FACTOR = 2.0


@dataclass(frozen=True, slots=True)
class Metrics:
    """One run. Trips are scheduled ones: ``finished`` arrived, ``undeparted`` never got onto the road.

    ``walks`` are those that began; ``walk_loss_s`` is None where there are none.
    """

    delay_s: float
    speed_kmh: float
    trips: int
    finished: int
    undeparted: int
    teleports: int
    collisions: int
    emergency_brakings: int
    walks: int
    walks_finished: int
    walk_loss_s: float | None


@named
def read_metrics(tripinfo: Path, statistics: Path) -> Metrics:
    """Figures of the run that wrote these files."""
    trips = finished = undeparted = walks = walks_finished = 0
    lost_s = driven_m = spent_s = walk_lost_s = 0.0
    for element in elements(tripinfo, ("tripinfo", "walk")):
        trip = element.attrib
        if element.tag == "walk":
            walks += 1
            walks_finished += _has_arrived(trip)
            walk_lost_s += _walk_loss_s(trip)
            continue
        trips += 1
        depart_delay_s = float(trip["departDelay"])
        lost_s += float(trip["timeLoss"]) + depart_delay_s
        driven_m += float(trip["routeLength"])
        spent_s += float(trip["duration"]) + depart_delay_s
        finished += _has_arrived(trip) and not trip.get("vaporized")
        undeparted += float(trip["depart"]) < 0
    counted = {element.tag: element.attrib for element in elements(statistics, COUNTED)}
    return Metrics(
        delay_s=lost_s / trips if trips else 0.0,
        speed_kmh=3.6 * driven_m / spent_s if spent_s else 0.0,
        trips=trips,
        finished=finished,
        undeparted=undeparted,
        teleports=_count(counted, "teleports", "total"),
        collisions=_count(counted, "safety", "collisions"),
        emergency_brakings=_count(counted, "safety", "emergencyBraking"),
        walks=walks,
        walks_finished=walks_finished,
        walk_loss_s=walk_lost_s / walks if walks else None,
    )


def jams(delays_s: Sequence[float]) -> int:
    """Runs whose delay is above twice the median of all runs of the same controller."""
    return sum(delay > JAM_FACTOR * median(delays_s) for delay in delays_s)


def change_pct(values: Sequence[float], base: Sequence[float]) -> float:
    """Median over seeds of the change against the run with the same seed, in per cent."""
    return median(
        100.0 * (value / before - 1.0) if before else 0.0 for value, before in zip(values, base, strict=True)
    )


def _has_arrived(found: Mapping[str, str]) -> bool:
    return float(found["arrival"]) >= 0


def _walk_loss_s(walk: Mapping[str, str]) -> float:
    """SUMO writes no loss for an unfinished walk: what it stood so far is the least that it has lost."""
    return float(walk["timeLoss" if _has_arrived(walk) else "waitingTime"])


def _count(counted: Mapping[str, Mapping[str, str]], tag: str, attribute: str) -> int:
    return int(counted.get(tag, {}).get(attribute, "0"))
