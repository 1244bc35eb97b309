"""The engine's two halves over a batch of signals, one kernel call each per second.

    tables = pack(intersections); sequencer = Sequencer(tables, shown); planner = Planner(tables, sequencer.state)
    each second: planner.observe(entered, left, occupancy); planner.plan(wanted)
                 proposed = sequencer.propose(wanted)     (the interlock decides what is taken)
                 sequencer.show(taken)
"""

from __future__ import annotations

import numpy as np

from signal_core.intersection import CodeArray, FloatArray, IntArray, Tables
from signal_core.kernels import step
from signal_core.settings import Settings
from signal_core.state import WINDOW, SignalState, lane_state, plan_work, signal_state


class Sequencer:
    """Turns wanted phases into what every link shows: yellow, clearance, start of green."""

    def __init__(self, tables: Tables, shown: CodeArray) -> None:
        """shown: uint8[links], codes on the street now; how long is not known, so everything counts as just begun."""
        self.tables = tables
        self.state: SignalState = signal_state(tables, shown)
        self.state.phase[:] = self.nearest_phases()

    def nearest_phases(self) -> IntArray:
        """int64[signals]: the phase most like what is shown."""
        nearest = np.zeros(len(self.tables.link_ptr) - 1, dtype=np.int64)
        for i in range(len(nearest)):
            shown = self.state.shown[self.tables.link_ptr[i]:self.tables.link_ptr[i + 1]]
            codes = self.tables.phase_codes[self.tables.code_ptr[i]:self.tables.code_ptr[i + 1]]
            nearest[i] = int((codes.reshape(-1, len(shown)) == shown).sum(axis=1).argmax())
        return nearest

    def propose(self, wanted: IntArray) -> CodeArray:
        """Codes for the coming second, uint8[links]; a signal inside a change finishes it first."""
        step.sequence_all(self.tables, self.state, wanted)
        return self.state.proposed

    def show(self, taken: CodeArray, elapsed_s: int = 1) -> None:
        """Take note of what is shown for the coming `elapsed_s` seconds."""
        step.follow_all(self.tables, self.state, taken, elapsed_s)


class Planner:
    """Estimator and optimizer; all memory is taken at construction."""

    def __init__(self, tables: Tables, state: SignalState, settings: Settings) -> None:
        self.settings = settings
        self.tables = tables
        self.state = state
        self.lanes = lane_state(tables)
        self.work = plan_work(tables, settings.horizon_s)
        self._lane_green = np.zeros(int(tables.lane_ptr[-1]), dtype=np.uint8)
        self._now = 0

    def warm_up(self) -> None:
        """Have every kernel compiled before the first decision counts; nothing is remembered of it."""
        trial = Planner(self.tables, signal_state(self.tables, self.state.shown), self.settings)
        tables = self.tables
        loops = (tables.stop_loop, tables.mid_loop, tables.far_loop)
        nothing = np.zeros(max(int(loop.max(initial=-1)) for loop in loops) + 1)
        trial.observe(nothing, nothing, nothing)
        trial.state.settled[:] = 1
        trial.plan(np.zeros(len(trial.state.phase), dtype=np.int64))

    def observe(self, entered: FloatArray, left: FloatArray, occupancy: FloatArray) -> None:
        """Take one second of loop data: vehicles that came onto and left each loop, share of the second occupied."""
        self._now = (self._now + 1) % (WINDOW * 1_000_000)
        step.estimate(self.tables, self.state, self.lanes, self._now, entered, left, occupancy, self._lane_green,
                      self.settings)
        if self.settings.late_entry_s > 0:
            step.late_entries(self.tables, self.state, left, self.settings.late_entry_s)

    def plan(self, wanted: IntArray) -> int:
        """Write the phase of every signal that may leave its phase; return the number of decisions taken."""
        return int(step.plan_all(self.tables, self.state, self.lanes, self.work, self._now, wanted, self.settings))
