"""What is known of every lane, from loop data: one kernel call a second over a batch of signals.

    estimator = Estimator(tables, sequencer.state, settings)
    each second: estimator.observe(entered, left, occupancy)
"""

from __future__ import annotations

from typing import Final

import numpy as np

from signal_core.estimating.health import Health
from signal_core.kernels import observation
from signal_core.kernels.arrivals import WINDOW
from signal_core.kernels.compiled import direct
from signal_core.kernels.health import Samples
from signal_core.kernels.kept import kept
from signal_core.settings import Settings
from signal_core.tables.arrays import FloatArray
from signal_core.tables.packed import Tables
from signal_core.tables.state import SignalState, lane_state

CLOCK_S = WINDOW * 1_000_000
"""The estimator's clock begins anew after this, a multiple of its rings."""


class Estimator:
    """Queues and arrivals of every lane in `lanes`, from loop data; all memory is taken at construction."""

    def __init__(self, tables: Tables, signals: SignalState, settings: Settings, health: Health | None = None) -> None:
        """signals: as the sequencer keeps them. It only reads them, but for clearing times that it makes longer.

        health: judges and replaces the samples before they are taken; without it they are taken as they come.
        """
        self.settings: Final = settings
        self.tables: Final = tables
        self.signals: Final = signals
        self.health: Final = health
        self.lanes: Final = lane_state(tables)
        self.kept: Final = kept(tables), kept(signals), kept(self.lanes)
        """Tables, signals and lanes as kernels are given them, and ..."""
        self.kept_settings: Final = kept(settings)
        """... settings."""
        self.clock_s = 0
        """Seconds observed, up to CLOCK_S: the place in rings of seconds."""
        self._lane_green = np.zeros(int(tables.lane_ptr[-1]), dtype=np.uint8)
        loops = (tables.stop_loop, tables.mid_loop, tables.far_loop, tables.upstream_loop, tables.exit_loop)
        self.n_loops = 1 + max(int(loop.max(initial=-1)) for loop in loops)
        nothing = np.zeros(self.n_loops)
        samples = 0, Samples(nothing, nothing, nothing), self._lane_green, self.kept_settings
        if health is None:
            self._estimate = direct(observation.estimate, *self.kept, *samples)
        elif len(health.status) < self.n_loops:
            raise ValueError(f"health of {len(health.status)} loops, {self.n_loops} needed")
        else:
            self._take = direct(observation.take, *health.kept, *self.kept, *samples, health.kept_settings)

    def observe(self, entered: FloatArray, left: FloatArray, occupancy: FloatArray,
                sampled_s: float | None = None) -> None:
        """Take one second of loop data: vehicles that came onto and left each loop, share of the second occupied.

        float64[loops] each; sampled_s: when they were taken, which only health asks. Raises
        ValueError where there are fewer loops than the tables name, unless health is watched.
        """
        self.clock_s = (self.clock_s + 1) % CLOCK_S
        watch = self.health
        if watch is not None:
            clean = watch.clean(entered, left, occupancy, self.lanes, sampled_s)
            self._take(*watch.kept, *self.kept, self.clock_s, clean, self._lane_green, self.kept_settings,
                       watch.kept_settings)
            return
        samples = Samples(np.ascontiguousarray(entered, dtype=np.float64), np.ascontiguousarray(left, dtype=np.float64),
                          np.ascontiguousarray(occupancy, dtype=np.float64))
        if len(samples.entered) < self.n_loops or len(samples.left) < self.n_loops or len(
                samples.occupancy) < self.n_loops:
            raise ValueError(f"loop data of {[len(values) for values in samples]} loops, {self.n_loops} needed")
        self._estimate(*self.kept, self.clock_s, samples, self._lane_green, self.kept_settings)
