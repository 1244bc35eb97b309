"""Whose green must not end while the traffic that it gives way to goes on (the yellow trap).

Who turns across traffic waits inside the junction for a gap. When his own green ends he takes it that the traffic
against him stops as well, and leaves. Where it goes on he is either hit, or still inside when the next movements begin.
So both end together; where a program has it otherwise, that is its engineer's word.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from network.program.phases import GREEN, steady_state
from network.program.rings import rings_of
from network.program.signals import BoolArray, Link, Phase, Program
from network.safety.clearance import Protocol
from network.safety.gaps import next_rows
from network.safety.walking import crossing_indices


def ends_with(
    program: Program, phases: Sequence[Phase], links: Sequence[Link], yields_to: BoolArray, protocol: Protocol
) -> BoolArray:
    """bool[n, n], read-only: while the row is green and gives way, it does not end without the column, traffic that it
    waits for inside the junction in one of the phases, nor without what goes on the same lane as that, which has one
    light; nor without what those in turn do not end without.

    None for protocol ``resco``, which has nothing beyond its 3 s for a change.
    """
    n = len(yields_to)
    waits = np.zeros(n, dtype=np.bool_)
    waits[[link.index for link in links if link.waits_m > 0.0]] = protocol == "plan"
    driven = ~crossing_indices(links, n)
    ends = yields_to & _together(phases, n) & waits[:, None] & driven[None, :] & ~_ended_alone(program, n)
    table = _closed(ends | _product(ends, _lane_mates(links, n)))
    np.fill_diagonal(table, False)
    table.flags.writeable = False
    return table


def _together(phases: Sequence[Phase], n: int) -> BoolArray:
    """bool[n, n]: a phase shows the row giving way, and the column green."""
    states = np.array([list(phase.state) for phase in phases]).reshape(len(phases), n)
    gives_way, green = states == "g", np.isin(states, list(GREEN))
    return np.asarray((gives_way[:, :, None] & green[:, None, :]).any(axis=0))


def _ended_alone(program: Program, n: int) -> BoolArray:
    """bool[n, n]: the program itself ends the row's green while the column's goes on."""
    rings = rings_of(program)
    rows = program.intervals if rings is None else rings.intervals()
    green = np.array([[lamp in GREEN for lamp in steady_state(row.state)] for row in rows])
    found = np.zeros((n, n), dtype=np.bool_)
    for row, followers in enumerate(next_rows(rows)):
        for after in followers:
            found |= (green[row] & ~green[after])[:, None] & (green[row] & green[after])[None, :]
    return found


def _lane_mates(links: Sequence[Link], n: int) -> BoolArray:
    """bool[n, n]: both start from one lane."""
    found = np.zeros((n, n), dtype=np.bool_)
    for one in links:
        for other in links:
            found[one.index, other.index] |= one.from_lane == other.from_lane and not one.is_crossing
    return found


def _product(one: BoolArray, other: BoolArray) -> BoolArray:
    """bool[n, n]: linked by one in between."""
    return np.asarray(one.astype(np.float32) @ other.astype(np.float32) > 0)


def _closed(table: BoolArray) -> BoolArray:
    """With every pair that is linked by others in between."""
    while True:
        further: BoolArray = table | _product(table, table)
        if (further == table).all():
            return table
        table = further
