"""Requests in a decision: the jobs of the problem as the twin has them, what they change, and what bounds them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signal_core.estimating.estimator import Estimator
from signal_core.kernels.codes import SLOTS
from signal_core.kernels.kept import kept
from signal_core.planning.planner import Planner
from signal_core.planning.work import decision_work
from signal_core.sequencing.sequencer import Sequencer
from signal_core.settings import Settings
from signal_core.tables.arrays import GREEN, RED
from signal_core.tables.packed import pack
from signal_core.tables.slots import counting
from signal_core.tables.state import SignalState
from tests.kernels.approaches import marks, two_approaches
from tests.kernels.junctions import intersection
from tests.kernels.twins_requests import job

pytestmark = pytest.mark.kernel

HORIZON_S = 20
SETTINGS = Settings(horizon_s=HORIZON_S, sneaker_red_s=0)


def _ask(state: SignalState, rng: np.random.Generator, links: int, lanes: int) -> None:
    """Some slots at random: those of a link, of a lane, and empty ones."""
    for s in range(SLOTS):
        if rng.random() < 0.5:
            continue
        by_lane = rng.random() < 0.3
        link = -1 if by_lane else int(rng.integers(links))
        lane = int(rng.integers(lanes)) if by_lane else (link if link < lanes else -1)
        first = float(rng.integers(-10, 30))
        state.asked[s] = (1, 0, link, lane, float(rng.integers(1, 40)), first, first + rng.random(),
                          first + float(rng.integers(0, 8)), int(rng.integers(0, 30)), 0.0, 0.0)


@given(st.integers(0, 2**32 - 1))
def test_they_are_jobs_as_the_twin_has_them(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = intersection(rng)
    tables = pack([x])
    sequencer = Sequencer(tables, np.full(x.n_links, RED, dtype=np.uint8))
    state, work = sequencer.state, decision_work(tables, HORIZON_S)
    planner = Planner(Estimator(tables, state, SETTINGS))
    state.settled[:], state.since_s[:], state.clearing_s[:] = 1, 200, 0
    _ask(state, rng, x.n_links, x.n_lanes)
    asked = counting(state.asked, 0, SETTINGS)
    planner.plan_range(0, 1, np.zeros(1, dtype=np.int64), kept(work))
    if not len(asked):
        return
    n, space, splits = x.n_lanes + len(asked), work.space, x.min_split_s.tolist()
    lags = space.asked_lag_s[: x.n_phases**2 * n].reshape(x.n_phases, x.n_phases, n)
    for k, slot in enumerate(asked, start=x.n_lanes):
        lane, link = int(slot["lane"]), int(slot["link"])
        rates = space.service[: x.n_phases, lane].tolist() if lane >= 0 else None
        twin = job(
            x.phase_codes.tolist(), [link if link >= 0 else lane], rates,
            x.start_lag_s[:, :, lane].tolist() if lane >= 0 else None, splits, int(x.min_green_s[link]),
            float(space.queue[lane]), space.arrivals[lane, :HORIZON_S].tolist(), float(slot["earliest_s"]),
            float(slot["likely_s"]), float(slot["latest_s"]),
        )  # fmt: skip
        assert space.queue[k] == pytest.approx(twin.queue)
        assert space.arrivals[k, :HORIZON_S].tolist() == pytest.approx(twin.arrivals)
        assert space.service[: x.n_phases, k].tolist() == pytest.approx(twin.rates)
        assert space.best_vps[k] == pytest.approx(max(twin.rates))
        assert space.weight[k] == slot["weight"]
        assert lags[:, :, k].tolist() == twin.lags


def _course(due_s: int | None, weight: float = 20.0, seconds: int = 90, settings: Settings | None = None,
            preempts: int = 0) -> tuple[list[int], SignalState]:
    """The phase wanted in each second at a busy approach, where somebody asks for the other one, due at `due_s`."""
    tables = pack([two_approaches()])
    sequencer = Sequencer(tables, np.array([GREEN, RED], dtype=np.uint8))
    planner = Planner(Estimator(tables, sequencer.state, settings or Settings()))
    wanted, course = np.zeros(1, dtype=np.int64), []
    for now in range(seconds):
        goes = sequencer.state.shown[0] == GREEN and now % 3 == 0
        comes = (1, 2) if now % 3 == 0 else ()
        line = (0,) if goes or sequencer.state.shown[0] != GREEN else ()  # who has red stands there
        planner.estimator.observe(marks((*comes, *((0,) if goes else ()))), marks((*comes, *((0,) if goes else ()))),
                                  marks((*comes, *line)))
        slot = sequencer.state.asked[0]
        if due_s is not None and now >= 10:
            for name, value in (("active", 1), ("preempts", preempts), ("link", 1), ("lane", 1), ("weight", weight)):
                slot[name] = value
            for name in ("earliest_s", "likely_s", "latest_s"):
                slot[name] = due_s - now
        planner.plan(wanted)
        course.append(int(wanted[0]))
        sequencer.show(sequencer.propose(wanted))
    return course, sequencer.state


def test_green_comes_just_in_time_and_is_written_down() -> None:
    course, state = _course(40)
    assert 32 <= course.index(1) <= 37  # change of 3 s and one vehicle of 2 s before it is there
    assert state.asked[0]["early_s"] > 0.0
    assert 1 not in _course(None)[0]


def test_green_is_kept_only_so_long() -> None:
    settings = Settings(request_extension_s=10)
    course, state = _course(40, settings=settings)
    kept = sum(course[course.index(1) :])
    assert state.asked[0]["held_s"] == 10
    assert kept <= 10 + 12  # its minimum green, and the change back
    assert sum(_course(40, settings=settings, preempts=1)[0]) > kept + 15


def test_a_request_that_weighs_nothing_changes_nothing() -> None:
    assert _course(40, weight=0.0)[0] == _course(None)[0]


def test_what_it_costs_is_counted_of_those_who_wait() -> None:
    _, state = _course(40)
    assert state.asked[0]["cost_s"] > 0.0
