"""Small signals for tests: any one, and one of two lanes with a phase each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from signal_core.arrays import GREEN, NEVER, RED, Feeds
from signal_core.intersection import Intersection
from signal_core.state import LaneState, SignalState, lane_state, signal_state
from signal_core.tables import Tables, pack


def feeds(there: list[bool], first: int) -> Feeds:
    """One loop for each lane that has one, numbered from `first` on."""
    n = int(np.count_nonzero(there))
    return Feeds(np.concatenate([[0], np.cumsum(there)]).astype(np.int64), first + np.arange(n), np.ones(n),
                 np.ones(n, np.int64))


def intersection(rng: np.random.Generator, lanes: int) -> Intersection:
    """Any signal of two or three phases of the program and perhaps one more."""
    own, more = int(rng.integers(2, 4)), int(rng.integers(0, 2))
    phases = own + more
    rates = np.where(rng.random((phases, lanes)) < 0.5, rng.choice([0.25, 0.5], (phases, lanes)), 0.0)
    mid = (rng.random(lanes) < 0.8).tolist()
    far = (np.array(mid) & (rng.random(lanes) < 0.7)).tolist()
    return Intersection(
        id="x", phase_codes=np.where(rates > 0.0, GREEN, RED).astype(np.uint8),
        conflicts=np.zeros((lanes, lanes), np.bool_), yellow_s=np.full(lanes, 3),
        intergreen_s=np.zeros((lanes, lanes), np.int64), min_green_s=np.full(lanes, 5), service_vps=rates,
        start_lag_s=np.full((phases, phases, lanes), NEVER), min_split_s=np.ones((phases, phases), np.int64),
        lane_link_ptr=np.arange(lanes + 1), lane_links=np.arange(lanes),
        stop_loop=np.where(rng.random(lanes) < 0.9, np.arange(lanes), -1), mid=feeds(mid, lanes),
        far=feeds(far, 2 * lanes), mid_storage=np.ones(lanes), far_storage=np.ones(lanes),
        shown_s=rng.integers(4, 12, phases).astype(float), road=rng.integers(0, 2, lanes),
        home=np.minimum(np.arange(phases), own - 1))


def two_lanes_intersection(past: NDArray[np.int64] | None = None, first_loop: int = 0) -> Intersection:
    """Two lanes, each with a phase of 30 and 10 s; a cycle is 50 s. Loops are numbered from `first_loop` on."""
    rates = np.array([[0.5, 0.0], [0.0, 0.5]])
    both = [True, True]
    return Intersection(
        id="x", phase_codes=np.where(rates > 0.0, GREEN, RED).astype(np.uint8), conflicts=np.zeros((2, 2), np.bool_),
        yellow_s=np.full(2, 3), intergreen_s=np.zeros((2, 2), np.int64), min_green_s=np.full(2, 5), service_vps=rates,
        start_lag_s=np.full((2, 2, 2), NEVER), min_split_s=np.ones((2, 2), np.int64), lane_link_ptr=np.arange(3),
        lane_links=np.arange(2), stop_loop=first_loop + np.arange(2), mid=feeds(both, first_loop + 2),
        far=feeds(both, first_loop + 4), mid_storage=np.ones(2), far_storage=np.ones(2), shown_s=np.array([30.0, 10.0]),
        past=past)


def two_lanes() -> tuple[Tables, SignalState, LaneState]:
    """The signal above alone."""
    tables = pack([two_lanes_intersection()])
    return tables, signal_state(tables, np.zeros(2, np.uint8)), lane_state(tables)
