"""Connected vehicles in SUMO that hear how long roads take, and go another way where that is clearly shorter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from controllers.sumo.connected import is_equipped, turn_of

LOOKS_EVERY_S, PUBLISHED_EVERY_S = 30, 10
"""So often each of them looks for a shorter way, by times so old at most."""
SAVES_S, SAVES_SHARE = 30.0, 0.15
"""Another way has to save so much, and so large a part of what is left, to be taken (own choice)."""
ONCE_IN_S = 300.0
"""Who has turned to another way stays on it for so long."""
NEAR_M = 120.0
"""So close to the end of the road a vehicle has chosen its lane: the next road stays."""
YIELDS_S = 5.0
"""Nobody measures what it takes to give way where there is no signal: so much is counted (own choice)."""
EACH_S, SENT_MEMORY_S = 4.0, 180.0
"""Whom was sent along a road, or away from it, is not seen there yet: each counts for so much of a lane, a headway at
half of the green, for a while. So not everybody turns at once, and back again."""


class Rerouted:
    """Those equipped."""

    def __init__(self, api: Any, share: float, seed: int, free_s: Mapping[str, float]) -> None:
        """share: 0 to 1 of all vehicles, drawn by their names and the seed; free_s: of every edge, at the speed
        allowed."""
        self._api, self._share, self._seed, self._free_s = api, share, seed, free_s
        self._adapts = float(api.simulation.getOption("device.rerouting.adaptation-interval")) > 0.0
        self._yields_s: dict[tuple[str, str], float] = {}
        self._delay_s: dict[str, float] = {}
        self._travel_s: dict[str, float] = {}
        self._sent: dict[str, float] = {}
        self._turned: dict[str, float] = {}
        self.told = self.departed = self.guided = 0
        """Ways changed; vehicles that have departed, and those of them that SUMO itself sends the quickest way."""

    def depart(self) -> None:
        """Count who departed in the last step. SUMO guides by the traffic of now where it looks at that at all."""
        for vehicle in self._api.simulation.getDepartedIDList():
            self.departed += 1
            self.guided += self._adapts and self._has_device(vehicle)

    def second(self, now_s: float, delay_s: Mapping[str, float]) -> None:
        """Publish what roads take, and have those look whose turn it is. delay_s: by edge, of its signal."""
        self._sent = {edge: sent * (1.0 - 1.0 / SENT_MEMORY_S) for edge, sent in self._sent.items() if abs(sent) > 0.01}
        turn = int(now_s) % LOOKS_EVERY_S
        if turn % PUBLISHED_EVERY_S == 0:
            self._delay_s = dict(delay_s)
            for edge in delay_s:
                self._publish(edge)
        for vehicle in self._api.vehicle.getIDList():
            if turn_of(vehicle, LOOKS_EVERY_S) == turn and is_equipped(vehicle, self._share, self._seed):
                self._look(vehicle, now_s)

    def _publish(self, edge: str) -> None:
        each_s = EACH_S / self._api.edge.getLaneNumber(edge)
        self._travel_s[edge] = self._free_s[edge] + max(self._delay_s[edge] + each_s * self._sent.get(edge, 0.0), 0.0)
        self._api.edge.adaptTraveltime(edge, self._travel_s[edge])

    def _look(self, vehicle: str, now_s: float) -> None:
        vehicles = self._api.vehicle
        route, at = vehicles.getRoute(vehicle), max(vehicles.getRouteIndex(vehicle), 0)
        rest = tuple(route[at:])
        if not self._may_turn(vehicle, rest, now_s):
            return
        found = tuple(self._api.simulation.findRoute(rest[0], rest[-1], vehicles.getTypeID(vehicle)).edges)
        if len(found) < 2 or found == rest or (found[1] != rest[1] and self._is_near(vehicle)):
            return
        before_s, after_s = self._takes_s(rest), self._takes_s(found)
        if before_s - after_s < max(SAVES_S, SAVES_SHARE * before_s):
            return
        vehicles.setRoute(vehicle, found)
        self._turned[vehicle] = now_s
        self.told += 1
        for edge in self._delay_s.keys() & (set(found) ^ set(rest)):
            self._sent[edge] = self._sent.get(edge, 0.0) + (1.0 if edge in found else -1.0)
            self._publish(edge)

    def _may_turn(self, vehicle: str, rest: Sequence[str], now_s: float) -> bool:
        """Not who is bound to stops or a way, looks by himself, or has only just turned."""
        vehicles = self._api.vehicle
        if len(rest) < 3 or vehicles.getRoadID(vehicle) != rest[0]:
            return False
        if now_s - self._turned.get(vehicle, -ONCE_IN_S) < ONCE_IN_S:
            return False
        return not (vehicles.getStops(vehicle, 1) or vehicles.getVia(vehicle) or self._looks_himself(vehicle))

    def _looks_himself(self, vehicle: str) -> bool:
        """By SUMO's own device; one that is there for the way at departure alone has no period."""
        return self._has_device(vehicle) and float(
            self._api.vehicle.getParameter(vehicle, "device.rerouting.period") or 0.0) > 0.0

    def _has_device(self, vehicle: str) -> bool:
        return bool(self._api.vehicle.getParameter(vehicle, "has.rerouting.device") == "true")

    def _is_near(self, vehicle: str) -> bool:
        vehicles = self._api.vehicle
        lane = vehicles.getLaneID(vehicle)
        return bool(self._api.lane.getLength(lane) - vehicles.getLanePosition(vehicle) < NEAR_M)

    def _takes_s(self, edges: Sequence[str]) -> float:
        """All but the first, which has to be driven in any case."""
        turns = zip(edges, edges[1:], strict=False)
        return sum(self._travel_s.get(edge) or self._free_s[edge] for edge in edges[1:]) + sum(map(self._turn_s, turns))

    def _turn_s(self, turn: tuple[str, str]) -> float:
        """Giving way at the end of an edge, on the way to the next, where that is not in what its signal costs."""
        if turn[0] in self._delay_s:
            return 0.0
        if turn not in self._yields_s:
            lanes = [f"{turn[0]}_{k}" for k in range(self._api.edge.getLaneNumber(turn[0]))]
            links = [link for lane in lanes for link in self._api.lane.getLinks(lane)
                     if link[0].rpartition("_")[0] == turn[1]]
            self._yields_s[turn] = 0.0 if any(link[1] for link in links) else YIELDS_S
        return self._yields_s[turn]
