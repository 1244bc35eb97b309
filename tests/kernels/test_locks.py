"""Locks are seen where signals wait for each other in a ring, and exits of a ring are closed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signal_core.estimating.health import HealthSettings, LoopStatus, Sight
from signal_core.estimating.loop_state import ExitState, LoopHealth, exit_state, loop_health
from signal_core.kernels import floor, gates, locks
from signal_core.kernels.compiled import kernel
from signal_core.tables.arrays import CodeArray, Feeds, FloatArray
from signal_core.tables.packed import Tables, pack
from signal_core.tables.state import LaneState, lane_state
from tests.kernels.junctions import intersection
from tests.kernels.test_floor import red
from tests.kernels.twins_locks import Exit, Street, close, guard, held, rings

pytestmark = pytest.mark.kernel

LOCK_S, GREEN_S = 60, 10.0


@kernel
def second(state, loops, tables, signals, lanes, occupancy, limits):  # type: ignore[no-untyped-def]
    found = locks.watch(state.locks, state.waited_s, loops, tables, lanes, occupancy, limits)
    gates.watch(state.locks, state.waited_s, loops, tables, lanes, 3, limits.turn_green_s)
    locked = state.locks.locked
    floor.watch(state.floor, state.trials, locked, state.locks.guards, loops, tables, signals, lanes, limits)
    return found


def network(rng: np.random.Generator, signals: int) -> tuple[Tables, list[Exit], list[int]]:
    """Signals drawn at random, each with two exits, which lead to lanes of any signal."""
    xs = [intersection(rng) for _ in range(signals)]
    signal_of = [i for i, x in enumerate(xs) for _ in range(x.n_lanes)]
    lanes, packed, first = len(signal_of), [], 0
    exits = [Exit({}, [], int(road)) for road in rng.integers(0, 2 * signals, 2 * signals)]
    for i, x in enumerate(xs):
        ways = [sorted(rng.choice([2 * i, 2 * i + 1], rng.integers(1, 3), replace=False)) for _ in range(x.n_lanes)]
        ways[0] = [2 * i, 2 * i + 1]
        fed = [sorted(rng.choice(2 * signals, rng.integers(0, 3), replace=False)) for _ in range(x.n_lanes)]
        for k in range(x.n_lanes):
            for way in ways[k]:
                exits[way].leads_here[first + k] = 1.0 / len(ways[k])
            for way in fed[k]:
                exits[way].onward.append(first + k)
        packed.append(replace(
            x, mid_storage=rng.choice([1.5, 6.0], x.n_lanes), stop_loop=first + np.arange(x.n_lanes),
            exits=feeds(ways, lanes), fed_ptr=_pointers(fed),
            exit_road=np.array([exits[way].road for row in ways for way in row]),
            fed_loop=np.array([lanes + way for row in fed for way in row], dtype=np.int64)))
        first += x.n_lanes
    return pack(packed), exits, signal_of


def _pointers(rows: list[list[int]]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)


def feeds(rows: list[list[int]], lanes: int) -> Feeds:
    flat = [lanes + way for row in rows for way in row]
    return Feeds(_pointers(rows), np.array(flat, dtype=np.int64),
                 np.array([1.0 / len(row) for row in rows for _ in row]), np.ones(len(flat), dtype=np.int64))


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_the_kernels_and_their_twins_say_the_same(seed: int) -> None:
    rng = np.random.default_rng(seed)
    signals = int(rng.integers(1, 6))
    tables, exits, signal_of = network(rng, signals)
    n, m = len(signal_of), len(exits)
    state = exit_state(n, signals, m, len(tables.ring_exits))
    loops, lanes = loop_health(n + m, signals, 1), lane_state(tables)
    limits = HealthSettings(lock_s=LOCK_S, lock_green_s=GREEN_S, turn_green_s=0.0)
    before, around = set[int](), rings(exits, signal_of)
    for _ in range(30):
        now = _draw(rng, n, m, tables)
        _write(now, state, loops, lanes)
        changes = second(state, loops, tables, red(tables), lanes, _occupancy(now), limits)
        locked = close(exits, signal_of, signals, now, LOCK_S, GREEN_S)
        assert set(np.flatnonzero(state.locks.locked).tolist()) == locked
        assert state.locks.closed.tolist() == [one.closed for one in exits]
        assert changes == len(locked ^ before)
        assert lanes.spacing.held_share == pytest.approx(held(exits, n, guard(around, exits, now)))
        near = {signal_of[k] for one in around if one.full_ago_s < 60 for x in one.exits for k in exits[x].leads_here}
        assert set(np.flatnonzero(state.locks.guards).tolist()) == near
        assert loops.signals.sight.tolist() == [Sight.LOCKED if i in locked else Sight.SEES for i in range(signals)]
        before = locked


def _draw(rng: np.random.Generator, n: int, m: int, tables: Tables) -> Street:
    return Street(
        through_s=(rng.choice([0.0, 12.0, 35.0, 70.0, 155.0], n) + rng.random(n)).tolist(),
        left_ago_s=rng.choice([3, 80], n, p=[0.2, 0.8]).tolist(), empty_s=rng.choice([0, 70], n).tolist(),
        lane_known=(rng.random(n) < 0.9).tolist(), stood_s=rng.choice([0, 5, 90], m, p=[0.2, 0.2, 0.6]).tolist(),
        somebody=(rng.random(m) < 0.5).tolist(), exit_known=(rng.random(m) < 0.9).tolist(),
        room=np.maximum(tables.mid_storage, tables.far_storage).tolist(), best_vps=tables.best_vps.tolist(),
        waiting=rng.choice([0.0, 0.5, 3.0], n).tolist(), coming=rng.choice([0.0, 1.0], n).tolist(),
        inside=rng.choice([0.0, 1.0], n).tolist(),
        red_s=rng.choice([0, 5, 50, 70], n).tolist())


def _write(now: Street, state: ExitState, loops: LoopHealth, lanes: LaneState) -> None:
    state.waited_s[:], lanes.line.idle_s[:], lanes.runs.stop_empty_s[:] = now.through_s, now.left_ago_s, now.empty_s
    lanes.inside.standing_s[:], loops.signals.sight[:] = now.stood_s, Sight.SEES
    lanes.queue.near[:], lanes.inside.vehicles[:], lanes.green.red_s[:] = now.waiting, now.inside, now.red_s
    lanes.arrivals.sure.reshape(len(now.coming), -1)[:, 5] = now.coming
    loops.verdict.status[:] = np.where([*now.lane_known, *now.exit_known], LoopStatus.HEALTHY, LoopStatus.STUCK_ON)


def _occupancy(now: Street) -> FloatArray:
    return np.array([0.0] * len(now.lane_known) + [float(one) for one in now.somebody])


def ring(of: int, room: float = 8.0) -> tuple[Tables, ExitState, LoopHealth, LaneState]:
    """Signals of two lanes each: the first leads into the way to the next signal, the second out of the ring."""
    rng, xs = np.random.default_rng(1), []
    while len(xs) < of:
        x = intersection(rng)
        if x.n_lanes == 2:
            i = len(xs)
            xs.append(replace(x, mid_storage=np.full(2, room), stop_loop=np.array([2 * i, 2 * i + 1]),
                              exits=feeds([[2 * i], [2 * i + 1]], 2 * of),
                              fed_ptr=np.array([0, 1, 1]), fed_loop=np.array([2 * of + 2 * ((i - 1) % of)])))
    tables = pack(xs)
    return tables, exit_state(2 * of, of, 2 * of), loop_health(4 * of, of, 1), lane_state(tables)


def full(of: int, but: int = -1, room: float = 8.0) -> tuple[Tables, ExitState, LoopHealth, LaneState]:
    """A ring in which all ways are full and nobody has moved for long; somebody left the first lane of ``but``."""
    tables, state, loops, lanes = ring(of, room)
    state.waited_s[::2], lanes.line.idle_s[::2], lanes.inside.standing_s[::2] = 20.0, 90, 90
    if but >= 0:
        state.waited_s[2 * but], lanes.line.idle_s[2 * but] = 0.0, 5
    return tables, state, loops, lanes


def see(parts: tuple[Tables, ExitState, LoopHealth, LaneState], stands: bool = True, seconds: int = 1) -> CodeArray:
    tables, state, loops, lanes = parts
    for _ in range(seconds):
        loops.signals.sight[:] = Sight.SEES
        occupancy = np.full(len(loops.verdict.status), float(stands))
        second(state, loops, tables, red(tables), lanes, occupancy, HealthSettings(lock_s=LOCK_S, turn_green_s=0.0))
    return state.locks.locked


@pytest.mark.parametrize("of", [2, 3, 5])
def test_a_ring_of_waits_is_a_lock_and_a_row_of_them_is_none(of: int) -> None:
    assert see(full(of)).all()
    assert not see(full(of, but=1)).any()


def test_on_a_way_for_one_vehicle_the_lane_at_its_end_tells() -> None:
    parts = full(2, room=1.5)
    parts[3].inside.standing_s[:] = 0
    assert see(parts, stands=False, seconds=9).all()
    parts[1].waited_s[:] = 0.0
    assert not see(parts, stands=False, seconds=4).any()
    parts = full(2, room=8.0)
    parts[3].inside.standing_s[:] = 0
    assert not see(parts, stands=False).any()


def test_who_leads_into_a_lock_is_held_and_who_leaves_it_is_not() -> None:
    parts = full(3)
    see(parts)
    assert parts[3].spacing.held_share.tolist() == [1.0, 0.0] * 3
    assert set(parts[2].signals.sight.tolist()) == {Sight.LOCKED}


def test_an_exit_opens_once_nobody_stands_there_any_more() -> None:
    parts = full(3)
    see(parts)
    parts[1].waited_s[:] = 0.0  # somebody has left each lane
    assert see(parts, stands=True, seconds=20).all()
    assert see(parts, stands=False, seconds=3).all()
    assert not see(parts, stands=False).any()
    assert not parts[3].spacing.held_share.any()


def test_a_loop_that_stays_on_holds_nobody_for_good() -> None:
    parts = full(3)
    see(parts)
    parts[1].waited_s[:] = 0.0
    parts[3].runs.stop_empty_s[:] = 60  # nobody comes to any line
    assert not see(parts).any()
