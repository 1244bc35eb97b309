"""Two lanes at a signal: one with loops at the line, in the middle and far out, one with a stop line only."""

from __future__ import annotations

import numpy as np

from signal_core.estimating.health import Relations
from signal_core.tables.arrays import GREEN, RED, Feeds, FloatArray
from signal_core.tables.intersection import Intersection

STOP, MID, FAR, LOOPS = 0, 1, 2, 4
MID_LAG_S, FAR_LAG_S = 3, 10
MID_STORAGE, FAR_STORAGE = 5.0, 16.0


def two_approaches() -> Intersection:
    """Lane 0 with loops 0 to 2; lane 1 with loop 3 at its stop line only. One phase each."""
    return Intersection(
        id="x", phase_codes=np.array([[GREEN, RED], [RED, GREEN]], dtype=np.uint8),
        conflicts=np.array([[False, True], [True, False]]), yellow_s=np.array([3, 3]),
        intergreen_s=np.array([[0, 3], [3, 0]]), min_green_s=np.array([5, 5]),
        service_vps=np.array([[0.5, 0.0], [0.0, 0.5]]),
        start_lag_s=np.array([[[0, 255], [255, 3]], [[3, 255], [255, 0]]]),
        min_split_s=np.array([[1, 8], [8, 1]]),
        lane_link_ptr=np.array([0, 1, 2]), lane_links=np.array([0, 1]), stop_loop=np.array([STOP, 3]),
        mid=Feeds(np.array([0, 1, 1]), np.array([MID]), np.ones(1), np.array([MID_LAG_S])),
        far=Feeds(np.array([0, 1, 1]), np.array([FAR]), np.ones(1), np.array([FAR_LAG_S])),
        mid_storage=np.array([MID_STORAGE, 0.0]), far_storage=np.array([FAR_STORAGE, 0.0]),
        shown_s=np.array([30.0, 30.0]))


def marks(loops: tuple[int, ...]) -> FloatArray:
    """float64[loops]: 1 for each loop named, once per naming."""
    return np.bincount(np.array(loops, dtype=np.int64), minlength=LOOPS).astype(np.float64)


def relations() -> Relations:
    """Loops 0 to 2 on one lane, 3 alone on another."""
    whole = np.int64
    return Relations(
        mate_ptr=np.array([0, 2, 4, 6, 6]), mate=np.array([MID, FAR, STOP, FAR, STOP, MID]),
        mate_lag_s=np.array([3, 10, -3, 7, -10, -7]), beside_ptr=np.zeros(5, whole), beside=np.zeros(0, whole),
        signal=np.zeros(4, whole), alone=np.array([True, True, True, False]), loop_ptr=np.array([0, 4]),
        loop=np.arange(4), cell=np.array([0, 1, 2, 3]))
