"""Short ways between two signals: which lanes of the signal before lead there."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from network.graph import TURN_SHARE, Lane, Turn
from network.reader import Network
from network.trace import TURN_BACK, drive_s, origins

LONGEST_S = 4.5
"""Who starts at the signal before is at the next one before a change there has come to an end."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A turn past the signal before onto a way; ``start_m`` and ``away_s`` from the turn's lane to the stop line."""

    turn: Turn
    start_m: float
    away_s: float


@dataclass(frozen=True, slots=True)
class ShortWay:
    """``length_m`` from the signal before to the stop line, 0 where there is none.

    ``before``: lanes at that signal, the share of their vehicles that comes to this line, and their travel time in s.
    """

    length_m: float = 0.0
    before: tuple[tuple[str, float, float], ...] = ()


def short_ways(network: Network, lane_ids: Sequence[str]) -> dict[str, ShortWay]:
    """The ways to lanes of one signal on which nobody is under way for more than `LONGEST_S`.

    Vehicles of a lane take its turns by their usual shares, those on one way its lanes in equal parts.
    """
    found = {lane_id: list(_entries(network, network.lanes[lane_id])) for lane_id in lane_ids}
    reached = Counter(entry.turn for entries in found.values() for entry in entries)
    return {lane_id: _way(network, entries, reached) for lane_id, entries in found.items()}


def _way(network: Network, entries: Sequence[_Entry], reached: Mapping[Turn, int]) -> ShortWay:
    shares: dict[str, float] = {}
    away_s: dict[str, float] = {}
    for entry in entries:
        lane_id = entry.turn.from_lane
        share = _share(network.lanes[lane_id], entry.turn) / reached[entry.turn]
        shares[lane_id] = shares.get(lane_id, 0.0) + share
        away_s.setdefault(lane_id, entry.away_s)
    length_m = max((entry.start_m for entry in entries), default=0.0)
    return ShortWay(length_m, tuple((lane_id, share, away_s[lane_id]) for lane_id, share in shares.items()))


def _entries(network: Network, lane: Lane) -> Iterator[_Entry]:
    """Turns past signals onto the approach of a lane, nearest first; it is followed as its loops would be."""
    heap: list[tuple[float, str, float]] = [(0.0, lane.id, 0.0)]
    seen: set[str] = set()
    while heap:
        passed_m, lane_id, passed_s = heapq.heappop(heap)
        if lane_id in seen:
            continue
        seen.add(lane_id)
        here = network.lanes[lane_id]
        start_m = passed_m + here.length_m
        turns, ends = origins(network, here)
        for turn in turns:
            away_s = passed_s + drive_s(here, here.length_m + turn.length_m)
            if away_s <= LONGEST_S:
                heapq.heappush(heap, (start_m + turn.length_m, turn.from_lane, away_s))
        for turn in here.turns_in if ends else ():
            before = network.lanes[turn.from_lane]
            away_s = passed_s + drive_s(here, here.length_m + turn.length_m)
            drives = turn.signal_id and turn.direction not in TURN_BACK and before.classes & here.classes
            if drives and away_s <= LONGEST_S:
                yield _Entry(turn, start_m, away_s)


def _share(lane: Lane, turn: Turn) -> float:
    """Part of a lane's vehicles that takes one of its turns."""
    weights = [TURN_SHARE.get(other.direction, 0.2) for other in lane.turns_out]
    return TURN_SHARE.get(turn.direction, 0.2) / sum(weights)
