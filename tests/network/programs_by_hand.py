"""Programs and foe tables written down in the tests."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from network.program.signals import BoolArray, Interval, Link, Program


def program(*rows: tuple[float, str], kind: str = "static", min_s: float | None = None) -> Program:
    """A program from (duration, state) rows."""
    intervals = tuple(Interval(state, s, s if min_s is None else min_s, s) for s, state in rows)
    return Program("x", "0", kind, 0.0, intervals, {})


def pairs(n: int, *foes: tuple[int, int]) -> BoolArray:
    """bool[n, n], symmetric, true for the pairs."""
    table = one_way(n, foes)
    return np.asarray(table | table.T)


def one_way(n: int, foes: Iterable[tuple[int, int]]) -> BoolArray:
    """bool[n, n], true for [first, second] of each pair."""
    table = np.zeros((n, n), dtype=np.bool_)
    for one, other in foes:
        table[one, other] = True
    return table


def link(index: int, speed_mps: float = 13.89, *, crossing: bool = False, length_m: float = 10.0) -> Link:
    """A link without geometry."""
    start = f":x_w{index}_0" if crossing else f"in{index}_0"
    return Link(index, start, f"out{index}_0", "", "s", crossing, length_m, speed_mps, "x", index)
