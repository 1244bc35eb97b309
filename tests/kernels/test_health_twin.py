"""The watch over the loops against its plain twin: any loops, any relations, any samples, second by second."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from signal_core.estimating.health import Health, HealthSettings, Relations
from signal_core.tables.arrays import FloatArray
from signal_core.tables.packed import pack
from signal_core.tables.state import lane_state
from tests.kernels.approaches import two_approaches
from tests.kernels.twins_health import SIGHTS, SOURCES, STATUSES, Watch
from tests.kernels.twins_substitution import stand_ins, stop_line
from tests.kernels.twins_watched import Loop

pytestmark = pytest.mark.kernel

SOON = HealthSettings(
    stuck_s=25, stuck_least_vehicles=2.0, stuck_soon_s=10, stuck_vehicles=4.0, dead_s=60, dead_least_vehicles=6.0,
    dead_soon_s=8, dead_vehicles=4.0, learned_vehicles=8.0, blind_approach_s=20, blind_vehicles=4.0,
    chatter_per_min=32.0, chatter_s=10, bias_vehicles=4.0, bias_doubt_vehicles=1.5, bias_s=15, bias_after_vehicles=10.0,
    clear_s=20, memory_s=150.0, lost_s=4, silent_signal_s=12, silent_vehicles=4.0, call_s=15, silent_town_s=5,
    never_s=6, recall_s=30)
"""Everything of the defaults, sooner."""
KINDS = ("fine", "dead", "stuck", "chatter", "absent", "some absent", "impossible", "too few", "too many", "anything")


def both(draw: np.random.Generator, n: int, limits: HealthSettings) -> tuple[Health, Watch]:
    """The same loops for the kernel and the twin, related at random; loop 3 and loop 0 are at stop lines."""
    roads = draw.integers(-1, max(1, n // 3) + 1, n)
    levels, alone = draw.integers(0, 3, n), draw.random(n) < 0.5
    owner = draw.integers(-1, 3, n)
    pairs = {(a, b) for a in range(n) for b in range(a) if draw.random() < 0.35}
    ahead = {pair: int(draw.integers(1, 90)) for pair in pairs}
    mates: list[list[tuple[int, int]]] = [[] for _ in range(n)]
    for a, b in sorted(pairs):
        mates[a].append((b, ahead[a, b]))
        mates[b].append((a, -ahead[a, b]))
    beside = [[j for j in range(n) if j != i and draw.random() < 0.15] for i in range(n)]
    members = [[i for i in range(n) if owner[i] == s] for s in range(3)]
    loops = [Loop(int(roads[i]), int(levels[i]), int(owner[i]), bool(alone[i]), mates=mates[i], beside=beside[i])
             for i in range(n)]
    relations = Relations(
        *rows([[j for j, _ in row] for row in mates]), np.array([lag for row in mates for _, lag in row], np.int64),
        *rows(beside), owner.astype(np.int64), alone, *rows(members),
        np.where(roads >= 0, roads * 3 + levels, -1).astype(np.int64))
    return Health(pack([two_approaches()]), relations, limits), Watch(loops, members, limits)  # type: ignore[arg-type]


def rows(lists: list[list[int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    sizes = np.array([len(row) for row in lists], dtype=np.int64)
    flat = np.array([value for row in lists for value in row], dtype=np.int64)
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64), flat


def seconds(draw: np.random.Generator, n: int, count: int) -> Iterator[list[FloatArray]]:
    """Vehicles come at random; every loop changes now and then between working and failing in some way."""
    kinds, busy = ["fine"] * n, draw.uniform(0.05, 0.4, n)
    first_s = draw.choice([0, 30]) + draw.choice([0, 0, 30], n)
    gap_s = draw.integers(100, count)
    for now in range(count):
        passing = ((draw.random(n) < busy) & (now >= first_s)).astype(float)
        passing *= not gap_s <= now < gap_s + 12
        sample = [passing.copy(), passing.copy(), 0.5 * passing]
        for i in range(n):
            if now > 50 and draw.random() < 0.02:
                kinds[i] = str(draw.choice(KINDS)) if draw.random() < 0.6 else "fine"
            spoil(draw, kinds[i], [values[i:i + 1] for values in sample])
        yield sample


def spoil(draw: np.random.Generator, kind: str, sample: list[FloatArray]) -> None:
    entered, left, occupied = sample
    if kind in ("dead", "stuck"):
        entered[:], left[:], occupied[:] = 0.0, 0.0, float(kind == "stuck")
    elif kind == "chatter":
        entered[:] = left[:] = draw.integers(0, 3)
        occupied[:] = draw.random()
    elif kind == "absent" or (kind == "some absent" and draw.random() < 0.6):
        entered[:] = left[:] = occupied[:] = np.nan
    elif kind == "impossible":
        entered[:] = draw.choice([-1.0, 1e9, np.nan, np.inf])
        occupied[:] = draw.choice([0.0, 3.0, -0.0])
    elif kind == "too few":
        entered[:] *= draw.random() < 0.6
    elif kind == "too many":
        entered[:] *= draw.choice([1.0, 1.5, 2.0])
    elif kind == "anything":
        for values in sample:
            values[:] = draw.choice([0.0, 0.3, 1.0, 2.0, 2.64, 2.65, -1.0, np.nan, np.inf])


@given(st.integers(0, 2**32 - 1), st.integers(4, 9), st.sampled_from([SOON, SOON, HealthSettings()]))
@example(seed=7, n=8, limits=SOON)
@settings(max_examples=25)
def test_the_watch_and_its_twin_say_the_same(seed: int, n: int, limits: HealthSettings) -> None:
    draw = np.random.default_rng(seed)
    health, watch = both(draw, n, limits)
    lanes = lane_state(health.tables)
    for now, sample in enumerate(seconds(draw, n, 350)):
        lanes.queue.near[:], lanes.queue.beyond[:] = draw.integers(0, 3, (2, 2)) * draw.random((2, 2))
        health.state.verdict.is_queued[:] = queued = draw.random(n) < (0.5 if now % 40 < 20 else 0.0)
        for loop, is_queued in zip(watch.loops, queued.tolist(), strict=True):
            loop.queued = is_queued
        lanes.green.green_s[:], lanes.green.red_s[:] = draw.integers(0, 4, 2), draw.integers(0, 100, 2)
        used = [values.tolist() for values in health.clean(sample[0], sample[1], sample[2], lanes)]
        entered, left, occupancy = [values.tolist() for values in sample]
        watch.second(entered, left, occupancy)
        expected = stand_ins(watch.loops, entered, left, occupancy)
        for lane, stop in ((0, 0), (1, 3)):
            queue = float(lanes.queue.near[lane] + lanes.queue.beyond[lane])
            expected[1][stop], expected[2][stop] = stop_line(
                watch.loops[stop], (expected[1][stop], expected[2][stop]), queue, 0.5, int(lanes.green.green_s[lane]),
                int(lanes.green.red_s[lane]), limits,
                watch.nobody_s[watch.loops[stop].signal] if watch.loops[stop].signal >= 0 else 0)
        state, loops = health.state, watch.loops
        assert [STATUSES[k] for k in state.verdict.status] == [loop.status for loop in loops], now
        assert [SOURCES[k] for k in state.verdict.source] == [loop.source for loop in loops], now
        assert [SIGHTS[k] for k in state.signals.sight] == watch.sight, now
        for mine, other in zip(used, expected, strict=True):
            assert mine == pytest.approx(other, rel=1e-9, abs=1e-12), now
    assert state.verdict.alarms.tolist() == [loop.alarms for loop in loops]
    assert state.samples.missing.tolist() == [loop.missing for loop in loops]
    assert state.samples.odd.tolist() == [loop.odd for loop in loops]


def test_what_is_drawn_above_reaches_every_status_and_source() -> None:
    found: set[str] = set()
    for seed in range(12):
        draw = np.random.default_rng(seed)
        health, _watch = both(draw, 8, SOON)
        lanes = lane_state(health.tables)
        for sample in seconds(draw, 8, 350):
            health.clean(sample[0], sample[1], sample[2], lanes)
            found |= {STATUSES[k] for k in health.status} | {SOURCES[k] for k in health.state.verdict.source}
            found |= {SIGHTS[k] for k in health.blind}
    assert found == {*STATUSES, *SOURCES, *SIGHTS}
