"""What the engine means to do next while it drives: looked at for who looks on, never by what controls."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from controllers.cabinet.decider import Decider
    from signal_core.planning.foresight import Foresight

Stages = list[tuple[int, int]]
"""Places in the site's stages, and the second from now until which each is kept; 0: nobody knows."""


class Intent:
    """Of one signal. What it needs is loaded in a thread of its own; until then it says nothing."""

    def __init__(self, decider: Decider) -> None:
        self._decider = decider
        self._foresight: Foresight | None = None
        threading.Thread(target=self._load, name="intent", daemon=True).start()

    def stages(self, shown: int) -> Stages:
        """What is to be shown one after the other; shown: the stage now, below 0 between two. Empty for not known."""
        wanted = self._decider.wanted
        if wanted < 0:
            return []
        if shown < 0:
            return [(wanted, 0)]
        if wanted != shown:
            return [(shown, 1), (wanted, 0)]
        return self.course(shown)

    def course(self, stage: int) -> Stages:
        """What the engine means to show after `stage`, which is shown or being changed to. Empty until it is loaded."""
        if self._foresight is None:
            return []
        self._foresight.look()
        return self._foresight.stages(0, stage)

    def _load(self) -> None:
        """Every kernel, on a trial that shares nothing with what controls."""
        from signal_core.estimating.estimator import Estimator
        from signal_core.planning.foresight import Foresight
        from signal_core.planning.planner import Planner
        from signal_core.tables.state import signal_state

        mine = self._decider.planner.estimator
        watched = None if mine.health is None else mine.health.anew()
        trial = Planner(Estimator(mine.tables, signal_state(mine.tables, mine.signals.shown), mine.settings, watched))
        nothing = np.zeros(mine.n_loops)
        trial.estimator.observe(nothing, nothing, nothing)
        Foresight(trial).look()
        self._foresight = Foresight(self._decider.planner)
