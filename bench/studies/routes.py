"""Route advice under adaptive control: how long trips take, by the share of vehicles that hear what roads take."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence, Set
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from bench.runs.spec import Study
from bench.runs.stored import read_json
from bench.runs.worker import RESULT
from bench.studies.shares import runs
from controllers.sumo.connected import is_equipped
from network.files import unpacked
from scenarios.launch import TRIPINFO

GUIDED = "guided.json"
"""Of a run: vehicles that departed, and those of them that SUMO itself guides."""


@dataclass(frozen=True)
class Figures:
    """Of one run: mean s from the scheduled departure to the arrival or the end of the run; of all vehicles, of those
    equipped and of the others, and what these two took where nobody was. finished: trips that have ended; departed:
    vehicles that have, guided: those of them whom SUMO itself sent the quickest way of then."""

    share: float
    seed: int
    travel_s: float
    travel_before_s: float
    equipped_s: float | None
    equipped_before_s: float | None
    others_s: float | None
    others_before_s: float | None
    finished: int
    collisions: int
    departed: int
    guided: int


def measure(study: Study, controller: str, shares: Sequence[float], seeds: Sequence[int],
            say: Callable[[str], None]) -> list[Figures]:
    """A run for each share and seed, and one of nobody equipped for each seed. Raises ScenarioError where one fails."""
    before: dict[int, dict[str, float]] = {}
    found = []
    wanted = [0.0, *sorted(set(shares) - {0.0})]
    for share, seed, place in runs(study, controller, wanted, seeds, say, "bench.studies.routes_worker"):
        travel_s = travel_times_s(place / TRIPINFO)
        row = {**read_json(place / RESULT), **read_json(place / GUIDED)}
        found.append(_figures(share, seed, travel_s, before.setdefault(seed, travel_s), row))
    return found


def _figures(share: float, seed: int, travel_s: dict[str, float], before: dict[str, float],
             row: dict[str, Any]) -> Figures:
    told = {name for name in before if is_equipped(name, share, seed)}
    others = before.keys() - told
    return Figures(
        share, seed, _mean(travel_s, before.keys()) or 0.0, _mean(before, before.keys()) or 0.0,
        _mean(travel_s, told), _mean(before, told), _mean(travel_s, others), _mean(before, others), row["finished"],
        row["collisions"] or 0, row["departed"], row["guided"])


def _mean(times_s: dict[str, float], names: Set[str]) -> float | None:
    """None where there are none."""
    return math.fsum(times_s.get(name, 0.0) for name in names) / len(names) if names else None


def travel_times_s(path: Path) -> dict[str, float]:
    """By vehicle, from its scheduled departure to its arrival or the end of the run."""
    found = {}
    with unpacked(path, "run it again") as stream:
        for _, element in ElementTree.iterparse(stream):
            if element.tag == "tripinfo":
                waited_s = max(float(element.get("departDelay", "0")), 0.0)
                found[str(element.get("id"))] = max(float(element.get("duration", "0")), 0.0) + waited_s
                element.clear()
    return found


def means(found: Sequence[Figures]) -> list[dict[str, Any]]:
    """Per share: means over the seeds, and changes against nobody equipped, of the same vehicles."""
    rows = []
    for share in dict.fromkeys(one.share for one in found):
        mine = [one for one in found if one.share == share]
        row: dict[str, Any] = {"share": share, "runs": [asdict(one) for one in mine]}
        for name in ("travel", "equipped", "others"):
            now = [getattr(one, f"{name}_s") for one in mine]
            then = [getattr(one, f"{name}_before_s") for one in mine]
            known = None not in now
            row[f"{name}_s"] = sum(now) / len(now) if known else None
            row[f"{name}_change"] = sum(now) / max(sum(then), 1e-9) - 1.0 if known else None
        rows.append(row)
    return rows
