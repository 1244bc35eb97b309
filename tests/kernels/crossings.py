"""Random intersections for the planner's tests, and how to ask the kernel."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from signal_core.kernels import planner
from signal_core.kernels.kept import kept
from signal_core.planning.work import PlanWork, plan_work
from signal_core.settings import Settings
from tests.kernels.twins import Crossing

SIZES = st.tuples(st.integers(1, 6), st.integers(1, 9), st.integers(1, 24) | st.integers(25, 48))


Tables = tuple[NDArray[np.bool_], NDArray[np.int64], NDArray[np.int64]]


def _tables(draw: np.random.Generator, phases: int, lanes: int) -> Tables:
    """Which phase serves which lane, start lags and shortest stays, with changes of one second and of many."""
    serves = draw.random((phases, lanes)) < draw.choice([0.2, 0.5])
    lag = draw.integers(1, 7, (phases, phases, lanes))
    lag[draw.random(lag.shape) < 0.3] = 0
    lag[~np.broadcast_to(serves, lag.shape)] = 255
    split = draw.integers(1, draw.choice([4, 9, 30]), (phases, phases))
    return serves, lag, split


@st.composite
def crossings(draw: st.DrawFn, exact: bool = False) -> Crossing:
    """Any intersection; `exact`: numbers with which nothing is ever rounded, so that ties are ties."""
    phases, lanes, horizon = draw(SIZES)
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    serves, lag, split = _tables(rng, phases, lanes)

    def numbers(*shape: int, most: float = 1.0) -> NDArray[np.float64]:
        values = most * rng.random(shape)
        return np.asarray(np.floor(4.0 * values) / 4.0 if exact else values)

    rates = np.exp2(-rng.integers(0, 3, (phases, lanes))) if exact else 0.3 + 0.4 * numbers(phases, lanes)
    arrivals = numbers(horizon, lanes, most=0.5) + (rng.random((horizon, lanes)) < 0.1)
    queue = numbers(lanes, most=draw(st.sampled_from([0.9, 5.0, 40.0]))) * (rng.random(lanes) < 0.7)
    service, phase = rates * serves, int(rng.integers(phases))
    return Crossing(
        phase, horizon, queue.tolist(), arrivals.tolist(), (1.0 + numbers(lanes, most=3.0)).tolist(),
        (service[phase] * (rng.random(lanes) < 0.8)).tolist(), service.tolist(), lag.tolist(), split.tolist(),
        share=0.5 if exact else 0.7, start_loss=draw(st.integers(0, 2)), yellow_use=draw(st.sampled_from([0, 0, 1, 3])),
        fixed_order=draw(st.sampled_from([False, False, True])))


def space(crossing: Crossing) -> PlanWork:
    return plan_work(len(crossing.service), len(crossing.queue), crossing.horizon)


def settings_of(crossing: Crossing) -> Settings:
    in_order = crossing.fixed_order
    return Settings(terminal_share=crossing.share, yellow_use_s=crossing.yellow_use, fixed_order=int(in_order),
                    start_loss_s=9 if in_order else crossing.start_loss,
                    order_loss_s=crossing.start_loss if in_order else 9)


def problem_of(crossing: Crossing) -> planner.Problem:
    lanes = len(crossing.queue)
    return planner.Problem(
        crossing.phase, len(crossing.service), lanes, crossing.horizon, np.array(crossing.queue),
        np.array(crossing.arrivals).reshape(crossing.horizon, lanes).T.copy(), np.array(crossing.weight),
        np.array(crossing.rate_now), np.array(crossing.service), np.array(crossing.best),
        np.array(crossing.lag, dtype=np.uint8), np.array(crossing.split))


def ask(crossing: Crossing, work: PlanWork | None = None, whole: bool = True) -> planner.Plan:
    """The kernel's answer."""
    found = planner.plan(problem_of(crossing), kept(work or space(crossing)), kept(settings_of(crossing)), whole)
    assert isinstance(found, planner.Plan)
    return found
