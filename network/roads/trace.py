"""Places upstream of a stop line, found lane by lane along the approach."""

from __future__ import annotations

import heapq
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf

from network.roads.graph import Lane, Turn
from network.roads.reader import Network

# Vehicles stop with their front 1.0 m before the line, so a loop there would not see them.
STOP_LINE_M = 2.0
# On a shorter lane the front may stop before it, or at its very end, and is then seen on no lane before.
SHORTEST_STOP_LANE_M = 1.2
# An approach that ends early still gets its loop where that is as much further out than the one before.
WORTH_A_LOOP_M = 15.0
# From this share of its distance on, a loop lies rather behind a place where others join or turn off: who is counted
# there comes, and nobody else.
CERTAIN_SHARE = 2.0 / 3.0
INSIDE_M = 1.0
# No vehicle has room to wait on a shorter lane: it waits before the junction behind it, or inside.
STUB_M = 4.0
# Room for a whole loop behind the beginning of a lane.
START_M = 4.0
# Traffic enters the network with its front a vehicle's length down the lane, past a loop at the very beginning.
ENTRY_M = 12.0
# Vehicles drive somewhat below the limit.
SPEED_SHARE = 0.95
SLOWEST_MPS = 0.1
TURN_BACK = frozenset("tT")


@dataclass(frozen=True, slots=True)
class Spot:
    """A place ``distance_m`` and ``travel_s`` before a stop line, ``position_m`` from the lane's start."""

    lane_id: str
    position_m: float
    distance_m: float
    travel_s: float


@dataclass(frozen=True, slots=True)
class Stretch:
    """A lane of an approach; ``before_m`` and ``before_s`` from its end to the stop line."""

    lane_id: str
    length_m: float
    before_m: float
    before_s: float = 0.0


def stop_spots(network: Network, lane: Lane) -> list[Spot]:
    """Where a waiting vehicle stands on the loop; where a lane is too short for that, on each way onto it, and on it.

    Those who turn back wait there, too. Of ways that come from the same place only one counts.
    """
    if lane.length_m >= SHORTEST_STOP_LANE_M:
        return [_spot(lane, 0.0, 0.0, min(STOP_LINE_M, lane.length_m - 0.1))]
    ways = origins(network, lane)[0]
    back = (turn for turn in lane.turns_in if turn.direction in TURN_BACK and not lets_in(network, turn, lane))
    spots = [_spot_before(network, lane, turn) for turn in (*ways, *back) if ways]
    before = {(s.lane_id, s.position_m): s for s in spots}
    return [*before.values(), _spot(lane, 0.0, 0.0, lane.length_m / 2.0)]


def _spot_before(network: Network, lane: Lane, turn: Turn) -> Spot:
    """Where a vehicle waits that comes onto a short lane by one of its ways."""
    passed_m = lane.length_m
    upstream = [network.lanes[lane_id] for lane_id in (*reversed(turn.via), turn.from_lane)]
    for here in upstream:
        if passed_m + here.length_m >= STOP_LINE_M:
            return _spot(here, passed_m, 0.0, STOP_LINE_M)
        passed_m += here.length_m
    return _spot(upstream[-1], passed_m - upstream[-1].length_m, 0.0, passed_m)


def upstream_spots(
    network: Network, lane: Lane, before_m: float, distance_m: float, shared: Container[str] = ()
) -> Iterator[Spot]:
    """Places at ``distance_m`` upstream of the end of a lane, one per lane of the approach, nearest first.

    Where a branch ends earlier, at a signal, the edge of the network or a lane out of ``shared``, the place is the
    beginning of its last lane if that is well beyond ``before_m``, the distance of the loops before. So it is, but for
    the nearest loops, where roads join or part not much nearer than ``distance_m``. Every lane is passed once, by the
    shortest way, so a dense network costs no more than its lanes.
    """
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
        first_m = ENTRY_M if ends and not real_turns(network, here) else START_M
        if start_m >= distance_m:
            yield _spot(here, passed_m, passed_s, distance_m, first_m)
            continue
        ends = ends or (lane_id not in shared and any(turn.from_lane in shared for turn in turns))
        certain = before_m > 0.0 and start_m - first_m >= CERTAIN_SHARE * distance_m and _mixes(network, turns)
        if certain or (ends and start_m - first_m >= before_m + WORTH_A_LOOP_M):
            yield _spot(here, passed_m, passed_s, start_m, first_m)
            continue
        for turn in turns:
            away_s = passed_s + drive_s(here, here.length_m + turn.length_m)
            heapq.heappush(heap, (start_m + turn.length_m, turn.from_lane, away_s))


def stretches(network: Network, lane: Lane, reach_m: float) -> Iterator[Stretch]:
    """Lanes upstream of the end of a lane that end within ``reach_m`` of it, nearest first, each once.

    As far as the approach goes: to the next signal or the edge of the network.
    """
    heap: list[tuple[float, str, float]] = [(0.0, lane.id, 0.0)]
    seen: set[str] = set()
    while heap:
        before_m, lane_id, before_s = heapq.heappop(heap)
        if lane_id in seen or before_m > reach_m:
            continue
        seen.add(lane_id)
        here = network.lanes[lane_id]
        yield Stretch(lane_id, here.length_m, before_m, before_s)
        for turn in origins(network, here)[0]:
            away_s = before_s + drive_s(here, here.length_m + turn.length_m)
            heapq.heappush(heap, (before_m + here.length_m + turn.length_m, turn.from_lane, away_s))


def lanes_past_signals(network: Network, lane: Lane, reach_m: float) -> Iterator[str]:
    """Lanes from which traffic comes past another signal, at most ``reach_m`` before the end of a lane."""
    for stretch in stretches(network, lane, reach_m):
        here = network.lanes[stretch.lane_id]
        if stretch.before_m + here.length_m <= reach_m:
            yield from (turn.from_lane for turn in turns_onto(network, here) if lets_in(network, turn, here))


def signals_m(network: Network, lane: Lane, reach_m: float) -> float:
    """Metres before the end of a lane by which all ways to it have come past a signal; infinite where one has not.

    Looked at as far as ``reach_m``.
    """
    furthest = 0.0
    for stretch in stretches(network, lane, reach_m):
        here = network.lanes[stretch.lane_id]
        start_m = stretch.before_m + here.length_m
        turns = turns_onto(network, here)
        if not turns or (start_m > reach_m and origins(network, here)[0]):
            return inf
        furthest = max(furthest, start_m)
    return furthest


def origins(network: Network, lane: Lane) -> tuple[list[Turn], bool]:
    """Ways onto a lane that the approach follows upstream, and whether it ends here.

    It ends where nothing leads on, and where a signal lets traffic in: what comes past the signal would be
    missed further upstream. It never turns back.
    """
    turns = turns_onto(network, lane)
    if not turns or any(lets_in(network, turn, lane) for turn in turns):
        return [], True
    return turns, False


def lets_in(network: Network, turn: Turn, lane: Lane) -> bool:
    """Whether a signal lets traffic onto a lane: not a rail crossing, nor where nobody finds room to wait behind it."""
    if not turn.signal_id or lane.length_m < STUB_M:
        return False
    node = network.roads[network.lanes[turn.from_lane].edge_id].to_node
    return str(network.graph.nodes[node]["kind"]) != "rail_crossing"


def drive_s(lane: Lane, length_m: float) -> float:
    """Travel time at a lane's usual speed."""
    return length_m / (SPEED_SHARE * max(lane.speed_mps, SLOWEST_MPS))


def _mixes(network: Network, turns: Sequence[Turn]) -> bool:
    """Whether the ways onto a lane come from several roads, or from lanes that lead elsewhere, too."""
    before = [network.lanes[turn.from_lane] for turn in turns]
    after = (turn for lane in before for turn in lane.turns_out if turn.direction not in TURN_BACK)
    onto = {turn.to_lane.rpartition("_")[0] for turn in after}
    return len({lane.edge_id for lane in before}) > 1 or len(onto) > 1


def real_turns(network: Network, lane: Lane) -> list[Turn]:
    """Ways onto a lane that its own kind of traffic may drive, turning back left out."""
    return [
        turn
        for turn in lane.turns_in
        if turn.direction not in TURN_BACK and network.lanes[turn.from_lane].classes & lane.classes
    ]


def turns_onto(network: Network, lane: Lane) -> list[Turn]:
    """`real_turns`; a lane that opens beside others is entered from them."""
    return real_turns(network, lane) or _beside(network.lanes, network.roads[lane.edge_id].lanes, lane, network)


def _beside(lanes: Mapping[str, Lane], siblings: tuple[str, ...], lane: Lane, network: Network) -> list[Turn]:
    nearest = sorted(
        (other for other in siblings if other != lane.id),
        key=lambda other: abs(lanes[other].index - lane.index),
    )
    for other in nearest:
        turns = real_turns(network, lanes[other])
        if turns and lanes[other].classes & lane.classes:
            return turns
    return []


def _spot(lane: Lane, passed_m: float, passed_s: float, distance_m: float, first_m: float = 0.0) -> Spot:
    """The place at a distance, moved onto the lane and a little away from its ends."""
    margin = min(INSIDE_M if distance_m > STOP_LINE_M else 0.1, lane.length_m / 2.0)
    first_m = max(margin, min(first_m, lane.length_m - margin))
    position = min(max(passed_m + lane.length_m - distance_m, first_m), lane.length_m - margin)
    on_lane_m = lane.length_m - position
    return Spot(lane.id, position, passed_m + on_lane_m, passed_s + drive_s(lane, on_lane_m))
