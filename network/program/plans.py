"""The plan of a signal as the engine falls back to it: the network's own program, row by row."""

from __future__ import annotations

from math import inf

import numpy as np

from network.program.phases import lamps_of, settle_greens, steady_state
from network.program.rings import NEMA, rings_of
from network.program.signals import Interval, Signal
from network.program.timing import find_knobs, mended, own_timing
from signal_core.sequencing.plan_rows import PlanOf
from signal_core.tables.arrays import ARROW, GREEN, PERMISSIVE, RED
from signal_core.tables.changes import USUAL_CHANGE_S
from signal_core.tables.letters import encode

# SUMO's types that lengthen a green for traffic and go through their rows in order.
BY_GAPS = frozenset({"actuated", "delay_based"})


def fixed_plan(signal: Signal) -> PlanOf:
    """Rows and times of the program; of a dual-ring program, whose rows are single rings, the phases in their order.

    Limits of the engineer are kept where rows that are longer or shorter can; rows that are forbidden are left out.
    Yellow becomes red, as the sequencer shows yellow by itself. Programs that adapt run their rows as long as given,
    but where `ends_by_gaps`: between the least and the most that the program says.
    """
    if signal.program.kind == NEMA:
        rings = rings_of(signal.program)
        change_s = USUAL_CHANGE_S if rings is None else rings.lost_s
        rows = [(phase.state, phase.shown_s + change_s) for phase in signal.phases if phase.part_of < 0]
    else:
        lengths = zip(signal.program.intervals, _lengths_s(signal), strict=True)
        rows = [(row.state, length_s) for row, length_s in lengths if not signal.is_forbidden(row.state)]
    linked = {link.index for link in signal.links}
    codes = []
    for state, _ in rows:
        found = encode(settle_greens(steady_state(lamps_of(state, linked)), signal.conflicts, signal.yields_to))
        codes.append(np.where(np.isin(found, (GREEN, PERMISSIVE, ARROW)), found, RED).astype(np.uint8))
    lengths_s = np.array([row_s for _, row_s in rows], dtype=np.float64)
    if not ends_by_gaps(signal):
        return PlanOf(np.stack(codes), lengths_s, signal.program.offset_s)
    ranges = np.array([_range_s(row) for row in signal.program.intervals], dtype=np.float64)
    return PlanOf(np.stack(codes), lengths_s, signal.program.offset_s, ranges[:, 0], ranges[:, 1])


def ends_by_gaps(signal: Signal) -> bool:
    """Whether the program is one whose greens end at gaps in traffic, and the engine can run it as it is.

    Not with limits of the engineer's own, nor where rows may follow in several orders.
    """
    rows = signal.program.intervals
    return (signal.program.kind in BY_GAPS and not signal.limits
            and all(row.next in ((), ((k + 1) % len(rows),)) for k, row in enumerate(rows))
            and not any(signal.is_forbidden(row.state) for row in rows)
            and any(least_s < most_s for least_s, most_s in map(_range_s, rows)))


def _range_s(row: Interval) -> tuple[float, float]:
    """Least and most seconds of a row; always the same where the program gives no range."""
    return (row.min_s, row.max_s) if row.min_s < row.max_s < inf else (row.duration_s, row.duration_s)


def _lengths_s(signal: Signal) -> tuple[float, ...]:
    own = own_timing(signal.program)
    knobs = find_knobs(signal)[0] if signal.limits else None
    return (own if knobs is None else mended(knobs, own)[0]).durations_s
