"""A virtual controller that an application may control group by group, and that goes back to its own plan without it.

Its own plan is that of the virtual actuated controller. Control is taken over as lamps are, and given back through all
red: greens end after their minimum, everything is cleared, and the own plan begins as after power came back.
"""

from __future__ import annotations

from enum import Enum

from bench.desk.controller import Controller, Lamp
from bench.desk.from_site import Letters
from bench.desk.groups import Aspect, SignalGroups
from bench.desk.objects import Objects
from bench.desk.street import SECOND, Street
from controllers.cabinet.site import SignalSite
from controllers.port import SteppedPort

OWN_LETTERS = {"y": Aspect.YELLOW, "G": Aspect.GREEN, "g": Aspect.YIELDS}
LAMPS = {Aspect.YELLOW: Lamp.YELLOW, Aspect.GREEN: Lamp.GREEN, Aspect.YIELDS: Lamp.GREEN}


class Charge(Enum):
    """Who shows the lamps."""

    OWN = "its own plan"
    APPLICATION = "an application"
    CLEARING = "nobody, until all is cleared"


class Tlc:
    """The controller with its groups; `wanted` is what the application asks for, by channel."""

    def __init__(self, site: SignalSite, controller: Controller) -> None:
        self.site, self.controller = site, controller
        self._letters = Letters(site, controller)
        self.charge = Charge.OWN
        self.wanted: dict[int, Aspect] = {}
        self._groups: SignalGroups | None = None

    def take_over(self) -> None:
        """The application is in control from here on, of lamps as they are."""
        self._groups, self.wanted = SignalGroups(self.site, self.aspects()), self.aspects()
        self.charge = Charge.APPLICATION

    def give_back(self) -> None:
        """The application has no control any more."""
        if self.charge is Charge.APPLICATION:
            self.wanted, self.charge = {}, Charge.CLEARING

    def restart(self) -> None:
        """Power was away."""
        self.charge, self.wanted = Charge.OWN, {}
        self.controller.restart()

    @property
    def groups(self) -> SignalGroups | None:
        """The groups while they are shown one by one, None under the own plan."""
        return None if self.charge is Charge.OWN else self._groups

    def advance(self, tenths: int, detectors: frozenset[int]) -> None:
        """Let `tenths` pass with vehicles on these detectors."""
        own = self.controller
        if own.flashing:
            self.charge, self.wanted = Charge.OWN, {}
        if self.charge is not Charge.OWN:
            assert self._groups is not None
            own.detectors = detectors
            own.up_tenths += tenths
            own.clock_tenths += tenths
            self._groups.advance(tenths, self.wanted)
            if self.charge is Charge.CLEARING and self._groups.all_clear:
                own.start_anew()
                self.charge = Charge.OWN
            return
        own.advance(tenths, detectors)

    @property
    def may_be_controlled(self) -> bool:
        """Nobody at the cabinet and no preemption is in charge, and it is not starting."""
        own = self.controller
        return not (own.panel.manual or own.flashing or own.panel.preempts or own.preempt or own.starting)

    def aspects(self) -> dict[int, Aspect]:
        """What every group shows now, by channel; what flashes counts as red."""
        if self.groups is not None:
            return self.groups.shown
        lamps = self.controller.lamps()
        return {group.channel: OWN_LETTERS.get(self._letters.of(group, lamps[group.channel]), Aspect.RED)
                for group in self.site.groups}

    def lamps(self) -> dict[int, Lamp]:
        """The same as lamps."""
        if self.groups is None:
            return self.controller.lamps()
        return {channel: LAMPS.get(aspect, Lamp.RED) for channel, aspect in self.groups.shown.items()}


class TlcStreet(Street):
    """SUMO as the street of such a controller."""

    def __init__(self, port: SteppedPort, site: SignalSite, objects: Objects, state: str, tlc: Tlc) -> None:
        super().__init__(port, site, objects, state)
        self.tlc = tlc

    def show(self) -> None:
        self.tlc.advance(SECOND, self.occupied)
        self.port.set_state(self.site.id, self.state())

    def state(self) -> str:
        groups = self.tlc.groups
        if groups is None:
            return super().state()
        shown = ["r"] * self._length
        for group in self.site.groups:
            for link in group.links:
                shown[link] = groups.shown[group.channel].value
        return "".join(shown)
