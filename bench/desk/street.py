"""SUMO as the street of a virtual controller: its lamps are shown there, its detectors count what drives there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bench.desk.controller import Controller
from bench.desk.from_site import Letters
from bench.desk.objects import Counts, Objects
from bench.desk.setup import TENTHS
from controllers.cabinet.site import SignalSite
from controllers.port import SteppedPort, WalkerPort

FloatArray = NDArray[np.float64]
HALF_PERCENTS = 200
SECOND = TENTHS
MOST_COUNTED = 254


class Street:
    """One signal of a running simulation under a virtual controller; what it does not watch runs on its own.

    `second` for one signal alone; where several share a simulation: `show` each, step, `take` each its counts.
    """

    def __init__(self, port: SteppedPort, site: SignalSite, objects: Objects, state: str) -> None:
        """state: what the signal shows now, letters of all its links. The port watches its loops and crossings, in
        the order of its detectors and buttons, and the signal."""
        self.port, self.site, self.objects = port, site, objects
        self.controller: Controller = objects.controller
        self._letters = Letters(site, self.controller)
        self._length = len(state)
        self._on = np.zeros(len(site.detectors))
        self._numbers = [detector.number for detector in site.detectors]
        self.cut: frozenset[int] = frozenset()
        """Detectors that are out of order and see nobody."""

    @property
    def time_s(self) -> float:
        return self.port.time_s

    def second(self) -> None:
        """The controller takes the orders there are, its lamps are shown for a second, the detectors count."""
        self.show()
        self.port.step_to(self.port.time_s + 1.0)
        self.take(*self.port.read_loops())
        if isinstance(self.port, WalkerPort):
            self.press(self.port.read_waiting())

    def show(self) -> None:
        """A second of the controller, and its lamps to SUMO."""
        self.controller.advance(SECOND, self.occupied)
        self.port.set_state(self.site.id, self.state())

    def press(self, waiting: FloatArray) -> None:
        """Who waits on foot presses; persons, float64[buttons] in their order."""
        pressed = {b.number for b, persons in zip(self.site.buttons, waiting, strict=True) if persons > 0}
        self.controller.pressed = frozenset(pressed) | self.objects.put_pressed

    def take(self, entered: FloatArray, left: FloatArray, occupancy: FloatArray) -> None:
        """Publish what its detectors counted, float64[detectors] each."""
        self._on = np.maximum(self._on + entered - left, 0.0)
        volume = {d: int(min(n, MOST_COUNTED)) for d, n in zip(self._numbers, entered, strict=True)}
        share = {d: round(min(1.0, s) * HALF_PERCENTS) for d, s in zip(self._numbers, occupancy, strict=True)}
        for d in self.cut:
            volume[d] = share[d] = 0
        self.objects.counts = Counts(volume, share)
        self.controller.detectors = self.occupied  # who looks now sees who stands there now

    @property
    def occupied(self) -> frozenset[int]:
        """Detectors with a vehicle on them, or one put there by a SET."""
        seen = {d for d, on in zip(self._numbers, self._on > 0, strict=True) if on}
        return frozenset(seen - self.cut) | self.objects.put

    def state(self) -> str:
        """The lamps as SUMO's letters; what is on no channel is red."""
        shown = ["r"] * self._length
        lamps = self.controller.lamps()
        self._letters.see(lamps)
        for group in self.site.groups:
            letter = self._letters.of(group, lamps[group.channel])
            for link in group.links:
                shown[link] = letter
        return "".join(shown)
