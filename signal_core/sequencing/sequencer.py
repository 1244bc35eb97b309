"""What every link shows, from the phases that are wanted: one kernel call a second over a batch of signals.

    tables = pack(intersections); sequencer = Sequencer(tables, shown)
    each second: proposed = sequencer.propose(wanted)     (the interlock decides what is taken)
                 sequencer.show(taken)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from signal_core.estimating.on_crossing import OnCrossing
from signal_core.kernels import sequencer as kernel
from signal_core.kernels import walkers
from signal_core.kernels.codes import NO_ROW
from signal_core.kernels.compiled import direct
from signal_core.kernels.kept import kept
from signal_core.sequencing.plan_rows import Target
from signal_core.settings import Settings
from signal_core.tables.arrays import BoolArray, CodeArray, FloatArray, IntArray, fitted
from signal_core.tables.packed import Tables
from signal_core.tables.state import SignalState, signal_state


class Sequencer:
    """Turns phases into what every link shows: yellow, clearance, start of green. It keeps all timers of signals."""

    def __init__(self, tables: Tables, shown: CodeArray) -> None:
        """shown: uint8[links], codes on the street now; how long is not known, so everything counts as just begun."""
        self.tables = tables
        self.state: Final[SignalState] = signal_state(tables, shown)
        self.state.phase[:] = self.nearest_phases()
        self._tables, self._signals = kept(tables), kept(self.state)
        self._sequence = direct(kernel.sequence_all, self._tables, self._signals, self.state.phase)
        self._follow = direct(kernel.follow_all, self._tables, self._signals, self.state.shown, 1)
        self._sequence_rows: Callable[..., Any] | None = None
        self._loops = 1 + int(tables.stop_loop.max(initial=-1))
        self._calls: BoolArray = np.zeros(len(shown), dtype=np.bool_)
        self._free: BoolArray = np.zeros(len(self.state.phase), dtype=np.bool_)
        self._find_calls = direct(kernel.find_calls, self._tables, np.zeros(1), self._calls)
        self._no_calls: FloatArray = np.full(len(shown), np.nan)
        self._take_calls = direct(walkers.take_calls, self._tables, self._signals, self._no_calls, 0)
        self._find_free = direct(kernel.find_free, self._tables, self._signals, self._free)
        self.on_crossing: OnCrossing | None = None
        """Detectors on crossings, where there are any."""

    def nearest_phases(self) -> IntArray:
        """int64[signals]: the phase most like what is shown."""
        nearest = np.zeros(len(self.tables.link_ptr) - 1, dtype=np.int64)
        for i in range(len(nearest)):
            shown = self.state.shown[self.tables.link_ptr[i]:self.tables.link_ptr[i + 1]]
            codes = self.tables.phase_codes[self.tables.code_ptr[i]:self.tables.code_ptr[i + 1]]
            nearest[i] = int((codes.reshape(-1, len(shown)) == shown).sum(axis=1).argmax())
        return nearest

    def propose(self, aim: IntArray | Target) -> CodeArray:
        """Codes for the coming second, uint8[links]; a signal inside a change finishes it first.

        aim: the phase of every signal, int64[signals], or a `Target`, in which some run a row of a fixed-time plan.
        Raises ValueError where the phases are not int64[signals].
        """
        phase = aim.phase if isinstance(aim, Target) else aim
        self._sequence(self._tables, self._signals, fitted(phase, self.state.phase, "wanted"))
        if isinstance(aim, Target):
            if self._sequence_rows is None:
                self._sequence_rows = direct(kernel.sequence_rows, self._tables, self._signals, aim)
            if (aim.row != NO_ROW).any():
                self._sequence_rows(self._tables, self._signals, aim)
        return self.state.proposed

    def show(self, taken: CodeArray, elapsed_s: int = 1) -> None:
        """Take note of what is shown for the coming `elapsed_s` seconds. Raises ValueError unless uint8[links]."""
        self._follow(self._tables, self._signals, fitted(taken, self.state.shown, "taken"), int(elapsed_s))

    def found(self, shown: CodeArray) -> None:
        """Take note of what is found on the street: links that show something else than ordered have just begun to."""
        other = self.state.shown != shown
        self.show(shown, 0)
        for timer in (self.state.green_s, self.state.yellow_run_s, self.state.clearing_s,
                      self.state.priority_clearing_s, self.state.yield_clearing_s):
            timer[other] = 0
        if self.on_crossing is not None:
            self.on_crossing.forget(other)
        # where it was off a second ago and our red was not taken, it may have been off until now
        strange = np.logical_or.reduceat(other, self.tables.link_ptr[:-1])
        self.state.lit_s[strange & (self.state.lit_s == 1)] = 0

    def begin_phases(self) -> None:
        """Every signal is in the phase most like what it shows, and in none before."""
        self.state.phase[:] = self.nearest_phases()
        self.state.previous[:] = -1

    def entered(self, i: int, previous: int, phase: int, since_s: int) -> None:
        """Signal `i` is in a phase by somebody else's control, for which it left the one before so long ago."""
        self.state.previous[i], self.state.phase[i], self.state.since_s[i] = previous, phase, since_s

    def calls(self, occupancy: FloatArray) -> BoolArray:
        """bool[links], overwritten by the next call: somebody waits on a lane of the link, or nobody can tell.

        occupancy: float64[loops]. Raises ValueError where there are fewer than the tables name.
        """
        seen = np.ascontiguousarray(occupancy, dtype=np.float64)
        if len(seen) < self._loops:
            raise ValueError(f"loop data of {len(seen)} loops, {self._loops} needed")
        self._find_calls(self._tables, seen, self._calls)
        return self._calls

    def take_calls(self, calls: ArrayLike | None, settings: Settings) -> None:
        """Take one second of calls by those on foot, see `Engine.step`; what cannot be read counts as unknown."""
        try:
            waiting = self._no_calls if calls is None else np.ascontiguousarray(calls, dtype=np.float64)
        except (TypeError, ValueError):
            waiting = self._no_calls
        if waiting.shape != self._no_calls.shape:
            waiting = self._no_calls
        self._take_calls(self._tables, self._signals, waiting, max(0, settings.max_red_s - settings.walk_wait_s))

    def take_on_crossing(self, on_it: ArrayLike | None) -> None:
        """Take one second of who is on the crossings, see `Engine.step`."""
        if self.on_crossing is not None:
            self.on_crossing.take(on_it)

    def free(self) -> BoolArray:
        """bool[signals], overwritten by the next call: the signal shows its phase, and its minimum split is over."""
        self._find_free(self._tables, self._signals, self._free)
        return self._free
