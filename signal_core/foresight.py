"""What the planner means to do next at every signal: the phase after the present one, and when.

Nothing here takes part in control: it looks at a `Planner` between its decision and the next observation.
"""

from __future__ import annotations

import numpy as np

from signal_core.alternatives import problem_of
from signal_core.arrays import IntArray
from signal_core.engine import Planner
from signal_core.kernels import planner as kernel
from signal_core.kernels.codes import LONG_AGO_S
from signal_core.state import SignalState
from signal_core.work import decision_work

NONE = -1


class Foresight:
    """Asks a planner every second."""

    def __init__(self, engine: Planner) -> None:
        self._engine = engine
        self._work = decision_work(engine.tables, engine.settings.horizon_s)
        signals = len(engine.estimator.signals.phase)
        self.phase: IntArray = np.full(signals, NONE, dtype=np.int64)
        """The phase meant to follow, NONE where the present one is kept to the horizon."""
        self.in_s: IntArray = np.zeros(signals, dtype=np.int64)
        """Seconds until it begins, 0 for now; not before its present minimum split is over, which is not asked here."""

    def look(self) -> None:
        """Fill ``phase`` and ``in_s``. What is announced is what will be."""
        engine, signals = self._engine, self._engine.estimator.signals
        free = _free(signals)
        paid = engine.estimator.lanes.claims.is_paid
        kept = paid.copy()  # a decision that is only tried pays nobody
        for i in range(len(self.phase)):
            if signals.due_s[i] >= 0:
                self.phase[i], self.in_s[i] = signals.announced[i], signals.due_s[i]
            else:
                self._try(i, free)
        paid[:] = kept

    def _try(self, i: int, free: SignalState) -> None:
        engine, work = self._engine, self._work
        present, lead_s = int(free.phase[i]), engine.settings.commitment_s
        wanted = free.phase.copy()
        engine.plan_as_if(free, engine.settings, i, i + 1, wanted, work)
        decided = int(free.announced[i]) if free.due_s[i] >= 0 else int(wanted[i])
        if decided != present:
            self.phase[i], self.in_s[i] = decided, lead_s
            return
        problem = problem_of(engine, i, work)
        found = kernel.plan(problem, work.plan, engine.settings, True)
        self.phase[i], self.in_s[i] = NONE, 0
        if found.phase == present and found.start_s > 0:
            ends = work.plan.key[:problem.n_phases, problem.horizon_s].copy()
            ends[work.plan.when[:problem.n_phases, problem.horizon_s] != found.start_s] = np.inf
            first = int(work.plan.first[int(np.argmin(ends)), problem.horizon_s])
            self.phase[i], self.in_s[i] = first, found.start_s + lead_s


def _free(signals: SignalState) -> SignalState:
    """A copy in which every signal may leave its phase."""
    state = SignalState(**{name: values.copy() for name, values in signals._asdict().items()})
    state.settled[:], state.since_s[:] = 1, LONG_AGO_S
    state.due_s[:] = NONE
    return state
