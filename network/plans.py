"""The fixed-time plan of a signal as the engine falls back to it: the network's own program, row by row."""

from __future__ import annotations

import numpy as np

from network.phases import lamps_of, settle_greens, steady_state
from network.rings import NEMA, rings_of
from network.signals import Signal
from network.timing import find_knobs, mended, own_timing
from signal_core.arrays import ARROW, GREEN, PERMISSIVE, RED
from signal_core.letters import encode
from signal_core.plan_rows import PlanOf

CHANGE_S = 5.0


def fixed_plan(signal: Signal) -> PlanOf:
    """Rows and times of the program; of a dual-ring program, whose rows are single rings, the phases in their order.

    Limits of the engineer are kept where rows that are longer or shorter can; rows that are forbidden are left out.
    Yellow becomes red, as the sequencer shows yellow by itself. Programs that adapt run their rows as long as given.
    """
    if signal.program.kind == NEMA:
        rings = rings_of(signal.program)
        change_s = CHANGE_S if rings is None else rings.lost_s
        rows = [(phase.state, phase.shown_s + change_s) for phase in signal.phases if phase.part_of < 0]
    else:
        lengths = zip(signal.program.intervals, _lengths_s(signal), strict=True)
        rows = [(row.state, length_s) for row, length_s in lengths if not signal.is_forbidden(row.state)]
    linked = {link.index for link in signal.links}
    codes = []
    for state, _ in rows:
        found = encode(settle_greens(steady_state(lamps_of(state, linked)), signal.conflicts, signal.yields_to))
        codes.append(np.where(np.isin(found, (GREEN, PERMISSIVE, ARROW)), found, RED).astype(np.uint8))
    return PlanOf(np.stack(codes), np.array([row_s for _, row_s in rows], dtype=np.float64), signal.program.offset_s)


def _lengths_s(signal: Signal) -> tuple[float, ...]:
    own = own_timing(signal.program)
    knobs = find_knobs(signal)[0] if signal.limits else None
    return (own if knobs is None else mended(knobs, own)[0]).durations_s
