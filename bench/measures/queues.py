"""The 95 % queue before a stop line: of the longest standing queues per window, the one that 5 % exceed."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

from network.roads.reader import Network

SHARE = 0.95
# A queue that fills as much of its lane goes on in the lanes before it.
FULL = 0.85
LEVELS_UP = 6
STUB_M = 7.5
"""Shorter than a vehicle with its gap: SUMO tells no queue there, it begins on the lanes before."""


def queue_before(network: Network, queues: Mapping[str, Mapping[float, float]], lane: str) -> dict[float, float]:
    """Metres of standing queue by time before the end of ``lane``, over lanes upstream up to the next signal."""
    return _reach(network, queues, lane, LEVELS_UP)


def _reach(
    network: Network, queues: Mapping[str, Mapping[float, float]], lane_id: str, levels: int
) -> dict[float, float]:
    """By time how far a lane's queue reaches upstream in m: where the lane is full, on over those that lead to it."""
    lane = network.lanes[lane_id]
    own = dict(queues.get(lane_id, {}))
    full = {time for time, length in own.items() if length >= FULL * lane.length_m}
    is_stub = lane.length_m < STUB_M
    if levels == 0 or not (full or is_stub):
        return own
    behind: dict[float, float] = defaultdict(float)
    for turn in lane.turns_in:
        if not turn.signal_id:
            for time, length in _reach(network, queues, turn.from_lane, levels - 1).items():
                behind[time] = max(behind[time], length)
    if is_stub:
        full |= {time for time, length in behind.items() if length > 0.0}
        own = dict.fromkeys(full, lane.length_m) | own
    return {time: lane.length_m + behind[time] if behind.get(time) else own[time] for time in full} | {
        time: length for time, length in own.items() if time not in full
    }


def window_maxima(times: Mapping[float, float], begin_s: float, end_s: float, window_s: float) -> list[float]:
    """The longest queue in every window of the run, about one per cycle."""
    longest = [0.0] * max(1, math.ceil((end_s - begin_s) / window_s))
    for time, length in times.items():
        k = min(len(longest) - 1, max(0, int((time - begin_s) // window_s)))
        longest[k] = max(longest[k], length)
    return longest


def percentile(values: Sequence[float], share: float = SHARE) -> float:
    """The smallest value that at least ``share`` of all do not exceed; 0 for none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else 0.0
