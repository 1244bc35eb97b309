"""Rings: ways from a signal to others and back, short ones that are drained, and longer ones that are not overfed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

import numpy as np

from signal_core.tables.arrays import BoolArray, IntArray


def in_rings(lane_ptr: IntArray, upstream_ptr: IntArray, upstream_lane: IntArray) -> BoolArray:
    """bool[lanes]: a short way leads to the lane, from a signal to which short ways lead back from the lane's own.

    Parameters
    ----------
    lane_ptr
        int64[signals + 1], where the lanes of each signal begin.
    upstream_ptr, upstream_lane
        The lanes at signals close upstream of every lane, -1 for unknown ones.
    """
    signal = np.repeat(np.arange(len(lane_ptr) - 1), np.diff(lane_ptr))
    ways = [(k, int(signal[other]), int(signal[k])) for k in range(len(signal))
            for other in upstream_lane[upstream_ptr[k]:upstream_ptr[k + 1]].tolist() if other >= 0]
    onward: dict[int, set[int]] = defaultdict(set)
    for _, start, end in ways:
        onward[start].add(end)
    found = np.zeros(len(signal), dtype=np.bool_)
    for k, start, end in ways:
        found[k] |= leads(onward, end, start)
    return found


def of_exits(exit_ptr: IntArray, exit_lane: IntArray, exit_signal: IntArray, onward_ptr: IntArray,
             onward_lane: IntArray, lane_signal: IntArray) -> IntArray:
    """int64[exits]: the number of the ring that the way behind each exit belongs to, -1 for none.

    From a way traffic goes on to others; those that lead back to each other are one ring (a strongly connected
    component). Turning round is no way on.

    Parameters
    ----------
    exit_ptr, exit_lane
        The lanes that lead to each exit.
    exit_signal
        int64[exits], the signal at which each exit lies.
    onward_ptr, onward_lane
        The lanes that each exit leads to.
    lane_signal
        int64[lanes], the signal that each lane leads to.
    """
    n = len(exit_ptr) - 1
    of_lane: dict[int, list[int]] = defaultdict(list)
    for x in range(n):
        for k in exit_lane[exit_ptr[x]:exit_ptr[x + 1]].tolist():
            of_lane[k].append(x)
    ahead = [onward_lane[onward_ptr[x]:onward_ptr[x + 1]].tolist() for x in range(n)]
    leads_to = [{int(lane_signal[k]) for k in row} for row in ahead]
    onward = [sorted({y for k in ahead[x] for y in of_lane[k] if leads_to[y] - {int(exit_signal[x])}})
              for x in range(n)]
    return _components(onward)


def _components(onward: list[list[int]]) -> IntArray:
    """Strongly connected components of two or more, numbered from 0; -1 for what is in none (Kosaraju)."""
    order = list(_last_first(onward, range(len(onward)), set()))[::-1]
    back: list[list[int]] = [[] for _ in onward]
    for x, row in enumerate(onward):
        for y in row:
            back[y].append(x)
    found, seen, number = np.full(len(onward), -1, dtype=np.int64), set[int](), 0
    for start in order:
        members = list(_last_first(back, [start], seen))
        if len(members) > 1:
            found[members] = number
            number += 1
    return found


def _last_first(onward: list[list[int]], starts: Iterable[int], seen: set[int]) -> Iterator[int]:
    """All that is reached from the starts and not yet seen, what lies deepest first."""
    for start in starts:
        ahead = [] if start in seen else [(start, iter(onward[start]))]
        seen.add(start)
        while ahead:
            here, rest = ahead[-1]
            following = next((y for y in rest if y not in seen), None)
            if following is None:
                ahead.pop()
                yield here
            else:
                seen.add(following)
                ahead.append((following, iter(onward[following])))


def leads(onward: dict[int, set[int]], start: int, end: int) -> bool:
    """True where ways lead from one to the other; `onward`: those that each leads to next."""
    seen, ahead = {start}, [start]
    while ahead:
        here = ahead.pop()
        if here == end:
            return True
        ahead += onward[here] - seen
        seen |= onward[here]
    return False
