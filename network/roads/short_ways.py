"""Short ways between two signals: which lanes of the signal before lead there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from network.roads.graph import Lane, Turn, turn_share
from network.roads.reader import Network
from network.roads.trace import Stretch, drive_s, lets_in, turns_onto

LONGEST_S = 4.5
"""Who starts at the signal before is at the next one before a change there has come to an end."""
TIGHT_M = 12.0
"""A lorry or a bus on a shorter way that has to stop at its end stands in the junction before."""


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
    ``onto``: for each of these the lane that it leads to where the way is shorter than a vehicle, otherwise empty.
    """

    length_m: float = 0.0
    before: tuple[tuple[str, float, float], ...] = ()
    onto: tuple[str, ...] = ()


def short_ways(network: Network, approaches: Mapping[str, Sequence[Stretch]]) -> dict[str, ShortWay]:
    """The ways to lanes of one signal on which nobody is under way for more than `LONGEST_S`.

    ``approaches``: per lane the stretches that lead to it. Vehicles of a lane take its turns by their usual shares,
    those on one way its lanes in equal parts.
    """
    found = {lane_id: list(_entries(network, stretches)) for lane_id, stretches in approaches.items()}
    reached = Counter(entry.turn for entries in found.values() for entry in entries)
    return {lane_id: _way(network, entries, reached) for lane_id, entries in found.items()}


def _way(network: Network, entries: Sequence[_Entry], reached: Mapping[Turn, int]) -> ShortWay:
    shares: dict[str, float] = {}
    away_s: dict[str, float] = {}
    onto: dict[str, str] = {}
    for entry in entries:
        lane_id = entry.turn.from_lane
        share = share_of(network.lanes[lane_id], entry.turn) / reached[entry.turn]
        shares[lane_id] = shares.get(lane_id, 0.0) + share
        away_s.setdefault(lane_id, entry.away_s)
        onto.setdefault(lane_id, entry.turn.to_lane if entry.start_m < TIGHT_M else "")
    length_m = max((entry.start_m for entry in entries), default=0.0)
    before = tuple((lane_id, share, away_s[lane_id]) for lane_id, share in shares.items())
    return ShortWay(length_m, before, tuple(onto[lane_id] for lane_id in shares))


def _entries(network: Network, approach: Sequence[Stretch]) -> Iterator[_Entry]:
    """Turns past signals onto an approach, nearest first."""
    for stretch in approach:
        here = network.lanes[stretch.lane_id]
        for turn in turns_onto(network, here):
            away_s = stretch.before_s + drive_s(here, here.length_m + turn.length_m)
            if lets_in(network, turn, here) and away_s <= LONGEST_S:
                yield _Entry(turn, stretch.before_m + here.length_m, away_s)


def share_of(lane: Lane, turn: Turn) -> float:
    """Part of a lane's vehicles that usually takes one of its turns."""
    return turn_share(turn.direction) / sum(turn_share(other.direction) for other in lane.turns_out)
