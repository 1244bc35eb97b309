"""A site file out of a network: the signal's phases as a controller would have them, its groups, lanes and loops.

A dual-ring program gives its phases, rings and barriers. Any other becomes phases in one ring, one for each stage, and
a lamp green in two stages that follow each other stays green (an overlap, in the field's words).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bench.desk.own_phases import LEAST_YELLOW_S, with_own_phases
from bench.desk.site_groups import columns_of, forbidden_of, group_of, walk_clear_s
from controllers.cabinet import site_parts as model
from controllers.cabinet.site import SignalSite
from network.arrays import SATURATION_VPS, USUAL_VPS, intersection
from network.errors import ScenarioError
from network.loops.detectors import Layout
from network.program.rings import NEMA, read_rings
from network.program.signals import Phase, Signal, SignalLane
from network.roads.graph import turn_share
from signal_core.tables.arrays import Feeds
from signal_core.tables.intersection import Intersection

MOST_PHASES, MOST_GROUPS, MOST_NUMBER = 16, 64, 255
LEAST_MAX_GREEN_S = 20.0


@dataclass(frozen=True)
class _Staged:
    """Stages of the engine, and the controller's phases (without channels, times of clearance) on in each."""

    signal: Signal
    on: tuple[tuple[int, ...], ...]
    ring: dict[int, int]
    side: dict[int, int]
    state: dict[int, str]
    usual_s: dict[int, float]


def site_of(signal: Signal, layout: Layout, most_phases: int = MOST_PHASES,
            by_conflicts: bool = False, phase_each: bool = False, exits: bool = True,
            rests: bool = False) -> SignalSite:
    """The site of one signal. Raises ScenarioError where it cannot be controlled, or has phases beyond the most.

    by_conflicts: a group for links with the same conflicts and intergreens alone, for a controller whose groups are
    ordered one by one: a turn that nobody is in the way of need not wait for the others of its approach. phase_each:
    every group gets a phase of its own besides, in rings by conflict, where there is room for them, so that groups can
    be ordered one by one where only phases can. exits: with detectors behind the junction, where there are
    numbers left. rests: walks go on while nobody needs more.
    """
    if phase_each:
        sites = [site_of(signal, layout, most_phases, fine, exits=exits, rests=rests) for fine in (True, False)]
        return next((found for site in sites if (found := with_own_phases(site, most_phases))), sites[-1])
    if signal.left_alone:
        raise ScenarioError(f"signal {signal.id}: cannot be controlled: {signal.left_alone}")
    staged = _dual_ring(signal) if signal.program.kind == NEMA else _sequential(signal, most_phases)
    array = _array_of(staged.signal, layout, exits, rests)
    columns = columns_of(staged.signal, by_conflicts)
    if len(columns) > MOST_GROUPS:
        columns = columns_of(staged.signal)
    channel_of = {link: k for k, links in enumerate(columns, start=1) for link in links}
    groups = [group_of(staged.signal, k, links, channel_of, array) for k, links in enumerate(columns, start=1)]
    number = {loop: k for k, loop in enumerate(_own_loops(array), start=1)}
    phases = [_phase(staged, p, groups, columns) for p in sorted(staged.state)]
    return SignalSite(
        id=signal.id, groups=tuple(groups), phases=tuple(phases),
        stages=tuple(_stage(staged, k, columns) for k in range(len(staged.on))),
        lanes=tuple(_lane(staged.signal, array, k, channel_of, number) for k in range(array.n_lanes)),
        detectors=tuple(_detectors(staged, array, layout, number)),
        buttons=tuple(_buttons(staged, groups, channel_of, len(number))),
        preempts=(model.Preempt(number=1, phases=staged.on[0]),), forbidden=forbidden_of(array, channel_of),
        plan=_plan(staged, phases).model_copy(update={"adapts": array.adapts, "locks": array.plan_locks}))


def _array_of(signal: Signal, layout: Layout, exits: bool, rests: bool) -> Intersection:
    """What the engine has of it inside SUMO; without loops behind the junction where there are no numbers for them."""
    try:
        array = intersection(signal, layout.of([signal]), rests)
    except ValueError as error:
        raise ScenarioError(f"signal {signal.id}: {error}") from error
    crossings = sum(link.is_crossing for link in signal.links)
    if exits and len(_own_loops(array)) + crossings <= MOST_NUMBER:
        return array
    return replace(array, exits=None)


def with_neighbours(sites: Sequence[SignalSite]) -> tuple[SignalSite, ...]:
    """Signals of one file: those whose plans have the same cycle are coordinated, and keep it."""
    cycles = Counter(site.plan.cycle_s for site in sites)
    return tuple(site.model_copy(update={"plan": site.plan.model_copy(update={
        "free_cycle": cycles[site.plan.cycle_s] == 1})}) for site in sites)


def _sequential(signal: Signal, most: int) -> _Staged:
    """One ring, a phase for each stage; those beyond the program as many as there is room for."""
    whole = signal.with_added()
    if len(signal.phases) > most:
        raise ScenarioError(f"signal {signal.id}: {len(signal.phases)} phases, the controller has {most}; "
                            "give more with --max-phases")
    kept = replace(whole, phases=whole.phases[:most])
    numbers = range(1, len(kept.phases) + 1)
    return _Staged(kept, tuple((n,) for n in numbers), dict.fromkeys(numbers, 1), dict.fromkeys(numbers, 1),
                   {n: phase.state for n, phase in zip(numbers, kept.phases, strict=True)},
                   {n: phase.shown_s for n, phase in zip(numbers, kept.phases, strict=True) if phase.part_of < 0})


def _dual_ring(signal: Signal) -> _Staged:
    """Rings and barriers as the program has them; every pair within a barrier is a stage."""
    try:
        rings = read_rings(signal.program)
    except ValueError as error:
        raise ScenarioError(f"signal {signal.id}: its rings, barriers and phases do not fit together") from error
    rows = rings.program.intervals
    number = [int(row.name) if row.name.isdigit() else 0 for row in rows]
    placed = [(r, s, row) for r, ring in enumerate(rings.sides, 1) for s, side in enumerate(ring, 1) for row in side]
    if len({side for _, side, _ in placed}) < 2:
        raise ScenarioError(f"signal {signal.id}: its rings have no barrier between them")
    green = {number[row]: rows[row].max_s for _, _, row in placed}
    pairs = [tuple(number[row] for row in pair) for pair in rings.pairs]
    states = [rings.joined(pair).state for pair in rings.pairs]
    known = signal.with_added().phases
    order = [states.index(phase.state) for phase in known if phase.state in states]
    stages = known
    if len(order) < max(len(states), len(known)):  # not those that the engine has inside SUMO
        order = list(range(len(states)))
        stages = tuple(Phase(state, 0, max(green[n] for n in numbers), 0.0, 0.0)
                       for state, numbers in zip(states, pairs, strict=True))
    return _Staged(replace(signal, phases=stages, added=()), tuple(pairs[k] for k in order),
                   {number[row]: ring for ring, _, row in placed}, {number[row]: side for _, side, row in placed},
                   {number[row]: rows[row].state for _, _, row in placed}, green)


def _phase(staged: _Staged, number: int, groups: Sequence[model.Group],
           columns: Sequence[tuple[int, ...]]) -> model.Phase:
    signal, state = staged.signal, staged.state[number]
    own = [k for k, links in enumerate(columns) if state[links[0]] in "Gg"]
    links = [i for k in own for i in columns[k]]
    yellow = max([groups[k].yellow_s for k in own if groups[k].kind == "vehicle"], default=LEAST_YELLOW_S)
    between = max([_longest_s(signal, i, state[i] == "g") for i in links], default=yellow)
    return model.Phase(
        number=number, ring=staged.ring[number], side=staged.side[number],
        channels=tuple(groups[k].channel for k in own), yellow_s=yellow, red_clear_s=max(0.0, between - yellow),
        min_green_s=max([groups[k].min_green_s for k in own], default=5.0),
        max_green_s=max(LEAST_MAX_GREEN_S, staged.usual_s.get(number, 0.0)))


def _longest_s(signal: Signal, i: int, gives_way: bool) -> float:
    """What a link's green leaves behind, whatever follows: the controller by itself knows no better."""
    yielded = float(signal.yielded_s[i].max()) if gives_way and signal.yielded_s.size else 0.0
    return max(float(signal.intergreen_s[i].max()), walk_clear_s(signal, i), yielded)


def _stage(staged: _Staged, k: int, columns: Sequence[tuple[int, ...]]) -> model.Stage:
    phase = staged.signal.phases[k]
    show = "".join(phase.state[links[0]] if phase.state[links[0]] in model.LETTERS else "r" for links in columns)
    return model.Stage(number=k + 1, phases=staged.on[k], show=show, usual_green_s=phase.shown_s,
                       part_of=phase.part_of + 1 if phase.part_of >= 0 else 0)


def _own_loops(array: Intersection) -> list[int]:
    """Those before the junction by their place in the layout, then those behind it."""
    named = [array.stop_loop[array.stop_loop >= 0], array.mid.loop, array.far.loop]
    before = {int(loop) for loops in named for loop in loops}
    behind = set() if array.exits is None else {int(loop) for loop in array.exits.loop}
    return sorted(before) + sorted(behind - before)


def _exit_roads(array: Intersection) -> dict[int, int]:
    """The road of each loop behind the junction, numbered from 0."""
    if array.exits is None or array.exit_road is None:
        return {}
    numbers = np.unique(array.exit_road, return_inverse=True)[1]
    return {int(loop): int(road) for loop, road in zip(array.exits.loop, numbers, strict=True)}


def _lane(signal: Signal, array: Intersection, k: int, channel_of: dict[int, int],
          number: dict[int, int]) -> model.Lane:
    lane = signal.lanes[k]
    turns = [d for i, d in zip(lane.links, lane.directions, strict=True) if i in channel_of]
    channels = tuple(dict.fromkeys(channel_of[i] for i in lane.links if i in channel_of))
    moves = [_moves(lane, [i for i in lane.links if channel_of.get(i) == c]) for c in channels]
    whole = sum(share for share, _ in moves)
    assert array.road is not None
    assert array.has_sneakers is not None
    assert array.bounded is not None
    assert array.claim_vps is not None
    return model.Lane(
        id=lane.id, channels=channels, shares=tuple(round(share / whole, 4) for share, _ in moves),
        rates_vps=tuple(round(rate, 4) for _, rate in moves), bounded=bool(array.bounded[k]),
        turns="".join(turns) or "s", road=int(array.road[k]), stop=number.get(int(array.stop_loop[k])),
        middle=_feeds(array.mid, k, number), far=_feeds(array.far, k, number), exits=_feeds(array.exits, k, number),
        middle_storage=round(float(array.mid_storage[k]), 3), far_storage=round(float(array.far_storage[k]), 3),
        service_vps=tuple(round(float(rate), 4) for rate in array.service_vps[:, k]),
        claim_vps=round(float(array.claim_vps[k]), 4),
        waits_inside=tuple(p + 1 for p in np.flatnonzero(array.has_sneakers[:, k]).tolist()))


def _moves(lane: SignalLane, links: Sequence[int]) -> tuple[float, float]:
    """Share and rate with priority of what goes by these links of a lane; times per vehicle add up."""
    turns = [d for i, d in zip(lane.links, lane.directions, strict=True) if i in links]
    share = sum(turn_share(d) for d in turns)
    return share, share / sum(turn_share(d) / SATURATION_VPS.get(d, USUAL_VPS) for d in turns)


def _feeds(feeds: Feeds | None, k: int, number: dict[int, int]) -> tuple[model.Feed, ...]:
    return () if feeds is None else tuple(
        model.Feed(detector=number[int(feeds.loop[e])], share=round(float(feeds.share[e]), 4),
                   lag_s=int(feeds.lag_s[e]))
        for e in range(int(feeds.ptr[k]), int(feeds.ptr[k + 1])))


def _detectors(staged: _Staged, array: Intersection, layout: Layout,
               number: dict[int, int]) -> Iterator[model.Detector]:
    """One for each loop, by their numbers."""
    road_of = _exit_roads(array)
    for loop, own_number in number.items():
        known = layout.loops[loop]
        yield model.Detector(number=own_number, name=known.id, phase=_called(staged, array, loop),
                             distance_m=known.distance_m, road=road_of.get(loop))


def _called(staged: _Staged, array: Intersection, loop: int) -> int:
    """What a detector at the stop line calls: the first phase of the plan that serves its lane."""
    phase = 0
    for k in np.flatnonzero(array.stop_loop == loop):
        own = {int(i) for i in array.lane_links[array.lane_link_ptr[k]:array.lane_link_ptr[k + 1]]}
        serving = [p for p in staged.usual_s if any(staged.state[p][i] in "Gg" for i in own)]
        phase = serving[0] if serving else 0
    return phase


def _buttons(staged: _Staged, groups: Sequence[model.Group], channel_of: dict[int, int],
             before: int) -> Iterator[model.Button]:
    """One for each crossing, by its edge, numbered after the detectors; it calls the first phase that serves it."""
    walked = {group.channel for group in groups if group.kind == "pedestrian"}
    edges = {link.to_lane.rpartition("_")[0]: link.index for link in staged.signal.links
             if channel_of.get(link.index) in walked}
    for number, (edge, link) in enumerate(edges.items(), start=before + 1):
        phase = next((p for p in staged.usual_s if staged.state[p][link] in "Gg"), 0)
        if phase and number <= MOST_NUMBER:
            yield model.Button(number=number, name=edge, channels=(channel_of[link],), phase=phase)


def _plan(staged: _Staged, phases: Sequence[model.Phase]) -> model.Plan:
    """The program as a pattern: every phase of it with the green it has there."""
    lost = {phase.number: phase.yellow_s + phase.red_clear_s for phase in phases}
    least = {phase.number: phase.min_green_s for phase in phases}
    split = {p: int(np.ceil(max(green, least[p]) + lost[p])) for p, green in staged.usual_s.items()}
    for side in set(staged.side.values()):
        _even(split, [[p for p in split if (staged.ring[p], staged.side[p]) == (r, side)] for r in (1, 2)])
    first_ring = [p for p in split if staged.ring[p] == 1]
    cycle = sum(split[p] for p in first_ring)
    program = staged.signal.program
    return model.Plan(cycle_s=min(255, max(20, cycle)), offset_s=int(program.offset_s) % max(1, cycle),
                      coordinated=max(first_ring, key=lambda p: split[p]),
                      splits={str(p): value for p, value in sorted(split.items())})


def _even(split: dict[int, int], rings: list[list[int]]) -> None:
    """Both rings of a side take the same time: what the shorter lacks goes to its longest split."""
    lengths = [sum(split[p] for p in ring) for ring in rings]
    for ring, length in zip(rings, lengths, strict=True):
        if ring and length < max(lengths):
            split[max(ring, key=lambda p: split[p])] += max(lengths) - length
