"""Speed advice (GLOSA, green light optimal speed advisory): how fast to drive so as not to wait at a red light.

The next green of a signal that decides every second is a plan, and a speed made for a plan that changes is wrong. But
how long red lasts at the least is certain, and some likely starts of green come true: where neither is told nobody is
told to be slower. As long as nothing is announced the soonest moment moves on, and he with it.
"""

from __future__ import annotations

START_S = 1.5
"""After the start of green: before it is seen, somebody who comes at speed brakes."""


def advised_mps(distance_m: float, red: tuple[float, float], slowest_mps: float, fastest_mps: float) -> float | None:
    """The speed for somebody ``distance_m`` before a line that surely shows no green between two seconds from now.

    At least the slowest; None where there is nothing to say: he comes before that or later anyway.
    """
    ends_s, soonest_s = red
    if distance_m / max(fastest_mps, 0.1) <= ends_s:
        return None
    speed = distance_m / (soonest_s + START_S)
    return None if speed >= fastest_mps else max(speed, slowest_mps)
