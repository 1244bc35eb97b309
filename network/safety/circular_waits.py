"""Turns that wait for each other inside the junction, round in a circle: none of them ever goes again.

A turn that gives way waits beyond the stop line, at the place where its way parts. It waits for those it gives way to,
and for those who stand in its way where they wait themselves. Where that leads back to it, and all of them are green
at once, one vehicle of each is enough to lock the junction for good, whatever the lamps show from then on. Lanes for
cyclists make such circles, as a left turn starts at the kerb: he waits for the left turn against him, which waits for
the right turn of his own road, which waits for him; or two of them stand nose to nose.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

import networkx as nx
import numpy as np

from network.program.signals import BoolArray, FloatArray, Link

STEP_M = 0.25
INSIDE_M = 1.0
"""Who has passed the stop line by as much is inside, whatever the lamps show."""
LONGEST = 4
"""Links round in a circle: more hardly stand inside all at once (own choice)."""


@dataclass(frozen=True, slots=True)
class BodySettings:
    """What vehicles and bicycles take up where they stand, in m: bodies without mirrors, and a cyclist's handlebar with
    some room beside it, as wide as his lane."""

    vehicle_m: float = 5.0
    bicycle_m: float = 2.0
    vehicle_wide_m: float = 1.6
    bicycle_wide_m: float = 1.0


DEFAULTS = BodySettings()


def circular_waits(
    links: Sequence[Link],
    greens: Iterable[frozenset[int]],
    conflicts: BoolArray,
    yields_to: BoolArray,
    settings: BodySettings = DEFAULTS,
) -> tuple[tuple[int, ...], ...]:
    """Sets of indices that wait for each other round in a circle, and that one of ``greens`` has all at once.

    Of each circle only what no shorter one is part of, and only those with somebody from a lane for cyclists: of cars
    alone SUMO's drivers find a way out (docs/experiments/2026-12-01-cyclists-apart.md). Arrays are bool[n, n].
    """
    ridden = {link.index for link in links if link.cycles}
    if not ridden:
        return ()
    waits = _who_waits_for_whom(links, conflicts, yields_to, settings)
    circles = (nx.chordless_cycles(waits.subgraph(green), length_bound=LONGEST) for green in greens)
    found = {tuple(sorted(circle)) for each in circles for circle in each if not ridden.isdisjoint(circle)}
    return tuple(sorted(found, key=lambda circle: (len(circle), circle)))


def _who_waits_for_whom(
    links: Sequence[Link], conflicts: BoolArray, yields_to: BoolArray, settings: BodySettings
) -> nx.DiGraph[int]:
    """An edge from each link that waits inside to those of the others for which it does."""
    waits: nx.DiGraph[int] = nx.DiGraph()
    drawn = [link for link in links if len(link.way) > 1 and not link.is_crossing]
    inside = [link for link in drawn if link.waits_m > 0.0]
    held = [(one, other) for one in drawn for other in inside if _is_held_behind(one, other, settings)]
    waits.add_edges_from((one.index, other.index) for one, other in held)
    standing = list({id(link): link for link in (*inside, *(one for one, _ in held))}.values())
    for one, other in product(inside, standing):
        meets = one.node_id == other.node_id and conflicts[one.index, other.index]
        if meets and (yields_to[one.index, other.index] or _stands_before(other, one, settings)):
            waits.add_edge(one.index, other.index)
    return waits


def _is_held_behind(one: Link, other: Link, settings: BodySettings) -> bool:
    """Whether cyclists of the same lane may stand inside the junction behind those who wait on another way.

    Vehicles may, too, where turns wait deep inside, and with those from the other side they may close a circle. That
    takes four of the right kind at once; nothing is parted for it.
    """
    if one is other or one.from_lane != other.from_lane or not other.cycles:
        return False
    way, rear_m = _points(one, 0.0, np.inf), other.waits_m - settings.bicycle_m
    while rear_m >= INSIDE_M:
        if _nearest_m(_points(other, rear_m, rear_m + settings.bicycle_m), way) < _reach_m(one, other, settings):
            return True
        rear_m -= settings.bicycle_m
    return False


def _stands_before(one: Link, other: Link, settings: BodySettings) -> bool:
    """Whether who waits on the one way stands where the other one goes on."""
    if one.waits_m == 0.0:
        return False
    length_m = settings.bicycle_m if one.cycles else settings.vehicle_m
    body, rest = _points(one, max(one.waits_m - length_m, 0.0), one.waits_m), _points(other, other.waits_m, np.inf)
    return _nearest_m(body, rest) < _reach_m(one, other, settings)


def _reach_m(one: Link, other: Link, settings: BodySettings) -> float:
    wide_m = (settings.bicycle_wide_m if link.cycles else settings.vehicle_wide_m for link in (one, other))
    return sum(wide_m) / 2.0


def _nearest_m(one: FloatArray, other: FloatArray) -> float:
    return float(np.hypot(*np.moveaxis(one[:, None] - other[None, :], -1, 0)).min())


def _points(link: Link, first_m: float, last_m: float) -> FloatArray:
    """float64[points, 2], along a part of the way."""
    corners = np.array(link.way)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(corners, axis=0).T))])
    end_m = min(last_m, float(along[-1]))
    at_m = np.linspace(min(first_m, end_m), end_m, max(2, int((end_m - first_m) / STEP_M) + 1))
    return np.stack([np.interp(at_m, along, corners[:, axis]) for axis in (0, 1)], axis=1)
