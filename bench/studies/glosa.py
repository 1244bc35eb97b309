"""Connected vehicles under adaptive control: what speed advice saves, by the share of vehicles that follow it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from bench.runs.spec import Study
from bench.runs.stored import read_json
from bench.runs.worker import RESULT
from bench.studies.fuel_bound import Driven, bound, steady_rate
from bench.studies.shares import runs
from controllers.sumo.connected import is_equipped
from network.files import unpacked
from scenarios.launch import TRIPINFO

EMISSIONS = ("--device.emissions.probability", "1")
"""For SUMO: the trips tell what fuel they took."""


CLASSES = "emission_classes.json"
"""Of a run: the emission class of every type of vehicle."""
WHOSE = ("equipped", "others")
OF_TRIPS = ("stops", "fuel_g")
FIELDS = ("waitingCount", "routeLength", "duration", "timeLoss")
"""What SUMO calls what is read of a trip."""


@dataclass(frozen=True)
class Figures:
    """Of one run: means over the vehicles. fuel_g: of trips that have ended, as `trips`, by vehicle."""

    share: float
    seed: int
    delay_s: float
    stops: float
    fuel_g: float
    collisions: int
    trips: dict[str, Driven]


def measure(study: Study, controller: str, shares: Sequence[float], seeds: Sequence[int],
            say: Callable[[str], None]) -> list[Figures]:
    """A run for each share and seed. Raises ScenarioError where one fails."""
    return [_figures(*each) for each in runs(study, controller, shares, seeds, say, "bench.studies.glosa_worker")]


def _figures(share: float, seed: int, place: Path) -> Figures:
    row = read_json(place / RESULT)
    trips = dict(_trips(place / TRIPINFO, read_json(place / CLASSES)))
    cars = [of_class for of_class in row["classes"].values() if of_class.get("trips")]
    stops = sum(one["stops"] * one["trips"] for one in cars) / max(sum(one["trips"] for one in cars), 1)
    fuel_g = sum(trip.fuel_g for trip in trips.values()) / max(len(trips), 1)
    return Figures(share, seed, row["delay_s"], stops, fuel_g, row["collisions"] or 0, trips)


def _trips(path: Path, classes: Mapping[str, str]) -> Iterator[tuple[str, Driven]]:
    with unpacked(path, "run it again") as stream:
        for _, element in ElementTree.iterparse(stream):
            if element.tag == "tripinfo":
                emissions, has_ended = element.find("emissions"), float(element.get("arrival", "-1")) >= 0.0
                if emissions is not None and has_ended:
                    stops, length_m, duration_s, lost_s = (float(element.get(name, "0")) for name in FIELDS)
                    fuel_g = float(emissions.get("fuel_abs", "nan")) / 1000.0
                    kind = classes.get(str(element.get("vType")), "")
                    yield str(element.get("id")), Driven(fuel_g, stops, length_m, duration_s, lost_s, kind)
                element.clear()


def bounds(found: Sequence[Figures]) -> list[dict[str, Any]]:
    """Of every seed, how much fuel there is to save where nobody is equipped; none where that is not known."""
    said = []
    for one in found:
        trips = list(one.trips.values())
        limit = bound(trips, {kind: steady_rate(kind) for kind in {trip.kind for trip in trips}}) if trips else None
        if one.share == 0.0 and limit is not None:
            said.append({"seed": one.seed, **asdict(limit)})
    return said


def means(found: Sequence[Figures]) -> list[dict[str, Any]]:
    """Per share: means over the seeds, and changes against no equipped vehicle, where that was run; of those equipped
    and of the others against the same vehicles."""
    rows = []
    base = {one.seed: one for one in found if one.share == 0.0}
    for share in dict.fromkeys(one.share for one in found):
        mine = [one for one in found if one.share == share]
        row: dict[str, Any] = {"share": share, "runs": [_told(one) for one in mine]}
        for name in ("delay_s", *OF_TRIPS):
            row[name] = _mean([getattr(one, name) for one in mine])
            before = _mean([getattr(one, name) for one in base.values()]) or 0.0
            row[f"{name}_change"] = row[name] / before - 1.0 if before > 0.0 else None
        for whose in WHOSE:
            pairs = [pair for one in mine if one.seed in base for pair in _pairs(one, base[one.seed], whose)]
            for name in OF_TRIPS:
                now, then = (_mean([getattr(pair[k], name) for pair in pairs]) for k in range(2))
                row[f"{whose}_{name}_change"] = now / then - 1.0 if now is not None and then else None
        rows.append(row)
    return rows


def _told(one: Figures) -> dict[str, Any]:
    return {name: value for name, value in asdict(one).items() if name != "trips"}


def _pairs(now: Figures, before: Figures, whose: str) -> Iterator[tuple[Driven, Driven]]:
    """Trips that ended in both, of those equipped or of the others."""
    for vehicle, trip in now.trips.items():
        if vehicle in before.trips and is_equipped(vehicle, now.share, now.seed) == (whose == "equipped"):
            yield trip, before.trips[vehicle]


def _mean(values: Sequence[float]) -> float | None:
    """None of none."""
    return sum(values) / len(values) if values else None
