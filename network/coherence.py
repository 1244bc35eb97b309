"""Whether signals and loops that were read from a file hang together: every index leads somewhere, every size fits.

Kernels take arrays as they are; one index out of range would have them read what lies beside.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from network.build import LAMPS
from network.loops.detectors import LaneLoops, Layout
from network.program.day import Day
from network.program.signals import Phase, Program, Signal

LARGEST = 1e7
"""No time in s and no length in m is as large."""


def check_signals(signals: Mapping[str, Signal]) -> None:
    """ValueError names the signal and what does not fit."""
    for signal_id, signal in signals.items():
        if signal.id != signal_id:
            raise ValueError(f"signal {signal_id}: is called {signal.id} inside")
        for part in (signal, *signal.junctions):
            _check_signal(part)
            _demand(part is signal or (part.n_links == signal.n_links and part.part_of == signal_id), part, "junctions")


def check_day(signal_id: str, day: Day) -> None:
    """ValueError names the signal and what does not fit."""
    for program_id, signal in day.signals.items():
        check_signals({signal_id: signal})
        _demand(signal.program.program_id == program_id, signal, "programs by time of day")
    named = {switch.program_id for switch in day.switches}
    times = [switch.from_s for switch in day.switches]
    if not day.switches or not named <= day.signals.keys() or times != sorted(times) or not _are_numbers(times):
        raise ValueError(f"signal {signal_id}: its switches do not fit its programs")


def check_layout(signals: Mapping[str, Signal], layout: Layout) -> None:
    """ValueError names the signal whose approaches do not fit, or the loop."""
    for loop in layout.loops:
        if not _are_numbers((loop.distance_m, *(position_m for _, _, position_m in loop.parts()))):
            raise ValueError(f"loop {loop.id}: its place is no number of metres")
    for signal in signals.values():
        approaches = layout.lane_loops.get(signal.id, ())
        if not signal.left_alone:
            _demand(tuple(approach.lane for approach in approaches) == signal.lanes, signal, "approaches")
        _demand(all(_fits(approach, len(layout.loops)) for approach in approaches), signal, "loops of its approaches")


def _fits(approach: LaneLoops, loops: int) -> bool:
    rows = [*approach.before, *approach.exits, *(row for level in approach.upstream for row in level)]
    numbers = (*(x for _, share, travel_s in rows for x in (share, travel_s)), approach.way_m)
    stretches = (x for s in approach.stretches for x in (s.length_m, s.before_m, s.before_s))
    return (
        all(0 <= loop < loops for loop in (*(row[0] for row in rows), *approach.fed))
        and -1 <= approach.stop < loops
        and _are_numbers((*numbers, *stretches))
    )


def _check_signal(signal: Signal) -> None:
    n = signal.n_links
    _check_arrays(signal)
    _demand(all(0 <= link.index < n for link in signal.links) or bool(signal.left_alone), signal, "links")
    _demand(all(_are_numbers((link.length_m, link.speed_mps, link.waits_m)) for link in signal.links), signal, "links")
    _demand(all(0 <= i < n for lane in signal.lanes for i in lane.links), signal, "lanes")
    _demand(all(len(lane.links) == len(lane.directions) and _are_numbers((lane.length_m, lane.speed_mps))
                for lane in signal.lanes), signal, "lanes")  # fmt: skip
    sets = [*signal.forbidden, *(each for each in signal.left_out if each), *((limit.link,) for limit in signal.limits)]
    _demand(all(each and min(each) >= 0 and max(each) < n for each in sets), signal, "limits")
    _demand(_are_numbers(limit.seconds for limit in signal.limits), signal, "limits")
    if signal.left_alone:
        return
    rows = signal.program.intervals
    _demand(bool(rows) and all(len(row.state) == n for row in rows), signal, "rows of its program")
    _demand(_are_times(signal.program), signal, "times of its program")
    for phases in (signal.phases, signal.added):
        _demand(_are_phases(phases, n, len(signal.phases)), signal, "phases")


def _check_arrays(signal: Signal) -> None:
    """Every table has a row (and a column) per lamp, or is empty, and holds times."""
    for field in dataclasses.fields(signal):
        table = getattr(signal, field.name)
        if isinstance(table, np.ndarray):
            _demand(all(length in (0, signal.n_links) for length in table.shape), signal, field.name)
            _demand(bool(np.all(table >= 0)) and bool(np.all(table < LARGEST)), signal, field.name)


def _are_times(program: Program) -> bool:
    rows = program.intervals
    times = (x for row in rows for x in (row.duration_s, row.min_s, row.max_s))
    lamps = {lamp for row in rows for lamp in row.state}
    return _are_numbers(times) and lamps <= LAMPS and min((k for row in rows for k in row.next), default=0) >= 0


def _are_phases(phases: Sequence[Phase], n: int, count: int) -> bool:
    return all(
        len(phase.state) == n
        and set(phase.state) <= LAMPS
        and -1 <= phase.part_of < count
        and _are_numbers((phase.shown_s, phase.min_s, phase.max_s))
        for phase in phases
    )


def _are_numbers(values: Iterable[float]) -> bool:
    return all(math.isfinite(value) and abs(value) < LARGEST for value in values)


def _demand(fits: bool, signal: Signal, what: str) -> None:
    if not fits:
        raise ValueError(f"signal {signal.id}: its {what.replace('_', ' ')} do not fit together")
