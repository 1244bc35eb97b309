"""Plans of a virtual controller as RSMP changes them: cycle, offset, and the bands of the one that has them."""

from __future__ import annotations

from dataclasses import dataclass, field

from bench.desk.controller import Controller
from bench.desk.setup import PatternSetup
from controllers.cabinet.bands import MOST_EXTENSION_S, Band

MOST_CYCLE_S = MOST_OFFSET_S = 255


@dataclass
class Banded:
    """The plan that is prepared with bands. offset_s: as RSMP counts it, c = (b + o) mod t."""

    cycle_s: int
    offset_s: int
    extension_s: dict[int, int] = field(default_factory=dict)


class BandedPlans:
    """The controller's own plan, and beside it one with the same splits and bands, which alone may be changed.

    It is prepared as traffic-actuated: phases come on a call and may end by gap, all but the coordinated one.
    """

    def __init__(self, controller: Controller, bands: tuple[Band, ...], number: int) -> None:
        self._controller, self._bands, self.number = controller, bands, number
        self._own = controller.patterns[controller.setup.own_pattern]
        self.banded = self._programmed()
        self._make()

    @property
    def numbers(self) -> list[int]:
        return sorted({self._controller.setup.own_pattern, self.number})

    @property
    def cycles_s(self) -> dict[int, int]:
        return {n: self.banded.cycle_s if n == self.number else self._own.cycle_s for n in self.numbers}

    @property
    def offsets_s(self) -> dict[int, int]:
        return {n: self.banded.offset_s if n == self.number else -self._own.offset_s % self._own.cycle_s
                for n in self.numbers}

    def change(self, cycle_s: int | None = None, offset_s: int | None = None,
               extension_s: dict[int, int] | None = None) -> str:
        """Why it cannot be, or empty; takes effect with `take`."""
        known = {band.number for band in self._bands}
        if cycle_s is not None and not 1 <= cycle_s <= MOST_CYCLE_S:
            return f"a cycle of {cycle_s} s"
        if offset_s is not None and not 0 <= offset_s <= MOST_OFFSET_S:
            return f"an offset of {offset_s} s"
        if extension_s is not None and not (extension_s.keys() <= known and all(
                0 <= s <= MOST_EXTENSION_S for s in extension_s.values())):
            return "bands that are not there, or extensions beyond 99 s"
        now = self.banded
        self.banded = Banded(now.cycle_s if cycle_s is None else cycle_s,
                             now.offset_s if offset_s is None else offset_s, now.extension_s | (extension_s or {}))
        return ""

    def take(self) -> None:
        """What was changed is the plan from here on."""
        self._make()

    def restore(self) -> None:
        """As it was programmed."""
        self.banded = self._programmed()
        self._make()

    def _programmed(self) -> Banded:
        own = self._own
        return Banded(own.cycle_s, -own.offset_s % own.cycle_s, {
            band.number: min(MOST_EXTENSION_S, max(0, own.splits_s.get(band.phase, 0) - band.base_s))
            for band in self._bands})

    def _make(self) -> None:
        """What is left of the cycle is the coordinated phase's; in other rings the longest's on its side."""
        splits = dict(self._own.splits_s)
        splits |= {band.phase: band.base_s + self.banded.extension_s[band.number] for band in self._bands}
        of = self._controller.setup.phases
        coordinated = self._own.coordinated
        for ring in {of[n].ring for n in splits}:
            own = [n for n in splits if of[n].ring == ring]
            beside = [n for n in own if of[n].side == of[coordinated].side]
            takes = coordinated if coordinated in own else max(beside or own, key=splits.__getitem__)
            splits[takes] += self.banded.cycle_s - sum(splits[n] for n in own)
        self._controller.patterns[self.number] = PatternSetup(
            self.banded.cycle_s, -self.banded.offset_s % self.banded.cycle_s, splits, coordinated,
            actuated=frozenset(splits) - {coordinated})
