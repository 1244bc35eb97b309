"""Connected vehicles in SUMO: a share of all that are told at which speed to come to a red signal."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

from controllers.announce.heard import Coming
from controllers.announce.speed import advised_mps

REACH_M = 300.0
"""So far before a signal somebody is advised, and ..."""
NEAR_M = 15.0
"""... no closer: then he looks himself."""
SLOWEST_SHARE = 0.2
"""Of the speed allowed: slower than that nobody is asked to drive."""
GENTLY_MPS2 = 1.5
"""Nobody is asked to brake harder."""
AS_HE_LIKES = -1.0
STANDS_MPS = 1.0
"""Who is slower stands in a queue."""
Tell = Callable[[str, int], tuple[float, float] | None]
"""Of a signal and its lamp: seconds from now between which it shows no green for sure; None where nobody knows."""


def is_equipped(vehicle: str, share: float, seed: int) -> bool:
    """The same in every run with this seed, and a larger share has all of a smaller one."""
    return zlib.crc32(f"{seed} {vehicle}".encode()) / 2.0**32 < share


def turn_of(vehicle: str, seconds: int) -> int:
    """Which of so many seconds is a vehicle's own."""
    return zlib.crc32(vehicle.encode()) % seconds


class Connected:
    """Those equipped follow what they are told; SUMO keeps its distances and its red in any case."""

    def __init__(self, api: Any, share: float, seed: int) -> None:
        """share: 0 to 1 of all vehicles, drawn by their names and the seed."""
        self._api, self._share, self._seed = api, share, seed
        self._advised: set[str] = set()
        self.told = 0

    def second(self, tell: Tell) -> list[Coming]:
        """Advise everybody who is equipped and comes to a signal; returns them."""
        vehicles, advised, coming = self._api.vehicle, set(), []
        for vehicle in vehicles.getIDList():
            if not is_equipped(vehicle, self._share, self._seed):
                continue
            ahead = vehicles.getNextTLS(vehicle)
            speed = None
            if ahead and ahead[0][2] <= REACH_M:
                signal, lamp, distance_m = ahead[0][:3]
                fastest = vehicles.getAllowedSpeed(vehicle)
                coming.append(Coming(vehicles.getLaneID(vehicle), distance_m / max(fastest, 0.1),
                                     distance_m / max(vehicles.getSpeed(vehicle), STANDS_MPS)))
                red = tell(signal, lamp) if distance_m > NEAR_M else None
                if red is not None:
                    speed = advised_mps(distance_m, red, SLOWEST_SHARE * fastest, fastest)
            if speed is not None:
                vehicles.setSpeed(vehicle, max(speed, vehicles.getSpeed(vehicle) - GENTLY_MPS2))
                advised.add(vehicle)
                self.told += 1
            elif vehicle in self._advised:
                vehicles.setSpeed(vehicle, AS_HE_LIKES)
        self._advised = advised
        return coming
