"""Short ways between two signals: kernel and twin on any lanes, and what the planner makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signal_core.changes import play_changes
from signal_core.engine import Estimator
from signal_core.intersection import GREEN, RED, FloatArray, Intersection, Tables, pack
from signal_core.kernels import short_ways, step
from signal_core.kernels.compiled import kernel
from signal_core.kernels.estimator import WINDOW
from signal_core.settings import Settings
from signal_core.state import LaneState, lane_state, plan_work, signal_state
from tests.kernels.feeds import feeds_of
from tests.kernels.twins_estimator import Feed
from tests.kernels.twins_short_ways import Before, Lane, shut_share

pytestmark = pytest.mark.kernel

LOOPS = 12


@kernel
def second(lanes: LaneState, tables: Tables, now: int, left: FloatArray, standing_s: int) -> None:
    short_ways.expect(lanes, tables, now, left)
    short_ways.look_back(lanes, tables, standing_s)


def crossing(stop: list[int], before: list[list[Feed]], mid: Sequence[int] = (),
             far: Sequence[int] = ()) -> Intersection:
    """A lane, a link and a phase each, all in conflict; `mid`, `far`: lanes with a loop there."""
    n = len(stop)
    codes = np.where(np.eye(n, dtype=bool), GREEN, RED).astype(np.uint8)
    meets, yellow, least = ~np.eye(n, dtype=bool), np.full(n, 3), np.full(n, 5)
    lag, stay = play_changes(codes, meets, yellow, np.full((n, n), 3), least)
    some = [[Feed(LOOPS - 1, 1.0, 5)] if k in mid else [] for k in range(n)]
    further = [[Feed(LOOPS - 1, 1.0, 9)] if k in far else [] for k in range(n)]
    return Intersection(
        id="any", phase_codes=codes, conflicts=meets, yellow_s=yellow, intergreen_s=np.full((n, n), 3),
        min_green_s=least, service_vps=0.5 * (codes == GREEN), start_lag_s=lag, min_stay_s=stay,
        lane_link_ptr=np.arange(n + 1), lane_links=np.arange(n), stop_loop=np.array(stop), mid=feeds_of(some),
        far=feeds_of(further), mid_storage=np.full(n, 2.0), far_storage=np.zeros(n), shown_s=np.full(n, 20.0),
        before=feeds_of(before))


def town(draw: np.random.Generator) -> list[Intersection]:
    """Signals of one to four lanes; loops at stop lines are their own, but for some that nobody has."""
    sizes, loop, found = draw.integers(1, 5, int(draw.integers(1, 4))), 0, []
    for size in sizes:
        before = [[Feed(int(draw.integers(0, LOOPS - 1)), float(draw.choice([0.0, 0.25, 0.5, 1.0])),
                        int(draw.integers(1, 6))) for _ in range(draw.integers(0, 4))] for _ in range(size)]
        mid = [k for k in range(size) if draw.random() < 0.4]
        far = [k for k in mid if draw.random() < 0.4]
        stop = [loop + k if draw.random() < 0.9 else -1 for k in range(size)]
        found.append(crossing(stop, before, mid, far))
        loop += size
    return found


def mood(draw: np.random.Generator, lanes: LaneState) -> None:
    n = len(lanes.near)
    for name in ("stop_standing_s", "mid_standing_s", "far_standing_s"):
        getattr(lanes, name)[:] = draw.integers(0, 6, n)
    lanes.near[:], lanes.beyond[:] = draw.uniform(0.0, 9.0, n), draw.choice([0.0, 4.0], n)
    lanes.green_s[:] = draw.choice([0, 1, 30], n)


def twins_of(xs: list[Intersection], lanes: LaneState) -> list[Lane]:
    found: list[Lane] = []
    for x in xs:
        for k in range(x.n_lanes):
            g = len(found)
            standing = (int(lanes.stop_standing_s[g]),
                        int(lanes.mid_standing_s[g]) if x.mid.ptr[k + 1] > x.mid.ptr[k] else None,
                        int(lanes.far_standing_s[g]) if x.far.ptr[k + 1] > x.far.ptr[k] else None)
            found.append(Lane(standing, float(lanes.near[g] + lanes.beyond[g]), bool(lanes.green_s[g] > 0), []))
    at = {(i, k): g for g, (i, k) in enumerate((i, k) for i, x in enumerate(xs) for k in range(x.n_lanes))}
    for i, x in enumerate(xs):
        for k in range(x.n_lanes):
            for e in range(x.before.ptr[k], x.before.ptr[k + 1]):
                loop = int(x.before.loop[e])
                others = [found[at[j, m]] for j, y in enumerate(xs) if j != i for m in range(y.n_lanes)
                          if y.stop_loop[m] == loop]
                found[at[i, k]].before.append(Before(loop, float(x.before.share[e]), int(x.before.lag_s[e]),
                                                     others[0] if others else None))
    return found


@given(st.integers(0, 2**32 - 1))
def test_the_kernel_and_its_twin_say_the_same(seed: int) -> None:
    draw = np.random.default_rng(seed)
    xs, now = town(draw), int(draw.integers(0, 200))
    tables = pack(xs)
    lanes, left = lane_state(tables), draw.choice([0.0, 0.0, 1.0, 0.3], LOOPS)
    mood(draw, lanes)
    twins = twins_of(xs, lanes)
    second(lanes, tables, now, left, 3)
    for k, lane in enumerate(twins):
        lane.hear(now, left.tolist())
        assert lanes.before[k] == pytest.approx(lane.waiting_before(3))
        assert lanes.shut[k] == pytest.approx(shut_share(lane, twins, 3))
        due = lanes.expected[k * WINDOW:(k + 1) * WINDOW]
        known = {t: vehicles for t, vehicles in lane.due.items() if vehicles > 0.0}
        assert {t: float(due[t % WINDOW]) for t in known} == pytest.approx(known)
        assert due.sum() == pytest.approx(sum(known.values()))


def test_lanes_before_are_found_in_the_batch_and_never_at_the_same_signal() -> None:
    first = crossing([0, 1], [[Feed(2, 0.5, 3)], [Feed(0, 1.0, 3), Feed(9, 1.0, 3)]])
    second_ = crossing([2, -1], [[Feed(1, 1.0, 2)], []])
    assert pack([first, second_]).before_lane.tolist() == [2, -1, -1, 1]
    assert pack([first]).before_lane.tolist() == [-1, -1, -1]
    assert pack([replace(first, before=None)]).before_ptr.tolist() == [0, 0, 0]


def planned(shut: float, before: float) -> int:
    """What a signal with green for its first lane, 1 waiting there and 6 at the second, wants."""
    tables, limits = pack([crossing([0, 1], [[], []])]), Settings()
    state, lanes = signal_state(tables, np.array([GREEN, RED], np.uint8)), lane_state(tables)
    state.settled[:], state.green_s[0], state.since_s[:] = 1, 20, 20
    lanes.near[:], lanes.shut[1], lanes.before[0] = [1.0, 6.0], shut, before
    wanted = np.zeros(1, np.int64)
    step.plan_range(tables, state, lanes, plan_work(tables, limits.horizon_s), 0, 1, 1, wanted, limits)
    return int(wanted[0])


def test_a_way_that_is_full_takes_nobody_and_who_waits_before_is_waited_for() -> None:
    assert planned(shut=0.0, before=0.0) == planned(shut=0.2, before=0.0) == 1
    assert planned(shut=1.0, before=0.0) == 0
    assert planned(shut=0.0, before=30.0) == 0


def test_loops_of_the_signal_before_are_needed_though_it_is_not_in_the_batch() -> None:
    tables = pack([crossing([0, 1], [[Feed(7, 1.0, 3)], []])])
    engine = Estimator(tables, signal_state(tables, np.array([GREEN, RED], np.uint8)), Settings())
    with pytest.raises(ValueError, match="8 needed"):
        engine.observe(np.zeros(2), np.zeros(2), np.zeros(2))
    left = np.zeros(8)
    left[7] = 1.0
    engine.observe(np.zeros(8), left, np.zeros(8))
    assert engine.lanes.expected.sum() == 1.0
    assert engine.lanes.before.tolist() == [0.0, 0.0]
