"""What an engineer would want to know about a signal before trusting it to a controller. Pure functions."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations

import networkx as nx

from network.loops.detectors import LaneLoops
from network.program.rings import NEMA, read_rings
from network.program.signals import RED_KEY, YELLOW_KEY, Interval, Signal, SignalLane
from network.review.findings import Finding, numbers, some
from network.review.walking import short_walks, uncounted_walkers
from network.roads.reader import Network
from network.roads.trace import STUB_M
from network.safety.clearance import safe_yellow_s
from network.safety.walking import DEFAULTS as WALKING
from network.safety.walking import WalkingSettings, crossing_indices

Check = Callable[[Signal], Iterator[Finding]]
GREEN = frozenset("Gg")
OPEN = frozenset("GgsoO")
OFF = frozenset("oO")
TOLERANCE_S = 0.05
ROOM_M = 25.0
"""Three waiting vehicles."""
JOIN_SLACK_M = 15
"""Nodes lie farther apart than the road between them is long."""


def review(
    signal: Signal, lane_loops: Sequence[LaneLoops], walking: WalkingSettings = WALKING
) -> tuple[Finding, ...]:
    """Findings about a signal as its program runs; ``lane_loops`` in the order of its lanes, or empty; ``walking``:
    what people on foot are to have."""
    rows = signal.program.intervals
    if signal.left_alone:
        return (Finding("note", signal.id, f"left alone: {signal.left_alone}", ""),)
    found: list[Finding] = []
    if rows and signal.n_links and all(len(row.state) == signal.n_links for row in rows):
        rings = signal.program.kind == NEMA
        for check in RING_CHECKS if rings else ROW_CHECKS:
            found += check(signal)
        found += [] if rings else short_walks(signal, walking)
    return tuple(found + list(blind_approaches(signal, lane_loops)))


def foes_together(signal: Signal) -> Iterator[Finding]:
    """Two movements with priority green ('G') at once whose ways cross or merge."""
    pairs = sorted(
        {
            (i, j)
            for row in signal.program.intervals
            for i in _showing(row.state, "G")
            for j in _showing(row.state, "G")
            if i < j and signal.conflicts[i, j]
        }
    )
    if pairs:
        giving_way = [i if signal.yields_to[i, j] or not signal.yields_to[j, i] else j for i, j in pairs]
        yield Finding(
            "unsafe",
            signal.id,
            f"conflicting links with priority green together: {_pairs(pairs)}",
            f"show the one that gives way as 'g' (link {numbers(giving_way)}), or separate them",
        )


def rings_in_conflict(signal: Signal) -> Iterator[Finding]:
    """Two phases of a NEMA program that its rings may show together, with priority green for foes; or no rings."""
    try:
        rings = read_rings(signal.program)
    except ValueError as error:
        yield Finding("warning", signal.id, str(error), "give ring1, ring2, barrierPhases, barrier2Phases as SUMO does")
        return
    rows = signal.program.intervals
    for pair in rings.pairs:
        for one, other in combinations(pair, 2):
            foes = [(i, j) for i in _showing(rows[one].state, "G") for j in _showing(rows[other].state, "G")
                    if signal.conflicts[i, j]]
            if foes:
                yield Finding(
                    "unsafe", signal.id,
                    f"phases {rows[one].name} and {rows[other].name} may run together and conflict: {_pairs(foes)}",
                    "put a barrier between them, both into one ring, or show the one that gives way as 'g'")


def short_yellows(signal: Signal) -> Iterator[Finding]:
    """Greens that end with less yellow than the approach speed needs, or with none."""
    short: dict[int, tuple[float, float]] = {}
    walking = crossing_indices(signal.links, signal.n_links)
    for link in signal.links:
        needed_s = safe_yellow_s(link.speed_mps)
        shown_s = min(yellow_runs(signal.program.intervals, link.index), default=needed_s)
        if not walking[link.index] and shown_s < needed_s - TOLERANCE_S:
            short[link.index] = shown_s, needed_s
    none = [i for i, (shown_s, _) in short.items() if shown_s == 0.0]
    some = {i: times for i, times in short.items() if i not in none}
    if none:
        yield Finding(
            "unsafe",
            signal.id,
            f"green ends without yellow on link {numbers(none)}",
            f"insert {max(short[i][1] for i in none):.1f} s of yellow ('y') after the green",
        )
    if some:
        shown_s, needed_s = min(times[0] for times in some.values()), max(times[1] for times in some.values())
        yield Finding(
            "unsafe",
            signal.id,
            f"yellow of {shown_s:g} s is too short for the speed on link {numbers(some)}",
            f"show up to {needed_s:.1f} s of yellow (1 s to react, 3.5 m/s² to stop)",
        )


def missing_red_clearance(signal: Signal) -> Iterator[Finding]:
    """Conflicting greens that follow each other with no time between yellow and green, or less than that."""
    pairs = [(i, j, red_s) for i, j, red_s in clearances(signal) if red_s < TOLERANCE_S]
    early = [(i, j) for i, j, red_s in pairs if red_s < -TOLERANCE_S]
    if early:
        yield Finding(
            "unsafe",
            signal.id,
            f"green starts while a conflicting link still has yellow: {_pairs(early)}",
            "delay the second green to the end of the yellow, at least",
        )
    if len(pairs) > len(early):
        without = [(i, j) for i, j, red_s in pairs if red_s >= -TOLERANCE_S]
        yield Finding(
            "warning",
            signal.id,
            f"no red clearance between conflicting greens: {_pairs(without)}",
            "add 1 to 3 s of red after the yellow (netconvert --tls.allred.time)",
        )


def never_served(signal: Signal) -> Iterator[Finding]:
    """Movements that no row of the program lets go."""
    served = {i for row in signal.program.intervals for i, lamp in enumerate(row.state) if lamp in OPEN}
    never = sorted({link.index for link in signal.links} - served)
    if never:
        yield Finding(
            "warning",
            signal.id,
            f"never green: link {numbers(never)}",
            "give it green in a row of the program, or remove the connection",
        )


def shared_lanes(signal: Signal) -> Iterator[Finding]:
    """Lanes whose movements are not green together: the one that waits blocks the other."""
    shared = [lane.id for lane in signal.lanes if len(_green_rows(signal.program.intervals, lane)) > 1]
    if shared:
        yield Finding(
            "note",
            signal.id,
            f"lane shared by movements with different greens: {some(shared)}",
            "a waiting vehicle blocks the others; give the turn a lane of its own where there is room",
        )


def off_rows(signal: Signal) -> Iterator[Finding]:
    """Rows in which a lamp is off or blinks."""
    rows = [(k, row.state) for k, row in enumerate(signal.program.intervals) if OFF & set(row.state)]
    dark = [k for k, state in rows if set(state) <= OFF | {"r"}]
    if dark:
        yield Finding(
            "warning",
            signal.id,
            f"off or blinking in row {numbers(dark)} of its program",
            "take the row out unless it is meant; adaptive never shows it, and leaves off by all red",
        )
    some = {i for k, state in rows if k not in dark for i, lamp in enumerate(state) if lamp in OFF}
    if some:
        yield Finding(
            "note",
            signal.id,
            f"off beside lit lamps: link {numbers(some)}",
            "read as a green that gives way, as SUMO drives there; write 'g' where that is meant",
        )


def blind_approaches(signal: Signal, lane_loops: Sequence[LaneLoops]) -> Iterator[Finding]:
    """Lanes that cannot have the loops they should have."""
    blind = [own.lane.id for own in lane_loops if own.stop < 0]
    short = [own.lane.id for own in lane_loops if not all(own.upstream) and own.stop >= 0]
    stubs = [own.lane.id for own in lane_loops if own.lane.length_m < STUB_M and own.stop >= 0]
    if blind:
        yield Finding(
            "warning",
            signal.id,
            f"no loop can be placed at the stop line of {some(blind)}",
            "the lane counts as always called; lengthen it in the network if that is wrong",
        )
    if short:
        yield Finding(
            "note",
            signal.id,
            f"approach too short for every loop: {some(short)}",
            "arrivals are seen later; nothing to do where the next signal is that near",
        )
    if stubs:
        yield Finding(
            "note",
            signal.id,
            f"too short to wait on: {some(stubs)}",
            "its loops lie before it; a queue that passes them gets the program's share of green, at least",
        )


def short_ring_yellows(signal: Signal) -> Iterator[Finding]:
    """A NEMA program whose yellow is shorter than the fastest approach needs, or that clears nothing."""
    driving = [link for link in signal.links if not link.is_crossing]
    needed_s = safe_yellow_s(max((link.speed_mps for link in driving), default=0.0))
    stated = {key: signal.program.parameters.get(key) for key in (YELLOW_KEY, RED_KEY)}
    yellow = stated[YELLOW_KEY]
    if yellow is not None and float(yellow) < needed_s - TOLERANCE_S:
        yield Finding(
            "unsafe",
            signal.id,
            f"yellow of {float(yellow):g} s is too short for the speed",
            f'set yellow="{needed_s:.1f}" in the phases (1 s to react, 3.5 m/s² to stop)',
        )
    if stated[RED_KEY] is not None and float(stated[RED_KEY] or 0.0) < TOLERANCE_S:
        yield Finding(
            "warning", signal.id, "no red clearance in any phase", 'set red="1" to "3" in the phases'
        )


def split_signals(signals: Sequence[Signal], network: Network) -> Iterator[Finding]:
    """Signals with no room for a queue between them: one junction that the import took for several."""
    owner = {link.node_id: signal.id for signal in signals for link in signal.links}
    near = nx.Graph()
    for road in network.roads.values():
        one, other = owner.get(road.from_node, ""), owner.get(road.to_node, "")
        if one and other and one != other and road.length_m < ROOM_M:
            nearer_m = min(road.length_m, near.get_edge_data(one, other, {"length_m": road.length_m})["length_m"])
            near.add_edge(one, other, length_m=nearer_m)
    for group in sorted(map(sorted, nx.connected_components(near))):
        pairs = sorted((length_m, *sorted(ends)) for *ends, length_m in near.subgraph(group).edges(data="length_m"))
        between = ", ".join(f"{length_m:.0f} m between {one} and {other}" for length_m, one, other in pairs)
        nodes = sorted(node for node, signal_id in owner.items() if signal_id in group)
        yield Finding(
            "warning",
            group[0],
            f"{between}: one junction split in pieces?",
            "where one waits for the other, make one signal of them (netconvert -s NET --tls.join --tls.join-dist "
            f"{math.ceil(pairs[-1][0]) + JOIN_SLACK_M} -o NEW) or one junction (netconvert -s NET -n JOIN -o NEW, JOIN "
            f'being <nodes><join nodes="{" ".join(nodes)}"/></nodes>), and compare both',
        )
    yield from _before_a_junction(signals, network, owner)


def _before_a_junction(signals: Sequence[Signal], network: Network, owner: Mapping[str, str]) -> Iterator[Finding]:
    """Signals of one approach each around a junction that has none, as OpenStreetMap draws them at the stop lines."""
    alone = {signal.id for signal in signals if signal.links and not signal.conflicts.any()}
    around: dict[str, dict[str, float]] = {}
    for road in network.roads.values():
        signal_id = owner.get(road.from_node, "")
        if signal_id in alone and road.to_node not in owner and road.length_m < ROOM_M:
            around.setdefault(road.to_node, {})[signal_id] = road.length_m
    for node, found in sorted(around.items()):
        if len(found) > 1:
            yield Finding(
                "warning",
                min(found),
                f"signals {', '.join(sorted(found))} of one approach each before junction {node}, which has none: one "
                "signal in pieces",
                "make one of them, at the junction: netconvert -s NET --tls.guess-signals --tls.guess-signals.dist "
                f"{math.ceil(max(found.values())) + JOIN_SLACK_M} -o NEW, or these options where the map is imported",
            )


def yellow_runs(rows: Sequence[Interval], link: int) -> Iterator[float]:
    """Seconds of yellow after every end of green of ``link``, in the order of the rows."""
    for k, row in enumerate(rows):
        after = rows[(k + 1) % len(rows)].state[link]
        if row.state[link] in GREEN and after not in OPEN:
            yield _run_s(rows, k + 1, link)


def clearances(signal: Signal) -> Iterator[tuple[int, int, float]]:
    """(i, j, seconds) for every pair of foes of which j's green is the next after i's: from the end of i's
    yellow to j's green, negative where j starts earlier."""
    rows = signal.program.intervals
    starts = [_starts(rows[k - 1].state, row.state) for k, row in enumerate(rows)]
    for k, row in enumerate(rows):
        after = (k + 1) % len(rows)
        for i in range(signal.n_links):
            if row.state[i] in GREEN and rows[after].state[i] not in OPEN:
                yield from _next_greens(signal, starts, after, i)


def _starts(before: str, now: str) -> list[int]:
    """Links that turn green."""
    return [j for j, (was, lamp) in enumerate(zip(before, now, strict=True)) if lamp in GREEN and was not in GREEN]


def _next_greens(
    signal: Signal, starts: Sequence[Sequence[int]], first: int, i: int
) -> Iterator[tuple[int, int, float]]:
    """The first foes of ``i`` that turn green from a row on, all in the same row."""
    rows, passed_s = signal.program.intervals, 0.0
    yellow_s = _run_s(rows, first, i)
    for k in (*range(first, len(rows)), *range(first)):
        row = rows[k]
        begun = [j for j in starts[k] if _waits_for(signal, i, j, row.state)]
        if begun or row.state[i] in GREEN:
            yield from ((i, j, passed_s - yellow_s) for j in begun)
            return
        passed_s += row.duration_s


def _waits_for(signal: Signal, i: int, j: int, now: str) -> bool:
    """j may not go while foe i is still clearing: not where j is permissive and gives way to i."""
    gives_way = now[j] == "g" and bool(signal.yields_to[j, i])
    return bool(signal.conflicts[i, j]) and not gives_way


def _run_s(rows: Sequence[Interval], start: int, link: int) -> float:
    run_s = 0.0
    for step in range(len(rows)):
        row = rows[(start + step) % len(rows)]
        if row.state[link] not in "yY":
            break
        run_s += row.duration_s
    return run_s


def _green_rows(rows: Sequence[Interval], lane: SignalLane) -> set[frozenset[int]]:
    return {frozenset(k for k, row in enumerate(rows) if row.state[i] in GREEN) for i in lane.links} - {
        frozenset()
    }


def _showing(state: str, lamps: str) -> list[int]:
    return [i for i, lamp in enumerate(state) if lamp in lamps]


def _pairs(pairs: Sequence[tuple[int, int]]) -> str:
    distinct = list(Counter(pairs))
    named = ", ".join(f"{i}-{j}" for i, j in distinct[:6])
    return named if len(distinct) <= 6 else f"{named} and {len(distinct) - 6} more pairs"


ROW_CHECKS: tuple[Check, ...] = (
    foes_together,
    short_yellows,
    missing_red_clearance,
    never_served,
    shared_lanes,
    uncounted_walkers,
    off_rows,
)
# Yellow and red clearance of a NEMA program stand beside its rows, and its rings may show rows together.
RING_CHECKS: tuple[Check, ...] = (foes_together, rings_in_conflict, short_ring_yellows, never_served, off_rows)
