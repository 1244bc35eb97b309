"""Splits inside their cycle: when a green ends early, against a plain twin, and laws of what is handed on."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signal_core.kernels import splits as kernel
from signal_core.kernels.arrivals import WINDOW
from signal_core.planning.splits import SplitPlanner, SplitSettings
from signal_core.sequencing.sequencer import Sequencer
from signal_core.settings import Settings
from signal_core.tables.arrays import GREEN, RED
from signal_core.tables.packed import pack
from signal_core.tables.state import LaneState, lane_state
from tests.kernels import twins_splits as twin
from tests.kernels.approaches import two_approaches
from tests.kernels.twins_splits import Seen

pytestmark = pytest.mark.kernel


@given(st.integers(0, 2**32 - 1), st.integers(0, 1000), st.integers(0, 8), st.sampled_from([0.5, 1.0, 3.0]))
@settings(max_examples=200, deadline=None)
def test_a_green_ends_early_where_the_twin_says_so(seed: int, now: int, gap_s: int, vehicles: float) -> None:
    draw = np.random.default_rng(seed)
    rates = draw.choice([0.0, 0.25, 0.5], (2, 2))
    tables = pack([dataclasses.replace(two_approaches(), service_vps=rates, stop_loop=draw.choice([-1, 0, 0, 0], 2))])
    lanes = lane_state(tables)
    lanes.queue.near[:], lanes.queue.beyond[:] = 0.4 * draw.integers(0, 3, (2, 2)) * (draw.random((2, 2)) < 0.5)
    lanes.head.stalled[:] = draw.random(2) < 0.2
    for ring in (lanes.arrivals.sure, lanes.arrivals.expected):
        ring[:] = draw.integers(1, 4, len(ring)) * (draw.random(len(ring)) < draw.choice([0.02, 0.2]))
    known = []
    for k in range(2):
        slots = [k * WINDOW + (now + 1 + t) % WINDOW for t in range(gap_s)]
        known.append(Seen(rates[:, k].tolist(), float(lanes.queue.near[k] + lanes.queue.beyond[k]),
                          [float(lanes.arrivals.sure[slot] + lanes.arrivals.expected[slot]) for slot in slots],
                          bool(lanes.head.stalled[k]), bool(tables.stop_loop[k] < 0)))
    options = SplitSettings(gap_s=gap_s, gap_vehicles=vehicles)
    for phase in (0, 1):
        found = kernel.is_served(tables, lanes, 0, phase, 1 - phase, now, options)
        assert found == twin.served(known, phase, 1 - phase, gap_s, vehicles)


@dataclasses.dataclass
class Split:
    """A phase from leaving the one before until leaving it, and the plan and the queues when it was left."""

    phase: int
    seconds: int
    split: list[int]
    queues: list[float]


def run(traffic: Callable[[int, LaneState], None], options: SplitSettings, seconds: int = 400) -> list[Split]:
    """The stays of a signal with two phases, from the first whole cycle on."""
    tables = pack([two_approaches()])
    sequencer, lanes = Sequencer(tables, np.array([GREEN, RED], dtype=np.uint8)), lane_state(tables)
    engine, wanted = SplitPlanner(tables, sequencer.state, lanes, Settings(), options), np.zeros(1, dtype=np.int64)
    stays: list[Split] = []
    for t in range(seconds):
        before, since = int(sequencer.state.phase[0]), int(sequencer.state.since_s[0])
        plan = [int(s) for s in engine.cycle.split_s]
        traffic(t, lanes)
        engine.plan(wanted)
        if wanted[0] != before:
            stays.append(Split(before, since, plan, (lanes.queue.near + lanes.queue.beyond).tolist()))
        sequencer.show(sequencer.propose(wanted).copy())
    return stays[2 - stays[0].phase:]


def queues_of(near: list[float]) -> Callable[[int, LaneState], None]:
    def set_queues(_second: int, lanes: LaneState) -> None:
        lanes.queue.near[:] = near

    return set_queues


def test_with_a_queue_everywhere_the_plan_is_kept_to_the_second() -> None:
    stays = run(queues_of([3.0, 3.0]), SplitSettings(full=10.0))
    assert len(stays) > 5
    assert all(stay.seconds == stay.split[stay.phase] for stay in stays)


def test_with_nobody_anywhere_phases_have_their_shortest_greens() -> None:
    stays = run(queues_of([0.0, 0.0]), SplitSettings())
    assert len(stays) > 30
    assert {stay.seconds for stay in stays} == {8}


def test_close_to_saturation_greens_last_their_splits() -> None:
    stays = run(queues_of([0.0, 0.0]), SplitSettings(full=0.0))
    assert len(stays) > 5
    assert all(stay.seconds == stay.split[stay.phase] for stay in stays)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_what_is_left_is_handed_on_within_the_cycle(seed: int) -> None:
    """No cycle is longer than its plan; a green that ends before its split leaves nobody behind."""
    draw = np.random.default_rng(seed)

    def traffic(_second: int, lanes: LaneState) -> None:
        for k in range(2):
            if draw.random() < 0.2:
                lanes.queue.near[k] = draw.choice([0.0, 0.0, 2.0])

    stays = run(traffic, SplitSettings(full=10.0))
    for first, second in zip(stays[::2], stays[1::2], strict=False):
        assert (first.phase, second.phase) == (0, 1)
        assert first.seconds + second.seconds <= sum(first.split)
        assert first.seconds <= first.split[0]
        for stay, allowed in ((first, first.split[0]), (second, sum(first.split) - first.seconds)):
            if stay.seconds < allowed:
                assert stay.queues[stay.phase] < 0.5


def test_who_has_a_queue_gets_what_the_others_leave() -> None:
    stays = run(queues_of([0.0, 3.0]), SplitSettings(full=10.0))
    assert len(stays) > 5
    assert all(stay.seconds == (8, sum(stay.split) - 8)[stay.phase] for stay in stays)
    assert all(stay.split[0] > 8 for stay in stays[:2])
