"""Fixed-time plans of a batch as the sequencer runs them, and what it is to aim at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from signal_core.arrays import BoolArray, CodeArray, FloatArray, IntArray
from signal_core.tables import Tables


class PlanRows(NamedTuple):
    """Fixed-time plans of a batch, end to end: signal i has rows `row_ptr[i]:row_ptr[i + 1]`.

    end_s: end of each row in its cycle; phase: the phase most like a row; codes: uint8, rows by links, of signal i from
    `code_ptr[i]` on, without yellow (the sequencer makes it). least_s, most_s: of each row, apart where a gap in
    traffic ends it; by_gaps: bool[signals], where there is such a row.
    """

    row_ptr: IntArray
    end_s: FloatArray
    phase: IntArray
    cycle_s: FloatArray
    offset_s: FloatArray
    code_ptr: IntArray
    codes: CodeArray
    least_s: FloatArray
    most_s: FloatArray
    by_gaps: BoolArray


class Target(NamedTuple):
    """What every signal is to aim at, int64[signals] each: a phase, or, where row is not NO_ROW, that row of `plans`.

    The phase of a signal that runs a row is not asked for.
    """

    phase: IntArray
    row: IntArray
    plans: PlanRows


@dataclass(frozen=True)
class PlanOf:
    """The plan of one signal: codes uint8[rows, links], duration_s float64[rows].

    least_s, most_s: float64[rows] where gaps in traffic end rows, equal for a row that always lasts as long.
    """

    codes: CodeArray
    duration_s: FloatArray
    offset_s: float
    least_s: FloatArray | None = None
    most_s: FloatArray | None = None


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
        codes=np.concatenate([*(plan.codes.ravel() for plan in plans), *nothing]).astype(np.uint8),
        least_s=np.concatenate([*(_bound(plan, plan.least_s) for plan in plans), *nothing]),
        most_s=np.concatenate([*(_bound(plan, plan.most_s) for plan in plans), *nothing]),
        by_gaps=np.array([bool((_bound(p, p.most_s) > _bound(p, p.least_s)).any()) for p in plans], dtype=np.bool_))


def _bound(plan: PlanOf, seconds: FloatArray | None) -> FloatArray:
    return plan.duration_s if seconds is None else seconds


def _pointers(sizes: Sequence[int]) -> IntArray:
    return np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.int64)
