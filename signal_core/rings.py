"""Rings of short ways: from a signal to one close by, and on to others until it is back."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from signal_core.arrays import BoolArray, IntArray


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
        found[k] |= _leads(onward, end, start)
    return found


def _leads(onward: dict[int, set[int]], start: int, end: int) -> bool:
    seen, ahead = {start}, [start]
    while ahead:
        here = ahead.pop()
        if here == end:
            return True
        ahead += onward[here] - seen
        seen |= onward[here]
    return False
