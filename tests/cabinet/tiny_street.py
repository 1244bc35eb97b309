"""A street of a few lines for a virtual controller: people arrive by chance, and one in two seconds leaves on green."""

from __future__ import annotations

import random
from collections.abc import Mapping

from bench.desk.controller import Controller, Lamp
from bench.desk.objects import Counts, Objects
from tests.desk.lamp_reader import LampReader

SECOND = 10


class TinyStreet:
    """Lanes on channels, each with the detector of its number at the line and one `upstream` numbers on upstream.

    `second` lets one pass; `wrong` is what the reader of lamps found, which is all that is believed here.
    """

    def __init__(self, objects: Objects, rates_vps: Mapping[int, float], reader: LampReader, seed: int = 1,
                 upstream: int = 3) -> None:
        self.objects, self.controller, self.reader = objects, objects.controller, reader
        self.rates, self.queue = dict(rates_vps), dict.fromkeys(rates_vps, 0)
        self._by_chance = random.Random(seed)
        self._moves = dict.fromkeys(rates_vps, 0)
        self._upstream = upstream
        self.waited_s = 0
        self.seconds = 0
        self.log: list[Mapping[int, Lamp]] = []
        self.buttons: dict[int, int] = {}
        """Of lanes on which people walk, who press as long as they wait."""

    @property
    def wrong(self) -> list[str]:
        return self.reader.wrong

    def second(self) -> None:
        """The controller takes the orders there are; lamps are shown; detectors count."""
        occupied = frozenset(lane for lane, waiting in self.queue.items() if waiting)
        controller: Controller = self.controller
        controller.advance(SECOND, occupied)
        lamps = controller.lamps()
        self.log.append(lamps)
        self.reader.see({channel: lamp.value for channel, lamp in lamps.items()})
        volume, occupancy = {}, {}
        for lane, rate in self.rates.items():
            came = int(self._by_chance.random() < rate)
            self.queue[lane] += came
            volume[lane + self._upstream], occupancy[lane + self._upstream] = came, 40 * came
            went = self._goes(lane, lamps[lane])
            volume[lane] = went
            occupancy[lane] = 100 if self.queue[lane] else 0
        self.objects.controller.pressed = frozenset(b for lane, b in self.buttons.items() if self.queue[lane])
        self.objects.counts = Counts(volume, occupancy)
        self.waited_s += sum(self.queue.values())
        self.seconds += 1

    def _goes(self, lane: int, lamp: Lamp) -> int:
        self._moves[lane] = self._moves[lane] + 1 if lamp is Lamp.GREEN and self.queue[lane] else 0
        went = int(self._moves[lane] % 2 == 0 and self._moves[lane] > 0)
        self.queue[lane] -= went
        return went
