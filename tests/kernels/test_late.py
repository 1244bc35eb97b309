"""Who is still inside the junction has time to leave it before his foes start."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signal_core.engine import Planner, Sequencer
from signal_core.intersection import GREEN, PERMISSIVE, RED, YELLOW, FloatArray, Tables, pack
from signal_core.kernels import late
from signal_core.kernels.compiled import kernel
from signal_core.settings import Settings
from signal_core.state import LaneState, SignalState, lane_state, plan_work
from tests.kernels import twins_late
from tests.kernels.test_estimator import STOP, marks, two_approaches
from tests.kernels.test_overdue import intersection

pytestmark = pytest.mark.kernel

YELLOW_S, HELD_RED_S = 3, Settings().held_red_s


@kernel
def ask(T, S, L, left, settings):  # type: ignore[no-untyped-def]
    late.late_entries(T, S, left, settings.late_entry_s)
    late.watch_inside(T, S, L, left)
    late.late_starts(T, S, L, left, settings)


@kernel
def ask_lags(T, S, L, W, phase, settings, lag_s):  # type: ignore[no-untyped-def]
    found = late.start_lags(T, S, L, W, 0, phase, settings)
    for e in range(found.size):
        lag_s.flat[e] = found.flat[e]


def foes_start_s(stood_s: int, leaves_s: int | None = None, inside: bool = True, held_red_s: int = HELD_RED_S) -> int:
    """Seconds from the end of a green that yields to the foes' first one.

    stood_s: for how many seconds of green the first vehicle has stood; leaves_s: when it leaves the line, after that.
    """
    codes = np.array([[PERMISSIVE, RED], [RED, GREEN]], dtype=np.uint8)
    tables = pack([replace(two_approaches(), phase_codes=codes, waits_inside=np.array([[inside, False], [False] * 2]))])
    sequencer = Sequencer(tables, codes[0])
    planner = Planner(tables, sequencer.state, Settings(held_red_s=held_red_s))
    for now in range(-10, 30):
        leaves = (STOP,) if now == leaves_s else ()
        stands = (STOP,) if now > -stood_s and (leaves_s is None or now <= leaves_s) else ()
        planner.observe(marks(()), marks(leaves), marks(stands))
        shown = sequencer.propose(np.array([0 if now < 0 else 1]))
        if shown[1] == GREEN:
            return now
        sequencer.show(shown)
    raise AssertionError("the foes never start")


def test_nobody_stands_nobody_waits() -> None:
    assert foes_start_s(0) == YELLOW_S
    assert foes_start_s(1) == YELLOW_S  # yellow stopped him


def test_where_the_lane_stood_the_foes_start_later() -> None:
    assert foes_start_s(8) == YELLOW_S + HELD_RED_S
    assert foes_start_s(8, inside=False) == YELLOW_S
    assert foes_start_s(8, held_red_s=0) == YELLOW_S


@pytest.mark.parametrize("leaves_s", [2, YELLOW_S, YELLOW_S + 1, YELLOW_S + 2, YELLOW_S + 3])
def test_where_somebody_starts_late_he_is_over_before_they_come(leaves_s: int) -> None:
    assert foes_start_s(8, leaves_s) >= leaves_s + Settings().late_start_s
    assert foes_start_s(8, leaves_s) <= leaves_s + Settings().late_start_s + Settings().late_entry_s + 1


def test_who_crosses_in_the_last_second_of_yellow_has_a_second_more() -> None:
    assert foes_start_s(1, YELLOW_S, inside=False) == YELLOW_S + Settings().late_entry_s


def scene(rng: np.random.Generator) -> tuple[Tables, SignalState, LaneState, FloatArray]:
    x = intersection(rng)
    inside = rng.random((x.n_phases, x.n_lanes)) < 0.5
    conflicts = rng.random((x.n_links, x.n_links)) < 0.4
    conflicts |= conflicts.T
    tables = pack([replace(x, waits_inside=inside, conflicts=conflicts,
                           intergreen_s=np.where(conflicts, rng.integers(2, 9, conflicts.shape), 0))])
    state, lanes, n = Sequencer(tables, np.zeros(x.n_links, dtype=np.uint8)).state, lane_state(tables), x.n_links
    state.previous[:], state.phase[:] = rng.integers(-1, x.n_phases), rng.integers(x.n_phases)
    state.shown[:] = rng.choice(np.array([RED, YELLOW, PERMISSIVE, GREEN], dtype=np.uint8), n)
    state.yellow_run_s[:] = rng.integers(1, 4, n)
    state.ended_s[:] = rng.integers(0, 7, n)
    state.priority_ended_s[:] = state.ended_s + rng.integers(0, 4, n)
    lanes.head_s[:] = rng.integers(0, 9, x.n_lanes)
    lanes.green_s[:] = rng.choice([0, 0, 1, 5], x.n_lanes)
    lanes.inside[:] = rng.integers(0, 4, x.n_lanes)
    lanes.to_clear_s[:], lanes.near[:] = rng.integers(0, 6, x.n_lanes), rng.integers(2, 7, x.n_lanes)
    for flags in (lanes.may_start, lanes.held, lanes.priority):
        flags[:] = rng.integers(0, 2, x.n_lanes)
    for seconds in (lanes.caught_s, lanes.idle_s):
        seconds[:] = rng.integers(0, 7, x.n_lanes)
    return tables, state, lanes, rng.choice([0.0, 0.3, 1.0], 10)


def twins_of(
    tables: Tables, state: SignalState, lanes: LaneState, left: FloatArray
) -> tuple[list[twins_late.Lamp], list[twins_late.Lane]]:
    links = len(state.shown)
    meets, owed = tables.conflicts.reshape(links, links), tables.intergreen_s.reshape(links, links)
    lamps = [twins_late.Lamp(*row, owed[j][meets[j]].tolist()) for j, row in enumerate(zip(
        state.shown.tolist(), tables.yellow_s.tolist(), state.yellow_run_s.tolist(), state.ended_s.tolist(),
        state.priority_ended_s.tolist(), strict=True))]
    for j, lamp in enumerate(lamps):
        lamp.meets = [lamps[other] for other in np.flatnonzero(meets[j])]
    before, n = int(state.previous[0]), len(lanes.head_s)
    inside, served = tables.waits_inside.reshape(-1, n), tables.service_vps.reshape(-1, n) > 0.0
    twins = [twins_late.Lane([lamps[tables.lane_links[e]] for e in range(*tables.lane_link_ptr[k:k + 2])],
                             before >= 0 and bool(inside[before, k]), before >= 0 and bool(served[before, k]),
                             int(lanes.head_s[k]), int(lanes.green_s[k]), bool(lanes.may_start[k]),
                             float(left[tables.stop_loop[k]]) if tables.stop_loop[k] >= 0 else None,
                             int(lanes.idle_s[k]), int(lanes.caught_s[k]),
                             before >= 0 and bool(lanes.held[k]), int(lanes.inside[k]),
                             bool(inside[state.phase[0], k]), bool(lanes.priority[k]), int(lanes.to_clear_s[k]),
                             float(lanes.near[k])) for k in range(n)]
    return lamps, twins


@given(st.integers(0, 2**32 - 1))
def test_the_kernel_and_its_twin_say_the_same(seed: int) -> None:
    tables, state, lanes, left = scene(np.random.default_rng(seed))
    lamps, twins = twins_of(tables, state, lanes, left)
    before = int(state.previous[0])
    settings = Settings()
    ask(tables, state, lanes, left, settings)
    twins_late.second(twins, settings.late_entry_s, settings.held_red_s, settings.late_start_s)
    assert state.ended_s.tolist() == [lamp.over_s for lamp in lamps]
    assert state.priority_ended_s.tolist() == [lamp.priority_over_s for lamp in lamps]
    if before >= 0:
        assert lanes.may_start.tolist() == [int(lane.may_start) for lane in twins]
        assert lanes.held.tolist() == [int(lane.held) for lane in twins]
    assert lanes.inside.tolist() == [lane.inside for lane in twins]
    assert lanes.to_clear_s.tolist() == [lane.to_clear_s for lane in twins]


@given(st.integers(0, 2**32 - 1), st.sampled_from([0, HELD_RED_S]))
def test_the_planner_counts_on_what_is_held(seed: int, held_red_s: int) -> None:
    rng = np.random.default_rng(seed)
    tables, state, lanes, left = scene(rng)
    n, phases = len(lanes.head_s), int(tables.phase_ptr[1])
    lanes.mid_occupancy[:], lanes.far_occupancy[:] = rng.choice([0.2, 0.9], (2, n))
    settings, work = Settings(held_red_s=held_red_s), plan_work(tables, 20)
    stays = rng.integers(1, 20, (phases, phases))
    work.stay_s[:phases, :phases] = stays
    starts, longer = tables.start_lag_s.reshape(phases, phases, n).tolist(), stays.tolist()
    inside, present = tables.waits_inside.reshape(phases, n), int(rng.integers(phases))
    links = [tables.lane_links[slice(*tables.lane_link_ptr[k:k + 2])] for k in range(n)]
    state.previous[:] = present
    ways = twins_of(tables, state, lanes, left)[1]
    twins = [twins_late.Opposed(set(np.flatnonzero(inside[:, k]).tolist()), ways[k].may_be_inside(),
                                tables.yellow_s[links[k]].tolist(),
                                ways[k].stands(ways), bool(lanes.held[k]),
                                (float(lanes.mid_occupancy[k]), float(lanes.far_occupancy[k]))) for k in range(n)]
    lag_s, known_s = np.zeros((phases, phases, n), dtype=np.uint8), tables.start_lag_s.copy()
    ask_lags(tables, state, lanes, work, present, settings, lag_s)
    twins_late.plan_with(starts, longer, twins, present, held_red_s, settings.saturated_occupancy)
    assert lag_s.tolist() == starts
    assert tables.start_lag_s.tolist() == known_s.tolist()
    assert work.stay_s[:phases, :phases].tolist() == longer
