"""Modes of control: what a signal does when its controller, its loops or the clock cannot be trusted.

    modes = Modes(tables, state, rows); each second, after the controller has written `wanted`:
    modes.choose(time_s, wanted, ...); proposed = sequencer.propose(wanted); modes.follow_rows(time_s)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from signal_core.intersection import CodeArray, FloatArray, IntArray, Tables, link_tables
from signal_core.kernels import modes as kernel
from signal_core.kernels.compiled import direct
from signal_core.state import SignalState

CHANGE_S = 4.0
"""What a change is taken to need before one has been seen."""


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


class PlanRows(NamedTuple):
    """Fixed-time plans of a batch, end to end: signal i has rows `row_ptr[i]:row_ptr[i + 1]`.

    end_s: end of each row in its cycle; phase: the phase most like a row; codes: uint8, rows by links, of signal i from
    `code_ptr[i]` on, without yellow (the sequencer makes it).
    """

    row_ptr: IntArray
    end_s: FloatArray
    phase: IntArray
    cycle_s: FloatArray
    offset_s: FloatArray
    code_ptr: IntArray
    codes: CodeArray


@dataclass(frozen=True)
class PlanOf:
    """The fixed-time plan of one signal: codes uint8[rows, links], duration_s float64[rows]."""

    codes: CodeArray
    duration_s: FloatArray
    offset_s: float


class ModeState(NamedTuple):
    """Per signal; `usual_s` per phase: its share of the time as it was lately, in seconds of the program's cycle;
    `pace`: changes of phase per second."""

    mode: CodeArray
    reason: CodeArray
    misses: IntArray
    healthy_s: IntArray
    in_mode_s: IntArray
    troubles: IntArray
    changes: IntArray
    held: IntArray
    row: IntArray
    usual_s: FloatArray
    pace: FloatArray


def pack_plans(plans: Sequence[PlanOf], tables: Tables) -> PlanRows:
    """Plans of the signals of the tables. Raises ValueError where one has other links or no time to run."""
    phases, sizes = [], np.diff(tables.link_ptr)
    for i, plan in enumerate(plans):
        if plan.codes.shape != (len(plan.duration_s), sizes[i]) or plan.duration_s.sum() <= 0.0:
            raise ValueError(f"plan {i}: {plan.codes.shape}, {sizes[i]} links and a time above 0 needed")
        shown = tables.phase_codes[tables.code_ptr[i]:tables.code_ptr[i + 1]].reshape(-1, sizes[i])
        phases.append((plan.codes[:, None, :] == shown[None]).sum(axis=2).argmax(axis=1))
    rows = [len(plan.duration_s) for plan in plans]
    nothing: list[FloatArray] = [np.zeros(0)]
    return PlanRows(
        row_ptr=_pointers(rows), end_s=np.concatenate([*(np.cumsum(plan.duration_s) for plan in plans), *nothing]),
        phase=np.concatenate([*phases, *nothing]).astype(np.int64),
        cycle_s=np.array([plan.duration_s.sum() for plan in plans], dtype=np.float64),
        offset_s=np.array([plan.offset_s for plan in plans], dtype=np.float64),
        code_ptr=_pointers([plan.codes.size for plan in plans]),
        codes=np.concatenate([*(plan.codes.ravel() for plan in plans), *nothing]).astype(np.uint8))


def _pointers(sizes: Sequence[int]) -> IntArray:
    return np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.int64)


class Modes:
    """The modes of a batch; all memory is taken at construction. Everything begins in `Mode.ADAPTIVE`."""

    def __init__(self, tables: Tables, state: SignalState, rows: PlanRows,
                 settings: ModeSettings | None = None) -> None:
        signals = len(state.phase)
        self.links, self.signals, self.rows = link_tables(tables), state, rows
        self.settings = settings or ModeSettings()
        fields: dict[str, NDArray[Any]] = {name: np.zeros(signals, dtype=np.int64) for name in ModeState._fields}
        fields |= {"mode": np.zeros(signals, np.uint8), "reason": np.zeros(signals, np.uint8)}
        number = np.arange(len(tables.home)) - np.repeat(tables.phase_ptr[:-1], np.diff(tables.phase_ptr))
        usual_s = np.where(tables.home == number, np.ceil(tables.shown_s) + CHANGE_S, 0.0)
        phases = tables.own_phases
        cycle_s = np.add.reduceat(usual_s, tables.phase_ptr[:-1]) if signals else np.zeros(0)
        self.state = ModeState(**{**fields, "usual_s": usual_s, "pace": phases / cycle_s})
        self.state.held[:] = state.phase
        self._never_blind = np.zeros(signals, dtype=np.uint8)
        self._choose = direct(kernel.choose, self.state, self.links, state, rows, 0.0, state.phase, False,
                              self.state.mode, self._never_blind, self.settings)
        self._follow = direct(kernel.follow_rows, self.state, self.links, state, rows, 0.0)

    def choose(self, time_s: float, wanted: IntArray, late: bool, refused: CodeArray,
               blind: CodeArray | None = None) -> int:
        """Make of what is wanted, int64[signals], what is to be done; returns how many signals changed their mode.

        late: the controller did not answer in time; refused: uint8[signals], the interlock's last status; blind:
        uint8[signals], `signal_core.health.Sight`.
        """
        seeing = self._never_blind if blind is None else blind
        return int(self._choose(self.state, self.links, self.signals, self.rows, float(time_s), wanted, bool(late),
                                refused, seeing, self.settings))

    def follow_rows(self, time_s: float) -> None:
        """After `Sequencer.propose`: signals on their fixed-time plan propose its row of now instead."""
        self._follow(self.state, self.links, self.signals, self.rows, float(time_s))
