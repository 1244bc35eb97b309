"""How late a vehicle will be at its next stop by its timetable, from where it is now.

SUMO's own figure (`getStopDelay`) is never below zero: who has time in hand and who has none are one to it, until it
is too late to ask.
"""

from __future__ import annotations

import math
from typing import Any

from signal_core.requests import SIGNAL_WAIT_S

ACCELERATION_MPS2, DECELERATION_MPS2 = 0.9, 2.0
"""Of a bus as its passengers bear it: SUMO's 1.2 less what its drivers dawdle."""
ROLLS_S = 3.0
"""So long its drivers roll over the last metre before a stop."""
SLOWEST_MPS = 1.0
NEVER_S = 1e6
"""Beyond it SUMO's numbers mean that there is none."""


def top_speed_mps(api: Any, vehicle: str) -> float:
    """As fast as it may go here."""
    vehicles = api.vehicle
    return max(SLOWEST_MPS, min(float(vehicles.getAllowedSpeed(vehicle)), float(vehicles.getMaxSpeed(vehicle))))


def starting_loss_s(top_mps: float, speed_mps: float) -> float:
    """What it takes longer than at full speed until that is reached."""
    return float(max(0.0, top_mps - speed_mps) ** 2 / (2.0 * ACCELERATION_MPS2 * top_mps))


def lateness_s(api: Any, vehicle: str, stop: Any, distance_m: float, signals: int) -> float:
    """Behind its timetable at `stop`, `distance_m` ahead, if one of the `signals` on the way there does not hold it up
    and the others do as usual; negative: time in hand. NaN without a timetable."""
    due_s = _due_s(stop)
    if not (math.isfinite(due_s) and math.isfinite(distance_m)):
        return math.nan
    top_mps = top_speed_mps(api, vehicle)
    way_s = distance_m / top_mps + starting_loss_s(top_mps, float(api.vehicle.getSpeed(vehicle)))
    braking_s = top_mps / (2.0 * DECELERATION_MPS2) + ROLLS_S
    return float(api.simulation.getTime() + way_s + braking_s + max(0, signals - 1) * SIGNAL_WAIT_S - due_s)


def _due_s(stop: Any) -> float:
    """When it has to be there at the latest, so as to leave by the timetable or to arrive by it; NaN for any time."""
    leaves_s, stands_s, arrives_s = (_known(each) for each in (stop.until, stop.duration, stop.intendedArrival))
    due_s = leaves_s - (0.0 if math.isnan(stands_s) else stands_s)
    return min((each for each in (due_s, arrives_s) if not math.isnan(each)), default=math.nan)


def _known(seconds: float) -> float:
    return float(seconds) if 0.0 <= seconds < NEVER_S else math.nan
