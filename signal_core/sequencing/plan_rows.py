"""Fixed-time plans of a batch as the sequencer runs them, and what it is to aim at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from signal_core.sequencing.brief_plans import cycles_in_step, lost_s, shortened, stages_of
from signal_core.sequencing.rows_owed import lengthened
from signal_core.tables.arrays import BoolArray, CodeArray, FloatArray, IntArray
from signal_core.tables.packed import Tables


class PlanRows(NamedTuple):
    """Fixed-time plans of a batch, end to end: signal i has rows `row_ptr[i]:row_ptr[i + 1]`.

    end_s: end of each row in its cycle; phase: the phase most like a row; codes: uint8, rows by links, of signal i from
    `code_ptr[i]` on, without yellow (the sequencer makes it). least_s, most_s: of each row, apart where a gap in
    traffic ends it; by_gaps: bool[signals], where there is such a row. brief_: the same at a shorter cycle, see
    `signal_core.sequencing.brief_plans`.
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
    brief_end_s: FloatArray
    brief_cycle_s: FloatArray
    brief_offset_s: FloatArray


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
    """Plans of the signals of the tables, rows lasting longer where those who are slow are owed more
    (`signal_core.sequencing.rows_owed`). Raises ValueError where one has other links or no time to run."""
    phases: list[NDArray[Any]] = []
    sizes = np.diff(tables.link_ptr)
    for i, plan in enumerate(plans):
        runs = np.isfinite(plan.duration_s).all() and (plan.duration_s >= 0.0).all() and plan.duration_s.sum() > 0.0
        if plan.codes.shape != (len(plan.duration_s), sizes[i]) or not runs:
            raise ValueError(f"plan {i}: {plan.codes.shape}, {sizes[i]} links and a time above 0 needed")
        shown = tables.phase_codes[tables.code_ptr[i]:tables.code_ptr[i + 1]].reshape(-1, sizes[i])
        phases.append((plan.codes[:, None, :] == shown[None]).sum(axis=2).argmax(axis=1))
    owed = [_owed(tables, i) for i in range(len(plans))]
    given_s = [lengthened(plan.codes, plan.duration_s, *each) for plan, each in zip(plans, owed, strict=True)]
    stages = [stages_of(plan.codes, rows_s, each[1]) for plan, rows_s, each in zip(plans, given_s, owed, strict=True)]
    lost = [lost_s(plan.codes, rows_s, each[0] > 0) for plan, rows_s, each in zip(plans, given_s, owed, strict=True)]
    short_s = [shortened(*each) for each in zip(stages, cycles_in_step(stages, lost, tables).tolist(), strict=True)]
    short_s = [lengthened(plan.codes, rows_s, *each) for plan, rows_s, each in zip(plans, short_s, owed, strict=True)]
    brief_s, cycle_s = (np.array([rows_s.sum() for rows_s in each], dtype=np.float64) for each in (short_s, given_s))
    offset_s = np.array([plan.offset_s for plan in plans], dtype=np.float64)
    more_s = [rows_s - plan.duration_s for plan, rows_s in zip(plans, given_s, strict=True)]
    least_s, most_s = ([_bound(plan, each) + more for plan, each, more in zip(plans, bounds, more_s, strict=True)]
                       for bounds in ([plan.least_s for plan in plans], [plan.most_s for plan in plans]))
    return PlanRows(
        row_ptr=_pointers([len(plan.duration_s) for plan in plans]),
        end_s=_joined([np.cumsum(rows_s) for rows_s in given_s]), phase=_joined(phases).astype(np.int64),
        cycle_s=cycle_s, offset_s=offset_s, code_ptr=_pointers([plan.codes.size for plan in plans]),
        codes=_joined([plan.codes.ravel() for plan in plans]).astype(np.uint8), least_s=_joined(least_s),
        most_s=_joined(most_s),
        by_gaps=np.array([bool((most > least).any()) for most, least in zip(most_s, least_s, strict=True)], np.bool_),
        brief_end_s=_joined([np.cumsum(rows_s) for rows_s in short_s]),
        brief_cycle_s=brief_s, brief_offset_s=offset_s * brief_s / cycle_s)


def _owed(tables: Tables, i: int) -> tuple[IntArray, FloatArray]:
    """Of signal i: int64[n, n], from the end of the row's green to the start of the column's; shortest greens."""
    links, pairs = slice(*tables.link_ptr[i:i + 2]), slice(*tables.link_pair_ptr[i:i + 2])
    owed_s = np.where(tables.conflicts[pairs], tables.intergreen_s[pairs], 0).astype(np.int64)
    n = links.stop - links.start
    return owed_s.reshape(n, n), tables.min_green_s[links].astype(np.float64)


def _joined(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    return np.concatenate([*parts, np.zeros(0)])


def _bound(plan: PlanOf, seconds: FloatArray | None) -> FloatArray:
    return plan.duration_s if seconds is None else seconds


def _pointers(sizes: Sequence[int]) -> IntArray:
    return np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.int64)
