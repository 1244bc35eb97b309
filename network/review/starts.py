"""Trips that start where no loop sees them come: between the loops of an approach and its stop line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from network.loops.detectors import LaneLoops, Layout
from network.review.findings import Finding, some
from network.roads.reader import Network

Start: TypeAlias = tuple[str, str]
"""A road, and where on it as SUMO reads it."""
NOSE_M = 5.1
"""Where the front of a car stands that enters a road at its beginning (SUMO's ``departPos="base"``)."""
ANYWHERE = frozenset({"free", "random", "random_free"})
FEWEST = 10.0
"""Trips; the engine takes no notice of fewer, they may be errors of counting."""


def starts_unseen(
    signal_id: str, lane_loops: Sequence[LaneLoops], layout: Layout, network: Network, trips: Mapping[Start, float]
) -> Iterator[Finding]:
    """Lanes of a signal that trips reach without having passed a loop before the stop line.

    trips: how many start, by road and SUMO's ``departPos``.
    """
    unseen = _unseen(lane_loops, layout, network, trips)
    total = sum(unseen.values())
    if total < FEWEST:
        return
    lanes = ", ".join(own.lane.id for own in lane_loops if _ways(own, network).keys() & unseen.keys())
    most = sorted(unseen.items(), key=lambda entry: (-entry[1], entry[0]))
    yield Finding(
        "note",
        signal_id,
        f"{total:.0f} trips start between loops and stop line of {lanes}: "
        + some([f"{number:.0f} on {edge_id}" for edge_id, number in most]),
        "no loop counts them before they leave: where they are a quarter or more, a queue that lasts a cycle gets the "
        "program's share of green, at least; start them further up, or lay loops nearer to the line (--detectors)",
    )


def _unseen(
    lane_loops: Sequence[LaneLoops], layout: Layout, network: Network, trips: Mapping[Start, float]
) -> dict[str, float]:
    """Trips on each road that start beyond the last loop before the line, on every lane that they may take there."""
    reach = {own.lane.id: _ways(own, network) for own in lane_loops}
    found: defaultdict[str, float] = defaultdict(float)
    for (edge_id, position), number in trips.items():
        ways = [(own, lane_id) for own in lane_loops for lane_id in reach[own.lane.id].get(edge_id, ())]
        shares = [_share_beyond(_last_m(own, lane_id, layout, network), network.lanes[lane_id].length_m, position)
                  for own, lane_id in ways]  # fmt: skip
        if shares and max(shares) > 0.0:
            found[edge_id] += number * sum(shares) / len(shares)
    return dict(found)


def _ways(own: LaneLoops, network: Network) -> dict[str, list[str]]:
    """Lanes of the approach by road."""
    found: dict[str, list[str]] = {}
    for stretch in own.stretches:
        found.setdefault(network.lanes[stretch.lane_id].edge_id, []).append(stretch.lane_id)
    return found


def _last_m(own: LaneLoops, lane_id: str, layout: Layout, network: Network) -> float:
    """Metres from the beginning of a lane of the approach beyond which the way to the line passes no loop but there.

    0 where all of it lies beyond; its length where a loop comes later.
    """
    positions: dict[str, float] = {}
    for loop, _, _ in own.upstream[0] if own.upstream else ():
        positions[layout.loops[loop].lane_id] = layout.loops[loop].position_m
    if set(_downstream(own, lane_id, network)) & positions.keys():
        return network.lanes[lane_id].length_m
    return positions.get(lane_id, 0.0)


def _downstream(own: LaneLoops, lane_id: str, network: Network) -> Iterable[str]:
    """Lanes of the approach that come after one of them."""
    approach = {stretch.lane_id: stretch.before_m for stretch in own.stretches}
    found, ahead = set[str](), [lane_id]
    while ahead:
        here = ahead.pop()
        for turn in network.lanes[here].turns_out:
            after = turn.to_lane
            if after not in found and approach.get(after, approach[here]) < approach[here]:
                found.add(after)
                ahead.append(after)
    return found


def _share_beyond(last_m: float, length_m: float, position: str) -> float:
    """Of trips that start at SUMO's ``departPos`` on a lane, the part that starts beyond a place on it."""
    if position in ANYWHERE:
        return max(0.0, length_m - last_m) / length_m
    try:
        at_m = float(position)
    except ValueError:
        at_m = NOSE_M
    at_m = at_m if at_m >= 0.0 else length_m + at_m
    return float(last_m < length_m and min(max(at_m, NOSE_M), length_m) > last_m)

