"""Whether two vehicles that met inside a junction may have followed each other there or come onto one road behind it.

SUMO names the lane of one of the two. Where the other can lie on a lane that leads to the same road, by where its front
and its back are and where it heads, they may; where no lane is found for it, too.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from bench.measures.raw import attributes
from network.files import unpacked

BESIDE_M, ASKEW_RAD = 0.3, math.radians(45.0)
"""In the middle of their lanes, if not in SUMO's sublane model; a chord heads not quite where its lane does."""
LATERAL = "lateral-resolution"
LATERAL_M = 1.6
Point = tuple[float, float]
Body = tuple[Point, Point]
Met = tuple[str, Body, Body]


@dataclass(slots=True)
class Inside:
    """A lane inside a junction: its course, and the road it leads to."""

    shape: tuple[Point, ...] = ()
    leads_to: str = ""


def may_follow(met: Sequence[Met], net_file: str | Path, beside_m: float = BESIDE_M) -> bool:
    """Of any pair. met: the lane that SUMO names, and both bodies, front and back, in metres of the network."""
    lanes = _read({_junction(lane) for lane, _, _ in met}, net_file)
    return any(_may(each, lanes, beside_m) for each in met)


def _may(met: Met, lanes: Mapping[str, Inside], beside_m: float) -> bool:
    lane, one, other = met
    named = lanes.get(lane)
    on_it = [named is not None and _lies_on(body, named.shape, beside_m) for body in (one, other)]
    if named is None or all(on_it) or not any(on_it):
        return True
    body = one if on_it[1] else other
    found = [inside for name, inside in lanes.items()
             if _junction(name) == _junction(lane) and _lies_on(body, inside.shape, beside_m)]  # fmt: skip
    return not found or any(inside.leads_to == named.leads_to for inside in found)


def _junction(lane: str) -> str:
    """``:c`` of ``:c_3_0``."""
    return lane.rsplit("_", 2)[0]


def _lies_on(body: Body, shape: Sequence[Point], beside_m: float) -> bool:
    front, back = body
    heading = math.atan2(front[1] - back[1], front[0] - back[0])
    return any(_passes(point, heading, a, b, beside_m) for point in body for a, b in pairwise(shape))


def _passes(point: Point, heading: float, a: Point, b: Point, beside_m: float) -> bool:
    dx, dy = b[0] - a[0], b[1] - a[1]
    length2 = dx * dx + dy * dy
    if not length2:
        return False
    share = max(0.0, min(1.0, ((point[0] - a[0]) * dx + (point[1] - a[1]) * dy) / length2))
    askew = abs((math.atan2(dy, dx) - heading + math.pi) % (2.0 * math.pi) - math.pi)
    return askew <= ASKEW_RAD and math.dist(point, (a[0] + share * dx, a[1] + share * dy)) <= beside_m


def _read(junctions: set[str], net_file: str | Path) -> dict[str, Inside]:
    """Lanes of vehicles inside some junctions, from the network file."""
    lanes: dict[str, Inside] = {}
    for tag, row in _rows(net_file):
        name = row["id"] if tag == "lane" else f"{row['from']}_{row['fromLane']}"
        if _junction(name) not in junctions:
            continue
        if tag == "lane":
            lanes.setdefault(name, Inside()).shape = _shape(row.get("shape", ""))
        else:
            lanes.setdefault(name, Inside()).leads_to = row["to"]
    return {name: inside for name, inside in lanes.items() if inside.leads_to}


def _rows(net_file: str | Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Lanes inside junctions, and connections from there."""
    with unpacked(net_file) as stream:
        for line in stream:
            tag = line.lstrip()[1:].partition(b" ")[0]
            if (tag == b"connection" and b' from=":' in line) or (tag == b"lane" and b' id=":' in line):
                yield tag.decode(), attributes(line)


def _shape(text: str) -> tuple[Point, ...]:
    return tuple((float(x), float(y)) for x, y in (point.split(",")[:2] for point in text.split()))
