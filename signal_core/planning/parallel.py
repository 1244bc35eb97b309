"""Planning of a batch on several cores: one kernel on parts of the batch, each with scratch space of its own.

The kernel is the one a single core runs, so the bits are the same.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from signal_core.kernels.kept import kept
from signal_core.planning.planner import Planner
from signal_core.planning.work import decision_work
from signal_core.tables.arrays import IntArray


class ParallelPlanner:
    """Plans for a `Planner` on `threads` cores. What the planner observes stays with it."""

    def __init__(self, planner: Planner, threads: int) -> None:
        signals = len(planner.estimator.signals.phase)
        self._planner = planner
        self._bounds = np.linspace(0, signals, max(1, min(threads, signals)) + 1).astype(int).tolist()
        self._spaces = [kept(decision_work(planner.tables, planner.settings.horizon_s)) for _ in self._bounds[1:]]
        self._pool = ThreadPoolExecutor(max_workers=len(self._spaces), thread_name_prefix="plan")

    def plan(self, wanted: IntArray) -> int:
        """As `Planner.plan`: the phase of every signal into int64[signals]; returns the number of decisions.

        Raises ValueError where `wanted` is not that.
        """
        shape = self._planner.estimator.signals.phase.shape
        if wanted.dtype != np.int64 or wanted.shape != shape:
            raise ValueError(f"wanted: {wanted.dtype}{wanted.shape} given, int64{shape} needed")
        firsts, lasts = self._bounds[:-1], self._bounds[1:]
        parts = self._pool.map(self._planner.plan_range, firsts, lasts, [wanted] * len(firsts), self._spaces)
        return sum(parts)

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown()
