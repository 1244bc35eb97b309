"""Rings without barriers: every phase names those that may be on with it, and begins once all others are cleared.

So a phase may serve one signal group alone, and groups begin and end one by one. A ring that has nothing to do rests in
red. Channels that several phases serve stay lit from one to the next, as in rings with barriers.
"""

from __future__ import annotations

from bench.desk.rings import Interval, Ring, Rings
from bench.desk.setup import ControllerSetup, Directives


class ConcurrentRings(Rings):
    """`Rings` by the concurrency of phases."""

    @property
    def walks(self) -> frozenset[int]:
        own = super().walks
        return own.union(*(self.setup.serves_calls_of.get(n, frozenset()) for n in self.green))

    def __init__(self, setup: ControllerSetup) -> None:
        super().__init__(setup)
        self._owed: dict[int, int] = {}
        """Tenths of red clearance of phases that were left out: whoever begins without such an order waits for them."""
        self._leaves_out = False

    def advance(self, tenths: int, occupied: frozenset[int], ask: Directives,
                walkers: frozenset[int] = frozenset()) -> None:
        self._owed = {n: left - tenths for n, left in self._owed.items() if left > tenths}
        self._leaves_out = bool(ask.omit_red)
        super().advance(tenths, occupied, ask, walkers)

    def all_red(self) -> None:
        super().all_red()
        self._owed.clear()

    def _time_clearance(self, ring: Ring, omit_red: bool) -> None:
        was_yellow, was_clearing = ring.interval is Interval.YELLOW, ring.interval is Interval.RED_CLEAR
        since = ring.since if was_clearing else 0
        super()._time_clearance(ring, omit_red)
        if (was_yellow or was_clearing) and ring.interval is Interval.RESTING:
            left = self.setup.phases[ring.phase].red_clear - since
            if left > 0:
                self._owed[ring.phase] = left

    def _begin_greens(self, ask: Directives) -> None:
        wanted = self._wanted(ask)
        for ring in self.rings.values():
            if ring.is_green:
                continue
            before = ring.next
            if not self._lit_between(ring):
                self._choose(ring, wanted)
            if ring.next and ring.interval is Interval.RESTING and self._may_begin(ring):
                self._start(ring, ring.next, ask)
            elif ring.phase and ring.next != before:
                ring.next = 0  # else a lamp that both serve would be lit again before it begins

    def _choose(self, ring: Ring, wanted: frozenset[int]) -> None:
        """What follows, where no lamp depends on it: kept while it is wanted, else found once the ring rests."""
        if ring.interval is Interval.RESTING and ring.since:
            ring.phase, ring.last = 0, ring.phase or ring.last
        if ring.next in wanted:
            return
        ring.next = 0
        if ring.number in self._fresh:
            wanted = frozenset(n for n in wanted if not self._serves[n] & self._serves[ring.phase])
        if ring.interval is Interval.RESTING:
            free = frozenset(n for n in wanted if all(self._together(other, n) for other in self.on))
            ring.next = self._following(ring, free) or self._following(ring, wanted)

    def _start(self, ring: Ring, number: int, ask: Directives) -> None:
        super()._start(ring, number, ask)
        self.ped_calls -= self.setup.serves_calls_of.get(number, frozenset())

    def _end_greens(self, ask: Directives) -> None:
        wanted = self._wanted(ask)
        done = {ring.phase: why for ring in self.rings.values() if ring.is_green and (why := self._done(ring, ask))}
        for ring in [ring for ring in self.rings.values() if ring.is_green and ring.phase in done]:
            forced = done[ring.phase] == "force" or ring.number in ask.rest_red
            rivals = [n for n in wanted if not self._together(ring.phase, n)]
            if ring.number in ask.rest_red or any(forced or self._all_done(n, done) for n in rivals):
                self._end(ring, self._following(ring, wanted), done[ring.phase])

    def _all_done(self, number: int, done: dict[int, str]) -> bool:
        """Whether of all greens in its way none has reason to stay."""
        return all(n in done or self._together(n, number) for n in self.green)

    def _following(self, ring: Ring, wanted: frozenset[int]) -> int:
        """The next wanted phase in the ring's sequence, after its own; 0 for none."""
        order, own = self.setup.order[ring.number], ring.phase or ring.last
        at = order.index(own) + 1 if own else 0
        return next((n for n in (*order[at:], *order[:at]) if n in wanted), 0)

    def _together(self, one: int, other: int) -> bool:
        return other in self.setup.concurrent[one]

    def _may_begin(self, ring: Ring) -> bool:
        """No phase in its way is on, or cleared for, or has lamps that stay lit until its successor begins; and its
        own lamps have been seen red, or are green anyway."""
        if not self._leaves_out and not all(self._together(n, ring.next) for n in self._owed):
            return False
        for other in self.rings.values():
            begun = {other.phase, other.next} if self._lit_between(other) else {other.phase}
            on = other.interval is not Interval.RESTING or self._lit_between(other)
            if other is not ring and on and not all(self._together(n, ring.next) for n in begun):
                return False
        return self._seen_red(ring.next)

    def _lit_between(self, ring: Ring) -> bool:
        """Whether a lamp of it is green though the ring is not, as its next phase serves it, too, and nobody else."""
        if ring.is_green or not ring.phase or not ring.next:
            return False
        both = self._serves[ring.phase] & self._serves[ring.next]
        return bool(both) and bool(both - self._lit)
