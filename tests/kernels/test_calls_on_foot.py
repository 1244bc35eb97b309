"""Who waits on foot: a call is kept until green, waits at most so long, and costs what time of persons costs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signal_core.estimating.estimator import Estimator
from signal_core.kernels import walkers
from signal_core.kernels.kept import kept
from signal_core.planning.planner import Planner
from signal_core.planning.work import decision_work
from signal_core.sequencing.sequencer import Sequencer
from signal_core.settings import Settings
from signal_core.tables.arrays import GREEN, PERMISSIVE, RED
from signal_core.tables.intersection import Intersection
from signal_core.tables.packed import pack
from tests.kernels.approaches import marks, two_approaches
from tests.kernels.junctions import intersection
from tests.kernels.twins_walkers import Button, coming_vps, lag_s, weight

pytestmark = pytest.mark.kernel

SETTINGS = Settings()
HEAD_START_S = SETTINGS.max_red_s - SETTINGS.walk_wait_s
REPORTED = (0.0, 1.0, 3.0, float("nan"), -1.0)


@given(st.integers(0, 2**32 - 1))
def test_calls_as_the_twin_says(seed: int) -> None:
    rng = np.random.default_rng(seed)
    tables = pack([intersection(rng), intersection(rng)])
    n = int(tables.link_ptr[-1])
    sequencer = Sequencer(tables, np.full(n, RED, dtype=np.uint8))
    twins = [Button() for _ in range(n)]
    for _ in range(20):
        shown = rng.choice(np.array([RED, GREEN, PERMISSIVE], dtype=np.uint8), n, p=[0.8, 0.1, 0.1])
        reported = rng.choice(REPORTED, n, p=[0.5, 0.2, 0.2, 0.05, 0.05])
        sequencer.state.shown[:] = shown
        sequencer.take_calls(reported, SETTINGS)
        for j, twin in enumerate(twins):
            twin.second(bool(tables.undetected[j]), float(reported[j]), shown[j] != RED, HEAD_START_S)
            assert sequencer.state.waiting[j] == twin.persons
            assert sequencer.state.called_s[j] == (twin.clock_s if twin.known else -1)
            assert sequencer.state.came[j] == pytest.approx(twin.came)
            assert sequencer.state.watched_s[j] == pytest.approx(twin.watched_s)


@given(st.integers(0, 2**32 - 1))
def test_they_are_lanes_of_the_problem(seed: int) -> None:
    """What the planner was asked, by the scratch space of a decision."""
    rng = np.random.default_rng(seed)
    x = intersection(rng)
    tables = pack([x])
    sequencer = Sequencer(tables, np.full(x.n_links, RED, dtype=np.uint8))
    state, work = sequencer.state, decision_work(tables, 20)
    state.waiting[:] = np.where(tables.undetected & (rng.random(x.n_links) < 0.5), rng.integers(1, 5, x.n_links), 0)
    resting = float(rng.choice([0.0, 0.4, 1.0]))
    patient = Settings(horizon_s=20, sneaker_red_s=0, max_red_s=400, walk_wait_s=370, rest_in_walk=resting)
    waited_s = np.where(state.waiting > 0, rng.integers(0, 180, x.n_links), 0)
    known = (state.waiting > 0) | (tables.undetected & (rng.random(x.n_links) < 0.7))
    state.called_s[:] = np.where(state.waiting > 0, 400 - 370 + waited_s, np.where(known, 0, -1))
    state.came[:], state.watched_s[:] = rng.random(x.n_links) * 3.0, rng.integers(0, 400, x.n_links)
    planner = Planner(Estimator(tables, state, patient))
    state.settled[:], state.since_s[:] = 1, 200
    state.clearing_s[:] = 0
    planner.plan_range(0, 1, np.zeros(1, dtype=np.int64), kept(work))
    coming = [coming_vps(*each, resting) for each in zip(state.came, state.watched_s, strict=True)]
    links = [j for j in range(x.n_links) if state.waiting[j] > 0 or (known[j] and coming[j] > 0.0)]
    phases, lanes = x.n_phases, x.n_lanes
    if not links:
        return
    n = lanes + len(links)
    lag = work.space.joined_lag_s[: phases * phases * n].reshape(phases, phases, n)
    assert (lag[:, :, :lanes] == tables.start_lag_s.reshape(phases, phases, lanes)).all()
    for k, j in enumerate(links, start=lanes):
        serves = [x.phase_codes[p, j] in (GREEN, PERMISSIVE) for p in range(phases)]
        persons = float(state.waiting[j]) + 20 * coming[j]
        assert work.space.queue[k] == state.waiting[j]
        assert work.space.best_vps[k] == pytest.approx(persons)
        assert work.space.arrivals[k, :20].tolist() == [pytest.approx(coming[j])] * 20
        expected = weight(patient.walker_weight, int(waited_s[j]), patient.walk_wait_s)
        assert work.space.weight[k] == pytest.approx(expected, rel=1e-12)
        assert work.space.service[:phases, k].tolist() == pytest.approx([persons if each else 0.0 for each in serves])
        for a in range(phases):
            for b in range(phases):
                split_s, least_s = int(x.min_split_s[a, b]), int(x.min_green_s[j])
                assert lag[a, b, k] == lag_s(serves, a, b, split_s, least_s)


def _first_change_s(calls: list[list[float]] | None, busy: bool, seconds: int = 200) -> int:
    """Seconds until the second phase, which serves a crossing alone, is wanted; -1 for never."""
    tables = pack([replace(two_approaches(), unwatched=np.array([False, True]))])
    sequencer = Sequencer(tables, np.array([GREEN, RED], dtype=np.uint8))
    planner, wanted = Planner(Estimator(tables, sequencer.state, SETTINGS)), np.zeros(1, dtype=np.int64)
    for now in range(seconds):
        comes = (0, 1, 2) if busy and now % 2 == 0 else ()
        planner.estimator.observe(marks(comes), marks(comes), marks(comes))
        if calls is not None:
            sequencer.take_calls(calls[min(now, len(calls) - 1)], SETTINGS)
        planner.plan(wanted)
        if wanted[0] == 1:
            return now
        sequencer.show(sequencer.propose(wanted))
    return -1


def test_without_a_call_the_crossing_is_not_called() -> None:
    assert _first_change_s([[0.0, 0.0]], busy=True) == -1
    assert _first_change_s([[0.0, 0.0]], busy=False) == -1


def test_a_press_of_the_button_is_kept() -> None:
    press = [[0.0, 0.0]] * 20 + [[0.0, 1.0]] + [[0.0, 0.0]]
    assert 20 <= _first_change_s(press, busy=False) < 25


def test_nobody_waits_longer_than_the_maximum_wait_on_foot() -> None:
    press = [[0.0, 0.0]] * 20 + [[0.0, 1.0]] + [[0.0, 0.0]]
    changed_s = _first_change_s(press, busy=True)
    assert 20 <= changed_s <= 20 + SETTINGS.walk_wait_s - SETTINGS.max_red_margin_s + 1


def _street_with_a_walk() -> Intersection:
    """A street beside a walk, which costs it a little; and the street alone, after which a walk takes 8 s."""
    return replace(
        two_approaches(), phase_codes=np.array([[GREEN, GREEN], [GREEN, RED]], dtype=np.uint8),
        conflicts=np.zeros((2, 2), dtype=np.bool_), service_vps=np.array([[0.45, 0.0], [0.5, 0.0]]),
        start_lag_s=np.array([[[0, 255], [0, 255]], [[0, 255], [0, 255]]]), min_split_s=np.array([[1, 8], [8, 1]]),
        unwatched=np.array([False, True]))


@pytest.mark.parametrize("resting", [0, 1])
def test_a_walk_rests_where_people_come(resting: int) -> None:
    """A queue gains by the street alone: not as much as people who come lose by a walk that is over."""
    settings = SETTINGS._replace(rest_in_walk=float(resting))
    tables = pack([_street_with_a_walk()])
    sequencer = Sequencer(tables, np.array([GREEN, GREEN], dtype=np.uint8))
    sequencer.state.came[1], sequencer.state.watched_s[1] = 60.0, 40.0
    planner, wanted = Planner(Estimator(tables, sequencer.state, settings)), np.zeros(1, dtype=np.int64)
    seen = set()
    for now in range(40):
        comes = (1, 2) if now % 5 == 0 else ()
        planner.estimator.observe(marks(comes), marks(comes), marks((0, *comes)))
        sequencer.take_calls([0.0, 0.0], settings)
        planner.plan(wanted)
        sequencer.show(sequencer.propose(wanted))
        seen.add(int(sequencer.state.shown[1]))
    assert (seen == {GREEN}) == bool(resting)


def test_where_nobody_can_tell_it_is_as_without_calls() -> None:
    unknown = float("nan")
    as_before = _first_change_s(None, busy=True)
    assert as_before > 0
    assert _first_change_s([[unknown, unknown]], busy=True) == as_before


@pytest.mark.parametrize("calls", [None, [], [1.0], "no", [[1.0, 0.0]], object()])
def test_what_cannot_be_read_counts_as_unknown(calls: object) -> None:
    tables = pack([replace(two_approaches(), unwatched=np.array([False, True]))])
    sequencer = Sequencer(tables, np.array([GREEN, RED], dtype=np.uint8))
    sequencer.take_calls(calls, SETTINGS)  # type: ignore[arg-type]
    assert sequencer.state.called_s.tolist() == [walkers.UNKNOWN, walkers.UNKNOWN]
