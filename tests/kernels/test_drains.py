"""Short ways of a ring are emptied before they are full, where a turn waits on them, and longer ones once they are."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signal_core.kernels import drains
from signal_core.kernels.compiled import kernel
from signal_core.settings import Settings
from signal_core.tables.arrays import GREEN, IntArray
from signal_core.tables.packed import Tables, pack
from signal_core.tables.rings import in_rings
from signal_core.tables.state import LaneState, lane_state
from tests.kernels.junctions import intersection

pytestmark = pytest.mark.kernel


@kernel
def ask(tables, lanes, settings):  # type: ignore[no-untyped-def]
    return drains.forced(tables, lanes, 0, settings)


@dataclass
class Way:
    """Of a ring: who is on it, what it has room for, and for how long its first vehicle has stood in green."""

    queue: float
    holds: float
    stood_s: int
    green_s: int
    priority: bool
    inside: float
    left_ago_s: int
    stands_s: int
    short: bool
    of_longer_ring: bool
    has_far: bool

    def waits(self) -> bool:
        caught = self.inside >= 0.5 and self.left_ago_s > 3
        return self.green_s > 0 and not self.priority and (min(self.stood_s, self.green_s) > 1 or caught)

    def closes(self) -> bool:
        return self.of_longer_ring and not self.has_far and self.stands_s > 2


def first_to_drain(ways: dict[int, Way], clears: dict[int, list[int]], goes: list[float], saturated: bool) -> int:
    """The phase for the way with least room, of those with room for less than two vehicles; -1 without one.

    clears: the phases in which each way has priority; goes: vehicles per second and per vehicle queued in each phase;
    saturated: short ways do not count.
    """
    full = [k for k, way in ways.items() if way.waits() and way.holds - way.queue < 2.0 and clears[k]
            and (way.closes() or (way.short and not saturated))]
    if not full:
        return -1
    k = min(full, key=lambda k: (ways[k].holds - ways[k].queue, k))
    return max(clears[k], key=lambda p: (goes[p], -p))


def scene(rng: np.random.Generator) -> tuple[Tables, LaneState]:
    x = intersection(rng)
    tables = pack([replace(x, mid_storage=rng.choice([1.5, 3.0, 6.0], x.n_lanes))])
    tables.in_ring[:] = rng.random(x.n_lanes) < 0.5
    lanes = lane_state(tables)
    far = np.concatenate([[0], np.cumsum(rng.random(x.n_lanes) < 0.3)])
    tables = tables._replace(ring_lane=np.flatnonzero(rng.random(x.n_lanes) < 0.5), far_ptr=far)
    lanes.queue.near[:] = rng.choice([0.0, 0.7, 2.0, 5.0], x.n_lanes)
    lanes.queue.beyond[:] = rng.choice([0.0, 0.4], x.n_lanes)
    lanes.inside.vehicles[:] = rng.choice([0.0, 0.4, 1.0], x.n_lanes)
    for seconds in (lanes.head.standing_s, lanes.green.green_s, lanes.line.idle_s, lanes.runs.mid_standing_s):
        seconds[:] = rng.integers(0, 6, x.n_lanes)
    lanes.green.has_priority[:] = rng.integers(0, 2, x.n_lanes)
    lanes.runs.mid_occupancy[:], lanes.runs.far_occupancy[:] = rng.choice([0.3, 0.3, 0.3, 0.8], (2, x.n_lanes))
    return tables, lanes


@given(st.integers(0, 2**32 - 1))
def test_the_kernel_and_its_twin_say_the_same(seed: int) -> None:
    tables, lanes = scene(np.random.default_rng(seed))
    n, phases = len(lanes.head.standing_s), int(tables.phase_ptr[1])
    codes, rates = tables.phase_codes.reshape(phases, -1), tables.service_vps.reshape(phases, n)
    ways = {k: Way(float(lanes.queue.near[k] + lanes.queue.beyond[k]), max(float(tables.mid_storage[k]), 1.0),
                   int(lanes.head.standing_s[k]), int(lanes.green.green_s[k]), bool(lanes.green.has_priority[k]),
                   float(lanes.inside.vehicles[k]), int(lanes.line.idle_s[k]), int(lanes.runs.mid_standing_s[k]),
                   bool(tables.in_ring[k]), k in tables.ring_lane, bool(tables.far_ptr[k + 1] > tables.far_ptr[k]))
            for k in range(n)}
    clears = {k: [p for p in range(phases) if codes[p, k] == GREEN] for k in ways}
    goes = [sum(rate * queue for rate, queue in zip(row, lanes.queue.near.tolist(), strict=True))
            for row in rates.tolist()]
    long = ((lanes.runs.mid_occupancy > 0.5) & (lanes.runs.far_occupancy > 0.5)).any()
    assert ask(tables, lanes, Settings()) == first_to_drain(ways, clears, goes, bool(long))


def ring(*ways: tuple[int, int], signals: int = 4) -> list[int]:
    """Signals that end a way of a ring; each has one lane for each way that ends there. ways: from signal to signal."""
    ends = sorted(ways, key=lambda way: way[1])
    lane_ptr: IntArray = np.searchsorted([end for _, end in ends], np.arange(signals + 1))
    first = {start: int(lane_ptr[start]) for start, _ in ways}
    upstream = np.array([first[start] if lane_ptr[start + 1] > lane_ptr[start] else -1 for start, _ in ends])
    found = in_rings(lane_ptr, np.arange(len(ends) + 1), upstream)
    return [end for (_, end), is_so in zip(ends, found, strict=True) if is_so]


def test_rings_are_ways_that_lead_back() -> None:
    assert ring((0, 1), (1, 0)) == [0, 1]
    assert ring((0, 1), (1, 2), (2, 3), (3, 0)) == [0, 1, 2, 3]
    assert ring((0, 1), (1, 2), (2, 3)) == []
    assert ring((0, 1), (1, 0), (1, 2)) == [0, 1]
