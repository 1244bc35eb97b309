"""Orders of stages in which the rings of a plan go through a cycle, and the splits of phases such a cycle comes to.

Rings go on by themselves within a side of the barrier and cross it together, so a side has several ways through: both
go on at once, or one before the other, which has the longer first split. One ring alone has a single way.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from controllers.cabinet.arrays import change_s
from controllers.cabinet.site import SignalSite
from signal_core.tables.arrays import IntArray

Way = tuple[int, ...]
MOST_WAYS = 13
"""Of one side: two rings of three phases have so many. With more, only the one in which all go on at once is taken."""
LEAST_PART_S = 1
"""Green of a stage on whose phases another goes on or went before."""


@dataclass(frozen=True)
class StageOrder:
    """Places of stages in the site, in the order of the cycle; int64[stages] each: seconds of the change before it, as
    long as the controller times it, and the shortest it may be, that change included."""

    stages: Way
    lost_s: IntArray
    least_s: IntArray


def ways(site: SignalSite) -> tuple[tuple[Way, ...], ...]:
    """By side of the barrier, in their order: every way through it, the one in which all rings go on at once first."""
    known = {frozenset(stage.phases): k for k, stage in reversed(list(enumerate(site.stages)))}
    shown = frozenset[int]().union(*known)
    planned = [phase for phase in site.phases if str(phase.number) in site.plan.splits and phase.number in shown]
    found = []
    for side in sorted({phase.side for phase in planned}):
        of_ring: dict[int, list[int]] = {}
        for phase in [one for one in planned if one.side == side]:
            of_ring.setdefault(phase.ring, []).append(phase.number)
        paths = _paths(known, list(of_ring.values()), (0,) * len(of_ring))
        own = tuple(itertools.islice(paths, MOST_WAYS + 1))
        found.append(own if len(own) <= MOST_WAYS else own[:1])
    return tuple(found)


def _paths(known: Mapping[frozenset[int], int], rings: Sequence[Sequence[int]], at: Way) -> Iterator[Way]:
    """Stages from the phases that are on (their places in the rings) to the last of every ring."""
    here = known.get(frozenset(ring[i] for ring, i in zip(rings, at, strict=True)))
    if here is None:
        return
    room = [min(1, len(ring) - 1 - i) for ring, i in zip(rings, at, strict=True)]
    if not any(room):
        yield (here,)
    for step in itertools.product(*(range(one, -1, -1) for one in room)):
        if any(step):
            after = tuple(i + s for i, s in zip(at, step, strict=True))
            yield from ((here, *rest) for rest in _paths(known, rings, after))


def order_of(site: SignalSite, chosen: Sequence[Way]) -> StageOrder:
    """The cycle of one way for each side."""
    stages = tuple(itertools.chain(*chosen))
    before = (stages[-1], *stages[:-1])
    own = {phase.number: phase for phase in site.phases}
    change, on = change_s(site), [frozenset(site.stages[k].phases) for k in stages]
    lost, least = [], []
    for place, (a, b) in enumerate(zip(before, stages, strict=True)):
        ended = set(site.stages[a].phases) - on[place]
        lost.append(max([int(change[a, b]), *(_whole(own[p].yellow_s + own[p].red_clear_s) for p in ended)]))
        beside = on[place - 1] | on[(place + 1) % len(on)] if len(on) > 1 else frozenset[int]()
        alone = on[place] - beside
        least.append(lost[-1] + max([_whole(own[p].min_green_s) for p in alone], default=LEAST_PART_S))
    return StageOrder(stages, np.array(lost, dtype=np.int64), np.array(least, dtype=np.int64))


def phase_splits(site: SignalSite, order: StageOrder, split_s: IntArray) -> dict[int, int]:
    """Seconds of each phase, its yellow and red clearance included, by number: from the end of what was in its ring
    before. So rings add up to the cycle, and meet at every barrier."""
    ends = np.cumsum(split_s) + np.roll(order.lost_s, -1)
    begins = np.concatenate([[ends[-1] - split_s.sum()], ends[:-1]])
    found: dict[int, int] = {}
    for k, begin, end in zip(order.stages, begins, ends, strict=True):
        for phase in site.stages[k].phases:
            found[phase] = found.get(phase, 0) + int(end - begin)
    return found


def too_short(site: SignalSite, splits_s: Mapping[int, int]) -> bool:
    """Whether some phase has less than its minimum green, yellow and red clearance."""
    own = {phase.number: phase for phase in site.phases}
    return any(s < _whole(own[p].min_green_s + own[p].yellow_s + own[p].red_clear_s) for p, s in splits_s.items())


def began_s(site: SignalSite, splits_s: Mapping[int, int], stage: int) -> int | None:
    """Seconds from the begin of the plan's cycle until the first of this stage's phases may begin, None for a stage
    that is not of the plan."""
    found = []
    for number in site.stages[stage].phases:
        ring = next(phase.ring for phase in site.phases if phase.number == number)
        order = [phase.number for phase in site.phases if phase.ring == ring and phase.number in splits_s]
        if number in order:
            found.append(sum(splits_s[p] for p in order[:order.index(number)]))
    return min(found, default=None)


def begins_anew(site: SignalSite, before: int, now: int) -> bool:
    """Whether with stage `now`, after `before`, the plan has begun its next cycle."""
    places = {k: place for place, side in enumerate(_in_order(site)) for k in side}
    return now in places and before in places and places[now] < places[before]


def _in_order(site: SignalSite) -> list[set[int]]:
    """Stages that follow each other in a cycle; of several sides, all of one side at once."""
    sides = ways(site)
    if len(sides) > 1:
        return [set(itertools.chain(*side)) for side in sides]
    return [{k} for k in sides[0][0]] if sides and sides[0] else []


def _whole(seconds: float) -> int:
    return math.ceil(seconds - 1e-6)
