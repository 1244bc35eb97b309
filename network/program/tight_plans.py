"""Whether a plan lets nobody onto a short way between two signals who would have to stop there."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from network.program.signals import Signal

STATIC = "static"


def keeps_clear(before: Signal, link: int, after: Signal, links: Sequence[int]) -> bool:
    """Whether the links ``links`` of a signal are green, and none gives way to other traffic, in every second in which
    ``link`` of the signal before is.

    Only plans of the same cycle can say so.
    """
    cycle_s = _cycle_s(before)
    if not links or cycle_s != _cycle_s(after) or {before.program.kind, after.program.kind} != {STATIC}:
        return False
    shown = [(_state(before, t), _state(after, t)) for t in range(cycle_s)]
    lets_in = [then for now, then in shown if now[link] in "Gg"]
    return bool(lets_in) and all(_goes_on(after, then, i) for then in lets_in for i in links)


def _goes_on(signal: Signal, state: str, i: int) -> bool:
    driven = {link for lane in signal.lanes for link in lane.links}
    met = any(signal.yields_to[i, j] and state[j] in "Gg" for j in driven)
    return state[i] == "G" or (state[i] == "g" and not met)


def _cycle_s(signal: Signal) -> int:
    return round(sum(row.duration_s for row in signal.program.intervals))


def _state(signal: Signal, time_s: int) -> str:
    rows = signal.program.intervals
    at_s = (time_s - signal.program.offset_s) % max(_cycle_s(signal), 1)
    ends = accumulate(row.duration_s for row in rows)
    return next((row.state for row, end_s in zip(rows, ends, strict=True) if at_s < end_s), rows[-1].state)
