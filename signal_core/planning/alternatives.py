"""What the planner weighed at one signal in one second: every first action with its predicted cost.

Nothing here takes part in control: it looks at a `Planner` between its decision and the next observation.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

from signal_core.kernels import alternatives, planner
from signal_core.kernels.codes import LONG_AGO_S
from signal_core.kernels.compiled import direct
from signal_core.kernels.kept import kept
from signal_core.planning.planner import Planner
from signal_core.planning.work import DecisionWork, decision_work
from signal_core.settings import Settings
from signal_core.tables.arrays import FloatArray
from signal_core.tables.slots import counting
from signal_core.tables.state import SignalState

PLANNED, FINISHING, OVERDUE, ANNOUNCED = "planned", "finishing", "overdue", "announced"
SHORT_WAY, CLAIM, EXIT = "short way", "claim", "exit"
FORCED = (OVERDUE, SHORT_WAY, CLAIM, EXIT)
"""Why a phase was taken that the planner would not have chosen."""
WITHOUT: tuple[tuple[str, dict[str, int]], ...] = (
    (FINISHING, {}), (OVERDUE, {"max_red_s": LONG_AGO_S}), (SHORT_WAY, {"drain_rings": 0}), (CLAIM, {"claims": 0}),
)  # fmt: skip
"""What each rule is switched off by, in the order in which they are asked."""


class Weighed(NamedTuple):
    """One second at signal i with P phases and L lanes, over a horizon of H seconds.

    why: PLANNED; FINISHING, a change or a minimum split was under way, nothing was decided; OVERDUE, a wait close to
    the maximum red decided; SHORT_WAY, one that fills; CLAIM, a lane that is owed green; EXIT, who may go at a full
    exit, or who is to wait before a ring; ANNOUNCED, what comes next was said before. phase: what was wanted from then
    on; next_phase and next_s: the change planned next, the present phase and 0 for none within the horizon. cost:
    predicted cost of what the planner would choose; keep: of keeping the present phase to the horizon; leave:
    float64[P, H], of leaving it for p after t seconds, inf for the present phase itself. All as if the signal were free
    to change, which FINISHING is not; where every change is announced, as of when that can begin, with t from then on.
    queue: float64[L], vehicles; arrivals: float64[H, L] per second; rate_vps: float64[L], discharge of the present
    green; service_vps: float64[P, L]; weight: float64[L], what a second of waiting counts.
    """

    why: str
    phase: int
    next_phase: int
    next_s: int
    cost: float
    keep: float
    leave: FloatArray
    queue: FloatArray
    arrivals: FloatArray
    rate_vps: FloatArray
    service_vps: FloatArray
    weight: FloatArray


def for_now(settings: Settings) -> Settings:
    """Those by which a phase is chosen: where only what is sure is announced, the rest is decided as without."""
    return settings._replace(commitment_s=0) if settings.commitment_margin_vehicle_s > 0.0 else settings


def weigh(engine: Planner, i: int) -> Weighed:
    """Look at signal `i`. The state of `engine` must be that in which it decided; it stays as it is."""
    settings, horizon = for_now(engine.settings), engine.settings.horizon_s
    signals = engine.estimator.signals
    present = int(signals.phase[i])
    decided, wanted = _tried(engine, copied(signals), settings, i, decision_work(engine.tables, horizon))
    work = _as_if_free(engine, i)
    problem = problem_of(engine, i, work)
    given = kept(work.plan), kept(settings)
    found = planner.plan(problem, *given, True)
    cost_of = direct(alternatives.cost_of, 0, 0, problem, *given)
    leave = np.array([[np.inf if p == present else cost_of(p, t, problem, *given) for t in range(horizon)]
                      for p in range(problem.n_phases)])
    keep = float(cost_of(0, horizon, problem, *given))
    after, start_s = _next_change(found, present, leave)
    why = FINISHING if not decided else PLANNED if wanted == found.phase else _forced_by(engine, i, found.phase)
    if signals.due_s[i] >= 0:
        why, after, start_s = ANNOUNCED, int(signals.announced[i]), int(signals.due_s[i])
    lanes, space = int(engine.tables.lane_ptr[i + 1] - engine.tables.lane_ptr[i]), work.space
    return Weighed(why, wanted, after, start_s, float(found.cost), keep, leave, space.queue[:lanes],
                   space.arrivals[:lanes, :horizon].T, space.rate_now[:lanes], space.service[:problem.n_phases, :lanes],
                   space.weight[:lanes])


def _forced_by(engine: Planner, i: int, planned: int) -> str:
    """The rule without which signal i would have got the phase that was planned, or would with those before it.

    FINISHING where that is its shortest green, which is longer while a lane is saturated.
    """
    signals, settings = copied(engine.estimator.signals), for_now(engine.settings)
    signals.since_s[i] = LONG_AGO_S
    for why, off in WITHOUT:
        settings = settings._replace(**off)
        work = decision_work(engine.tables, settings.horizon_s)
        if _tried(engine, copied(signals), settings, i, work)[1] == planned:
            return why
    return EXIT


def _as_if_free(engine: Planner, i: int) -> DecisionWork:
    """Scratch space as the planner fills it for signal i where no minimum split or long wait forbids or decides."""
    work = decision_work(engine.tables, engine.settings.horizon_s)
    state = copied(engine.estimator.signals)
    state.settled[i] = 1
    state.since_s[i] = LONG_AGO_S
    state.due_s[i], state.next_phase[i] = -1, -1
    settings = for_now(engine.settings)._replace(max_red_s=LONG_AGO_S)
    _tried(engine, state, settings, i, work)
    return work


def _tried(engine: Planner, signals: SignalState, settings: Settings, i: int, work: DecisionWork) -> tuple[int, int]:
    """Decisions taken, and the phase wanted at signal i, if these were signals, which are written to, and settings."""
    wanted = signals.phase.copy()
    with only_tried(engine):
        decided = engine.plan_as_if(kept(signals), kept(settings), i, i + 1, wanted, kept(work))
    return decided, int(wanted[i])


@contextmanager
def only_tried(engine: Planner) -> Iterator[None]:
    """Decisions in here pay no claim: they are looked at, and not taken."""
    paid = engine.estimator.lanes.claims.is_paid
    before = paid.copy()
    yield
    paid[:] = before


def copied(signals: SignalState) -> SignalState:
    """A decision leaves traces, which are not to be in those that control."""
    return SignalState(**{name: values.copy() for name, values in signals._asdict().items()})


def problem_of(engine: Planner, i: int, work: DecisionWork) -> planner.Problem:
    """What the planner was asked for signal i, out of the scratch space it was gathered in."""
    tables, space = engine.tables, work.space
    phases = int(tables.phase_ptr[i + 1] - tables.phase_ptr[i])
    first, last = int(tables.lane_ptr[i]), int(tables.lane_ptr[i + 1])
    lag_s = tables.start_lag_s[tables.lag_ptr[i]:tables.lag_ptr[i + 1]].reshape(phases, phases, last - first)
    best_vps, n = tables.best_vps[first:last], last - first
    waiting = engine.estimator.signals.waiting[tables.link_ptr[i]:tables.link_ptr[i + 1]]
    if (waiting > 0.0).any():  # lanes of their own
        n += int(np.count_nonzero(waiting > 0.0))
        best_vps, lag_s = space.best_vps[:n], space.joined_lag_s[:phases * phases * n].reshape(phases, phases, n)
    asking = len(counting(engine.estimator.signals.asked, i, engine.settings))
    if asking:
        n += asking
        best_vps, lag_s = space.best_vps[:n], space.asked_lag_s[:phases * phases * n].reshape(phases, phases, n)
    return planner.Problem(
        int(engine.estimator.signals.phase[i]), phases, n, engine.settings.horizon_s, space.queue,
        space.arrivals, space.weight, space.rate_now, space.service, best_vps, lag_s, space.min_split_s)


def _next_change(found: planner.Plan, present: int, leave: FloatArray) -> tuple[int, int]:
    """The first change on the way that was chosen: (phase, in seconds); the plan itself names only one of both."""
    if found.phase != present:
        return int(found.phase), 0
    if found.start_s == 0:
        return present, 0
    return int(np.argmin(leave[:, found.start_s])), int(found.start_s)
