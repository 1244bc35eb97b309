"""The engine as one object: health of the loops, planner, sequencer, modes and interlock over a batch of signals.

    engine = Engine([intersection], shown)
    each second: engine.observe(what the lamps really show)        (where they can be read back)
                 codes = engine.step(entered, left, occupancy, time_s)
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from signal_core.estimating.estimator import Estimator
from signal_core.estimating.health import Health, LoopStatus, Sight, Source
from signal_core.estimating.on_crossing import OnCrossing
from signal_core.estimating.relations import relations_of
from signal_core.interlock.interlock import Interlock
from signal_core.interlock.interlock import Status as Verdict
from signal_core.interlock.rules import SignalRules
from signal_core.kernels.codes import LONG_AGO_S
from signal_core.kernels.sequencer import CALLING
from signal_core.ladder.deadlines import Deadlines
from signal_core.ladder.ladder import Events, Ladder, Names, Troubles
from signal_core.ladder.law import LaneView, Law, Observation, Planned
from signal_core.ladder.modes import Mode, Trouble
from signal_core.planning.planner import Planner
from signal_core.requests import Requests, Rows
from signal_core.sequencing.plan_rows import PlanOf, pack_plans
from signal_core.sequencing.sequencer import Sequencer
from signal_core.settings import Settings
from signal_core.tables.arrays import GREEN, OFF, PERMISSIVE, RED, BoolArray, CodeArray, FloatArray, IntArray
from signal_core.tables.intersection import Intersection
from signal_core.tables.letters import decode, encode
from signal_core.tables.packed import Tables, pack
from signal_core.tables.state import SignalState
from signal_core.tables.tight_ways import apart

STEP_S = 1
"""What a step counts for."""
MakeLaw = Callable[[Tables, SignalState], Law]


class SignalReport(NamedTuple):
    """A signal now. phase: the one it is in or changes to; shown: letters ordered last; verdict: of the interlock."""

    name: str
    phase: int
    shown: str
    mode: Mode
    trouble: Trouble
    sight: Sight
    verdict: Verdict


class LoopReport(NamedTuple):
    """A loop now. source: where the samples come from that are worked with."""

    name: str
    status: LoopStatus
    source: Source


class LaneReport(NamedTuple):
    """A lane now. queue: vehicles that stand, as it is estimated; is_blocked: it has green and its exit is not free."""

    name: str
    queue: float
    is_blocked: bool


class Engine:
    """Decides every second what signals show; all memory is taken at construction.

    ``wanted``: int64[signals], the phases aimed at. Parts: ``law``, ``ladder``, ``sequencer``, ``interlock``,
    ``requests``.
    """

    def __init__(self, intersections: Sequence[Intersection], shown: CodeArray | str | Sequence[str], *,
                 settings: Settings | None = None, law: MakeLaw | None = None, plans: Sequence[PlanOf] | None = None,
                 walk_clear_s: Sequence[ArrayLike] | None = None, names: Names | None = None, time_s: float = 0.0,
                 deadline_s: float | None = None, clock_ns: Callable[[], int] = time.perf_counter_ns) -> None:
        """Take charge of signals that show something already.

        Parameters
        ----------
        intersections
            One per signal.
        shown
            What is on the street now: letters of each signal, or codes, uint8[links], of all end to end. For how long
            is not known, so everything counts as just begun.
        settings
            Of the engine.
        law
            What decides instead of the engine's own planner.
        plans
            Fixed-time plans of last resort; by default the phases in their order, with their greens.
        walk_clear_s
            What the interlock keeps after the green of crossings: per signal a number, or one per link.
        names
            Of signals, loops and lanes, for reports.
        time_s
            Now, in seconds on a clock that runs evenly.
        deadline_s
            Time that the law has for an answer; by default as long as it likes.

        Raises
        ------
        ValueError
            Where ``shown`` is not of these links, a time of one exceeds 254 s, ``plans``, ``walk_clear_s`` or
            ``names`` are not of as many signals, loops or lanes, or a plan has no time to run.
        """
        self.intersections, self.settings = tuple(intersections), settings or Settings()
        named = names or default_names(self.intersections)
        _fits(self.intersections, named, plans=plans, walk_clear_s=walk_clear_s)
        self.tables = pack(self.intersections if self.settings.fixed_order == 0 else apart(self.intersections))
        now_shown = _codes(shown, self.intersections)
        self.sequencer = Sequencer(self.tables, now_shown)
        self.interlock = _interlock(self.intersections, self.settings.max_red_s, now_shown, int(time_s), walk_clear_s)
        if any(x.least_clear_s is not None for x in self.intersections):
            self.sequencer.on_crossing = OnCrossing(self.intersections, self.sequencer.state)
        self.wanted = self.sequencer.nearest_phases()
        self.law = self._planned() if law is None else law(self.tables, self.sequencer.state)
        self.requests = Requests(self.tables, self.sequencer.state, self.settings, named.signals)
        fallback = pack_plans([default_plan(x) for x in self.intersections] if plans is None else plans, self.tables)
        self.ladder = Ladder(self.law, self.tables, self.sequencer.state, fallback, named, deadline_s=deadline_s,
                             clock_ns=clock_ns, longest_wait_s=self.settings.max_red_s - self.settings.max_red_margin_s)
        self.deadlines = Deadlines(self.intersections, self.tables, self.sequencer.state, self.settings)
        limits_s = np.concatenate([np.zeros(0), *(_limit(x.max_red_s, x) for x in self.intersections)])
        self._shared = _shared_lamps(self.tables)
        self._called_s = np.where(np.isfinite(limits_s), 0, self.settings.max_red_s)
        self.decisions = 0
        """Taken in the last step."""
        self._refused: CodeArray = np.zeros(len(self.intersections), dtype=np.uint8)
        self._loops = 1 + int(self.tables.stop_loop.max(initial=-1))
        self._unknown = np.ones(self._loops)
        self._next_s = float(time_s)

    def _planned(self) -> Planned:
        health = Health(self.tables, relations_of(self.intersections, _count_loops(self.intersections)))
        return Planned(Estimator(self.tables, self.sequencer.state, self.settings, health))

    def step(self, entered: Any, left: Any, occupancy: Any, time_s: float | None = None, *,
             sampled_s: float | None = None, lanes: LaneView | None = None,
             calls: ArrayLike | None = None, requests: Rows | None = None,
             on_crossing: ArrayLike | None = None) -> CodeArray:
        """One second: what the loops counted since the last, and what is to be shown from now on.

        Whatever is given is survived: samples that are no arrays of numbers of the right length count as missing.

        Parameters
        ----------
        entered, left
            float64[loops], vehicles that came onto and left each loop.
        occupancy
            float64[loops], share of the second that each was occupied, 0 to 1.
        time_s
            Now; by default, or where it is no time, a second after the last step.
        sampled_s
            When the samples were taken; what is no younger than the last is left out. By default they are of now.
        lanes
            For laws that see vehicles.
        calls
            Of those on foot, one per link of all signals end to end: True, or how many wait, where a button was pressed
            or somebody is seen waiting; False or 0 where not; NaN where nobody can tell. A call is kept until its link
            has green. Links that lanes alone lead to are left out. None: nobody can tell, and crossings get green as
            often as the maximum red asks.
        requests
            Messages about requests for green since the last step, `signal_core.requests.REQUEST` records: buses, trams,
            blue lights. They stand until they are cancelled or time out.
        on_crossing
            Persons on the crossing of each link now, of those with on-crossing detectors (`least_clear_s`): 0 for
            nobody; NaN, or None, where nobody can tell, and the whole clearance runs.

        Returns
        -------
        numpy.ndarray
            Codes, uint8[links] of all signals end to end, that the interlock let pass. They are read-only, and
            overwritten by the next step; `decode` makes letters of them.
        """
        now_s = self._now(time_s)
        free = self.sequencer.free() if lanes is not None else None
        seen = Observation(now_s, entered, left, occupancy, free, lanes, sampled_s)
        self.sequencer.take_calls(calls, self.settings)
        self.sequencer.take_on_crossing(on_crossing)
        self.requests.take(requests, now_s)
        self.decisions, target = self.ladder.decide(seen, self.wanted, self._refused)
        if self.deadlines:
            self.deadlines.keep(target, self.sequencer.free(), self.interlock.waited_s)
        self.wanted[:] = target.phase
        proposed = self.sequencer.propose(target)
        answer = self.interlock.check(int(now_s), proposed, self._waiting(seen), on_crossing)
        self._refused = answer.status
        self.sequencer.show(answer.codes, STEP_S)
        self.requests.follow(now_s)
        self._next_s = now_s + STEP_S
        return answer.codes

    def observe(self, shown: CodeArray | str | Sequence[str], time_s: float | None = None) -> bool:
        """Take note, before a step, of what the lamps really show; True where it is what was ordered.

        Where it is not, everything follows what is shown. Raises ValueError where it is not of these links.
        """
        codes = _codes(shown, self.intersections)
        self.interlock.observe(int(self._now(time_s)), codes)
        if self.interlock.odd:
            self.sequencer.found(codes)
        return not self.interlock.odd

    def signals(self) -> list[SignalReport]:
        """Every signal as it is now."""
        state, modes, ptr = self.sequencer.state, self.ladder.modes.state, self.tables.link_ptr.tolist()
        health = self.law.health
        return [SignalReport(
            name, int(state.phase[i]), decode(state.shown[ptr[i]:ptr[i + 1]]), Mode(int(modes.mode[i])),
            Trouble(int(modes.reason[i])), Sight.SEES if health is None else Sight(int(health.blind[i])),
            Verdict(int(self._refused[i]))) for i, name in enumerate(self.ladder.names.signals)]

    def loops(self) -> list[LoopReport]:
        """Every loop as it is now; none where the law watches none."""
        health = self.law.health
        return [] if health is None else [
            LoopReport(name, LoopStatus(int(status)), Source(int(source)))
            for name, status, source in zip(self.ladder.names.loops, health.status, health.source, strict=False)]

    def lanes(self) -> list[LaneReport]:
        """Every lane as it is now; none where the law has no planner of the engine's."""
        planner = getattr(self.law, "planner", None)
        if not isinstance(planner, Planner):
            return []
        estimator = planner.estimator
        queue, blocked = estimator.lanes.queue, None if estimator.health is None else estimator.health.blocked
        return [LaneReport(name, float(queue.near[k] + queue.beyond[k]), blocked is not None and bool(blocked[k]))
                for k, name in enumerate(self.ladder.names.lanes)]

    def events(self) -> Events:
        """Changes of modes, alarms of loops, blocked exits, locks and trials of the plan since the last call."""
        return self.ladder.events()

    def report(self) -> Troubles:
        """Counts of everything that went wrong so far."""
        return self.ladder.report()

    def _waiting(self, seen: Observation) -> BoolArray:
        """bool[links], somebody waits, or nobody can tell; where it is known since when, only who waits too long,
        unless that has a limit of its own, which the interlock counts itself."""
        occupancy, called_s = self._occupancy(seen), self.sequencer.state.called_s
        waiting, on_foot = self.sequencer.calls(occupancy), called_s > self._called_s
        loops, links = self._shared
        np.logical_or.at(on_foot, links, occupancy[loops] >= CALLING)
        return np.where(called_s < 0, waiting, on_foot)

    def _now(self, time_s: float | None) -> float:
        return self._next_s if time_s is None or not math.isfinite(time_s) else float(time_s)

    def _occupancy(self, seen: Observation) -> FloatArray:
        """As it was worked with; where it cannot be read, anybody may wait anywhere."""
        found = self.ladder.occupancy(seen)
        readable = isinstance(found, np.ndarray) and found.ndim == 1 and len(found) >= self._loops
        return found if readable and found.dtype == np.float64 else self._unknown


def _fits(intersections: Sequence[Intersection], names: Names, **given: Sequence[Any] | None) -> None:
    """Raises ValueError where anything given is not of as many signals, or a loop or a lane has no name."""
    n, loops, lanes = len(intersections), _count_loops(intersections), sum(x.n_lanes for x in intersections)
    for what, each in {**given, "names": names.signals}.items():
        if each is not None and len(each) != n:
            raise ValueError(f"{what}: of {len(each)} signals, {n} needed")
    if len(names.loops) < loops or len(names.lanes) < lanes:
        raise ValueError(f"names: of {len(names.loops)} loops and {len(names.lanes)} lanes, {loops} and {lanes} needed")


def _count_loops(intersections: Sequence[Intersection]) -> int:
    """One more than the largest place of a loop that is named."""
    return 1 + max((int(each.max(initial=-1)) for x in intersections for each in (
        x.stop_loop, x.mid.loop, x.far.loop, *(() if x.exits is None else (x.exits.loop,)))), default=-1)


def default_names(intersections: Sequence[Intersection]) -> Names:
    """Those of the intersections, and numbers."""
    return Names(tuple(x.id or f"signal {i}" for i, x in enumerate(intersections)),
                 tuple(f"loop {k}" for k in range(_count_loops(intersections))),
                 tuple(f"{x.id or f'signal {i}'} lane {k}" for i, x in enumerate(intersections)
                       for k in range(x.n_lanes)))


def default_plan(x: Intersection) -> PlanOf:
    """The phases in their order, each for its green and the longest intergreen."""
    own = slice(0, x.n_phases if x.home is None else int(np.count_nonzero(x.home == np.arange(x.n_phases))))
    codes = np.where(x.phase_codes[own] == OFF, RED, x.phase_codes[own]).astype(np.uint8)
    return PlanOf(codes, np.maximum(x.shown_s[own], 1.0) + float(x.intergreen_s.max(initial=0)), 0.0)


def _interlock(intersections: Sequence[Intersection], max_red_s: int, shown: CodeArray, time_s: int,
               walk_clear_s: Sequence[ArrayLike] | None) -> Interlock:
    walks = [0.0] * len(intersections) if walk_clear_s is None else walk_clear_s
    rules = [_kept(x, max_red_s, clear_s) for x, clear_s in zip(intersections, walks, strict=True)]
    return Interlock(rules, shown, time_s)


def _kept(x: Intersection, max_red_s: int, walk_clear_s: ArrayLike) -> SignalRules:
    """What the interlock keeps of an intersection."""
    return SignalRules(
        x.conflicts, x.yellow_s, x.intergreen_s, x.min_green_s, _max_red(x, max_red_s), yielded_s=x.yielded_s,
        walk_clear_s=walk_clear_s, max_green_s=_limit(x.max_green_s, x) + _grace_s(x),
        max_wait_s=np.where(_served(x), _limit(x.max_red_s, x) + _grace_s(x), np.inf), forbidden=x.forbidden,
        walk_lead_s=x.walk_lead_s, ends_with=x.ends_with, least_clear_s=x.least_clear_s)


def _shared_lamps(tables: Tables) -> tuple[IntArray, IntArray]:
    """Loop at the line and link, one of each for every lane that has one lamp with somebody on foot."""
    lanes = np.repeat(np.arange(len(tables.stop_loop)), np.diff(tables.lane_link_ptr))
    first = np.repeat(tables.link_ptr[:-1], np.diff(tables.lane_ptr))
    links, loops = first[lanes] + tables.lane_links, tables.stop_loop[lanes]
    kept = tables.undetected[links] & (loops >= 0)
    return loops[kept], links[kept]


def _limit(seconds: FloatArray | None, x: Intersection) -> FloatArray:
    return np.full(x.n_links, np.inf) if seconds is None else np.asarray(seconds, dtype=np.float64)


def _grace_s(x: Intersection) -> float:
    """What the interlock lets pass beyond a limit: a change that has begun is finished first, as its minimums ask."""
    return float(x.min_split_s.max(initial=0))


def _served(x: Intersection) -> BoolArray:
    """bool[n]: links that a phase serves."""
    return np.asarray(np.isin(x.phase_codes, (GREEN, PERMISSIVE)).any(axis=0))


def _max_red(x: Intersection, max_red_s: int) -> FloatArray:
    """What no phase ever serves, such as a lamp without a link, is not overdue."""
    return np.where(_served(x), np.minimum(float(max_red_s), _limit(x.max_red_s, x)), float(LONG_AGO_S))


def _codes(shown: CodeArray | str | Sequence[str], intersections: Sequence[Intersection]) -> CodeArray:
    """uint8[links], a copy that nobody else holds."""
    links = [x.n_links for x in intersections]
    if isinstance(shown, np.ndarray) and shown.dtype == np.uint8:
        codes = np.minimum(shown, np.uint8(OFF))
    else:
        rows = [shown] if isinstance(shown, str) else list(shown)
        if not all(isinstance(row, str) for row in rows):
            raise ValueError("shown: letters of each signal, or codes as uint8, are needed")
        if [len(row) for row in rows] != links:
            raise ValueError(f"shown: states of {[len(row) for row in rows]} links, {links} needed")
        codes = encode("".join(rows))
    if codes.shape != (sum(links),):
        raise ValueError(f"shown: {codes.shape} given, ({sum(links)},) needed")
    return codes
