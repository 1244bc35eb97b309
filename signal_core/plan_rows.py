"""Fixed-time plans of a batch as the sequencer runs them, and what it is to aim at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from signal_core.arrays import CodeArray, FloatArray, IntArray
from signal_core.tables import Tables


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


class Target(NamedTuple):
    """What every signal is to aim at, int64[signals] each: a phase, or, where row is not NO_ROW, that row of `plans`.

    The phase of a signal that runs a row is not asked for.
    """

    phase: IntArray
    row: IntArray
    plans: PlanRows


@dataclass(frozen=True)
class PlanOf:
    """The fixed-time plan of one signal: codes uint8[rows, links], duration_s float64[rows]."""

    codes: CodeArray
    duration_s: FloatArray
    offset_s: float


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
