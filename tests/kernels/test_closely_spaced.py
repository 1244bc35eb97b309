"""Closely spaced signals: kernel and twin on any lanes, and what the planner makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signal_core.estimating.estimator import Estimator
from signal_core.kernels import closely_spaced, decision
from signal_core.kernels.arrivals import WINDOW
from signal_core.kernels.compiled import kernel
from signal_core.kernels.kept import kept
from signal_core.planning.work import decision_work
from signal_core.settings import Settings
from signal_core.tables.arrays import GREEN, RED, FloatArray
from signal_core.tables.changes import play_changes
from signal_core.tables.intersection import Intersection
from signal_core.tables.packed import Tables, pack
from signal_core.tables.state import LaneState, SignalState, lane_state, signal_state
from tests.kernels.feeds import feeds_of
from tests.kernels.twins_closely_spaced import Lane, Upstream, exit_full_share
from tests.kernels.twins_loops import Feed

pytestmark = pytest.mark.kernel

LOOPS = 12


@kernel
def second(lanes: LaneState, signals: SignalState, tables: Tables, now: int, left: FloatArray, standing_s: int) -> None:
    closely_spaced.expect(tables, lanes, now, left)
    closely_spaced.look_back(tables, signals, lanes, standing_s)


def crossing(stop: list[int], upstream: list[list[Feed]], mid: Sequence[int] = (),
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
        min_green_s=least, service_vps=0.5 * (codes == GREEN), start_lag_s=lag, min_split_s=stay,
        lane_link_ptr=np.arange(n + 1), lane_links=np.arange(n), stop_loop=np.array(stop), mid=feeds_of(some),
        far=feeds_of(further), mid_storage=np.full(n, 2.0), far_storage=np.zeros(n), shown_s=np.full(n, 20.0),
        upstream=feeds_of(upstream))


def town(draw: np.random.Generator) -> list[Intersection]:
    """Signals of one to four lanes; loops at stop lines are their own, but for some that nobody has."""
    sizes, loop, found = draw.integers(1, 5, int(draw.integers(1, 4))), 0, []
    for size in sizes:
        upstream = [[Feed(int(draw.integers(0, LOOPS - 1)), float(draw.choice([0.0, 0.25, 0.5, 1.0])),
                        int(draw.integers(1, 6))) for _ in range(draw.integers(0, 4))] for _ in range(size)]
        mid = [k for k in range(size) if draw.random() < 0.4]
        far = [k for k in mid if draw.random() < 0.4]
        stop = [loop + k if draw.random() < 0.9 else -1 for k in range(size)]
        found.append(crossing(stop, upstream, mid, far))
        loop += size
    link = {int(loop): k for x in found for k, loop in enumerate(x.stop_loop) if loop >= 0}
    return [replace(x, upstream_link=np.array([
        link.get(int(loop), -1) if draw.random() < 0.5 else -1 for loop in x.upstream.loop], dtype=np.int64))
        for x in found if x.upstream is not None]


def mood(draw: np.random.Generator, lanes: LaneState) -> None:
    n = len(lanes.queue.near)
    for name in ("stop_standing_s", "mid_standing_s", "far_standing_s"):
        getattr(lanes.runs, name)[:] = draw.integers(0, 6, n)
    lanes.queue.near[:], lanes.queue.beyond[:] = draw.uniform(0.0, 9.0, n), draw.choice([0.0, 4.0], n)
    lanes.green.green_s[:] = draw.choice([0, 1, 30], n)


def twins_of(xs: list[Intersection], tables: Tables, signals: SignalState, lanes: LaneState) -> list[Lane]:
    """Every phase is green for the lane and the link of its number alone."""
    found: list[Lane] = []
    bound = [int(later if later >= 0 else now)
             for now, later in zip(signals.phase, signals.next_phase, strict=True)]
    tight = (tables.upstream_link >= 0).tolist()
    for i, x in enumerate(xs):
        for k in range(x.n_lanes):
            g = len(found)
            standing = (int(lanes.runs.stop_standing_s[g]),
                        int(lanes.runs.mid_standing_s[g]) if x.mid.ptr[k + 1] > x.mid.ptr[k] else None,
                        int(lanes.runs.far_standing_s[g]) if x.far.ptr[k + 1] > x.far.ptr[k] else None)
            waits = float(lanes.queue.near[g] + lanes.queue.beyond[g])
            found.append(Lane(standing, waits, bool(lanes.green.green_s[g] > 0), [],
                              takes=signals.phase[i] == bound[i] == k and bool(signals.shown[g] == GREEN)))
    at = {(i, k): g for g, (i, k) in enumerate((i, k) for i, x in enumerate(xs) for k in range(x.n_lanes))}
    for i, x in enumerate(xs):
        for k in range(x.n_lanes):
            for e in range(x.upstream.ptr[k], x.upstream.ptr[k + 1]):
                loop = int(x.upstream.loop[e])
                others = [found[at[j, m]] for j, y in enumerate(xs) if j != i for m in range(y.n_lanes)
                          if y.stop_loop[m] == loop]
                j = next((j for j, y in enumerate(xs) if j != i and loop in y.stop_loop), i)
                sends = bound[j] == int(x.upstream_link[e])
                found[at[i, k]].upstream.append(Upstream(loop, float(x.upstream.share[e]), int(x.upstream.lag_s[e]),
                                                         others[0] if others else None, tight.pop(0), sends))
    return found


@given(st.integers(0, 2**32 - 1))
def test_the_kernel_and_its_twin_say_the_same(seed: int) -> None:
    draw = np.random.default_rng(seed)
    xs, now = town(draw), int(draw.integers(0, 200))
    tables = pack(xs)
    lanes, left = lane_state(tables), draw.choice([0.0, 0.0, 1.0, 0.3], LOOPS)
    mood(draw, lanes)
    signals = signal_state(tables, draw.choice(np.array([RED, GREEN], np.uint8), int(tables.link_ptr[-1])))
    for i, x in enumerate(xs):
        signals.phase[i] = draw.integers(x.n_phases)
        signals.next_phase[i] = draw.integers(x.n_phases) if draw.random() < 0.3 else -1
    twins = twins_of(xs, tables, signals, lanes)
    second(lanes, signals, tables, now, left, 3)
    for k, lane in enumerate(twins):
        lane.hear(now, left.tolist())
        assert lanes.spacing.upstream_queue[k] == pytest.approx(lane.waiting_upstream(3))
        assert lanes.spacing.exit_full_share[k] == pytest.approx(exit_full_share(lane, twins, 3))
        due = lanes.arrivals.expected[k * WINDOW:(k + 1) * WINDOW]
        known = {t: vehicles for t, vehicles in lane.due.items() if vehicles > 0.0}
        assert {t: float(due[t % WINDOW]) for t in known} == pytest.approx(known)
        assert due.sum() == pytest.approx(sum(known.values()))


def test_lanes_upstream_are_found_in_the_batch_and_never_at_the_same_signal() -> None:
    first = crossing([0, 1], [[Feed(2, 0.5, 3)], [Feed(0, 1.0, 3), Feed(9, 1.0, 3)]])
    second_ = crossing([2, -1], [[Feed(1, 1.0, 2)], []])
    assert pack([first, second_]).upstream_lane.tolist() == [2, -1, -1, 1]
    assert pack([first]).upstream_lane.tolist() == [-1, -1, -1]
    assert pack([replace(first, upstream=None)]).upstream_ptr.tolist() == [0, 0, 0]


def planned(full: float, upstream: float) -> int:
    """What a signal with green for its first lane, 1 waiting there and 6 at the second, wants."""
    tables, limits = pack([crossing([0, 1], [[], []])]), Settings()
    state, lanes = signal_state(tables, np.array([GREEN, RED], np.uint8)), lane_state(tables)
    state.settled[:], state.green_s[0], state.since_s[:] = 1, 20, 20
    lanes.queue.near[:], lanes.spacing.exit_full_share[1], lanes.spacing.upstream_queue[0] = [1.0, 6.0], full, upstream
    wanted = np.zeros(1, np.int64)
    work = decision_work(tables, limits.horizon_s)
    given = kept(tables), kept(state), kept(lanes), kept(work)
    decision.plan_range(*given, 0, 1, 1, wanted, kept(limits))
    return int(wanted[0])


def test_a_way_that_is_full_takes_nobody_and_a_queue_upstream_is_waited_for() -> None:
    assert planned(full=0.0, upstream=0.0) == planned(full=0.2, upstream=0.0) == 1
    assert planned(full=1.0, upstream=0.0) == 0
    assert planned(full=0.0, upstream=30.0) == 0


def test_loops_of_the_signal_upstream_are_needed_though_it_is_not_in_the_batch() -> None:
    tables = pack([crossing([0, 1], [[Feed(7, 1.0, 3)], []])])
    engine = Estimator(tables, signal_state(tables, np.array([GREEN, RED], np.uint8)), Settings())
    with pytest.raises(ValueError, match="8 needed"):
        engine.observe(np.zeros(2), np.zeros(2), np.zeros(2))
    left = np.zeros(8)
    left[7] = 1.0
    engine.observe(np.zeros(8), left, np.zeros(8))
    assert engine.lanes.arrivals.expected.sum() == 1.0
    assert engine.lanes.spacing.upstream_queue.tolist() == [0.0, 0.0]
