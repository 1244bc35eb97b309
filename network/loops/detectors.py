"""Induction loops laid out along the approaches: at the stop line and by distance upstream."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import inf
from pathlib import Path
from typing import TypeAlias
from xml.sax.saxutils import quoteattr

from network.program.signals import Signal, SignalLane
from network.program.tight_plans import keeps_clear
from network.roads.exits import exit_spots
from network.roads.graph import Lane, Turn
from network.roads.reader import Network
from network.roads.short_ways import ShortWay, short_ways
from network.roads.trace import Spot, Stretch, lanes_past_signals, signals_m, stop_spots, stretches, upstream_spots

SEEN_M = 200.0
"""As far as a controller that sees every vehicle may look."""
DISTANCES_M = (0.0, 40.0, 120.0)
FURTHEST_M = 5000.0
"""Further out nobody counts for a signal."""
SAME_SPOT_M = 1.0
EXIT_M = 4.0
"""A loop so near to the place of one at an exit does for it: there is no room for a vehicle between."""
KEPT_S = 60
"""SUMO keeps whom a loop saw in this interval and the last, and searches all of them in every step."""
Row: TypeAlias = tuple[int, float, float]
"""A loop (its index), the share of its vehicles that comes to a lane, and their travel time to its stop line in s."""
WIRED = "+wired"
"""Between the id of a loop and the number of another one on its channel."""
LENGTH_M = 3.0
"""Longer than the gap between standing vehicles, so that a queue over a loop never looks empty."""


@dataclass(frozen=True, slots=True)
class Loop:
    """An induction loop; ``position_m`` of its downstream end on the lane, ``distance_m`` from a stop line,
    negative behind it.

    ``wired``: lanes and positions of further loops on the same detector channel, for all ways onto a lane that is too
    short to wait on, and where ``on_stub`` the last of them on that lane itself. Their ids are this one with `WIRED`
    and a number.
    """

    id: str
    lane_id: str
    position_m: float
    distance_m: float
    wired: tuple[tuple[str, float], ...] = ()
    on_stub: bool = False

    def parts(self) -> list[tuple[str, str, float]]:
        """Id, lane and position of each loop of the channel, its own first."""
        more = [(f"{self.id}{WIRED}{k}", *place) for k, place in enumerate(self.wired, 1)]
        return [(self.id, self.lane_id, self.position_m), *more]

    def passed_once(self) -> list[tuple[str, str, float]]:
        """Those of `parts` of which everybody passes one."""
        return self.parts()[:-1] if self.on_stub else self.parts()


@dataclass(frozen=True, slots=True)
class LaneLoops:
    """The loops of one signal lane, and the lanes that lead to it.

    ``stop`` is an index into the layout's loops, -1 for none. ``upstream`` has one entry per further
    distance. ``stretches`` are the lanes within `SEEN_M` upstream, its own first. Where another
    signal lies close upstream, ``before`` are the stop-line loops there and ``way_m`` is the distance; ``before_links``
    the indices of the links there that lead onto a way shorter than a vehicle which the plan keeps clear, -1 for
    others. All of its
    ``past`` are the stop-line loops of all signals within `SEEN_M` that traffic comes from. All of its
    traffic comes past signals, ``ends_m`` before the line at most; infinite where some does not, or from further out.
    ``exits`` are the loops behind the junction, with the share of the lane's vehicles that usually leaves there;
    ``fed`` those behind other junctions on its approach: who leaves there comes without passing another signal.
    """

    lane: SignalLane
    stop: int
    upstream: tuple[tuple[Row, ...], ...]
    stretches: tuple[Stretch, ...] = ()
    before: tuple[Row, ...] = ()
    before_links: tuple[int, ...] = ()
    way_m: float = 0.0
    ends_m: float = inf
    past: tuple[int, ...] = ()
    exits: tuple[Row, ...] = ()
    fed: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """All loops, and per signal id the loops of each lane, in the order of ``Signal.lanes``."""

    loops: tuple[Loop, ...]
    lane_loops: Mapping[str, tuple[LaneLoops, ...]]

    def of(self, signals: Iterable[Signal]) -> Layout:
        """The same loops for the lanes of these signals, which may be junctions of those that it was made for."""
        found = {s.id: tuple(a for a in self.lane_loops[s.part_of or s.id] if a.lane in s.lanes) for s in signals}
        return Layout(self.loops, found)


@dataclass(slots=True)
class _Loops:
    """Loops found so far, one per lane and position."""

    found: list[Loop] = field(default_factory=list)
    by_lane: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def at(self, spot: Spot, *wired: Spot, within_m: float = SAME_SPOT_M) -> int:
        for index in self.by_lane[spot.lane_id]:
            found = self.found[index]
            if not wired and not found.wired and abs(found.position_m - spot.position_m) <= within_m:
                return index
        index = len(self.found)
        loop_id, others = f"signal_core_{index}", tuple((s.lane_id, round(s.position_m, 2)) for s in wired)
        self.found.append(Loop(loop_id, spot.lane_id, round(spot.position_m, 2), round(spot.distance_m, 2), others,
                               on_stub=bool(wired)))
        self.by_lane[spot.lane_id].append(index)
        return index


def wrong_distances(distances_m: Sequence[float]) -> str:
    """What is wrong with distances of loops from the stop line; empty where they can be used."""
    if not all(0.0 <= distance_m <= FURTHEST_M for distance_m in distances_m):  # "nan" compares as neither
        return f"give distances from 0 to {FURTHEST_M:g} m"
    return "distances must ascend" if any(a >= b for a, b in pairwise(distances_m)) else ""


def lay_out(
    network: Network, signals: Mapping[str, Signal], distances_m: Sequence[float] = DISTANCES_M
) -> Layout:
    """Loops for every signal that is not left alone.

    ``distances_m`` are distances from the stop line in m, ascending; 0 is the stop line itself and may be
    left out. The loops of a lane reach upstream over every fork to the next signal, never back. Raises
    ValueError for distances that are negative or not ascending.
    """
    if wrong := wrong_distances(distances_m):
        raise ValueError(f"detectors: {wrong}")
    network = _past_free_lamps(network, signals)
    loops = _Loops()
    lane_loops = {
        signal.id: _lane_loops(network, signal, distances_m, loops)
        for signal in signals.values()
        if not signal.left_alone
    }
    stop = {own.lane.id: own.stop for group in lane_loops.values() for own in group}
    lamp = {(link.from_lane, link.to_lane): (signal, link.index)
            for signal in signals.values() for link in signal.links}
    found = {signal_id: _with_exits(network, _with_short_ways(network, group, stop, lamp, signals[signal_id]), loops)
             for signal_id, group in lane_loops.items()}
    return Layout(tuple(loops.found), _with_feeders(found, loops))


def _past_free_lamps(network: Network, signals: Mapping[str, Signal]) -> Network:
    """The network with the lamps that the program never takes priority from as none: nobody waits at them.

    Approaches go on through them: who waits at the next lamp of the same signal may stand back over such a one.
    """
    free = {(link.from_lane, link.to_lane) for signal in signals.values() for link in signal.links
            if not link.is_crossing and _is_free(signal, link.index)}
    if not free:
        return network
    ends = {lane_id for pair in free for lane_id in pair}
    return replace(network, lanes={
        lane_id: _freed(lane, free) if lane_id in ends else lane for lane_id, lane in network.lanes.items()})


def _is_free(signal: Signal, link: int) -> bool:
    rows = [row.state for row in signal.program.intervals]
    return bool(rows) and all(state[link] == "G" for state in rows)


def _freed(lane: Lane, free: Container[tuple[str, str]]) -> Lane:
    def freed(turns: Sequence[Turn]) -> tuple[Turn, ...]:
        return tuple(replace(turn, signal_id="") if (turn.from_lane, turn.to_lane) in free else turn for turn in turns)

    return replace(lane, turns_in=freed(lane.turns_in), turns_out=freed(lane.turns_out))


def write_additional(layout: Layout, path: str | Path) -> None:
    """Write the loops as a SUMO additional file; the loops themselves write nothing."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<additional>"]
    for loop_id, lane_id, position_m in (part for loop in layout.loops for part in loop.parts()):
        start_m = max(0.0, position_m - LENGTH_M)
        lines.append(f"    <inductionLoop id={quoteattr(loop_id)} lane={quoteattr(lane_id)}"
                     f' pos="{start_m:.2f}" length="{position_m - start_m:.2f}" period="{KEPT_S}" file="NUL"'
                     ' friendlyPos="true"/>')
    lines.append("</additional>")
    Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _lane_loops(
    network: Network, signal: Signal, distances_m: Sequence[float], loops: _Loops
) -> tuple[LaneLoops, ...]:
    """The loops of each lane at the stop line, from there upstream: at the line, then at every further distance."""
    has_stop = len(distances_m) > 0 and distances_m[0] == 0.0
    further = [d for d in distances_m if d > 0.0]
    stops = [
        loops.at(*stop_spots(network, network.lanes[lane.id])) if has_stop else -1 for lane in signal.lanes
    ]
    levels = [
        _level(network, signal, before, distance, loops)
        for before, distance in zip([0.0, *further], further, strict=False)
    ]
    return tuple(
        LaneLoops(
            lane,
            stop,
            tuple(level[place] for level in levels),
            tuple(stretches(network, network.lanes[lane.id], SEEN_M)),
            ends_m=signals_m(network, network.lanes[lane.id], SEEN_M),
        )
        for place, (lane, stop) in enumerate(zip(signal.lanes, stops, strict=True))
    )


def _with_short_ways(
    network: Network, lane_loops: tuple[LaneLoops, ...], stop: Mapping[str, int],
    lamp: Mapping[tuple[str, str], tuple[Signal, int]], signal: Signal,
) -> tuple[LaneLoops, ...]:
    """The same lanes of one signal; ``stop``: loops at all stop lines, by lane; ``lamp``: of links, by their lanes."""
    approaches = {a.lane.id: a.stretches for a in lane_loops if a.stop >= 0}
    ways = short_ways(network, approaches)
    found = []
    for own in lane_loops:
        way = ways.get(own.lane.id, ShortWay())
        known = [(row, onto) for row, onto in zip(way.before, way.onto, strict=True) if row[0] in stop]
        before = tuple((stop[lane_id], share, travel_s) for (lane_id, share, travel_s), _ in known)
        links = tuple(_kept_clear(lamp.get((row[0], onto)), signal, own.lane) for row, onto in known)
        lanes = lanes_past_signals(network, network.lanes[own.lane.id], SEEN_M)
        past = tuple(stop[lane_id] for lane_id in lanes if lane_id in stop)
        found.append(replace(own, before=before, before_links=links, way_m=way.length_m, past=past))
    return tuple(found)


def _kept_clear(lamp: tuple[Signal, int] | None, signal: Signal, lane: SignalLane) -> int:
    """The link that leads onto a tight way, -1 where it is none, or where the plan itself has vehicles stop there."""
    return lamp[1] if lamp is not None and keeps_clear(*lamp, signal, lane.links) else -1


def _with_exits(network: Network, lane_loops: tuple[LaneLoops, ...], loops: _Loops) -> tuple[LaneLoops, ...]:
    """The same lanes, with loops behind the junction; none where nobody counts those who enter it."""
    return tuple(
        own if own.stop < 0 else replace(own, exits=tuple(
            (loops.at(spot, within_m=EXIT_M), share, spot.travel_s)
            for spot, share in exit_spots(network, network.lanes[own.lane.id]).items()))
        for own in lane_loops)


def _with_feeders(
    found: Mapping[str, tuple[LaneLoops, ...]], loops: _Loops
) -> dict[str, tuple[LaneLoops, ...]]:
    """The same lanes of all signals, with the exits that lie on their approaches."""
    by_lane: dict[str, list[int]] = defaultdict(list)
    for loop in sorted({loop for group in found.values() for own in group for loop, _, _ in own.exits}):
        by_lane[loops.found[loop].lane_id].append(loop)
    return {signal_id: tuple(replace(own, fed=tuple(loop for stretch in own.stretches if stretch.lane_id in by_lane
                                                    for loop in by_lane[stretch.lane_id])) for own in group)
            for signal_id, group in found.items()}


def _level(
    network: Network, signal: Signal, before_m: float, distance_m: float, loops: _Loops
) -> list[tuple[Row, ...]]:
    """Per lane of the signal, its loops at one distance with their shares.

    The nearest ones lie past the place where the lanes of the signal part, where there is room for them: who is
    counted there is on that lane.
    """
    shared = _shared(network, signal, distance_m) if before_m == 0.0 else frozenset()
    served: list[dict[int, float]] = []
    for lane in signal.lanes:
        travel: dict[int, float] = {}
        for spot in upstream_spots(network, network.lanes[lane.id], before_m, distance_m, shared):
            travel.setdefault(loops.at(spot), spot.travel_s)
        served.append(travel)
    reached = Counter(loop for travel in served for loop in travel)
    return [
        tuple((loop, 1.0 / reached[loop], time_s) for loop, time_s in travel.items()) for travel in served
    ]


def _shared(network: Network, signal: Signal, reach_m: float) -> frozenset[str]:
    """Lanes within reach that lead to more than one lane of the signal."""
    passed = Counter(s.lane_id for lane in signal.lanes for s in stretches(network, network.lanes[lane.id], reach_m))
    return frozenset(lane_id for lane_id, times in passed.items() if times > 1)
