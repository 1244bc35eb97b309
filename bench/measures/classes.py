"""Delay, stops and speed by class of road user, and per person, from the trips and the types their files define."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.measures.streams import elements
from network.files import unpacked

WALKERS = "walkers"
CLASSES: dict[str, tuple[str, ...]] = {
    "cars": ("passenger", "private", "taxi", "hov", "evehicle", "custom1", "custom2", "vip", "authority", "army",
             "emergency"),
    "lorries": ("truck", "trailer", "delivery"),
    "buses": ("bus", "coach"),
    "trams": ("tram", "rail_urban", "subway"),
    "trains": ("rail", "rail_electric", "rail_fast"),
    "cycles": ("bicycle", "scooter"),
    "motorcycles": ("motorcycle", "moped"),
    "ships": ("ship",),
}  # fmt: skip
CLASS_OF = {vclass: name for name, vclasses in CLASSES.items() for vclass in vclasses}
DEFAULTS = {"DEFAULT_VEHTYPE": "passenger", "DEFAULT_BIKETYPE": "bicycle", "DEFAULT_RAILTYPE": "rail",
            "DEFAULT_TAXITYPE": "taxi", "DEFAULT_PEDTYPE": "pedestrian"}  # fmt: skip
PERSONS = {"cars": 1.5, "buses": 20.0, "trams": 60.0, "trains": 100.0}
"""On board of one vehicle, a placeholder for counts of the place; 1 in all others."""
TYPE = re.compile(rb"<vType\s[^>]*>")
ID = re.compile(rb'\sid\s*=\s*["\']([^"\']*)["\']')
VCLASS = re.compile(rb'\svClass\s*=\s*["\']([^"\']*)["\']')
CHUNK = 1 << 20


@dataclass
class Lost:
    """Sums over the trips of one class; s, m."""

    trips: int = 0
    lost_s: float = 0.0
    stops: int = 0
    driven_m: float = 0.0
    spent_s: float = 0.0

    def figures(self) -> dict[str, float]:
        """Per trip, and the speed of all together."""
        return {
            "trips": self.trips,
            "delay_s": self.lost_s / self.trips,
            "stops": self.stops / self.trips,
            "speed_kmh": 3.6 * self.driven_m / self.spent_s if self.spent_s else 0.0,
        }


def read_classes(tripinfo: str | Path, type_files: Iterable[str | Path]) -> dict[str, dict[str, float]]:
    """Figures by class of every class on the road, most trips first. A wait before departure counts; of a walk under
    way, what it stood so far."""
    by_type, walked = _by_type(tripinfo)
    vclasses = vclass_of(by_type, type_files)
    found: dict[str, Lost] = {}
    for vtype, sums in by_type.items():
        into = found.setdefault(CLASS_OF.get(vclasses[vtype], "others"), Lost())
        for key, value in vars(sums).items():
            setattr(into, key, getattr(into, key) + value)
    if walked.trips:
        found[WALKERS] = walked
    return {name: found[name].figures() for name in sorted(found, key=lambda name: -found[name].trips)}


def delay_per_person_s(classes: Mapping[str, Mapping[str, float]]) -> float | None:
    """Mean over the people in and on all classes, by `PERSONS`; None where nobody is on the way."""
    people = {name: of_class["trips"] * PERSONS.get(name, 1.0) for name, of_class in classes.items()}
    lost_s = sum(people[name] * of_class["delay_s"] for name, of_class in classes.items())
    return lost_s / sum(people.values()) if people else None


def _by_type(tripinfo: str | Path) -> tuple[dict[str, Lost], Lost]:
    by_type: dict[str, Lost] = {}
    walked = Lost()
    for element in elements(Path(tripinfo), ("tripinfo", "walk")):
        found = element.attrib
        if element.tag == "tripinfo":
            into, waited_s = by_type.setdefault(found.get("vType", ""), Lost()), float(found["departDelay"])
            _add(into, found, float(found["timeLoss"]) + waited_s, float(found["duration"]) + waited_s)
            into.stops += int(found.get("waitingCount", "0"))
        else:
            there = float(found["arrival"]) >= 0
            spent_s = float(found.get("duration", "0")) if there else 0.0
            _add(walked, found, float(found["timeLoss" if there else "waitingTime"]), spent_s)
    return by_type, walked


def _add(into: Lost, found: Mapping[str, Any], lost_s: float, spent_s: float) -> None:
    into.trips += 1
    into.lost_s += lost_s
    into.spent_s += spent_s
    into.driven_m += float(found.get("routeLength", "0")) if spent_s else 0.0


def vclass_of(types: Iterable[str], files: Iterable[str | Path]) -> dict[str, str]:
    """SUMO's class of each type: as its definition says, else by SUMO's own types, else a passenger car.

    Files are read only as far as a type is still looked for; a type drawn from a distribution has ``@`` in its name.
    """
    wanted = {vtype: vtype.partition("@")[0] for vtype in types}
    known = dict(DEFAULTS)
    missing = set(wanted.values()) - known.keys() - {""}
    for path in files:
        if not missing:
            break
        for vtype, vclass in _definitions(Path(path)):
            if vtype in missing:
                known[vtype] = vclass
                missing.discard(vtype)
            if not missing:
                break
    return {vtype: known.get(name, "passenger") for vtype, name in wanted.items()}


def types_of(names: Iterable[str], files: Iterable[str | Path]) -> list[str]:
    """Vehicle types that files define of these classes of road users, as `CLASSES` has them."""
    wanted = frozenset(names)
    found = {vtype for path in files for vtype, vclass in _definitions(Path(path)) if CLASS_OF.get(vclass) in wanted}
    return sorted(found)


def _definitions(path: Path) -> Iterator[tuple[str, str]]:
    if not path.is_file():
        return
    rest = b""
    with unpacked(path) as stream:
        while chunk := stream.read(CHUNK):
            rest += chunk
            for element in TYPE.findall(rest):
                name, vclass = ID.search(element), VCLASS.search(element)
                if name is not None:
                    yield name[1].decode(), vclass[1].decode() if vclass else "passenger"
            rest = rest[rest.rfind(b"<"):]
