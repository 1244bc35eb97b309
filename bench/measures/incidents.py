"""Collisions inside junctions, and incidents per vehicle.

SUMO looks for collisions inside junctions only with ``--collision.check-junctions``, and what it does about one (it
takes a vehicle away, unless ``--collision.action warn`` is chosen) changes the course of a run. So a run is made with
both: looked at, and nothing done. That is the course of a run by the scenario's own options as long as those would
have done nothing either: nobody collided along a lane, and nobody who met inside a junction can have been on one lane
with the other, before, then or after (`bench.measures.meetings`). Where somebody did, the run is made again by the
scenario's own options, and only the count is kept of the one that was looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.measures.meetings import BESIDE_M, LATERAL, LATERAL_M, Body, may_follow
from bench.measures.raw import attributes
from bench.measures.streams import lines, named
from scenarios.config import seconds
from scenarios.launch import CHECKS_JUNCTIONS, COLLISIONS

LOOKED_AT = "collisions-looked-at.xml"
"""The record of a run that was made again."""
LOOKING: Mapping[str, str] = {
    CHECKS_JUNCTIONS: "true",
    "collision.action": "warn",
    "collision.stoptime": "0",
    "intermodal-collision.action": "warn",
    "intermodal-collision.stoptime": "0",
}
YES = frozenset({"true", "1", "yes", "on", "t", "x"})
WITHOUT_CONSEQUENCES = frozenset({"none", "warn"})
WITH_PEOPLE = frozenset({"crossing", "walkingarea", "junctionPedestrian", "sharedLane", "sidewalk"})
ROW = b"<collision "
PER = 1000.0


@dataclass(frozen=True, slots=True)
class Collision:
    """One that SUMO wrote; ``inside`` a junction, ``on_foot``: one of both is a person. Bodies: front and back."""

    lane: str
    who: frozenset[str]
    on_foot: bool
    bodies: tuple[Body, Body] | None

    @property
    def inside(self) -> bool:
        """In a junction, not on a road."""
        return self.lane.startswith(":")


@dataclass(frozen=True, slots=True)
class Counted:
    """Of one run; None where nobody looked. ``on_foot`` are among those inside junctions."""

    collisions: int
    collisions_in_junctions: int | None
    collisions_on_foot: int | None


def can_look(options: Mapping[str, str]) -> bool:
    """Whether a run can be looked at without consequences: SUMO's microscopic model, and no wish of the scenario's own
    to look."""
    return not (_is_set(options, "mesosim") or _is_set(options, CHECKS_JUNCTIONS))


@named
def read_collisions(path: Path) -> list[Collision]:
    """What SUMO wrote, in order of time."""
    return [_collision(attributes(line))
            for line in lines(path, "collisions") if ROW in line]  # fmt: skip


def _collision(row: Mapping[str, str]) -> Collision:
    places = [row.get(f"{who}{end}", "") for who in ("collider", "victim") for end in ("Front", "Back")]
    bodies = None
    if all(places):
        points = [(float(x), float(y)) for x, y in (place.split(",")[:2] for place in places)]
        bodies = (points[0], points[1]), (points[2], points[3])
    return Collision(row["lane"], frozenset((row["collider"], row["victim"])), row["type"] in WITH_PEOPLE, bodies)


def had_consequences(found: Iterable[Collision], options: Mapping[str, str], net_file: str) -> bool:
    """Whether a run by the scenario's own options may have gone another way than the one that was looked at."""
    cars = [each for each in found if not each.on_foot] if _acts(options, "collision", "teleport") else []
    people = [each for each in found if each.on_foot] if _acts(options, "intermodal-collision", "warn") else []
    if people or not all(each.inside and each.bodies for each in cars):
        return True
    beside_m = LATERAL_M if seconds(options.get(LATERAL) or "-1") > 0.0 else BESIDE_M
    return bool(cars) and may_follow([(each.lane, *each.bodies) for each in cars if each.bodies], net_file, beside_m)


def _acts(options: Mapping[str, str], kind: str, by_default: str) -> bool:
    """Whether the scenario's own options do anything about a collision."""
    action = options.get(f"{kind}.action") or by_default
    stops = action == "warn" and seconds(options.get(f"{kind}.stoptime") or "0") > 0.0
    return stops or action not in WITHOUT_CONSEQUENCES


def count(folder: Path, said: int, options: Mapping[str, str], looked: bool) -> Counted:
    """Collisions of the run in ``folder``. said: SUMO's own count of all. looked: this run is the one looked at."""
    if looked:
        found = read_collisions(folder / COLLISIONS)
        counts = (options.get("collision.action") or "") != "none"
        return Counted(sum(counts and not each.inside for each in found), *_inside(found))
    if (folder / LOOKED_AT).is_file():
        return Counted(said, *_inside(read_collisions(folder / LOOKED_AT)))
    if not _is_set(options, CHECKS_JUNCTIONS) or not (folder / COLLISIONS).is_file():
        return Counted(said, None, None)
    met, on_foot = _inside(read_collisions(folder / COLLISIONS))
    return Counted(max(0, said - met), met, on_foot)


def _inside(found: Iterable[Collision]) -> tuple[int, int]:
    """Pairs that met inside junctions, each once, and those with a person."""
    pairs: dict[frozenset[str], bool] = {}
    for each in found:
        if each.inside:
            pairs[each.who] = pairs.get(each.who, False) or each.on_foot
    return len(pairs), sum(pairs.values())


def _is_set(options: Mapping[str, str], name: str) -> bool:
    return options.get(name, "").lower() in YES


def per_1000(count: float, trips: int) -> float:
    """Per 1000 scheduled trips."""
    return PER * count / trips if trips else 0.0
