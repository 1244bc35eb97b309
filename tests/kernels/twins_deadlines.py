"""A second implementation of the waits that decide, with lists of those who wait. Shares no code with the kernel."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Waiting:
    """Somebody with a wait: `rates[p]` above 0 where phase p ends it, `lag[a][p]` until it does, from phase a."""

    waited_s: int
    rates: tuple[float, ...]
    lag: list[list[int]]
    on_lane: bool


@dataclass(frozen=True)
class Junction:
    """What the rule needs to know; phases from `own` on are beyond the program; `queues[p]` is what p serves."""

    phase: int
    own: int
    split: list[list[int]]
    queues: list[float]
    waiting: list[Waiting]


def best_for(junction: Junction, one: Waiting, here: int) -> int | None:
    """The phase of the program that ends a wait."""
    able = [p for p in range(junction.own) if p != here and one.rates[p] > 0.0]
    worth = one.rates if one.on_lane else junction.queues
    return max(able, key=lambda p: (worth[p], -p)) if able else None


def forced(junction: Junction, planned: int, limit_s: int) -> int:
    """What has to be shown instead of `planned`, or -1."""
    here, at_s, plan = junction.phase, 0, []
    if planned != here:
        at_s, here, plan = junction.split[here][planned], planned, [planned]
    answer = -1
    while len(plan) <= len(junction.split):
        left = [w for w in junction.waiting if w.waited_s > 0 and all(w.rates[p] <= 0.0 for p in plan)]
        left = [w for w in left if best_for(junction, w, here) is not None]
        if not left:
            return -1
        first = max(left, key=lambda w: w.waited_s)
        then = best_for(junction, first, here)
        assert then is not None
        answer = then if answer < 0 else answer
        ends = [w.waited_s + at_s + w.lag[here][then] for w in junction.waiting
                if w.waited_s > 0 and w.rates[then] > 0.0 and all(w.rates[p] <= 0.0 for p in plan)]
        if max(ends) > limit_s:
            return answer
        at_s += junction.split[here][then]
        here = then
        plan.append(then)
    return -1


def forced_in_order(junction: Junction, limit_s: int) -> int:
    """The same where phases follow each other; every split before somebody's turn is the minimum."""
    phases = len(junction.split)
    for one in junction.waiting:
        at_s, here = 0, junction.phase
        for step in range(1, phases):
            then = (junction.phase + step) % phases
            if one.rates[then] > 0.0:
                if one.waited_s > 0 and one.waited_s + at_s + one.lag[here][then] > limit_s:
                    return (junction.phase + 1) % phases
                break
            at_s += junction.split[here][then]
            here = then
    return -1
