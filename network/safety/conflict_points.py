"""What a change needs where the program does not say: from the ways of two movements to the place where they meet.

RiLSA 2015, 2.7: intergreen = crossing time + clearing time - entering time, each pair of movements for itself. Here
the last vehicle crosses the line 3 s into yellow however long that is, one that turns after 2 s (RiLSA); it is clear
when its rear has left the place where the ways are closer than two vehicles are wide. The first one against it passes
its own line at speed, or steps off the kerb. Who waited inside for those it yields to goes from rest when they have
stopped, the last of those there is room for from furthest back.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from network.program.signals import BoolArray, FloatArray, Link

POINTS = 40
"""Taken of each way."""
AT_A_TIME = 2000
"""Pairs; a signal of 600 links has 50,000 and more."""
STRAIGHT = "s"


@dataclass(frozen=True, slots=True)
class WaySettings:
    """Lengths and widths in m. RiLSA 2015, 2.7: vehicles enter at 40 km/h, walkers at 1.5 m/s. SUMO: 2.6 m/s2, who
    follows starts a second later, and stops so far before the line."""

    vehicle_m: float = 5.0
    space_m: float = 7.5
    wide_m: float = 1.8
    apart_m: float = 0.4
    entering_mps: float = 11.1
    walking_mps: float = 1.5
    start_mps2: float = 2.6
    crossing_s: float = 3.0
    turning_s: float = 2.0
    follows_s: float = 1.0
    stops_m: float = 1.0


@dataclass(frozen=True, slots=True)
class _Meeting:
    """Where two ways meet, in m from each one's beginning. Of the way that is left, to the far end."""

    leave_m: float
    enter_m: float
    enter_back_m: float


def clear_by_geometry(
    links: Sequence[Link], conflicts: BoolArray, yellow_s: FloatArray, settings: WaySettings
) -> tuple[FloatArray, FloatArray]:
    """Seconds from the end of the row's green to the start of the column's, float64[n, n], 0 without conflict.

    First for who passes the line last, then for who waited inside the junction; parts of seconds are kept. Rows of
    crossings are 0: `network.safety.walking` has what those on foot need. So is everything for links without a way.
    """
    n = len(conflicts)
    passing, waiting = np.zeros((n, n)), np.zeros((n, n))
    for one, other, met in _met(links, conflicts, settings):
        at, entering_s = (one.index, other.index), _entering_s(other, met, settings)
        passed_s = _passed_s(one, met.leave_m, float(yellow_s[one.index]), settings)
        passing[at] = max(passing[at], passed_s - entering_s)
        waited_s = _waited_s(one, met.leave_m, float(yellow_s[one.index]), settings)
        waiting[at] = max(waiting[at], waited_s - entering_s)
    return passing, waiting


def clear_of_caught(
    links: Sequence[Link], conflicts: BoolArray, yellow_s: FloatArray, settings: WaySettings
) -> tuple[FloatArray, FloatArray]:
    """Seconds from the end of the row's green to the start of the column's where a row of vehicles is caught inside,
    float64[n, n], 0 where the ways do not tell.

    First where whoever starts may come at speed, then where he stands at his line. Those who wait inside a lane's row
    start one after the other, the last from where the next one would stop before a red light, whatever he wants.
    """
    n, deep_m = len(conflicts), dict[str, float]()
    at_speed, from_rest = np.zeros((n, n)), np.zeros((n, n))
    for link in links:
        deep_m[link.from_lane] = max(deep_m.get(link.from_lane, 0.0), link.waits_m)
    caught = [link for link in links if deep_m[link.from_lane] >= settings.space_m - settings.stops_m]
    for one, other, met in _met(links, conflicts, settings, {link.from_lane for link in caught}):
        before, last_m = divmod(deep_m[one.from_lane] + settings.stops_m, settings.space_m)
        way_m = max(met.leave_m - last_m + settings.stops_m, 0.0) + settings.vehicle_m
        stopped_s = min(settings.crossing_s, float(yellow_s[one.index])) + before * settings.follows_s
        clear_s, at = stopped_s + _from_rest_s(one, way_m, settings), (one.index, other.index)
        starting_s = 0.0 if other.is_crossing else math.sqrt(2.0 * met.enter_m / settings.start_mps2)
        entering_s = _entering_s(other, met, settings)
        at_speed[at] = max(at_speed[at], clear_s - entering_s, 1.0)
        from_rest[at] = max(from_rest[at], clear_s - max(entering_s, starting_s), 1.0)
    return at_speed, from_rest


def _met(
    links: Sequence[Link], conflicts: BoolArray, settings: WaySettings, lanes: Container[str] | None = None
) -> Iterator[tuple[Link, Link, _Meeting]]:
    """Every pair of ways in conflict, of the first from one of the lanes, and where they meet."""
    drawn = [link for link in links if len(link.way) > 1]
    pairs = [
        (i, j)
        for i, one in enumerate(drawn)
        for j, other in enumerate(drawn)
        if not one.is_crossing and one.node_id == other.node_id and conflicts[one.index, other.index]
        and (lanes is None or one.from_lane in lanes)
    ]
    points, at_m = _sampled([link.way for link in drawn])
    for first in range(0, len(pairs), AT_A_TIME):
        some = np.array(pairs[first : first + AT_A_TIME])
        for (i, j), place in zip(some.tolist(), _meetings(drawn, points, at_m, some, settings), strict=True):
            yield drawn[i], drawn[j], place


def _passed_s(link: Link, leave_m: float, yellow_s: float, settings: WaySettings) -> float:
    """Who crosses the line last, until its rear is out."""
    crossed_s = settings.crossing_s if link.direction == STRAIGHT else settings.turning_s
    return min(crossed_s, yellow_s) + (leave_m + settings.vehicle_m) / max(min(link.speed_mps, link.turn_mps), 1.0)


def _waited_s(link: Link, leave_m: float, yellow_s: float, settings: WaySettings) -> float:
    """Who waits inside, until its rear is out, once those it yields to have stopped. 0 where none does."""
    if link.waits_m <= 0.0:
        return 0.0
    stopped_s = min(settings.crossing_s, yellow_s)
    way_m = max(leave_m - link.waits_m % settings.space_m, 0.0) + settings.vehicle_m
    return stopped_s + _from_rest_s(link, way_m, settings)


def _from_rest_s(link: Link, way_m: float, settings: WaySettings) -> float:
    speed_mps = max(min(link.speed_mps, link.turn_mps), 1.0)
    faster_m = speed_mps**2 / (2.0 * settings.start_mps2)
    if way_m <= faster_m:
        return math.sqrt(2.0 * way_m / settings.start_mps2)
    return speed_mps / settings.start_mps2 + (way_m - faster_m) / speed_mps


def _entering_s(link: Link, met: _Meeting, settings: WaySettings) -> float:
    """Least time until whoever starts is where the ways meet; walkers come from both sides."""
    if link.is_crossing:
        return min(met.enter_m, met.enter_back_m) / settings.walking_mps
    return met.enter_m / max(settings.entering_mps, link.speed_mps)


def _sampled(ways: Sequence[Sequence[tuple[float, float]]]) -> tuple[FloatArray, FloatArray]:
    """float64[ways, POINTS, 2], points evenly along each way, and float64[ways, POINTS], how far along they lie."""
    points, at_m = np.zeros((len(ways), POINTS, 2)), np.zeros((len(ways), POINTS))
    for k, way in enumerate(ways):
        corners = np.array(way)
        along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(corners, axis=0).T))])
        at_m[k] = np.linspace(0.0, along[-1], POINTS)
        for axis in (0, 1):
            points[k, :, axis] = np.interp(at_m[k], along, corners[:, axis])
    return points, at_m


def _meetings(
    links: Sequence[Link], points: FloatArray, at_m: FloatArray, pairs: NDArray[np.int64], settings: WaySettings
) -> Iterator[_Meeting]:
    """Where each pair of ways is closer than two vehicles (a crossing is as wide as it is drawn) side by side."""
    one, other = pairs[:, 0], pairs[:, 1]
    away = np.hypot(*np.moveaxis(points[one][:, :, None] - points[other][:, None], -1, 0))
    wide = np.array([max(link.width_m, settings.wide_m) for link in links])
    reach = (wide[one] + wide[other]) / 2.0 + settings.apart_m
    near = away <= np.maximum(reach, away.min(axis=(1, 2)) + 1e-9)[:, None, None]
    of_one, of_other = near.any(axis=2), near.any(axis=1)
    first = np.where(of_one, at_m[one], np.inf).min(axis=1)
    last = np.where(of_one, at_m[one], 0.0).max(axis=1)
    merges = np.array([links[i].to_lane == links[j].to_lane for i, j in pairs.tolist()])
    enter = np.where(of_other, at_m[other], np.inf).min(axis=1)
    back = at_m[other][:, -1] - np.where(of_other, at_m[other], 0.0).max(axis=1)
    return map(_Meeting, np.where(merges, first, last).tolist(), enter.tolist(), back.tolist())
