"""The rings of a virtual actuated controller: pure arithmetic, one call of `advance` for each step of time.

A green ends when its minimum (and walk and pedestrian clearance) are over, it is not held, something else is called,
and it has been forced off, gapped out or reached its maximum. Within a side of the barrier each ring goes on by
itself; over the barrier both go together, after the clearance of both. Yellow always runs out; so does red clearance,
unless it is omitted from outside.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from bench.desk.setup import ControllerSetup, Directives, PhaseSetup


class Interval(Enum):
    """Where a phase that is on, or has just been, stands."""

    GREEN = "green"
    YELLOW = "yellow"
    RED_CLEAR = "red clearance"
    RESTING = "resting in red"


@dataclass
class Ring:
    """One ring. phase: the one it is in, 0 before the first; since: tenths in the interval; next: 0 for none; last: the
    one before, where it rests without barriers."""

    number: int
    phase: int = 0
    interval: Interval = Interval.RESTING
    since: int = 0
    next: int = 0
    last: int = 0
    crossing: bool = False
    gap: int = 0
    against: int = 0
    """Tenths a green has had a conflicting call, which its maximum counts."""
    walking: bool = False
    ended_by: str = ""

    @property
    def is_green(self) -> bool:
        return self.interval is Interval.GREEN


class Rings:
    """All rings with the calls that are stored."""

    def __init__(self, setup: ControllerSetup) -> None:
        setup.check()
        self.setup = setup
        self.rings = {number: Ring(number, since=0) for number in setup.order}
        self.calls: set[int] = set()
        self.ped_calls: set[int] = set()
        self._present: frozenset[int] = frozenset()
        self._serves = {n: frozenset(c for c, phases in setup.channels.items() if n in phases) for n in setup.phases}
        self._fresh: set[int] = set()
        """Rings whose yellow is over in this moment: red has not been seen."""
        self.side = min((phase.side for phase in setup.phases.values()), default=1)

    @property
    def on(self) -> frozenset[int]:
        """Phases in green or yellow."""
        lit = (Interval.GREEN, Interval.YELLOW)
        return frozenset(ring.phase for ring in self.rings.values() if ring.interval in lit)

    @property
    def green(self) -> frozenset[int]:
        return frozenset(ring.phase for ring in self.rings.values() if ring.is_green)

    @property
    def yellow(self) -> frozenset[int]:
        return frozenset(ring.phase for ring in self.rings.values() if ring.interval is Interval.YELLOW)

    @property
    def coming(self) -> frozenset[int]:
        """Phases committed to come next."""
        return frozenset(ring.next for ring in self.rings.values() if ring.next)

    @property
    def walks(self) -> frozenset[int]:
        """Phases whose crossings may be stepped on: in their walk, or while they are green where they have none."""
        return frozenset(ring.phase for ring in self.rings.values() if ring.is_green and self._walks(ring))

    @property
    def ped_clears(self) -> frozenset[int]:
        return frozenset(ring.phase for ring in self.rings.values() if ring.is_green and ring.walking and
                         self._walk(ring) <= ring.since < self._walk(ring) + self.setup.phases[ring.phase].ped_clear)

    def _walk(self, ring: Ring) -> int:
        return self.setup.phases[ring.phase].walk

    def _walks(self, ring: Ring) -> bool:
        called = ring.phase in self.setup.buttons.values()
        return ring.walking and ring.since < self._walk(ring) if self._walk(ring) else called

    def advance(self, tenths: int, occupied: frozenset[int], ask: Directives,
                walkers: frozenset[int] = frozenset()) -> None:
        """Let `tenths` pass; occupied: phases with a vehicle on a detector; walkers: with a button pressed."""
        for ring in self.rings.values():
            ring.since += tenths
        self._take_calls(occupied, ask)
        self.ped_calls |= walkers - self.walks  # who may step off already calls nobody
        for ring in self.rings.values():
            if ring.is_green:
                self._time_green(ring, tenths, occupied, ask)
            else:
                self._time_clearance(ring, ring.number in ask.omit_red)
        self._begin_greens(ask)
        self._end_greens(ask)

    def _take_calls(self, occupied: frozenset[int], ask: Directives) -> None:
        """Store what locks; who merely stands on a detector calls as long as he does."""
        green = self.green
        self._present = occupied | {n for n, phase in self.setup.phases.items() if phase.recall != "none"}
        self.calls |= {n for n in occupied - green if self.setup.phases[n].locking}
        self.calls -= green
        self.ped_calls |= ask.ped_call - ask.ped_omit

    def _time_green(self, ring: Ring, tenths: int, occupied: frozenset[int], ask: Directives) -> None:
        phase = self.setup.phases[ring.phase]
        ring.gap = 0 if ring.phase in occupied else ring.gap + tenths
        if self._wanted(ask) - {ring.phase}:
            ring.against += tenths
        if not ring.walking and ring.since >= phase.min_green and ring.phase in self.ped_calls and ring.against == 0:
            ring.walking, ring.since = True, 0  # recycled while nobody else waits
            self.ped_calls.discard(ring.phase)

    def _time_clearance(self, ring: Ring, omit_red: bool) -> None:
        phase = self.setup.phases.get(ring.phase)
        self._fresh.discard(ring.number)
        if ring.interval is Interval.YELLOW and phase is not None and ring.since >= phase.yellow:
            ring.interval, ring.since = Interval.RED_CLEAR, 0
            self._fresh.add(ring.number)
        if ring.interval is Interval.RED_CLEAR and phase is not None and (omit_red or ring.since >= phase.red_clear):
            ring.interval, ring.since = Interval.RESTING, 0

    def _begin_greens(self, ask: Directives) -> None:
        """Rings whose clearance is over, and where they cross the barrier that of the others, too."""
        crossing = [ring for ring in self.rings.values() if ring.crossing]
        if all(ring.interval is Interval.RESTING for ring in crossing):
            for ring in crossing:
                ring.crossing = False
                if ring.next:
                    self.side = self.setup.phases[ring.next].side
        for ring in self.rings.values():
            if ring.interval is Interval.RESTING and ring.next and not ring.crossing and self._seen_red(ring.next):
                self._start(ring, ring.next, ask)
        if not any(ring.crossing for ring in self.rings.values()):
            self._start_idle(ask)

    def _start_idle(self, ask: Directives) -> None:
        """A ring that rests in red takes up a call of its own in the side that is on; all resting, of any side."""
        idle = [ring for ring in self.rings.values() if ring.interval is Interval.RESTING and not ring.next]
        if not idle:
            return
        wanted = self._wanted(ask)
        if len(idle) == len(self.rings):
            side = self._next_side(wanted)
            self.side = self.side if side is None else side
        for ring in idle:
            found = self._first(ring, self.side, wanted)
            if found and self._seen_red(found):
                self._start(ring, found, ask)

    def _seen_red(self, number: int) -> bool:
        """Whether no lamp of a phase is yellow by another that serves it, or has been so until this moment."""
        return not any(self._darkened(other) & self._serves[number] for other in self.rings.values()
                       if other.interval is Interval.YELLOW or other.number in self._fresh)

    def _darkened(self, ring: Ring) -> frozenset[int]:
        """Channels of its phase that are not green by another, nor by its next."""
        own = self._serves[ring.phase] if ring.phase else frozenset[int]()
        return own - self._lit - (self._serves[ring.next] if ring.next else frozenset[int]())

    @property
    def _lit(self) -> frozenset[int]:
        """Channels of phases in green."""
        return frozenset[int]().union(*(self._serves[n] for n in self.green))

    def _start(self, ring: Ring, number: int, ask: Directives) -> None:
        ring.phase, ring.next, ring.interval = number, 0, Interval.GREEN
        ring.since = ring.gap = ring.against = 0
        phase = self.setup.phases[number]
        ring.walking = phase.walk > 0 and number in self.ped_calls and number not in ask.ped_omit
        self.calls.discard(number)
        if ring.walking or not phase.walk:
            self.ped_calls.discard(number)

    def _wanted(self, ask: Directives) -> frozenset[int]:
        """Phases with a call that may begin."""
        return frozenset((self.calls | self._present | ask.call | self.ped_calls) - ask.omit - self.green)

    def _end_greens(self, ask: Directives) -> None:
        """End greens that are done: within a side ring by ring, over the barrier once all rings are ready for it."""
        if any(ring.crossing for ring in self.rings.values()):
            return
        wanted = self._wanted(ask)
        going = self._next_side(wanted, beyond=True)
        waiting: list[Ring] = []
        for ring in self.rings.values():
            if not ring.is_green:
                if ring.next == 0:
                    waiting.append(ring)
                continue
            why = self._done(ring, ask)
            within = self._later(ring, wanted)
            if why and within:
                self._end(ring, within, why)
            elif why and going is not None and not within:
                ring.ended_by = why
                waiting.append(ring)
            elif why and going is None and (before := self._first(ring, self.side, wanted)):
                self._end(ring, before, why)
        if going is not None and len(waiting) == len(self.rings) and any(ring.is_green for ring in waiting):
            self._cross(going, wanted)

    def _cross(self, side: int, wanted: frozenset[int]) -> None:
        for ring in self.rings.values():
            ring.crossing = True
            ring.next = self._first(ring, side, wanted)
            if ring.interval is Interval.RESTING:
                ring.phase = 0  # its lamps are dark: nothing stays lit until the next begins
            if ring.is_green:
                self._end(ring, ring.next, ring.ended_by)

    def _end(self, ring: Ring, following: int, why: str) -> None:
        ring.interval, ring.since, ring.next, ring.ended_by = Interval.YELLOW, 0, following, why
        ring.walking = False

    def _done(self, ring: Ring, ask: Directives) -> str:
        """Why a green may end: force, gap or maximum; empty where it may not."""
        phase = self.setup.phases[ring.phase]
        if ring.phase in ask.hold or ring.since < self._least(ring, phase):
            return ""
        if ring.phase in ask.force:
            return "force"
        if ring.against >= phase.max_green and not ask.no_maximum:
            return "max"
        return "gap" if ring.gap >= phase.passage and phase.recall != "max" else ""

    @staticmethod
    def _least(ring: Ring, phase: PhaseSetup) -> int:
        return max(phase.min_green, phase.walk + phase.ped_clear) if ring.walking else phase.min_green

    def _later(self, ring: Ring, wanted: frozenset[int]) -> int:
        """The next wanted phase after the ring's own in its sequence, on the same side; 0 for none."""
        order = self.setup.order[ring.number]
        after = order[order.index(ring.phase) + 1:]
        return next((n for n in after if n in wanted and self.setup.phases[n].side == self.side), 0)

    def _first(self, ring: Ring, side: int, wanted: Iterable[int]) -> int:
        order = self.setup.order[ring.number]
        return next((n for n in order if n in wanted and self.setup.phases[n].side == side), 0)

    def _next_side(self, wanted: frozenset[int], beyond: bool = False) -> int | None:
        """The side, after the one that is on, with a wanted phase; beyond: not that one itself."""
        sides = sorted({phase.side for phase in self.setup.phases.values()})
        at = sides.index(self.side)
        rest = sides[at + 1:] + sides[:at] + ([] if beyond else [self.side])
        return next((s for s in rest if any(self.setup.phases[n].side == s for n in wanted)), None)

    def all_red(self) -> None:
        """As after power came back: nothing is known, every lamp red."""
        for ring in self.rings.values():
            ring.phase = ring.next = ring.since = 0
            ring.interval, ring.crossing, ring.walking = Interval.RESTING, False, False
        self.calls.clear()
        self.ped_calls.clear()
