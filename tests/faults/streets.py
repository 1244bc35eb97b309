"""Arbitrary intersections whose phases can really follow each other, for the test of everything together."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from signal_core.estimating.health import Relations
from signal_core.sequencing.plan_rows import PlanOf
from signal_core.tables.arrays import GREEN, PERMISSIVE, RED, Feeds
from signal_core.tables.changes import play_changes
from signal_core.tables.intersection import Intersection

LEVELS = 3


@st.composite
def intersections(draw: st.DrawFn, first_loop: int = 0) -> Intersection:
    """See `any_intersection`."""
    return any_intersection(np.random.default_rng(draw(st.integers(0, 2**32 - 1))), first_loop)


def any_intersection(rng: np.random.Generator, first_loop: int = 0) -> Intersection:
    """1 to 4 phases, 1 to 6 lanes of 1 or 2 links each, at each of the three distances a loop or none."""
    lanes, phases = int(rng.integers(1, 7)), int(rng.integers(1, 5))
    per_lane = rng.integers(1, 3, lanes)
    n = int(per_lane.sum())
    conflicts = np.triu(rng.random((n, n)) < 0.4, 1)
    conflicts |= conflicts.T
    codes = np.full((phases, n), RED, dtype=np.uint8)
    for p in range(phases):
        for i in rng.permutation(n):
            foes = codes[p][conflicts[i]]
            if not (foes == GREEN).any() and rng.random() < 0.7:
                codes[p, i] = PERMISSIVE if (foes == PERMISSIVE).any() or rng.random() < 0.2 else GREEN
    yellow = np.where(rng.random(n) < 0.9, rng.integers(3, 6, n), 0)
    intergreen = np.where(conflicts, yellow[:, None] + rng.integers(0, 4, (n, n)), 0)
    yielded = np.where(conflicts, intergreen + rng.integers(0, 3, (n, n)), 0)
    min_green = rng.integers(1, 9, n)
    own = int(rng.integers(1, phases + 1))
    home = np.where(np.arange(phases) < own, np.arange(phases), rng.integers(0, own, phases))
    crossing = rng.random(n) < 0.2
    walk_lead_s = np.where(conflicts & ~crossing[:, None] & crossing[None, :], rng.integers(1, 6, (n, n)), 0)
    traffic_lead_s = np.where(conflicts & ~crossing[:, None] & ~crossing[None, :], rng.integers(0, 4, (n, n)), 0)
    drives = conflicts & ~crossing[:, None] & ~crossing[None, :]
    ends_with = np.triu(drives & (rng.random((n, n)) < 0.3))
    for k in range(n):  # what ends with one that ends with another ends with that, too
        ends_with |= ends_with[:, k:k + 1] & ends_with[k]
    lag, stay = play_changes(codes, conflicts, yellow, intergreen, min_green, home=home, yielded_s=yielded,
                             walk_lead_s=walk_lead_s, ends_with=ends_with)
    ptr = np.concatenate([[0], np.cumsum(per_lane)])
    lane_lag = np.stack([lag[:, :, ptr[k]:ptr[k + 1]].min(axis=2) for k in range(lanes)], axis=2)
    serves = np.stack([(codes[:, ptr[k]:ptr[k + 1]] >= PERMISSIVE).any(axis=1) for k in range(lanes)], axis=1)
    levels = first_loop + np.arange(lanes)[:, None] * LEVELS + np.arange(LEVELS)
    has = rng.random((lanes, LEVELS)) < 0.8

    def feeds(level: int, lag_s: int) -> Feeds:
        rows = np.concatenate([[0], np.cumsum(has[:, level])])
        loops = levels[has[:, level], level]
        return Feeds(rows, loops, np.ones(len(loops)), np.full(len(loops), lag_s))

    return Intersection(
        id="any", phase_codes=codes, conflicts=conflicts, yellow_s=yellow, intergreen_s=intergreen,
        min_green_s=min_green, yielded_s=yielded, walk_lead_s=walk_lead_s,
        traffic_lead_s=traffic_lead_s, ends_with=ends_with,
        service_vps=serves * 0.5, start_lag_s=lane_lag, min_split_s=stay, lane_link_ptr=ptr, lane_links=np.arange(n),
        stop_loop=np.where(has[:, 0], levels[:, 0], -1), mid=feeds(1, 4), far=feeds(2, 12),
        mid_storage=np.where(has[:, 1], 5.0, 0.0), far_storage=np.where(has[:, 2], 16.0, 0.0),
        shown_s=np.where(home == np.arange(phases), rng.integers(3, 40, phases), 0.0), home=home)


def relate(lanes: list[int]) -> Relations:
    """Three loops per lane, used or not; lanes[s] lanes of each signal."""
    total = sum(lanes)
    n = total * LEVELS
    mates = [j for i in range(n) for j in range(i - i % LEVELS, i - i % LEVELS + LEVELS) if j != i]
    lags = [(1 if j > i else -1) * 5 * abs(j - i) for i in range(n)
            for j in range(i - i % LEVELS, i - i % LEVELS + LEVELS) if j != i]
    starts = np.concatenate([[0], np.cumsum(lanes)]) * LEVELS
    return Relations(
        mate_ptr=np.arange(n + 1) * (LEVELS - 1), mate=np.array(mates), mate_lag_s=np.array(lags),
        beside_ptr=np.zeros(n + 1, np.int64), beside=np.zeros(0, np.int64),
        signal=np.repeat(np.arange(len(lanes)), np.array(lanes) * LEVELS), alone=np.ones(n, np.bool_),
        loop_ptr=starts, loop=np.arange(n), cell=np.arange(n))


def plan_of(street: Intersection) -> PlanOf:
    """Its phases in their order."""
    return PlanOf(street.phase_codes.copy(), street.shown_s + 6.0, 0.0)
