"""What the planner means to do next at every signal: the phases after the present one, and when.

Nothing here takes part in control: it looks at a `Planner` between its decision and the next observation.
"""

from __future__ import annotations

import numpy as np

from signal_core.kernels import planner as kernel
from signal_core.kernels.codes import LONG_AGO_S
from signal_core.kernels.kept import kept
from signal_core.planning.alternatives import copied, for_now, only_tried, problem_of
from signal_core.planning.planner import Planner
from signal_core.planning.work import PlanWork, decision_work
from signal_core.tables.arrays import IntArray
from signal_core.tables.state import SignalState

NONE = -1
Step = tuple[int, int]
"""A phase, and the seconds until the one before it is left for it."""
Stage = tuple[int, int]
"""A phase, and the second from now until which it is kept."""


class Foresight:
    """Asks a planner every second."""

    def __init__(self, engine: Planner) -> None:
        self._engine = engine
        self._work = decision_work(engine.tables, engine.settings.horizon_s)
        self._settings = for_now(engine.settings)
        self._free = copied(engine.estimator.signals)
        self._kept = kept(self._free), kept(self._settings), kept(self._work), kept(self._work.plan)
        signals = len(engine.estimator.signals.phase)
        self.phase: IntArray = np.full(signals, NONE, dtype=np.int64)
        """The phase meant to follow, NONE where the present one is kept to the horizon."""
        self.in_s: IntArray = np.zeros(signals, dtype=np.int64)
        """Seconds until it begins, 0 for now; not before its present minimum split is over, which is not asked here."""
        self.course: list[tuple[Step, ...]] = [()] * signals
        """That and every change after it; empty where the present phase is kept."""
        self.until_s: IntArray = np.zeros(signals, dtype=np.int64)
        """So far the course is planned; 0 where nothing is planned after its last change."""

    def look(self) -> None:
        """Fill all that is told here. What is announced is what will be."""
        signals = self._engine.estimator.signals
        _set_free(self._free, signals)
        with only_tried(self._engine):
            for i in range(len(self.phase)):
                if signals.due_s[i] >= 0:
                    following, due_s = int(signals.announced[i]), int(signals.due_s[i])
                    self.course[i] = self._after((following, due_s), i)
                else:
                    self.course[i] = self._course(i, True)
                self.phase[i], self.in_s[i] = self.course[i][0] if self.course[i] else (NONE, 0)

    def stages(self, i: int, now: int) -> list[Stage]:
        """What signal i, which is in phase `now` or goes to it, is to show one after the other; 0: nobody knows."""
        course = self.course[i]
        until = [1 + in_s for _, in_s in course] + [int(self.until_s[i])]
        return list(zip([now, *(phase for phase, _ in course)], until, strict=True))

    def _after(self, step: Step, i: int) -> tuple[Step, ...]:
        """That, and what is planned from there; the street by then is not known, so it is that of now."""
        self._free.phase[i] = step[0]
        return (step, *((phase, step[1] + in_s) for phase, in_s in self._course(i, False)))

    def _course(self, i: int, deeper: bool) -> tuple[Step, ...]:
        """deeper: where a wait or a claim decides, it is looked at what follows; else nobody knows."""
        engine, work, settings, free = self._engine, self._work, self._settings, self._free
        signals_given, settings_given, work_given, plan_given = self._kept
        present, lead_s = int(free.phase[i]), settings.commitment_s
        wanted = free.phase.copy()
        work.space.queue[:] = np.nan  # where it stays so, nothing was planned
        engine.plan_as_if(signals_given, settings_given, i, i + 1, wanted, work_given)
        decided = int(free.announced[i]) if free.due_s[i] >= 0 else int(wanted[i])
        free.due_s[i] = NONE
        problem = problem_of(engine, i, work)._replace(phase=present)
        found = kernel.plan(problem, plan_given, settings_given, True)
        self.until_s[i] = settings.horizon_s
        if found.status == kernel.OK and decided == found.phase:
            return tuple((phase, lead_s + in_s) for phase, in_s in _traced(work.plan, problem))
        if decided != present and deeper:
            return self._after((decided, lead_s), i)
        self.until_s[i] = 0 if decided != present else self.until_s[i]
        return ((decided, lead_s),) if decided != present else ()


def _traced(work: PlanWork, problem: kernel.Problem) -> list[Step]:
    """The changes on the way to the best label, and when; `work` as the planner left it."""
    at, phases, found = problem.horizon_s, problem.n_phases, []
    key, first, when = (values[:phases, at] for values in (work.key, work.first, work.when))
    phase = int(np.lexsort(((first >= 0) & (when == 0), key))[0])  # of equal ones, one that waits
    while work.first[phase, at] >= 0:
        before_s, before = divmod(int(work.origin[phase, at]), phases)
        if before != phase:
            found.append((phase, before_s))
        phase, at = before, before_s
    return found[::-1]


def _set_free(state: SignalState, signals: SignalState) -> None:
    """Make of `state` a copy in which every signal may leave its phase."""
    for name, values in signals._asdict().items():
        getattr(state, name)[:] = values
    state.settled[:], state.since_s[:], state.next_phase[:] = 1, LONG_AGO_S, NONE
    state.due_s[:] = NONE
