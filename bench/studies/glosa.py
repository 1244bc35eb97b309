"""Connected vehicles under adaptive control: what speed advice saves, by the share of vehicles that follow it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from bench.runs.spec import Study
from bench.runs.stored import read_json
from bench.runs.worker import RESULT
from bench.studies.shares import runs
from network.files import unpacked
from scenarios.launch import TRIPINFO

EMISSIONS = ("--device.emissions.probability", "1")
"""For SUMO: the trips tell what fuel they took."""


@dataclass(frozen=True)
class Figures:
    """Of one run: means over the vehicles. fuel_g: by SUMO's emission model of their type, of trips that have ended."""

    share: float
    seed: int
    delay_s: float
    stops: float
    fuel_g: float
    collisions: int


def measure(study: Study, controller: str, shares: Sequence[float], seeds: Sequence[int],
            say: Callable[[str], None]) -> list[Figures]:
    """A run for each share and seed. Raises ScenarioError where one fails."""
    return [_figures(*each) for each in runs(study, controller, shares, seeds, say, "bench.studies.glosa_worker")]


def _figures(share: float, seed: int, place: Path) -> Figures:
    row = read_json(place / RESULT)
    fuel_mg = list(_fuel_mg(place / TRIPINFO))
    cars = [of_class for of_class in row["classes"].values() if of_class.get("trips")]
    stops = sum(one["stops"] * one["trips"] for one in cars) / max(sum(one["trips"] for one in cars), 1)
    return Figures(share, seed, row["delay_s"], stops, sum(fuel_mg) / max(len(fuel_mg), 1) / 1000.0,
                   row["collisions"] or 0)  # fmt: skip


def _fuel_mg(path: Path) -> Iterator[float]:
    with unpacked(path, "run it again") as stream:
        for _, element in ElementTree.iterparse(stream):
            if element.tag == "emissions":
                yield float(element.get("fuel_abs", "nan"))
                element.clear()


def means(found: Sequence[Figures]) -> list[dict[str, Any]]:
    """Per share: means over the seeds, and changes against no equipped vehicle, where that was run."""
    rows = []
    base = [one for one in found if one.share == 0.0]
    for share in dict.fromkeys(one.share for one in found):
        mine = [one for one in found if one.share == share]
        row: dict[str, Any] = {"share": share, "runs": [asdict(one) for one in mine]}
        for name in ("delay_s", "stops", "fuel_g"):
            row[name] = sum(getattr(one, name) for one in mine) / len(mine)
            before = sum(getattr(one, name) for one in base) / max(len(base), 1)
            row[f"{name}_change"] = row[name] / before - 1.0 if base and before > 0.0 else None
        rows.append(row)
    return rows
