"""Worlds of junctions close together: a diamond interchange, and a crossing of two divided roads.

One signal controls them all, or each has its own. Between them lie short inner edges. The same arguments and seed give
the same files with the same SUMO.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from scenarios.generated import Flow, make_from_plain, poisson_trips, write_config, write_trips

SIGNAL = "signal"
SPEED_MPS = 13.89
ARM_M = 300.0
BAY_M = 60.0
DIAMOND_MARGIN_M = 8.0
"""What the two junctions take from the way between their nodes, as netconvert lays out these lanes."""
DIVIDED_MARGIN_M = 17.6

Place = tuple[str, float, float]


@dataclass(frozen=True, slots=True)
class DiamondPlan:
    """A road across a motorway, which has a ramp off and one on at either side of the bridge. ``inner_m``: length of
    the lanes between the two junctions. Flows are per direction, in vehicles per hour."""

    inner_m: float = 80.0
    separate: bool = False
    """Whether each junction has a signal of its own."""
    through_vph: float = 560.0
    on_right_vph: float = 100.0
    on_left_vph: float = 140.0
    off_right_vph: float = 150.0
    off_left_vph: float = 390.0
    end_s: int = 1800


@dataclass(frozen=True, slots=True)
class DividedPlan:
    """Two divided roads cross in four junctions, ``inner_m`` of lanes from one to the next. Flows are per entry, in
    vehicles per hour, of which shares turn ``left`` and ``right``."""

    inner_m: float = 25.0
    separate: bool = False
    """Whether each junction has a signal of its own."""
    row_vph: float = 1400.0
    column_vph: float = 1200.0
    left: float = 0.08
    right: float = 0.12
    end_s: int = 1800


def write_diamond(folder: str | Path, plan: DiamondPlan, seed: int = 1, name: str = "diamond") -> Path:
    """Write network, demand (by ``seed``) and configuration into ``folder``; returns the .sumocfg."""
    distance_m = plan.inner_m + DIAMOND_MARGIN_M
    lines = [*_nodes(_diamond_inside(distance_m), _diamond_ends(distance_m), plan.separate)], [*_diamond_edges()]
    return _write(Path(folder), lines, list(_diamond_flows(plan)), plan.end_s, seed, name)


def write_divided(folder: str | Path, plan: DividedPlan, seed: int = 1, name: str = "divided") -> Path:
    """Write network, demand (by ``seed``) and configuration into ``folder``; returns the .sumocfg."""
    half_m = (plan.inner_m + DIVIDED_MARGIN_M) / 2
    lines = [*_nodes(_divided_inside(half_m), _divided_ends(half_m), plan.separate)], [*_divided_edges()]
    return _write(Path(folder), lines, list(_divided_flows(plan)), plan.end_s, seed, name)


def _write(
    place: Path, lines: tuple[list[str], list[str]], flows: Sequence[Flow], end_s: int, seed: int, name: str
) -> Path:
    place.mkdir(parents=True, exist_ok=True)
    make_from_plain(place, *lines, [], place / f"{name}.net.xml")
    write_trips(poisson_trips(flows, end_s, random.Random(seed)), place / f"{name}.rou.xml")
    return write_config(place, name, end_s)


def _nodes(inside: Iterable[Place], ends: Iterable[Place], separate: bool) -> Iterator[str]:
    for node, x, y in inside:
        signal = node if separate else SIGNAL
        yield f'    <node id="{node}" x="{x:g}" y="{y:g}" type="traffic_light" tl="{signal}"/>'
    for node, x, y in ends:
        yield f'    <node id="{node}" x="{x:g}" y="{y:g}" type="priority"/>'


def _edge(start: str, end: str, lanes: int, priority: int, spread: str = "right") -> str:
    return (
        f'    <edge id="{start}_{end}" from="{start}" to="{end}" speed="{SPEED_MPS:g}" priority="{priority}" '
        f'spreadType="{spread}" numLanes="{lanes}"/>'
    )


def _off_ramp(start: str, end: str) -> str:
    """One lane, and one more for left turns before the signal."""
    return _edge(start, end, 2, 2)[: -len("/>")] + (
        f'><split pos="0" lanes="0" idAfter="{start}_{end}"/>'
        f'<split pos="{-BAY_M:g}" lanes="0 1" idAfter="{start}_{end}_bay"/></edge>'
    )


def _diamond_inside(distance_m: float) -> list[Place]:
    return [("A", 0.0, 0.0), ("B", distance_m, 0.0)]


def _diamond_ends(distance_m: float) -> list[Place]:
    ramps = [(node + side, x, y) for node, x, _ in _diamond_inside(distance_m)
             for side, y in (("north", ARM_M), ("south", -ARM_M))]  # fmt: skip
    return [("west", -ARM_M, 0.0), ("east", distance_m + ARM_M, 0.0), *ramps]


def _diamond_edges() -> Iterator[str]:
    for end, node in (("west", "A"), ("east", "B")):
        yield _edge(end, node, 2, 3)
        yield _edge(node, end, 2, 3)
    yield _edge("A", "B", 3, 3)
    yield _edge("B", "A", 3, 3)
    yield _off_ramp("Anorth", "A")
    yield _edge("A", "Asouth", 1, 2)
    yield _off_ramp("Bsouth", "B")
    yield _edge("B", "Bnorth", 1, 2)


def _diamond_flows(plan: DiamondPlan) -> Iterator[Flow]:
    """(first edge, last edge, vehicles per hour)."""
    for into, through, near, far in (
        ("west_A", "B_east", "A_Asouth", "B_Bnorth"),
        ("east_B", "A_west", "B_Bnorth", "A_Asouth"),
    ):
        yield from ((into, through, plan.through_vph), (into, near, plan.on_right_vph), (into, far, plan.on_left_vph))
    for into, right, left in (("Anorth_A", "A_west", "B_east"), ("Bsouth_B", "B_east", "A_west")):
        yield from ((into, right, plan.off_right_vph), (into, left, plan.off_left_vph))


ROADS = ("W", "sw", "se", "e"), ("E", "ne", "nw", "w"), ("S", "se", "ne", "n"), ("N", "nw", "sw", "s")
"""Nodes of the four one-way roads of a divided crossing, from entry (capital) to exit, rows first."""


def _divided_inside(half_m: float) -> list[Place]:
    return [("sw", -half_m, -half_m), ("se", half_m, -half_m), ("ne", half_m, half_m), ("nw", -half_m, half_m)]


def _divided_ends(half_m: float) -> Iterator[Place]:
    inside = {node: (x, y) for node, x, y in _divided_inside(half_m)}
    for start, first, last, end in ROADS:
        (x, y), (to_x, to_y) = inside[first], inside[last]
        step_x, step_y = (ARM_M * (b - a) / (2 * half_m) for a, b in ((x, to_x), (y, to_y)))
        yield start, x - step_x, y - step_y
        yield end, to_x + step_x, to_y + step_y


def _divided_edges() -> Iterator[str]:
    for k, road in enumerate(ROADS):
        for (start, end), lanes in zip(pairwise(road), (2, 3, 2), strict=True):
            yield _edge(start, end, lanes, 3 if k < 2 else 2, "center")


def _divided_flows(plan: DividedPlan) -> Iterator[Flow]:
    """(first edge, last edge, vehicles per hour)."""
    out = {last: f"{last}_{end}" for _, _, last, end in ROADS}
    turns_left = {"se": "ne", "ne": "nw", "nw": "sw", "sw": "se"}
    for k, (start, first, last, _) in enumerate(ROADS):
        flow_vph, into = plan.row_vph if k < 2 else plan.column_vph, f"{start}_{first}"
        yield into, out[last], flow_vph * (1.0 - plan.left - plan.right)
        yield into, out[first], flow_vph * plan.right
        yield into, out[turns_left[last]], flow_vph * plan.left
