"""Who asks for green in SUMO, without any configuration: buses and trams, and vehicles with blue lights.

A vehicle checks in at a distance before a signal on its way, after the doors have closed at any stop on the way to it,
and checks out over the line. Blue lights ask at every signal of their route that they can reach within a minute.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from controllers.sumo.rail_crossings import RAIL, closes_in_s, crossings_beside
from controllers.sumo.timetable import lateness_s, starting_loss_s, top_speed_mps
from signal_core.requests import PASSED, REQUEST, STANDS, WITHDRAWN, RequestClass, Rows

CHECK_IN_M = 500.0
BLUE_LIGHT_M = 1500.0
SEEN_PASSING_M = 60.0
"""Who was so close to the line a second ago and has it no longer before itself is over it."""
JUMP_M = 20.0
"""Further away than a second ago: the same signal once more, behind the line that was crossed."""
TIMEOUT_S = 10.0
CLEAR_BEFORE_S = 6.0
"""The way of blue lights is to be free so long before: who is ahead rolls, and slows it down."""
CLASSES = {"bus": RequestClass.TRANSIT, "coach": RequestClass.TRANSIT, "tram": RequestClass.TRAM,
           "rail_urban": RequestClass.TRAM, "subway": RequestClass.TRAM,
           "emergency": RequestClass.EMERGENCY}  # fmt: skip
ON_BOARD = {RequestClass.TRANSIT: 20.0, RequestClass.TRAM: 60.0}
"""Persons where the scenario has nobody ride, as the measure of delay per person takes them."""


@dataclass
class _Asked:
    """A request that stands: what was told last."""

    id: int
    link: int
    distance_m: float


class Askers:
    """Follows the vehicles that may ask. Every second one row for each that stands, and one more as it ends."""

    def __init__(self, api: Any, errors: tuple[type[Exception], ...], links: Mapping[tuple[str, int], int],
                 kinds: Iterable[RequestClass]) -> None:
        """links: place among all links of (signal, its link); kinds: who may ask."""
        self._api, self._errors, self._links = api, errors, dict(links)
        self._kinds = frozenset(kinds)
        self._crossings = crossings_beside(api, links) if RequestClass.EMERGENCY in self._kinds else ()
        self._followed: dict[str, RequestClass] = {}
        self._trains: dict[str, None] = {}
        self._asked: dict[tuple[str, str], _Asked] = {}
        self._late_s: dict[str, float] = {}
        self._somebody_rides = False
        self.names: list[str] = []
        """Vehicle of each request, by its id."""
        self.admit(api.vehicle.getIDList())

    def number(self, links: Mapping[tuple[str, int], int]) -> None:
        """Links are numbered anew from now on, and every request is a new one."""
        self._links = dict(links)
        self._asked.clear()
        self._crossings = crossings_beside(self._api, links) if RequestClass.EMERGENCY in self._kinds else ()

    def admit(self, departed: Iterable[str]) -> None:
        """Vehicles that have just set out."""
        for vehicle in departed:
            if self._crossings and self._api.vehicle.getVehicleClass(vehicle) in RAIL:
                self._trains[vehicle] = None
            kind = self._kind(vehicle)
            if kind is not None and kind in self._kinds:
                self._followed[vehicle] = kind

    def rows(self) -> Rows:
        """Messages of this second."""
        found: list[tuple[Any, ...]] = []
        for vehicle, kind in list(self._followed.items()):
            try:
                found += self._told(vehicle, kind, self._signals_ahead(vehicle, kind))
            except self._errors:  # it has arrived
                del self._followed[vehicle]
                found += self._told(vehicle, kind, {})
        for train in list(self._trains):
            try:
                found += self._told_of_gates(train)
            except self._errors:
                del self._trains[train]
                found += self._ended(train, {}, RequestClass.RAIL)
        return np.array(found, dtype=REQUEST)

    def _kind(self, vehicle: str) -> RequestClass | None:
        vehicles = self._api.vehicle
        kind = CLASSES.get(vehicles.getVehicleClass(vehicle))
        if kind is None and vehicles.getParameter(vehicle, "has.bluelight.device") == "true":
            return RequestClass.EMERGENCY
        return kind

    def _signals_ahead(self, vehicle: str, kind: RequestClass) -> dict[str, tuple[int, float]]:
        """Link and distance of each signal that it is on its way to now, by the signal; the first way over each."""
        most_m = BLUE_LIGHT_M if kind is RequestClass.EMERGENCY else CHECK_IN_M
        found: dict[str, tuple[int, float]] = {}
        stop, stop_m = self._next_stop(vehicle)
        on_way: set[str] = set()
        for signal, index, distance_m, _ in self._api.vehicle.getNextTLS(vehicle):
            if distance_m > stop_m:
                break
            on_way.add(signal)
            place = self._links.get((signal, index))
            if place is not None and signal not in found and distance_m <= most_m:
                found[signal] = place, float(distance_m)
        if found:
            self._note_lateness(vehicle, stop, stop_m, len(on_way))
        return found

    def _next_stop(self, vehicle: str) -> tuple[Any, float]:
        """Its next stop, None for none, and as far as it goes before its doors open there, 0 while they are."""
        vehicles = self._api.vehicle
        stops = vehicles.getStops(vehicle, 1)
        if not stops:
            return None, math.inf
        if vehicles.isStopped(vehicle):
            return stops[0], 0.0
        edge, _, lane = stops[0].lane.rpartition("_")
        distance_m = float(vehicles.getDrivingDistance(vehicle, edge, stops[0].endPos, int(lane)))
        return stops[0], distance_m if distance_m >= 0.0 else math.inf  # SUMO's way to say that it does not lead there

    def _note_lateness(self, vehicle: str, stop: Any, stop_m: float, signals: int) -> None:
        """Late behind the last stop is late still; how much time there is in hand nobody knows there."""
        if stop is not None:
            self._late_s[vehicle] = lateness_s(self._api, vehicle, stop, stop_m, signals)
        elif self._late_s.get(vehicle, math.nan) <= 0.0:
            self._late_s[vehicle] = math.nan

    def _told(self, vehicle: str, kind: RequestClass, ahead: Mapping[str, tuple[int, float]]) -> list[tuple[Any, ...]]:
        rows = self._ended(vehicle, ahead, kind)
        for signal, (link, distance_m) in ahead.items():
            asked = self._request(vehicle, signal, link, distance_m)
            level, times = 14 if kind is RequestClass.EMERGENCY else 7, self._times(vehicle, kind, distance_m)
            rows.append((asked.id, link, -1, kind, level, STANDS, *times, self._persons(vehicle, kind),
                         self._late_s.get(vehicle, math.nan), TIMEOUT_S))  # fmt: skip
        return rows

    def _told_of_gates(self, train: str) -> list[tuple[Any, ...]]:
        """The ways off every track that a train comes to are to be clear before the gate closes."""
        ahead: dict[str, tuple[int, float]] = {}
        for crossing in self._crossings:
            due_s = closes_in_s(self._api, crossing, train)
            for signal, index in crossing.links if due_s is not None else ():
                ahead[f"{crossing.id} {signal} {index}"] = self._links[signal, index], float(due_s or 0.0)
        rows = self._ended(train, ahead, RequestClass.RAIL)
        for place, (link, due_s) in ahead.items():
            asked = self._request(train, place, link, due_s)
            rows.append((asked.id, link, -1, RequestClass.RAIL, 14, STANDS, due_s, due_s, due_s, math.nan, math.nan,
                         TIMEOUT_S))  # fmt: skip
        return rows

    def _request(self, vehicle: str, place: str, link: int, distance_m: float) -> _Asked:
        """The request that stands, or a new one, as it is now."""
        asked = self._asked.get((vehicle, place))
        if asked is None:
            asked = self._asked[vehicle, place] = _Asked(len(self.names), link, distance_m)
            self.names.append(vehicle)
        asked.link, asked.distance_m = link, distance_m
        return asked

    def _ended(self, vehicle: str, ahead: Mapping[str, tuple[int, float]], kind: RequestClass) -> list[tuple[Any, ...]]:
        """Messages of those that stand no longer."""
        rows: list[tuple[Any, ...]] = []
        for key in [key for key in self._asked if key[0] == vehicle]:
            before, now = self._asked[key], ahead.get(key[1])
            if now is None or now[1] > before.distance_m + JUMP_M:
                cancel = PASSED if before.distance_m <= SEEN_PASSING_M else WITHDRAWN
                rows.append((before.id, before.link, -1, kind, 0, cancel, *[0.0] * 6))
                del self._asked[key]
        return rows

    def _times(self, vehicle: str, kind: RequestClass, distance_m: float) -> tuple[float, float, float]:
        """Earliest, likely and latest seconds to the line with nobody in its way."""
        top_mps = top_speed_mps(self._api, vehicle)
        earliest_s = distance_m / top_mps
        likely_s = earliest_s + min(starting_loss_s(top_mps, float(self._api.vehicle.getSpeed(vehicle))), earliest_s)
        before_s = CLEAR_BEFORE_S if kind is RequestClass.EMERGENCY else 0.0
        return earliest_s - before_s, likely_s, likely_s

    def _persons(self, vehicle: str, kind: RequestClass) -> float:
        """On board; by class as long as nobody has ridden in this scenario."""
        persons = float(self._api.vehicle.getPersonNumber(vehicle))
        self._somebody_rides |= persons > 0.0
        return persons if self._somebody_rides else ON_BOARD.get(kind, 1.0)
