"""Which signals of a network the engine can drive, as its arrays."""

from __future__ import annotations

from collections.abc import Sequence

from network.arrays import intersection
from network.loops.detectors import Layout
from network.program.signals import Signal
from signal_core.tables.intersection import Intersection


def controllable(
    signals: Sequence[Signal], layout: Layout, adds_phases: bool = False, keeps_order: bool = True,
    rests: bool = False,
) -> tuple[list[Signal], list[Intersection], list[str]]:
    """Signals the engine can drive, their arrays, and one sentence for each that it cannot.

    adds_phases: phases beyond the program may be shown, see `Signal.in_free_order`. keeps_order: without those only
    what the program shows in each cycle, in its order; otherwise also what it shows when called. rests: walks go on
    while nobody needs more.
    """
    kept: list[Signal] = []
    arrays: list[Intersection] = []
    notes: list[str] = []
    for signal in signals:
        if signal.left_alone:
            notes.append(f"signal {signal.id}: left alone: {signal.left_alone}")
            continue
        driven = signal.in_free_order() if adds_phases else (signal if keeps_order else signal.with_on_call(),)
        own = layout.of(driven)
        try:
            arrays += [intersection(each, own, rests) for each in driven]
            kept += driven
        except ValueError as error:
            notes.append(f"signal {signal.id}: left alone: {error}")
    return kept, arrays, notes
