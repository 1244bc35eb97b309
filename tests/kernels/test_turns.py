"""Who has stood for long before an exit has the next turn there: others are held, and short ways are emptied."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signal_core.estimating.health import HealthSettings
from signal_core.estimating.loop_state import ExitState, exit_state
from signal_core.kernels import gates, turns
from signal_core.kernels.codes import GREEN, PERMISSIVE
from signal_core.kernels.compiled import kernel
from signal_core.kernels.gates import HELD_RED, RING_HELD
from signal_core.tables.packed import Tables, pack
from signal_core.tables.state import LaneState, lane_state
from tests.kernels.junctions import intersection
from tests.kernels.test_floor import red
from tests.kernels.test_locks import feeds, network
from tests.kernels.twins_turns import Now, Offer, Turns, best

pytestmark = pytest.mark.kernel

TURN_S = HealthSettings().turn_green_s


@kernel
def watch(locks, waited_s, tables, lanes, turn_s):  # type: ignore[no-untyped-def]
    locks.guards[:] = 0
    turns.watch(locks, waited_s, tables, lanes, 3, turn_s)


@kernel
def forced(tables, signals, lanes, service, i):  # type: ignore[no-untyped-def]
    return turns.forced(tables, signals, lanes, service, i)


@kernel
def held_now(tables, lanes, g, max_red_s):  # type: ignore[no-untyped-def]
    return gates.share_held(tables, lanes, g, max_red_s)


def write(now: Now, state: ExitState, lanes: LaneState) -> None:
    state.waited_s[:], lanes.head.standing_s[:], lanes.green.green_s[:] = now.through_s, now.stands_s, now.green_s
    lanes.queue.near[:], lanes.inside.standing_s[:], state.locks.free_s[:] = now.there, now.stood_s, now.empty_s


def drawn(rng: np.random.Generator, tables: Tables, before: list[int]) -> Now:
    n, m = len(before), len(tables.exit_loop)
    stands = np.where(rng.random(n) < 0.05, rng.choice([0, 88], n), np.array(before) + 1)
    room = np.maximum(tables.mid_storage, tables.far_storage)
    return Now(stands_s=stands.tolist(), through_s=rng.choice([0.0, 6.0, 35.0], n).tolist(),
               green_s=rng.integers(0, 2, n).tolist(), room=room.tolist(),
               there=rng.choice([0.0, 1.0, 3.8], n).tolist(),
               stood_s=rng.choice([0, 5], m, p=[0.99, 0.01]).tolist(), empty_s=rng.choice([0, 2, 9], m).tolist())


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_the_kernel_and_its_twin_say_the_same(seed: int) -> None:
    rng = np.random.default_rng(seed)
    signals = int(rng.integers(1, 6))
    tables, exits, signal_of = network(rng, signals)
    n = len(signal_of)
    tables.mid_storage[:] = rng.choice([1.5, 6.0, 9.0], n)
    tables.road[:] = rng.integers(0, 3, n)
    roads = list(zip(signal_of, tables.road.tolist(), strict=True))
    state, lanes, twin = exit_state(n, signals, len(exits)), lane_state(tables), Turns(exits, signal_of, roads, TURN_S)
    stands = rng.integers(0, 120, n).tolist()
    for one, closed in zip(exits, rng.random(len(exits)) < 0.1, strict=True):
        one.closed, one.moved_s = bool(closed), int(rng.integers(0, 200))
    state.locks.closed[:], state.locks.moved_s[:] = [x.closed for x in exits], [x.moved_s for x in exits]
    for _ in range(150):
        now = drawn(rng, tables, stands)
        stands = now.stands_s
        write(now, state, lanes)
        watch(state.locks, state.waited_s, tables, lanes, TURN_S)
        found, spacing = twin.second(now), lanes.spacing
        assert spacing.held_share == pytest.approx(found.held)
        assert set(np.flatnonzero(spacing.waits_turn).tolist()) == found.waits
        assert set(np.flatnonzero(spacing.has_turn).tolist()) == found.goes
        assert set(np.flatnonzero(spacing.is_emptied).tolist()) == found.emptied
        assert set(np.flatnonzero(state.locks.guards).tolist()) == found.kept


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=150, deadline=None)
def test_the_phase_for_a_turn_is_that_of_its_twin(seed: int) -> None:
    rng = np.random.default_rng(seed)
    tables = pack([intersection(rng)])
    n, phases, lanes, signals = int(tables.lane_ptr[1]), int(tables.phase_ptr[1]), lane_state(tables), red(tables)
    signals.phase[0] = rng.integers(phases)
    spacing, near = lanes.spacing, lanes.queue.near
    spacing.has_turn[:], spacing.waits_turn[:], spacing.is_emptied[:] = rng.random((3, n)) < [[0.1], [0.2], [0.5]]
    near[:] = rng.choice([0.0, 0.4, 2.0, 5.0], n)
    codes, clears = tables.phase_codes.reshape(phases, -1), tables.clears.reshape(phases, n)
    service = tables.service_vps.reshape(phases, n).copy()
    asked = spacing.has_turn if spacing.has_turn.any() else spacing.is_emptied * np.where(near >= 0.5, near, 0.0)
    worth = service @ asked if spacing.has_turn.any() else clears @ asked
    offers = [Offer(not any(codes[p, k] in (GREEN, PERMISSIVE) for k in np.flatnonzero(spacing.waits_turn)),
                    p == signals.phase[0], float(worth[p]), float(service[p] @ near)) for p in range(phases)]
    assert forced(tables, signals, lanes, service, 0) == best(offers)


class Road:
    """Two lanes that lead to a way, which goes on to a lane of the next signal and has room for five."""

    def __init__(self, ends: bool = True, room: float = 5.0) -> None:
        rng = np.random.default_rng(2)
        two = next(x for x in (intersection(rng) for _ in range(1000)) if x.n_lanes == 2)
        one = next(x for x in (intersection(rng) for _ in range(1000)) if x.n_lanes == 1)
        self.tables = pack([
            replace(two, stop_loop=np.array([0, 1]), exits=feeds([[0], [0]], 3)),
            replace(one, stop_loop=np.array([2]), exits=feeds([[1]], 3), mid_storage=np.array([room]),
                    fed_ptr=np.array([0, int(ends)]), fed_loop=np.array([3] if ends else [], dtype=np.int64))])
        self.state, self.lanes = exit_state(3, 2, 2), lane_state(self.tables)
        self.lanes.head.standing_s[:2] = [100, 40]
        self.state.waited_s[:2], self.state.locks.free_s[:] = 8.0, 9
        self.lanes.queue.near[:] = [4.0, 4.0, 5.0]

    def after(self, seconds: int = 1) -> list[float]:
        """What is held of each lane."""
        for _ in range(seconds):
            watch(self.state.locks, self.state.waited_s, self.tables, self.lanes, TURN_S)
        return self.lanes.spacing.held_share.tolist()  # type: ignore[no-any-return]


def test_who_has_stood_for_long_before_a_short_way_has_the_turn_and_it_is_emptied() -> None:
    road = Road()
    assert road.after() == [0.0, 1.0, 0.0]
    spacing = road.lanes.spacing
    assert spacing.has_turn.tolist() == [0, 0, 0], "there is no room for a bus"
    assert spacing.is_emptied.tolist() == [0, 0, 1]
    assert road.state.locks.guards.tolist() == [1, 1]
    road.lanes.queue.near[2] = 2.4
    road.after()
    assert spacing.has_turn.tolist() == [1, 0, 0]
    assert not spacing.is_emptied.any()
    assert road.state.locks.guards.tolist() == [1, 0]


def test_not_where_the_way_ends_before_an_exit_that_stands_or_at_no_signal() -> None:
    road = Road()
    road.lanes.inside.standing_s[1] = 5
    assert road.after() == [0.0, 0.0, 0.0]
    road = Road(ends=False)
    road.lanes.inside.standing_s[0] = 5
    assert road.after() == [0.0, 0.0, 0.0]
    road.state.waited_s[0] = TURN_S
    assert road.after() == [0.0, 1.0, 0.0], "who stood through all the green of a turn has it all the same"
    assert not road.state.locks.guards.any()


def test_a_turn_without_room_ends_after_two_minutes_and_comes_again_later() -> None:
    road = Road()
    assert road.after(120)[1] == 1.0
    assert road.after(90)[1] == 0.0
    assert road.after(2)[1] == 1.0


def test_nobody_is_held_wholly_for_a_turn_until_the_maximum_red() -> None:
    road = Road()
    road.after()
    assert held_now(road.tables, road.lanes, 1, 120.0) == 1.0
    road.lanes.green.red_s[1] = int(HELD_RED * 120.0)
    assert held_now(road.tables, road.lanes, 1, 120.0) == RING_HELD
