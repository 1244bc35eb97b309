"""A coordinated plan: when, by the clock, each green of a ring is forced off."""

from __future__ import annotations

from collections.abc import Mapping

from bench.desk.rings import Rings
from bench.desk.setup import TENTHS, ControllerSetup, Directives, PatternSetup

DAY = 86_400 * TENTHS


class Coordination:
    """One plan over the rings. The local clock is 0 where the first phase of the first ring begins its split."""

    def __init__(self, setup: ControllerSetup, plan: PatternSetup) -> None:
        """Raises ValueError for a plan that cannot run: a split below minimum, rings that take different times."""
        self.plan = plan
        self._cycle = plan.cycle_s * TENTHS
        self._ends: dict[int, int] = {}
        self._green_for: dict[int, int] = {}
        self._planned = frozenset(plan.splits_s)
        self._stay = self._planned - plan.actuated | {plan.coordinated}
        for ring, order in setup.order.items():
            at = 0
            for number in order:
                if number not in plan.splits_s:
                    continue
                phase, split = setup.phases[number], plan.splits_s[number] * TENTHS
                lost = phase.yellow + phase.red_clear
                if split < lost + phase.min_green:
                    raise ValueError(f"phase {number}: split {split / TENTHS:g} s is below its minimum")
                at += split
                self._ends[number], self._green_for[number] = at - lost, split - lost
            if at and at != self._cycle:
                raise ValueError(f"ring {ring}: splits take {at / TENTHS:g} s of a cycle of {plan.cycle_s} s")
        self._until: dict[int, int] = {}

    def local_clock(self, time_tenths: int) -> int:
        """Tenths since the cycle began; the first of a day begins at its offset after midnight."""
        return (time_tenths % DAY - self.plan.offset_s * TENTHS) % self._cycle

    def ask(self, time_tenths: int, rings: Rings) -> Directives:
        """What the plan wants now."""
        now = self.local_clock(time_tenths)
        began = {ring.phase: ring.since for ring in rings.rings.values() if ring.is_green}
        self._until = {n: until for n, until in self._until.items() if n in began}
        for number in began.keys() - self._until.keys():
            self._until[number] = began[number] + self._left(number, now)
        force = frozenset(n for n, since in began.items() if since >= self._until[n])
        return Directives(hold=(self._stay & began.keys()) - force, force=force, call=self._stay,
                          omit=frozenset(self._all(rings.setup.phases) - self._planned), no_maximum=True)

    @staticmethod
    def _all(phases: Mapping[int, object]) -> frozenset[int]:
        return frozenset(phases)

    def _left(self, number: int, now: int) -> int:
        """Tenths until a green that is found now is forced off; one that comes too late for it has its minimum.

        Early, as others ended by gap, or late: what is nearer.
        """
        if number not in self._ends:
            return 0
        left = (self._ends[number] - now) % self._cycle
        late = left > (self._green_for[number] + self._cycle) // 2
        return 0 if late else left
