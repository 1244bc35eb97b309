"""A vehicle that is still inside the junction has time to leave it before conflicting movements start."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signal_core.estimating.estimator import Estimator
from signal_core.kernels import clearance, stuck
from signal_core.kernels.compiled import kernel
from signal_core.planning.planner import Planner
from signal_core.planning.work import decision_work
from signal_core.sequencing.sequencer import Sequencer
from signal_core.settings import Settings
from signal_core.tables.arrays import GREEN, PERMISSIVE, RED, YELLOW, FloatArray
from signal_core.tables.packed import Tables, pack
from signal_core.tables.state import LaneState, SignalState, lane_state
from tests.kernels import twins_clearance
from tests.kernels.approaches import STOP, marks, two_approaches
from tests.kernels.feeds import feeds_of
from tests.kernels.junctions import intersection
from tests.kernels.twins_loops import STANDS, Feed

pytestmark = pytest.mark.kernel

YELLOW_S, SNEAKER_RED_S = 3, Settings().sneaker_red_s
LOOPS = 14


@kernel
def ask(tables, signals, lanes, left, occupancy, settings):  # type: ignore[no-untyped-def]
    clearance.advance(tables, signals, lanes, left, settings)
    stuck.advance(tables, signals, lanes, left, occupancy, settings)


@kernel
def ask_lags(tables, signals, lanes, space, phase, settings, lag_s):  # type: ignore[no-untyped-def]
    found = clearance.start_lags(tables, signals, lanes, space, 0, phase, settings)
    for e in range(found.size):
        lag_s.flat[e] = found.flat[e]


def conflict_starts_s(stood_s: int, leaves_s: int | None = None, inside: bool = True,
                      sneaker_red_s: int = SNEAKER_RED_S) -> int:
    """Seconds from the end of a green that yields to the first one of a conflicting movement.

    stood_s: for how many seconds of green the first vehicle has stood; leaves_s: when it leaves the line, after that.
    """
    codes = np.array([[PERMISSIVE, RED], [RED, GREEN]], dtype=np.uint8)
    tables = pack([replace(two_approaches(), phase_codes=codes,
                            has_sneakers=np.array([[inside, False], [False] * 2]))])
    sequencer = Sequencer(tables, codes[0])
    planner = Planner(Estimator(tables, sequencer.state, Settings(sneaker_red_s=sneaker_red_s)))
    for now in range(-10, 30):
        leaves = (STOP,) if now == leaves_s else ()
        stands = (STOP,) if now > -stood_s and (leaves_s is None or now <= leaves_s) else ()
        planner.estimator.observe(marks(()), marks(leaves), marks(stands))
        shown = sequencer.propose(np.array([0 if now < 0 else 1]))
        if shown[1] == GREEN:
            return now
        sequencer.show(shown)
    raise AssertionError("the conflicting movement never starts")


def test_nobody_stands_nobody_waits() -> None:
    assert conflict_starts_s(0) == YELLOW_S
    assert conflict_starts_s(1) == YELLOW_S  # yellow stopped him


def test_where_the_lane_stood_the_foes_start_later() -> None:
    assert conflict_starts_s(8) == YELLOW_S + SNEAKER_RED_S
    assert conflict_starts_s(8, inside=False) == YELLOW_S
    assert conflict_starts_s(8, sneaker_red_s=0) == YELLOW_S


@pytest.mark.parametrize("leaves_s", [2, YELLOW_S, YELLOW_S + 1, YELLOW_S + 2, YELLOW_S + 3])
def test_where_somebody_starts_late_he_is_over_before_they_come(leaves_s: int) -> None:
    assert conflict_starts_s(8, leaves_s) >= leaves_s + Settings().late_crossing_s
    assert conflict_starts_s(8, leaves_s) <= leaves_s + Settings().late_crossing_s + Settings().red_extension_s + 1


def test_who_crosses_in_the_last_second_of_yellow_has_a_second_more() -> None:
    assert conflict_starts_s(1, YELLOW_S, inside=False) == YELLOW_S + Settings().red_extension_s


def scene(rng: np.random.Generator) -> tuple[Tables, SignalState, LaneState, FloatArray]:
    x = intersection(rng)
    inside = rng.random((x.n_phases, x.n_lanes)) < 0.5
    conflicts = rng.random((x.n_links, x.n_links)) < 0.4
    conflicts |= conflicts.T
    exits = feeds_of([[Feed(int(loop), float(rng.choice([0.25, 0.5, 1.0])), 3) for loop in rng.choice(
        LOOPS, rng.integers(0, 4), replace=False)] for _ in range(x.n_lanes)])
    shares = [[k, *np.flatnonzero(rng.random(x.n_links) < 0.2).tolist()] for k in range(x.n_lanes)]  # lanes, links
    tables = pack([replace(x, has_sneakers=inside, conflicts=conflicts, exits=exits,
                           lane_links=np.concatenate(shares),
                           lane_link_ptr=np.cumsum([0, *(len(links) for links in shares)]),
                           intergreen_s=np.where(conflicts, rng.integers(2, 9, conflicts.shape), 0),
                           caught_s=np.where(conflicts, rng.choice([0, 5, 7, 12], conflicts.shape), 0),
                           caught_rest_s=np.where(conflicts, rng.choice([0, 4, 6, 9], conflicts.shape), 0))])
    tables.in_ring[:] = rng.random(x.n_lanes) < rng.choice([0.0, 0.3])
    state, lanes, n = Sequencer(tables, np.zeros(x.n_links, dtype=np.uint8)).state, lane_state(tables), x.n_links
    state.previous[:], state.phase[:] = rng.integers(-1, x.n_phases), rng.integers(x.n_phases)
    state.caught_wait_s[:], state.since_s[:] = rng.choice([0, 0, 2, 5, 9], n), rng.integers(0, 7)
    state.shown[:] = rng.choice(np.array([RED, YELLOW, PERMISSIVE, GREEN], dtype=np.uint8), n)
    state.yellow_run_s[:] = rng.integers(1, 4, n)
    state.clearing_s[:] = rng.integers(0, 7, n)
    state.priority_clearing_s[:] = state.clearing_s + rng.integers(0, 4, n)
    lanes.head.standing_s[:] = rng.integers(0, 9, x.n_lanes)
    lanes.green.green_s[:] = rng.choice([0, 0, 1, 5], x.n_lanes)
    lanes.sneakers.since_gap[:] = rng.integers(0, 4, x.n_lanes)
    lanes.sneakers.to_clear_s[:], lanes.queue.near[:] = rng.integers(0, 6, x.n_lanes), rng.integers(2, 7, x.n_lanes)
    for flags in (lanes.sneakers.may_cross_late, lanes.sneakers.are_opposed, lanes.green.has_priority):
        flags[:] = rng.integers(0, 2, x.n_lanes)
    for seconds in (lanes.line.slow_ago_s, lanes.line.idle_s):
        seconds[:] = rng.integers(0, 7, x.n_lanes)
    lanes.sneakers.exit_held_s[:] = rng.integers(0, 9, x.n_lanes)
    lanes.inside.vehicles[:] = rng.choice([0.0, 0.6, 3.0], x.n_lanes)
    lanes.inside.standing_s[:] = rng.choice([0, 1, 2, 5, 119, 120], len(tables.exit_loop))
    return tables, state, lanes, rng.choice([0.0, 0.3, 1.0], LOOPS)


def twins_of(
    tables: Tables, state: SignalState, lanes: LaneState, left: FloatArray, occupancy: FloatArray
) -> tuple[list[twins_clearance.Lamp], list[twins_clearance.Lane], list[twins_clearance.Exit]]:
    links = len(state.shown)
    meets, owed = tables.conflicts.reshape(links, links), tables.intergreen_s.reshape(links, links)
    lamps = [twins_clearance.Lamp(*row, owed[j][meets[j]].tolist()) for j, row in enumerate(zip(
        state.shown.tolist(), tables.yellow_s.tolist(), state.yellow_run_s.tolist(), state.clearing_s.tolist(),
        state.priority_clearing_s.tolist(), strict=True))]
    moving, standing = (table.reshape(links, links) for table in (tables.caught_s, tables.caught_rest_s))
    for j, lamp in enumerate(lamps):
        lamp.meets = [lamps[other] for other in np.flatnonzero(meets[j])]
        lamp.caught_s = list(zip(moving[j][meets[j]].tolist(), standing[j][meets[j]].tolist(), strict=True))
        lamp.caught_wait_s, lamp.is_watched = int(state.caught_wait_s[j]), not tables.undetected[j]
    before, n = int(state.previous[0]), len(lanes.head.standing_s)
    inside, served = tables.has_sneakers.reshape(-1, n), tables.service_vps.reshape(-1, n) > 0.0
    sneakers, green = lanes.sneakers, lanes.green
    twins = [twins_clearance.Lane(
        [lamps[tables.lane_links[e]] for e in range(*tables.lane_link_ptr[k:k + 2])],
        before >= 0 and bool(inside[before, k]), before >= 0 and bool(served[before, k]),
        int(lanes.head.standing_s[k]), int(green.green_s[k]), bool(sneakers.may_cross_late[k]),
        float(left[tables.stop_loop[k]]) if tables.stop_loop[k] >= 0 else None, int(lanes.line.idle_s[k]),
        int(lanes.line.slow_ago_s[k]), before >= 0 and bool(sneakers.are_opposed[k]), int(sneakers.since_gap[k]),
        bool(inside[state.phase[0], k]), bool(green.has_priority[k]), int(sneakers.to_clear_s[k]),
        float(lanes.queue.near[k]), int(sneakers.exit_held_s[k]), float(lanes.inside.vehicles[k]),
        bool(tables.in_ring[k]), int(state.since_s[0])) for k in range(n)]
    exits = [twins_clearance.Exit(
        int(lanes.inside.standing_s[x]), float(left[loop]), bool(occupancy[loop] > STANDS),
        [(float(tables.exit_share[e]), twins[tables.exit_lane[e]]) for e in range(*tables.exit_ptr[x:x + 2])])
        for x, loop in enumerate(tables.exit_loop.tolist())]
    return lamps, twins, exits


@given(st.integers(0, 2**32 - 1))
def test_the_kernel_and_its_twin_say_the_same(seed: int) -> None:
    tables, state, lanes, left = scene(np.random.default_rng(seed))
    occupancy = np.random.default_rng(seed).choice([0.5, 1.0], LOOPS)
    lamps, twins, exits = twins_of(tables, state, lanes, left, occupancy)
    before = int(state.previous[0])
    settings = Settings(exit_hold_s=6)
    ask(tables, state, lanes, left, occupancy, settings)
    twins_clearance.second(twins, settings.red_extension_s, settings.sneaker_red_s, settings.late_crossing_s)
    twins_clearance.wait_for_exits(twins, exits, settings.exit_hold_s)
    assert state.clearing_s.tolist() == [lamp.clearing_s for lamp in lamps]
    assert state.caught_wait_s.tolist() == [lamp.caught_wait_s for lamp in lamps]
    assert state.priority_clearing_s.tolist() == [lamp.priority_clearing_s for lamp in lamps]
    if before >= 0:
        assert lanes.sneakers.may_cross_late.tolist() == [int(lane.may_cross_late) for lane in twins]
        assert lanes.sneakers.are_opposed.tolist() == [int(lane.are_opposed) for lane in twins]
    assert lanes.sneakers.since_gap.tolist() == [lane.since_gap for lane in twins]
    assert lanes.sneakers.exit_held_s.tolist() == [lane.held_s for lane in twins]
    assert lanes.inside.vehicles == pytest.approx([lane.inside for lane in twins])
    assert lanes.inside.standing_s.tolist() == [one.stood_s for one in exits]
    assert lanes.sneakers.to_clear_s.tolist() == [lane.to_clear_s for lane in twins]


@given(st.integers(0, 2**32 - 1), st.sampled_from([0, SNEAKER_RED_S]))
def test_the_planner_counts_on_what_is_held(seed: int, sneaker_red_s: int) -> None:
    rng = np.random.default_rng(seed)
    tables, state, lanes, left = scene(rng)
    n, phases = len(lanes.head.standing_s), int(tables.phase_ptr[1])
    lanes.runs.mid_occupancy[:], lanes.runs.far_occupancy[:] = rng.choice([0.2, 0.9], (2, n))
    settings, space = Settings(sneaker_red_s=sneaker_red_s), decision_work(tables, 20).space
    stays = rng.integers(1, 20, (phases, phases))
    space.min_split_s[:phases, :phases] = stays
    starts, longer = tables.start_lag_s.reshape(phases, phases, n).tolist(), stays.tolist()
    inside, present = tables.has_sneakers.reshape(phases, n), int(rng.integers(phases))
    state.previous[:] = present
    ways = twins_of(tables, state, lanes, left, left)[1]
    runs, sneakers = lanes.runs, lanes.sneakers
    twins = [twins_clearance.Opposed(
        set(np.flatnonzero(inside[:, k]).tolist()), ways[k].may_have_sneakers(), ways[k],
        ways[k].stands(ways), bool(sneakers.are_opposed[k]),
        (float(runs.mid_occupancy[k]), float(runs.far_occupancy[k]))) for k in range(n)]
    lag_s, known_s = np.zeros((phases, phases, n), dtype=np.uint8), tables.start_lag_s.copy()
    ask_lags(tables, state, lanes, space, present, settings, lag_s)
    twins_clearance.plan_with(starts, longer, twins, present, sneaker_red_s, settings.saturated_occupancy)
    assert lag_s.tolist() == starts
    assert tables.start_lag_s.tolist() == known_s.tolist()
    assert space.min_split_s[:phases, :phases].tolist() == longer
