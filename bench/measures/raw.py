"""Reads the raw outputs of one run. No figures here, only records."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from bench.measures.streams import elements, lines, named

ATTRIBUTE = re.compile(rb'(\w+)="([^"]*)"')
SHOWS = b"<tlsState "
SHOWN = re.compile(rb'<tlsState time="([\d.]+)" id="([^"]*)"[^>]* state="([^"]*)"')
QUEUE_TIME = re.compile(rb'<data timestep="([\d.]+)"')
QUEUE = re.compile(rb'<lane id="([^"]*)"[^>]* queueing_length="([\d.]+)"')


@dataclass(frozen=True, slots=True)
class Trip:
    """One scheduled trip. ``depart_s`` is below 0 for one that never got onto the road."""

    id: str
    depart_s: float
    depart_delay_s: float
    depart_pos_m: float
    duration_s: float
    time_loss_s: float
    stop_s: float
    driven_m: float
    stops: int
    finished: bool


@dataclass(frozen=True, slots=True)
class Route:
    """The edges of a vehicle; ``exits_s`` are the times it left the first of them, one per edge passed."""

    id: str
    depart_s: float
    edges: tuple[str, ...]
    exits_s: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """What the surrogate safety device saw between two vehicles; None where it was never below its limit."""

    ego: str
    foe: str
    begin_s: float
    end_s: float
    ttc_s: float | None
    drac_mps2: float | None
    pet_s: float | None


@dataclass(frozen=True, slots=True)
class NetworkSecond:
    """The network at one time: vehicles on the road, waiting to get onto it, and their mean speed."""

    time_s: float
    running: int
    waiting: int
    speed_mps: float


@dataclass(frozen=True, slots=True)
class EdgeTotal:
    """One edge over the whole run."""

    time_loss_s: float
    entered: int


@dataclass(frozen=True, slots=True)
class Shown:
    """What a signal showed: ``states[k]`` from ``times_s[k]`` on, until ``end_s``."""

    times_s: tuple[float, ...]
    states: tuple[str, ...]
    end_s: float


@named
def read_trips(path: Path) -> list[Trip]:
    """Every scheduled trip of a tripinfo file."""
    return [_trip(found.attrib) for found in elements(path, ("tripinfo",))]


def _trip(found: Mapping[str, str]) -> Trip:
    return Trip(
        found["id"],
        float(found["depart"]),
        float(found["departDelay"]),
        float(found.get("departPos") or 0.0),
        float(found["duration"]),
        float(found["timeLoss"]),
        float(found["stopTime"]),
        float(found["routeLength"]),
        int(found["waitingCount"]),
        float(found["arrival"]) >= 0 and not found.get("vaporized"),
    )


@named
def read_routes(path: Path, trips: Mapping[str, Trip]) -> list[Route]:
    """Every departed vehicle of a vehroute file; edges never left have no exit time.

    Departures are those of ``trips``: the file has a word where a vehicle started once somebody had got in.
    """
    routes = []
    for vehicle in elements(path, ("vehicle",)):
        found, trip = vehicle.findall(".//route"), trips.get(vehicle.attrib["id"])
        if not found or trip is None:
            continue
        exits = [float(time) for time in found[-1].get("exitTimes", "").split()]
        passed = next((k for k, time in enumerate(exits) if time < 0), len(exits))
        edges = tuple(found[-1].get("edges", "").split())
        routes.append(Route(trip.id, trip.depart_s, edges, tuple(exits[:passed])))
    return routes


@named
def read_conflicts(path: Path) -> list[Conflict]:
    """Every conflict of an SSM file, as each of the two vehicles saw it."""
    return [
        Conflict(
            found.attrib["ego"],
            found.attrib["foe"],
            float(found.attrib["begin"]),
            float(found.attrib["end"]),
            _extreme(found, "minTTC"),
            _extreme(found, "maxDRAC"),
            _extreme(found, "PET"),
        )
        for found in elements(path, ("conflict",))
    ]


def _extreme(conflict: ElementTree.Element, tag: str) -> float | None:
    found = conflict.find(tag)
    text = "NA" if found is None else found.get("value", "NA")
    return None if text in ("NA", "") else float(text)


@named
def read_summary(path: Path) -> list[NetworkSecond]:
    """The network over time."""
    return [
        NetworkSecond(
            float(found.attrib["time"]),
            int(found.attrib["running"]),
            int(found.attrib["waiting"]),
            max(0.0, float(found.attrib["meanSpeed"])),
        )
        for found in elements(path, ("step",))
    ]


@named
def read_edges(path: Path) -> dict[str, EdgeTotal]:
    """Time lost and vehicles per edge, junctions included, summed over all intervals."""
    lost: dict[str, float] = defaultdict(float)
    entered: dict[str, int] = defaultdict(int)
    for found in elements(path, ("edge",)):
        edge = found.attrib["id"]
        lost[edge] += float(found.get("timeLoss", "0"))
        entered[edge] += int(found.get("entered", "0")) + int(found.get("departed", "0"))
    return {edge: EdgeTotal(lost[edge], entered[edge]) for edge in lost}


@named
def read_emissions(path: Path) -> dict[str, float]:
    """Totals of the network in grams: CO2, fuel, NOx, PMx and the rest SUMO knows."""
    totals: dict[str, float] = defaultdict(float)
    for found in elements(path, ("edge",)):
        for name, value in found.attrib.items():
            if name.endswith("_abs") and name != "electricity_abs":
                totals[name.removesuffix("_abs")] += float(value) / 1000.0
    return dict(totals)


@named
def read_shown(path: Path, partial: bool = False) -> dict[str, Shown]:
    """What every signal showed; only changes are kept, each state once, as a day has many changes of few states.

    partial: what there is of a record that ends in the middle.
    """
    once: dict[str, str] = {}
    times: dict[str, list[float]] = defaultdict(list)
    states: dict[str, list[str]] = defaultdict(list)
    last: dict[str, float] = {}
    for line in lines(path, "tlsStates", partial):
        found = SHOWN.search(line)
        if found is None:
            if SHOWS in line and not partial:
                raise ValueError(f"no time, signal and state in {line[:60]!r}")
            continue
        time_s, signal_id, state = float(found[1]), text_of(found[2]), found[3].decode()
        last[signal_id] = time_s
        if not states[signal_id] or states[signal_id][-1] != state:
            times[signal_id].append(time_s)
            states[signal_id].append(once.setdefault(state, state))
    return {i: Shown(tuple(times[i]), tuple(states[i]), last[i] + 1.0) for i in times}


@named
def read_queues(path: Path) -> dict[str, dict[float, float]]:
    """Length of the standing queue in m, by lane and time; a lane without an entry has none."""
    queues: dict[str, dict[float, float]] = defaultdict(dict)
    time_s = 0.0
    for line in lines(path, "queue-export"):
        if (time := QUEUE_TIME.search(line)) is not None:
            time_s = float(time[1])
        elif (found := QUEUE.search(line)) is not None and float(found[2]) > 0:
            queues[text_of(found[1])][time_s] = float(found[2])
    return dict(queues)


def attributes(line: bytes) -> dict[str, str]:
    """Of one element, which SUMO wrote on a line of its own."""
    return {key.decode(): text_of(value) for key, value in ATTRIBUTE.findall(line)}


def text_of(escaped: bytes) -> str:
    """An attribute as SUMO wrote it, with its marks back in place."""
    text = escaped.decode()
    if "&" not in text:
        return text
    for mark, sign in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&")):
        text = text.replace(mark, sign)
    return text

