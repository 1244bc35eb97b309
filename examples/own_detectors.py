"""Loops as they really lie in the street: one lane with three, two that share one, one without; and one that dies.

    python examples/own_detectors.py [FOLDER] [SECONDS]
"""

import sys

import numpy as np

import signal_core as sc

NORTH, LEFT, SHARED, EAST = range(4)
"""Places in the arrays of counts."""
FLOW_VPS = np.array([0.25, 0.1, 0.35, 0.15])


def intersection() -> sc.Intersection:
    return sc.Intersection.from_phases(
        ["GGrr", "rrGr", "rrrG"], conflicts=[(0, 2), (0, 3), (1, 2), (1, 3), (2, 3)],
        movements=["north", "north_left", "east", "walk"], yellow_s=[3, 3, 3, 0], intergreen_s=7,
        loops=[
            sc.Lane(("north",), (NORTH, SHARED), (0.0, 60.0), road=1),
            sc.Lane(("north_left",), (LEFT, SHARED), (0.0, 60.0), road=1),
            sc.Lane(("east",), (None, EAST), (0.0, 30.0), speed_mps=8.3),
        ])  # nobody counts who walks: the engine takes it that somebody waits


def main(seconds: int = 1800, dies_at_s: int = 600) -> list[sc.LoopReport]:
    engine, draw = sc.Engine([intersection()], "rrrr"), np.random.default_rng(1)
    for second in range(seconds):
        passes = (draw.random(4) < FLOW_VPS).astype(float)
        if second >= dies_at_s:
            passes[NORTH] = 0.0  # a cut wire: silent from now on, while those around it go on
        engine.step(passes, passes, 0.4 * passes, float(second))
        for alarm in engine.events().alarms:
            print(f"{alarm.time_s:5.0f} s  {alarm.loop}: {alarm.status}")
    for loop in engine.loops():
        print(f"{loop.name}: {loop.status.name}, worked with: {loop.source.name}")
    return engine.loops()


if __name__ == "__main__":
    main(int((sys.argv[2:] or ["1800"])[0]))
