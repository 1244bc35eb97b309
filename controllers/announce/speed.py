"""Speed advice (GLOSA, green light optimal speed advisory): how fast to drive so as to come while it is green."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Window = tuple[float, float]
"""Seconds from now, between which a lamp is green."""
START_S = 1.5
"""After the start of green, until those ahead have begun to move ..."""
HEADWAY_S = 2.0
"""... and each vehicle that stands there has left."""
END_S = 1.0
"""So much before its end the last one should be over the line."""


def windows(planned: Sequence[tuple[float, str]], until_s: float, lamp: int) -> list[Window]:
    """Greens of a lamp in what is planned, (from second, state); what is not known by ``until_s`` is no green."""
    found: list[Window] = []
    for k, (from_s, state) in enumerate(planned):
        to_s = planned[k + 1][0] if k + 1 < len(planned) else until_s
        if state[lamp] in "Gg" and to_s > from_s:
            if found and found[-1][1] == from_s:
                found[-1] = found[-1][0], to_s
            else:
                found.append((from_s, to_s))
    return found


def advised_mps(distance_m: float, greens: Sequence[Window], standing: float, slowest_mps: float,
                fastest_mps: float) -> float | None:
    """The speed at which somebody ``distance_m`` before the line comes in the first green that he can reach.

    standing: vehicles that wait there now, of a lamp that is not green. None where no green is known that a speed
    between the slowest and the fastest leads to, and where there is nothing to say: it is green when he comes anyway.
    """
    soonest_s = distance_m / max(fastest_mps, 0.1)
    for from_s, to_s in greens:
        ready_s = 0.0 if from_s <= 0.0 else from_s + START_S + HEADWAY_S * standing
        if soonest_s > to_s - END_S:
            continue
        if soonest_s >= ready_s:
            return None
        if ready_s > to_s - END_S:
            continue
        speed = distance_m / ready_s
        return speed if speed >= slowest_mps else None
    return None


def greens_of(said: dict[str, Any], lamp: int) -> list[Window]:
    """Those of a lamp in the frame of its signal."""
    return windows([(shot["from_s"], shot["state"]) for shot in said["planned"]], said["planned_until_s"], lamp)
