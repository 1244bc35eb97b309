"""Where traffic leaves a junction: one place on every lane behind it, just past its mouth."""

from __future__ import annotations

from collections.abc import Iterator

from network.roads.graph import Lane
from network.roads.reader import Network
from network.roads.short_ways import share_of
from network.roads.trace import INSIDE_M, START_M, STUB_M, Spot, drive_s


def exit_spots(network: Network, lane: Lane) -> dict[Spot, float]:
    """Places behind the junction that a lane leads to, and the usual share of its vehicles that leave there.

    Who has passed one is out of the junction. Where nobody has room to wait on the lane behind, it is part of the
    junction, and the place lies further on; where a signal ends it, that junction is the signal's own affair.
    """
    found: dict[Spot, float] = {}
    for spot, share in _behind(network, lane, 1.0, 0.0, 0.0, frozenset()):
        found[spot] = found.get(spot, 0.0) + share
    return found


def _behind(
    network: Network, lane: Lane, share: float, passed_m: float, passed_s: float, seen: frozenset[str]
) -> Iterator[tuple[Spot, float]]:
    for turn in lane.turns_out:
        there = network.lanes[turn.to_lane]
        taken = share * share_of(lane, turn)
        away_m, away_s = passed_m + turn.length_m, passed_s + drive_s(lane, turn.length_m)
        if there.length_m >= STUB_M:
            position_m = min(START_M, there.length_m - INSIDE_M)
            yield Spot(there.id, position_m, -away_m - position_m, away_s + drive_s(there, position_m)), taken
        elif there.id not in seen and not any(onward.signal_id for onward in there.turns_out):
            yield from _behind(network, there, taken, away_m + there.length_m, away_s, seen | {there.id})
