"""A wait that comes close to the maximum red decides what is shown, in time and for everybody."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from signal_core.kernels import deadlines
from signal_core.kernels.compiled import kernel
from signal_core.planning.work import DecisionWork, decision_work
from signal_core.sequencing.sequencer import Sequencer
from signal_core.tables.arrays import GREEN, PERMISSIVE, RED
from signal_core.tables.intersection import Intersection
from signal_core.tables.packed import Tables, pack
from signal_core.tables.state import LaneState, SignalState, lane_state
from tests.kernels import twins_deadlines
from tests.kernels.junctions import intersection, no_loops
from tests.kernels.twins_deadlines import Junction, Waiting

pytestmark = pytest.mark.kernel

NEVER = 255


@kernel
def ask(tables, signals, lanes, work, planned, limit_s):  # type: ignore[no-untyped-def]
    return deadlines.forced(tables, signals, lanes, work.space.service, 0, planned, limit_s, work.deadlines)


@kernel
def ask_in_order(tables, signals, lanes, work, limit_s):  # type: ignore[no-untyped-def]
    space = work.space
    return deadlines.forced_in_order(tables, signals, lanes, space.service, space.min_split_s, 0, limit_s)


def scene(rng: np.random.Generator) -> tuple[Tables, SignalState, LaneState, DecisionWork]:
    x = intersection(rng)
    tables = pack([x])
    state = Sequencer(tables, np.full(x.n_links, RED, dtype=np.uint8)).state
    lanes, work = lane_state(tables), decision_work(tables, 20)

    def waits(n: int) -> NDArray[np.int64]:
        return np.where(rng.random(n) < 0.4, 0, rng.integers(0, 130, n))

    state.phase[0] = rng.integers(x.n_phases)
    known = rng.random(x.n_links) < 0.5
    state.called_s[:] = np.where(known, waits(x.n_links), -1)
    state.clearing_s[:], lanes.head.unserved_s[:] = waits(x.n_links), waits(x.n_lanes)
    lanes.green.red_s[:] = waits(x.n_lanes)
    lanes.queue.near[:], lanes.queue.beyond[:] = rng.integers(0, 9, x.n_lanes), rng.integers(0, 9, x.n_lanes)
    work.space.service[:x.n_phases, :x.n_lanes] = x.service_vps
    return tables, state, lanes, work


def told(tables: Tables, state: SignalState, lanes: LaneState, work: DecisionWork) -> Junction:
    phases, n_lanes = int(tables.phase_ptr[1]), int(tables.lane_ptr[1])
    n = int(tables.link_ptr[1])
    split = tables.min_split_s.reshape(phases, phases).astype(int)
    lag = tables.start_lag_s.reshape(phases, phases, n_lanes).astype(int)
    codes = tables.phase_codes.reshape(phases, n)
    green = (codes == GREEN) | (codes == PERMISSIVE)
    waiting = []
    for k in range(n_lanes):
        waited = lanes.head.unserved_s[k] if tables.stop_loop[k] >= 0 else lanes.green.red_s[k]
        waiting.append(Waiting(int(waited), tuple(work.space.service[:phases, k]), lag[:, :, k].tolist(), True))
    for j in np.flatnonzero(tables.undetected):
        until = np.maximum(split - int(tables.min_green_s[j]), 0)
        waited = int(state.clearing_s[j] if state.called_s[j] < 0 else state.called_s[j])
        waiting.append(Waiting(waited, tuple(green[:, j].astype(float)), until.tolist(), False))
    served, queue = work.space.service > 0.0, lanes.queue.near + lanes.queue.beyond
    queues = [float(sum(queue[k] for k in range(n_lanes) if served[p, k])) for p in range(phases)]
    work.space.min_split_s[:phases, :phases] = split
    return Junction(int(state.phase[0]), int(tables.own_phases[0]), split.tolist(), queues, waiting)


@given(st.integers(0, 2**32 - 1), st.integers(60, 130))
def test_as_the_twin_says(seed: int, limit_s: int) -> None:
    rng = np.random.default_rng(seed)
    parts = scene(rng)
    junction = told(*parts)
    for planned in range(len(junction.split)):
        assert ask(*parts, planned, limit_s) == twins_deadlines.forced(junction, planned, limit_s)
    assert ask_in_order(*parts, limit_s) == twins_deadlines.forced_in_order(junction, limit_s)


def test_both_answers_occur() -> None:
    answers = [ask(*(parts := scene(np.random.default_rng(seed))), int(parts[1].phase[0]), 110) for seed in range(100)]
    assert {-1, 0, 1} <= set(answers)


def crossing_of_two(split: list[list[int]], waited_s: list[int]) -> tuple[Tables, SignalState, LaneState, DecisionWork]:
    """Three phases, each with a walk of its own, that nobody sees."""
    codes = np.array([[GREEN, RED, RED, GREEN], [RED, GREEN, RED, RED], [RED, RED, GREEN, RED]], dtype=np.uint8)
    lag = np.full((3, 3, 1), NEVER)
    lag[:, 0] = 3
    tables = pack([Intersection(
        id="x", phase_codes=codes, conflicts=np.zeros((4, 4), dtype=np.bool_), yellow_s=np.zeros(4, dtype=np.int64),
        intergreen_s=np.zeros((4, 4), dtype=np.int64), min_green_s=np.full(4, 10),
        service_vps=np.array([[0.5], [0.0], [0.0]]), start_lag_s=lag, min_split_s=np.array(split),
        lane_link_ptr=np.array([0, 1]), lane_links=np.array([3]), stop_loop=np.array([0]),
        mid=no_loops(1), far=no_loops(1),
        mid_storage=np.ones(1), far_storage=np.ones(1), shown_s=np.ones(3))])
    state = Sequencer(tables, np.full(4, RED, dtype=np.uint8)).state
    state.phase[0], state.clearing_s[:3] = 0, waited_s
    work = decision_work(tables, 20)
    work.space.service[:3, :1] = [[0.5], [0.0], [0.0]]
    return tables, state, lane_state(tables), work


def test_two_who_cannot_both_be_last_go_one_after_the_other() -> None:
    split = [[1, 20, 20], [20, 1, 20], [20, 20, 1]]  # a change takes 10 s and the green after it 10
    assert ask(*crossing_of_two(split, [0, 85, 70]), 0, 110) == -1
    assert ask(*crossing_of_two(split, [0, 101, 70]), 0, 110) == 1  # there is no later moment for the first
    assert ask(*crossing_of_two(split, [0, 85, 81]), 0, 110) == 1  # nor for the second, as the first goes before it


def test_a_planned_phase_that_would_keep_somebody_too_long_is_not_begun() -> None:
    split = [[1, 20, 20], [20, 1, 20], [20, 20, 1]]
    assert ask(*crossing_of_two(split, [0, 85, 20]), 0, 110) == -1
    assert ask(*crossing_of_two(split, [0, 85, 20]), 2, 110) == 1
    assert ask(*crossing_of_two(split, [0, 85, 20]), 1, 110) == -1
