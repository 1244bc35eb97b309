"""The interlock's rules as its kernel reads them: links of all signals end to end, times in whole seconds."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from signal_core.kernels.interlock_records import Rules
from signal_core.kernels.interlock_sight import Sight

_NEVER_S = 1 << 40


class SignalRules(NamedTuple):
    """What is kept of one signal with n links.

    conflicts: bool[n, n], either direction counts; yellow_s, min_green_s, max_red_s: float[n] or one number;
    intergreen_s: float[n, n], [j, i] from the end of j's green to the start of i's. Where they are given, and not None
    as in an `Intersection` without them: yielded_s, as intergreen_s, never below it; walk_clear_s, as yellow_s, 0 but
    for crossings; max_green_s and max_wait_s, as yellow_s, infinite where there is no limit; forbidden: sets of links,
    positions in the signal; walk_lead_s, as intergreen_s: above 0 the row must not be moving on when the column, a
    crossing, starts; from 2 s on it starts so long after it; ends_with, bool[n, n]: the row, where it gives way, does
    not end while the column goes on; least_clear_s, as yellow_s, 0 but for crossings with on-crossing detectors.
    """

    conflicts: ArrayLike
    yellow_s: ArrayLike
    intergreen_s: ArrayLike
    min_green_s: ArrayLike
    max_red_s: ArrayLike
    yielded_s: ArrayLike | None = None
    walk_clear_s: ArrayLike = 0.0
    max_green_s: ArrayLike = math.inf
    max_wait_s: ArrayLike = math.inf
    forbidden: Sequence[Collection[int]] = ()
    walk_lead_s: ArrayLike | None = None
    ends_with: ArrayLike | None = None
    least_clear_s: ArrayLike | None = None


def rules_of(signals: Sequence[SignalRules]) -> Rules:
    """As the kernel reads them. Raises ValueError for what does not fit together."""
    tables = [_foes(signal.conflicts) for signal in signals]
    sizes = np.array([table.shape[0] for table in tables], dtype=np.int64)
    ptr = _ptr_of(sizes)
    pairs = [_pairs(signal, table, int(first)) for signal, table, first in zip(signals, tables, ptr[:-1], strict=True)]

    def of_pairs(name: str) -> NDArray[np.int64]:
        return _joined([each[name] for each in pairs])

    def per_link(name: str) -> NDArray[np.int64]:
        return _per_link(signals, sizes, name)

    foes_each = _joined([table.sum(axis=1).astype(np.int64) for table in tables])
    yellows, walks = per_link("yellow_s"), per_link("walk_clear_s")
    met = np.where(foes_each > 0, walks, 0)  # nobody drives over the others
    return Rules(
        ptr=ptr,
        foe_ptr=_ptr_of(foes_each),
        foe=of_pairs("foe"),
        clear_s=of_pairs("clear_s"),
        yielded_s=of_pairs("yielded_s"),
        stops=of_pairs("stops").astype(np.bool_),
        lead_s=of_pairs("lead_s"),
        ends=of_pairs("ends").astype(np.bool_),
        yellow_s=yellows,
        min_green_s=per_link("min_green_s"),
        max_red_s=per_link("max_red_s"),
        walk_clear_s=walks,
        lit_s=_longest([each["yielded_s"] for each in pairs], yellows, met, ptr),
        max_green_s=per_link("max_green_s"),
        max_wait_s=per_link("max_wait_s"),
        **_sets([signal.forbidden for signal in signals], ptr),
    )


def _pairs(signal: SignalRules, table: NDArray[np.bool_], first: int) -> dict[str, NDArray[np.int64]]:
    """What holds between the links of one signal and their foes, row by row; `first`: number of its first link."""
    into, of = np.nonzero(table)
    clear_s = _seconds(signal.intergreen_s, table.shape, "intergreen_s")[of, into]
    yielded = signal.intergreen_s if signal.yielded_s is None else signal.yielded_s
    lead_s = _seconds(signal.walk_lead_s, table.shape, "walk_lead_s")
    return {
        "foe": (of + first).astype(np.int64),
        "clear_s": clear_s,
        "yielded_s": np.maximum(_seconds(yielded, table.shape, "yielded_s")[of, into], clear_s),
        "stops": (lead_s[of, into] > 0).astype(np.int64),
        "lead_s": np.where(lead_s[into, of] > 1, lead_s[into, of], 0),
        "ends": (_seconds(signal.ends_with, table.shape, "ends_with")[into, of] > 0).astype(np.int64),
    }


def _per_link(signals: Sequence[SignalRules], sizes: NDArray[np.int64], name: str) -> NDArray[np.int64]:
    return _joined([_seconds(getattr(signal, name), (int(n),), name) for signal, n in zip(signals, sizes, strict=True)])


def _longest(
    yielded: list[NDArray[np.int64]], yellows: NDArray[np.int64], met: NDArray[np.int64], ptr: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Seconds after which nobody is inside any more, int64[signals]: the longest of all times of a signal."""
    longest = [
        max(int(part.max(initial=0)) for part in (after, yellows[a:b], met[a:b]))
        for after, a, b in zip(yielded, ptr[:-1], ptr[1:], strict=True)
    ]
    return np.array(longest, dtype=np.int64)


def _ptr_of(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


def sight_of(signals: Sequence[SignalRules], ptr: NDArray[np.int64]) -> Sight:
    """Of detectors that have said nothing yet."""
    least = _per_link(signals, np.diff(ptr), "least_clear_s")
    n = len(least)
    return Sight(least, np.zeros(n, np.bool_), np.zeros(n, np.bool_), np.zeros(n, np.int64), np.zeros(n, np.int64))


def _sets(forbidden: Sequence[Sequence[Collection[int]]], ptr: NDArray[np.int64]) -> dict[str, NDArray[np.int64]]:
    """Forbidden sets end to end, their links numbered over all signals."""
    found = [sorted(first + i for i in each) for first, sets in zip(ptr[:-1], forbidden, strict=True) for each in sets]
    for first, last, sets in zip(ptr[:-1], ptr[1:], forbidden, strict=True):
        if any(not each or min(each) < 0 or max(each) >= last - first for each in sets):
            raise ValueError(f"forbidden: a set is empty, or no link of {last - first}")
    return {
        "set_ptr": np.concatenate([[0], np.cumsum([len(sets) for sets in forbidden])]).astype(np.int64),
        "set_link_ptr": np.concatenate([[0], np.cumsum([len(each) for each in found])]).astype(np.int64),
        "set_link": np.array([i for each in found for i in each], dtype=np.int64),
    }


def _seconds(values: ArrayLike | None, shape: tuple[int, ...], name: str) -> NDArray[np.int64]:
    seconds = np.broadcast_to(np.asarray(0.0 if values is None else values, dtype=np.float64), shape)
    if np.isnan(seconds).any() or (seconds < 0).any():
        raise ValueError(f"{name}: negative or not a number")
    return np.ceil(np.minimum(seconds, _NEVER_S) - 1e-6).astype(np.int64)


def _foes(conflicts: ArrayLike) -> NDArray[np.bool_]:
    table = np.asarray(conflicts, dtype=np.bool_)
    if table.ndim != 2 or table.shape[0] != table.shape[1]:
        raise ValueError(f"conflicts: {table.shape} is not square")
    either = table | table.T
    np.fill_diagonal(either, False)
    return either


def _joined(parts: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    return np.concatenate([np.zeros(0, np.int64), *parts])
