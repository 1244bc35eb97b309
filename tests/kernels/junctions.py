"""Signals drawn at random, of any size."""

from __future__ import annotations

import numpy as np

from signal_core.tables.arrays import GREEN, PERMISSIVE, RED, Feeds
from signal_core.tables.intersection import Intersection

NEVER = 255


def no_loops(lanes: int) -> Feeds:
    nothing = np.zeros(0, dtype=np.int64)
    return Feeds(np.zeros(lanes + 1, dtype=np.int64), nothing, np.zeros(0), nothing)


def intersection(rng: np.random.Generator) -> Intersection:
    """Any signal with up to nine lanes; the last links belong to no lane."""
    phases, lanes, walks = int(rng.integers(2, 6)), int(rng.integers(1, 6)), int(rng.integers(0, 4))
    n, own = lanes + walks, int(rng.integers(2, phases + 1))
    codes = rng.choice(np.array([RED, RED, GREEN, PERMISSIVE], dtype=np.uint8), (phases, n))
    green = (codes == GREEN) | (codes == PERMISSIVE)
    lag = rng.integers(0, 9, (phases, phases, lanes))
    lag[~np.broadcast_to(green[:, :lanes], lag.shape)] = NEVER
    return Intersection(
        id="x", phase_codes=codes, conflicts=np.zeros((n, n), dtype=np.bool_), yellow_s=np.full(n, 3),
        intergreen_s=np.zeros((n, n), dtype=np.int64), min_green_s=rng.integers(0, 15, n),
        service_vps=np.where(green[:, :lanes], rng.choice([0.25, 0.5], (phases, lanes)), 0.0), start_lag_s=lag,
        min_split_s=rng.integers(1, 30, (phases, phases)), lane_link_ptr=np.arange(lanes + 1),
        lane_links=np.arange(lanes), stop_loop=np.where(rng.random(lanes) < 0.8, np.arange(lanes), -1),
        mid=no_loops(lanes), far=no_loops(lanes),
        mid_storage=np.ones(lanes), far_storage=np.ones(lanes), shown_s=np.ones(phases),
        home=np.minimum(np.arange(phases), own - 1), unwatched=rng.random(n) < 0.2)
