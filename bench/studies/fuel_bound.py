"""How much fuel speed advice can save at the most: what braking and speeding up again takes, not what the time takes.

Advice changes how somebody comes to a green, and not when that is. So of what signals cost in fuel the lost time
stays, at the steady speed with which each trip would have taken as long, and the rest is what can be saved.
"""

from __future__ import annotations

import csv
import math
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from network.errors import ScenarioError
from network.sumo_package import binary, run_program

MOST_LOST_S = 8.0
"""Who stops nowhere and loses less counts as never delayed."""
FASTEST_MPS, STEP_MPS = 50.0, 0.5
LEAST_UNDELAYED = 20
LONGEST_S = 60.0


@dataclass(frozen=True)
class Driven:
    """A trip that has ended. lost_s: against the speeds allowed; kind: its type's emission class."""

    fuel_g: float
    stops: float
    length_m: float
    duration_s: float
    lost_s: float
    kind: str


@dataclass(frozen=True)
class Bound:
    """Means over trips, grams: as measured; if nobody were ever delayed; what the lost time takes at steady speeds;
    what is left, and its share of all."""

    trips: int
    fuel_g: float
    undelayed_g: float
    lost_time_g: float
    most_g: float
    most_share: float


Rate = Callable[[float], float]
"""Grams a second at a steady speed, m/s."""


def bound(trips: Sequence[Driven], rates: Mapping[str, Rate]) -> Bound | None:
    """Of trips nobody was advised on; rates: of every kind. None where too few were never delayed to go by."""
    trips = [one for one in trips if one.duration_s > 0.0 and one.length_m > 0.0 and one.fuel_g > 0.0]
    per_m = _undelayed_g_per_m(trips)
    if not per_m or not {one.kind for one in trips} <= per_m.keys():
        return None
    fuel_g = math.fsum(one.fuel_g for one in trips) / len(trips)
    undelayed_g = math.fsum(per_m[one.kind] * one.length_m for one in trips) / len(trips)
    lost_time_g = math.fsum(_lost_time_g(one, rates[one.kind]) for one in trips) / len(trips)
    most_g = fuel_g - undelayed_g - lost_time_g
    return Bound(len(trips), fuel_g, undelayed_g, lost_time_g, most_g, most_g / fuel_g)


def _undelayed_g_per_m(trips: Sequence[Driven]) -> dict[str, float]:
    """By kind, of those with enough of them."""
    found = {}
    for kind in {one.kind for one in trips}:
        free = [one for one in trips if one.kind == kind and one.stops == 0 and one.lost_s < MOST_LOST_S]
        if len(free) >= LEAST_UNDELAYED:
            found[kind] = math.fsum(one.fuel_g for one in free) / math.fsum(one.length_m for one in free)
    return found


def _lost_time_g(one: Driven, rate: Rate) -> float:
    free_s = max(one.duration_s - one.lost_s, 1.0)
    return rate(one.length_m / one.duration_s) * one.duration_s - rate(one.length_m / free_s) * free_s


@cache
def steady_rate(kind: str) -> Rate:
    """By SUMO's emission model, on the level. Raises ScenarioError where it has no such class."""
    with tempfile.TemporaryDirectory(prefix="signal-core-") as folder:
        path = Path(folder) / "map.csv"
        done = run_program([binary("emissionsMap"), "-e", kind, "--v-min", "0", "--v-max", str(FASTEST_MPS),
                            "--v-step", str(STEP_MPS), "--a-min", "0", "--a-max", "0", "--s-min", "0", "--s-max", "0",
                            "-o", str(path)], LONGEST_S)  # fmt: skip
        if done.returncode != 0 or not path.is_file():
            raise ScenarioError(f"emission class {kind}: SUMO's emissionsMap knows nothing of it")
        with path.open(encoding="utf-8", newline="") as stream:
            rows = [row for row in csv.reader(stream, delimiter=";") if len(row) == 5 and row[3] == "fuel"]
    speeds, grams = np.array([float(row[0]) for row in rows]), np.array([float(row[4]) / 1000.0 for row in rows])
    return lambda speed_mps: float(np.interp(speed_mps, speeds, grams))
