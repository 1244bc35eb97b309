"""The engine's two halves over a batch of signals, one kernel call each per second.

    tables = pack(intersections); sequencer = Sequencer(tables, shown); planner = Planner(tables, sequencer.state)
    each second: planner.observe(entered, left, occupancy); planner.plan(wanted)
                 proposed = sequencer.propose(wanted)     (the interlock decides what is taken)
                 sequencer.show(taken)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signal_core.health import Health
from signal_core.intersection import BoolArray, CodeArray, FloatArray, IntArray, Tables, link_tables
from signal_core.kernels import second, step
from signal_core.kernels.compiled import direct
from signal_core.kernels.estimator import WINDOW
from signal_core.settings import Settings
from signal_core.state import LaneState, PlanWork, SignalState, lane_state, plan_work, signal_state


class Sequencer:
    """Turns wanted phases into what every link shows: yellow, clearance, start of green."""

    def __init__(self, tables: Tables, shown: CodeArray) -> None:
        """shown: uint8[links], codes on the street now; how long is not known, so everything counts as just begun."""
        self.tables = tables
        self.state: SignalState = signal_state(tables, shown)
        self.state.phase[:] = self.nearest_phases()
        self._links = link_tables(tables)
        self._sequence = direct(step.sequence_all, self._links, self.state, self.state.phase)
        self._follow = direct(step.follow_all, self._links, self.state, self.state.shown, 1)
        self._loops = 1 + int(tables.stop_loop.max(initial=-1))
        self._calls: BoolArray = np.zeros(len(shown), dtype=np.bool_)
        self._free: BoolArray = np.zeros(len(self.state.phase), dtype=np.bool_)
        self._find_calls = direct(step.find_calls, self._links, np.zeros(1), self._calls)
        self._find_free = direct(step.find_free, self._links, self.state, self._free)

    def nearest_phases(self) -> IntArray:
        """int64[signals]: the phase most like what is shown."""
        nearest = np.zeros(len(self.tables.link_ptr) - 1, dtype=np.int64)
        for i in range(len(nearest)):
            shown = self.state.shown[self.tables.link_ptr[i]:self.tables.link_ptr[i + 1]]
            codes = self.tables.phase_codes[self.tables.code_ptr[i]:self.tables.code_ptr[i + 1]]
            nearest[i] = int((codes.reshape(-1, len(shown)) == shown).sum(axis=1).argmax())
        return nearest

    def propose(self, wanted: IntArray) -> CodeArray:
        """Codes for the coming second, uint8[links]; a signal inside a change finishes it first.

        Raises ValueError where `wanted` is not int64[signals].
        """
        self._sequence(self._links, self.state, _fitted(wanted, self.state.phase, "wanted"))
        return self.state.proposed

    def show(self, taken: CodeArray, elapsed_s: int = 1) -> None:
        """Take note of what is shown for the coming `elapsed_s` seconds. Raises ValueError unless uint8[links]."""
        self._follow(self._links, self.state, _fitted(taken, self.state.shown, "taken"), int(elapsed_s))

    def calls(self, occupancy: FloatArray) -> BoolArray:
        """bool[links], overwritten by the next call: somebody waits for the link, or nobody can tell.

        occupancy: float64[loops]. Raises ValueError where there are fewer than the tables name.
        """
        seen = np.ascontiguousarray(occupancy, dtype=np.float64)
        if len(seen) < self._loops:
            raise ValueError(f"loop data of {len(seen)} loops, {self._loops} needed")
        self._find_calls(self._links, seen, self._calls)
        return self._calls

    def free(self) -> BoolArray:
        """bool[signals], overwritten by the next call: the signal shows its wanted phase, its shortest greens over."""
        self._find_free(self._links, self.state, self._free)
        return self._free


class Estimator:
    """Queues and arrivals of every lane in `lanes`, from loop data; all memory is taken at construction."""

    def __init__(self, tables: Tables, state: SignalState, settings: Settings, health: Health | None = None) -> None:
        """health: judges and replaces the samples before they are taken; without it they are taken as they come."""
        self.settings = settings
        self.tables = tables
        self.state = state
        self.health = health
        self.lanes = lane_state(tables)
        self._lane_green = np.zeros(int(tables.lane_ptr[-1]), dtype=np.uint8)
        loops = (tables.stop_loop, tables.mid_loop, tables.far_loop, tables.before_loop)
        self._loops = 1 + max(int(loop.max(initial=-1)) for loop in loops)
        self._now = 0
        nothing = np.zeros(self._loops)
        samples = 0, nothing, nothing, nothing, self._lane_green, settings
        if health is None:
            self._estimate = direct(step.estimate, tables, state, self.lanes, *samples)
        elif len(health.status) < self._loops:
            raise ValueError(f"health of {len(health.status)} loops, {self._loops} needed")
        else:
            self._take = direct(second.take, health.exits, health.state, tables, state, self.lanes, *samples,
                                health.settings)

    def observe(self, entered: FloatArray, left: FloatArray, occupancy: FloatArray,
                sampled_s: float | None = None) -> None:
        """Take one second of loop data: vehicles that came onto and left each loop, share of the second occupied.

        float64[loops] each; sampled_s: when they were taken, which only health asks. Raises
        ValueError where there are fewer loops than the tables name, unless health is watched.
        """
        self._now = (self._now + 1) % (WINDOW * 1_000_000)
        watch = self.health
        if watch is not None:
            clean = watch.clean(entered, left, occupancy, self.lanes, sampled_s)
            self._take(watch.exits, watch.state, self.tables, self.state, self.lanes, self._now, *clean,
                       self._lane_green, self.settings, watch.settings)
            return
        entered = np.ascontiguousarray(entered, dtype=np.float64)
        left = np.ascontiguousarray(left, dtype=np.float64)
        occupancy = np.ascontiguousarray(occupancy, dtype=np.float64)
        if len(entered) < self._loops or len(left) < self._loops or len(occupancy) < self._loops:
            raise ValueError(f"loop data of {[len(entered), len(left), len(occupancy)]} loops, {self._loops} needed")
        self._estimate(self.tables, self.state, self.lanes, self._now, entered, left, occupancy, self._lane_green,
                       self.settings)


class Planner(Estimator):
    """Estimator and optimizer; all memory is taken at construction."""

    def __init__(self, tables: Tables, state: SignalState, settings: Settings, health: Health | None = None) -> None:
        super().__init__(tables, state, settings, health)
        self.work = plan_work(tables, settings.horizon_s)
        self._plan = compiled_plan(tables, state, self.lanes, self.work, settings)

    def warm_up(self) -> None:
        """Have every kernel compiled before the first decision counts; nothing is remembered of it."""
        state = signal_state(self.tables, self.state.shown)
        watched = None if self.health is None else self.health.anew()
        trial = Planner(self.tables, state, self.settings, watched)
        nothing = np.zeros(self._loops)
        trial.observe(nothing, nothing, nothing)
        trial.state.settled[:] = 1
        trial.plan(np.zeros(len(trial.state.phase), dtype=np.int64))

    def plan(self, wanted: IntArray) -> int:
        """Write the phase of every signal that may leave its phase; return the number of decisions taken.

        Raises ValueError where `wanted` is not int64[signals].
        """
        return self.plan_range(0, len(self.state.phase), _fitted(wanted, self.state.phase, "wanted"), self.work)

    def plan_range(self, first: int, last: int, wanted: IntArray, work: PlanWork) -> int:
        """`plan` for signals first .. last - 1 alone in scratch space `work`; others may be planned meanwhile."""
        return int(self._plan(self.tables, self.state, self.lanes, work, first, last, self._now, wanted, self.settings))


def compiled_plan(tables: Tables, state: SignalState, lanes: LaneState, work: PlanWork,
                  settings: Settings) -> Callable[..., Any]:
    """The planner's kernel for records of these types."""
    return direct(step.plan_range, tables, state, lanes, work, 0, 0, 0, state.phase, settings)


def _fitted(values: NDArray[Any], like: NDArray[Any], name: str) -> NDArray[Any]:
    """The kernels are called without a look at types, so it is taken here."""
    if values.dtype != like.dtype or values.shape != like.shape or not values.flags.c_contiguous:
        raise ValueError(f"{name}: {values.dtype}{values.shape} given, {like.dtype}{like.shape} in one piece needed")
    return values
