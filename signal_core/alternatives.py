"""What the planner weighed at one signal in one second: every first action with its predicted cost.

Nothing here takes part in control: it looks at a `Planner` between its decision and the next observation.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from signal_core.engine import Planner
from signal_core.intersection import FloatArray
from signal_core.kernels import alternatives, planner
from signal_core.kernels.compiled import direct
from signal_core.state import LONG_AGO_S, PlanWork, SignalState, plan_work

PLANNED, FINISHING, OVERDUE = "planned", "finishing", "overdue"


class Weighed(NamedTuple):
    """One second at signal i with P phases and L lanes, over a horizon of H seconds.

    why: PLANNED; FINISHING, a change or a shortest green was under way, nothing was decided; OVERDUE, a wait close to
    the maximum red decided. phase: what was wanted from then on; next_phase and next_s: the change planned next, the
    present phase and 0 for none within the horizon. cost: predicted cost of what the planner would choose; keep: of
    keeping the present phase to the horizon; leave: float64[P, H], of leaving it for p after t seconds, inf for the
    present phase itself. All as if the signal were free to change, which FINISHING is not.
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


def weigh(engine: Planner, i: int) -> Weighed:
    """Look at signal `i`. The state of `engine` must be that in which it decided; it stays as it is."""
    tables, horizon = engine.tables, engine.settings.horizon_s
    present = int(engine.state.phase[i])
    phases = int(tables.phase_ptr[i + 1] - tables.phase_ptr[i])
    lanes = int(tables.lane_ptr[i + 1] - tables.lane_ptr[i])
    wanted = engine.state.phase.copy()
    decided = engine.plan_range(i, i + 1, wanted, plan_work(tables, horizon))
    arguments = _arguments(engine, i, present, phases, lanes, _as_if_free(engine, i))
    work: PlanWork = arguments[-2]
    found = planner.plan(*arguments, True)
    cost_of = direct(alternatives.cost_of, 0, 0, *arguments)
    leave = np.array([[np.inf if p == present else cost_of(p, t, *arguments) for t in range(horizon)]
                      for p in range(phases)])
    keep = float(cost_of(0, horizon, *arguments))
    after, start_s = _next_change(found, present, leave)
    why = FINISHING if not decided else PLANNED if wanted[i] == found.phase else OVERDUE
    return Weighed(why, int(wanted[i]), after, start_s, float(found.cost), keep, leave, work.queue[:lanes],
                   work.arrivals[:lanes, :horizon].T, work.rate_now[:lanes], work.service[:phases, :lanes],
                   work.weight[:lanes])


def _as_if_free(engine: Planner, i: int) -> PlanWork:
    """Scratch space as the planner fills it for signal i where no shortest green or long wait forbids or decides."""
    work = plan_work(engine.tables, engine.settings.horizon_s)
    state = SignalState(**{name: values.copy() for name, values in engine.state._asdict().items()})
    state.settled[i] = 1
    state.since_s[i] = LONG_AGO_S
    settings = engine.settings._replace(max_red_s=LONG_AGO_S)
    wanted = state.phase.copy()
    engine._plan(engine.tables, state, engine.lanes, work, i, i + 1, engine._now, wanted, settings)
    return work


def _arguments(engine: Planner, i: int, present: int, phases: int, lanes: int, work: PlanWork) -> tuple[Any, ...]:
    """What `planner.plan` was given for signal i, out of the scratch space it was gathered in."""
    tables = engine.tables
    first = int(tables.lane_ptr[i])
    lag = tables.start_lag_s[tables.lag_ptr[i]:tables.lag_ptr[i + 1]].reshape(phases, phases, lanes)
    return (present, phases, lanes, engine.settings.horizon_s, work.queue, work.arrivals, work.weight, work.rate_now,
            work.service, tables.best_vps[first:first + lanes], lag, work.stay_s, work, engine.settings)


def _next_change(found: planner.Plan, present: int, leave: FloatArray) -> tuple[int, int]:
    """The first change on the way that was chosen: (phase, in seconds); the plan itself names only one of both."""
    if found.phase != present:
        return int(found.phase), 0
    if found.start_s == 0:
        return present, 0
    return int(np.argmin(leave[:, found.start_s])), int(found.start_s)
