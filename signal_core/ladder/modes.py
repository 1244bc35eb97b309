"""Modes of control: what a signal does when its controller, its loops or the clock cannot be trusted.

    modes = Modes(tables, signals, plans); each second, after the controller has written `wanted`:
    proposed = sequencer.propose(modes.choose(time_s, wanted, ...))
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np

from signal_core.kernels import modes as kernel
from signal_core.kernels.codes import LONG_AGO_S, NO_ROW
from signal_core.kernels.compiled import direct
from signal_core.kernels.kept import kept
from signal_core.sequencing.plan_rows import PlanRows, Target
from signal_core.tables.arrays import CodeArray, FloatArray, IntArray
from signal_core.tables.changes import USUAL_CHANGE_S
from signal_core.tables.packed import Tables
from signal_core.tables.state import HeadState, SignalState, heads_of


class Mode(IntEnum):
    """The ladder, best first. Below it is only what the cabinet does by itself."""

    ADAPTIVE = kernel.ADAPTIVE
    LAST_GOOD = kernel.LAST_GOOD
    FIXED = kernel.FIXED


class Trouble(IntEnum):
    """Why a signal went down; NOTHING for the way up."""

    NOTHING = kernel.NOTHING
    LATE = kernel.LATE
    BAD_PLAN = kernel.BAD_PLAN
    NONSENSE = kernel.NONSENSE
    REFUSED = kernel.REFUSED
    BLIND = kernel.BLIND
    NOBODY = kernel.NOBODY
    PLAN_BETTER = kernel.PLAN_BETTER


class ModeSettings(NamedTuple):
    """When to go down and up."""

    most_misses: int = 5
    """Seconds of trouble in a row, bridged by the last valid plan, after which the signal leaves adaptive control."""
    up_s: int = 60
    """Up again after this long without trouble, at the end of a cycle ..."""
    longest_s: float = 120.0
    """... or this much later. Also the longest cycle of the last good plan."""
    last_good_s: int = 900
    """A last good plan is no longer good after this long."""
    memory_s: float = 600.0
    """Time constant of the share of time that each phase has in it."""


class ModeState(NamedTuple):
    """Modes of every signal. Writer: the kernel `modes`.

    mode: `Mode`; reason: `Trouble` that led to it; misses: seconds of trouble in a row; healthy_s: seconds without;
    in_mode_s: seconds in the mode; troubles: seconds of trouble ever; changes: of mode, ever. last_valid: the phase
    that was aimed at last without trouble; row: of the program's plan, now, shown or not; in_row_s: seconds of it,
    where gaps in traffic end rows. pace: changes of phase per second. usual_s, per phase: its share of the time as it
    was lately, in seconds of the program's cycle.
    """

    mode: CodeArray
    reason: CodeArray
    misses: IntArray
    healthy_s: IntArray
    in_mode_s: IntArray
    troubles: IntArray
    changes: IntArray
    last_valid: IntArray
    row: IntArray
    in_row_s: IntArray
    usual_s: FloatArray
    pace: FloatArray


def _mode_state(tables: Tables, phase: IntArray) -> ModeState:
    """All signals in adaptive control; phases are usual that are so in the program."""
    n = len(phase)

    def ints() -> IntArray:
        return np.zeros(n, dtype=np.int64)

    number = np.arange(len(tables.home)) - np.repeat(tables.phase_ptr[:-1], np.diff(tables.phase_ptr))
    usual_s = np.where(tables.home == number, np.ceil(tables.shown_s) + USUAL_CHANGE_S, 0.0)
    cycle_s = np.add.reduceat(usual_s, tables.phase_ptr[:-1]) if n else np.zeros(0)
    return ModeState(
        mode=np.zeros(n, np.uint8), reason=np.zeros(n, np.uint8), misses=ints(), healthy_s=ints(), in_mode_s=ints(),
        troubles=ints(), changes=ints(), last_valid=phase.copy(), row=ints(), in_row_s=ints(), usual_s=usual_s,
        pace=tables.own_phases / cycle_s)


class Modes:
    """The modes of a batch; all memory is taken at construction. Everything begins in `Mode.ADAPTIVE`."""

    def __init__(self, tables: Tables, signals: SignalState, plans: PlanRows,
                 settings: ModeSettings | None = None, longest_wait_s: float = LONG_AGO_S) -> None:
        """signals: as the sequencer keeps them; they are only read. longest_wait_s: of a head before its green begins,
        also while the plan runs that does better."""
        self.settings = settings or ModeSettings()
        self._longest_wait_s = float(longest_wait_s)
        self.state = _mode_state(tables, signals.phase)
        self.target = Target(signals.phase.copy(), np.full(len(signals.phase), NO_ROW, dtype=np.int64), plans)
        self._records = kept(self.state), kept(tables), kept(signals), kept(self.target)
        self._kept_settings = kept(self.settings)
        self.changed = 0
        """Signals that changed their mode in the last call of `choose`."""
        self._never_blind = np.zeros(len(signals.phase), dtype=np.uint8)
        self._nobody = heads_of(int(tables.lane_ptr[-1]))
        self._choose = direct(kernel.choose, *self._records, 0.0, signals.phase, False, self.state.mode,
                              self._never_blind, self._never_blind, self._nobody, self._longest_wait_s,
                              self._kept_settings)

    def choose(self, time_s: float, wanted: IntArray, late: bool, refused: CodeArray,
               blind: CodeArray | None = None, extends: CodeArray | None = None,
               heads: HeadState | None = None) -> Target:
        """Make of what is wanted, int64[signals], what is to be done; the same record every time, written anew.

        late: the controller did not answer in time; refused: uint8[signals], the interlock's last status; blind:
        uint8[signals], `signal_core.estimating.health.Sight`; extends: uint8[signals], 1 where traffic keeps a green
        whose end the program leaves to gaps; heads: who waits at the lines.
        """
        seeing = self._never_blind if blind is None else blind
        self.changed = int(self._choose(*self._records, float(time_s), wanted, bool(late), refused, seeing,
                                        self._never_blind if extends is None else extends,
                                        self._nobody if heads is None else heads, self._longest_wait_s,
                                        self._kept_settings))
        return self.target
