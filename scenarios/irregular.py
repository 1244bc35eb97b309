"""Irregular networks: random streets by SUMO's netgenerate, signals where they meet, trips from end to end.

The same arguments and seeds give the same files with the same SUMO.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from scenarios.generated import make_network, write_config, write_trips

LEAST_FLOW_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class IrregularPlan:
    """``roads``: two-way streets added one after the other; lanes drawn from 1 to ``lanes``. ``trips_vph``: of the
    whole network, from dead end to dead end, the ends used unevenly."""

    roads: int = 30
    lanes: int = 2
    shortest_m: float = 120.0
    longest_m: float = 300.0
    turn_lane_m: float = 40.0
    network_seed: int = 5
    trips_vph: float = 2000.0
    end_s: int = 1800


def write_irregular(folder: str | Path, plan: IrregularPlan, seed: int = 1, name: str = "irregular") -> Path:
    """Write network, demand (by ``seed``) and configuration into ``folder``; returns the .sumocfg.

    Raises ScenarioError where netgenerate fails.
    """
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    net = place / f"{name}.net.xml"
    make_network("netgenerate", _options(plan), net)
    write_trips(_trips(_ends(net), plan, random.Random(seed)), place / f"{name}.rou.xml")
    return write_config(place, name, plan.end_s)


def _options(plan: IrregularPlan) -> list[str]:
    return [
        "--rand", "--rand.iterations", str(plan.roads), "--seed", str(plan.network_seed),
        "--rand.min-distance", f"{plan.shortest_m:g}", "--rand.max-distance", f"{plan.longest_m:g}",
        "--default.lanenumber", str(plan.lanes), "--random-lanenumber", "true",
        "--turn-lanes", "1", "--turn-lanes.length", f"{plan.turn_lane_m:g}",
        "--tls.guess", "true", "--tls.guess.threshold", "20", "--no-turnarounds.except-deadend", "true",
    ]  # fmt: skip


def _ends(net: Path) -> list[tuple[str, str]]:
    """(edge in, edge out) of every dead end, in the order of the file."""
    edges = [edge for edge in ElementTree.parse(net).getroot().iter("edge") if edge.get("function") != "internal"]
    into: dict[str, list[str]] = {}
    out: dict[str, list[str]] = {}
    for edge in edges:
        into.setdefault(edge.get("from", ""), []).append(edge.get("id", ""))
        out.setdefault(edge.get("to", ""), []).append(edge.get("id", ""))
    return [(into[node][0], out[node][0]) for node in into if len(into[node]) == len(out.get(node, ())) == 1]


def _trips(ends: list[tuple[str, str]], plan: IrregularPlan, draw: random.Random) -> list[tuple[float, str, str]]:
    """(departure in s, from, to); a few ends are busy, most are not."""
    weights = [LEAST_FLOW_SHARE + draw.expovariate(1.0) for _ in ends]
    trips = []
    time_s = draw.expovariate(plan.trips_vph / 3600.0)
    while time_s < plan.end_s:
        start, stop = draw.choices(ends, weights)[0], draw.choices(ends, weights)[0]
        if start != stop:
            trips.append((time_s, start[0], stop[1]))
            time_s += draw.expovariate(plan.trips_vph / 3600.0)
    return trips
