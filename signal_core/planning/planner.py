"""Which phase every signal is to show next: one kernel call a second over a batch of signals.

    planner = Planner(Estimator(tables, sequencer.state, settings))
    each second, once its estimator has observed: planner.plan(wanted)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from signal_core.estimating.estimator import Estimator
from signal_core.kernels import decision
from signal_core.kernels.compiled import direct
from signal_core.kernels.kept import kept
from signal_core.planning.work import DecisionWork, decision_work
from signal_core.settings import Settings
from signal_core.tables.arrays import IntArray, fitted
from signal_core.tables.packed import Tables
from signal_core.tables.state import LaneState, SignalState, signal_state


class Planner:
    """Decides for every signal that may leave its phase, from what an estimator knows."""

    def __init__(self, estimator: Estimator) -> None:
        self.estimator: Final = estimator
        self.tables: Final = estimator.tables
        self.settings: Final = estimator.settings
        self.work: Final = decision_work(self.tables, self.settings.horizon_s)
        self._work = kept(self.work)
        self._plan = compiled_plan(*estimator.kept, self._work, estimator.kept_settings)

    def warm_up(self) -> None:
        """Have every kernel compiled before the first decision counts; nothing is remembered of it."""
        mine = self.estimator
        watched = None if mine.health is None else mine.health.anew()
        trial = Planner(Estimator(self.tables, signal_state(self.tables, mine.signals.shown), self.settings, watched))
        nothing = np.zeros(mine.n_loops)
        trial.estimator.observe(nothing, nothing, nothing)
        trial.estimator.signals.settled[:] = 1
        trial.plan(np.zeros(len(mine.signals.phase), dtype=np.int64))

    def plan(self, wanted: IntArray) -> int:
        """Write the phase of every signal that may leave its phase; return the number of decisions taken.

        Raises ValueError where `wanted` is not int64[signals].
        """
        signals = self.estimator.signals
        return self.plan_range(0, len(signals.phase), fitted(wanted, signals.phase, "wanted"), self._work)

    def plan_range(self, first: int, last: int, wanted: IntArray, work: DecisionWork) -> int:
        """`plan` for signals first .. last - 1 alone; others may be planned meanwhile. work: scratch space, `kept`."""
        mine = self.estimator
        return int(self._plan(*mine.kept, work, first, last, mine.clock_s, wanted, mine.kept_settings))

    def plan_as_if(self, signals: SignalState, settings: Settings, first: int, last: int, wanted: IntArray,
                   work: DecisionWork) -> int:
        """`plan_range` if the signals and settings, `kept`, were these: for looking at decisions."""
        tables, _, lanes = self.estimator.kept
        return int(self._plan(tables, signals, lanes, work, first, last, self.estimator.clock_s, wanted, settings))


def compiled_plan(tables: Tables, signals: SignalState, lanes: LaneState, work: DecisionWork,
                  settings: Settings) -> Callable[..., Any]:
    """The planner's kernel for records, `kept`, of these types."""
    return direct(decision.plan_range, tables, signals, lanes, work, 0, 0, 0, np.zeros(0, dtype=np.int64), settings)
