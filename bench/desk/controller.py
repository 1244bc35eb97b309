"""A virtual actuated controller (NEMA): own plan by the clock, orders from outside that expire, preemption, flash.

Nothing is shared with the engine, its sequencer or its interlock. `advance` is all there is of time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from bench.desk.concurrent import ConcurrentRings
from bench.desk.coordination import Coordination
from bench.desk.rings import Interval, Rings
from bench.desk.setup import TENTHS, ControllerSetup, Directives, PatternSetup

FREE, FLASH, BY_CLOCK = 254, 255, 0
"""Numbers of `systemPatternControl` that are no pattern."""


class Lamp(Enum):
    """What a channel shows."""

    RED = "red"
    YELLOW = "yellow"
    GREEN = "green"
    FLASHING = "flashing"


@dataclass
class Orders:
    """Orders from outside: sets of phases, rings (omit_red, rest_red), the pattern; gone when not repeated in time."""

    omit: frozenset[int] = frozenset()
    ped_omit: frozenset[int] = frozenset()
    hold: frozenset[int] = frozenset()
    force: frozenset[int] = frozenset()
    call: frozenset[int] = frozenset()
    ped_call: frozenset[int] = frozenset()
    omit_red: frozenset[int] = frozenset()
    rest_red: frozenset[int] = frozenset()
    pattern: int = BY_CLOCK

    @property
    def any(self) -> bool:
        given = self.omit | self.ped_omit | self.hold | self.force | self.call | self.ped_call | self.omit_red
        return bool(given | self.rest_red) or self.pattern != BY_CLOCK


@dataclass
class Panel:
    """What people and machines at the cabinet do: switches, and preemption inputs that are called."""

    manual: bool = False
    flash: bool = False
    preempts: frozenset[int] = field(default_factory=frozenset)


class Controller:
    """The state of one controller. Times are whole tenths since it was switched on, or of the clock where it says."""

    def __init__(self, setup: ControllerSetup, clock_tenths: int = 0) -> None:
        self.setup = setup
        self.patterns: dict[int, PatternSetup] = dict(setup.patterns)
        self.rings = ConcurrentRings(setup) if setup.concurrent else Rings(setup)
        self.orders, self.panel = Orders(), Panel()
        self.unit_backup_s = setup.unit_backup_s
        self.up_tenths, self.clock_tenths = 0, clock_tenths
        self.since_order = 0
        self.expired = False
        self.detectors: frozenset[int] = frozenset()
        self.pressed: frozenset[int] = frozenset()
        """Buttons that are pressed in this moment."""
        self.preempt = 0
        self._dwell = 0
        self._since_start = 0
        self._coordination: Coordination | None = None
        self._running = BY_CLOCK
        self.bad_plan = False

    def restart(self) -> None:
        """Power was away: all red, orders forgotten, time of running from 0; what was set up stays."""
        self.rings.all_red()
        self.orders, self.preempt, self._dwell = Orders(), 0, 0
        self.up_tenths = self.since_order = self._since_start = 0
        self.expired = False
        self._coordination, self._running = None, BY_CLOCK

    def start_anew(self) -> None:
        """Lamps begin as after power came back; clocks, calls from outside and what was set up stay."""
        self.rings.all_red()
        self._since_start = 0
        self._coordination, self._running = None, BY_CLOCK

    def touch(self) -> None:
        """An order was written: the backup time begins anew."""
        self.since_order, self.expired = 0, False

    def advance(self, tenths: int, detectors: frozenset[int]) -> None:
        """Let `tenths` pass with vehicles on these detectors."""
        self.detectors = detectors
        self.up_tenths += tenths
        self.clock_tenths += tenths
        self._expire(tenths)
        self._choose_preempt(tenths)
        if self.flashing:
            self.rings.all_red()
            self._since_start = 0
            return
        self._since_start += tenths
        if self.starting:
            return
        occupied = frozenset(p for d in detectors if (p := self.setup.detectors.get(d, 0)))
        walkers = frozenset(self.setup.buttons[b] for b in self.pressed if b in self.setup.buttons)
        self.rings.advance(tenths, occupied, self._ask(), walkers)

    def _expire(self, tenths: int) -> None:
        self.since_order += tenths
        if self.unit_backup_s and self.orders.any and self.since_order >= self.unit_backup_s * TENTHS:
            self.orders, self.expired = Orders(), True

    def _choose_preempt(self, tenths: int) -> None:
        called = min((n for n in self.panel.preempts if n in self.setup.preempts), default=0)
        if called:
            self._dwell = 0 if called != self.preempt else self._dwell
            self.preempt = called
        if self.preempt and self.setup.preempts[self.preempt].phases <= self.rings.green:
            self._dwell += tenths
            if not called and self._dwell >= self.setup.preempts[self.preempt].min_dwell:
                self.preempt, self._dwell = 0, 0

    def _ask(self) -> Directives:
        """Who is in charge: preemption before the switches, those before orders, those before the own plan."""
        if self.preempt:
            wanted = self.setup.preempts[self.preempt].phases
            others = frozenset(self.setup.phases) - wanted
            rings = frozenset(self.setup.order) if self.setup.concurrent else frozenset[int]()
            return Directives(hold=wanted, force=others, omit=others, call=wanted, rest_red=rings)
        if self.panel.manual:
            return Directives(hold=self.rings.green)
        if self.orders.pattern == FREE or self.pattern == FREE:
            own = self.orders
            return Directives(hold=own.hold, force=own.force, omit=own.omit, call=own.call, ped_omit=own.ped_omit,
                              ped_call=own.ped_call, omit_red=own.omit_red, rest_red=own.rest_red)
        assert self._coordination is not None
        return self._coordination.ask(self.clock_tenths, self.rings)

    @property
    def pattern(self) -> int:
        """The pattern that runs: a number, FREE or FLASH. One that cannot run is run free."""
        asked = self.orders.pattern or self.setup.own_pattern or FREE
        if asked not in (FREE, FLASH):
            self._select(asked)
            return FREE if self.bad_plan else asked
        self.bad_plan = False
        return asked

    def _select(self, number: int) -> None:
        plan = self.patterns.get(number)
        if self._running == number and self._coordination is not None and self._coordination.plan == plan:
            return
        self._running, self._coordination = number, None
        try:
            self._coordination = None if plan is None else Coordination(self.setup, plan)
        except ValueError:
            self._coordination = None
        self.bad_plan = self._coordination is None

    @property
    def starting(self) -> bool:
        """All red after power came back or flash ended."""
        return self._since_start <= self.setup.start_red

    @property
    def flashing(self) -> bool:
        return self.panel.flash or self.orders.pattern == FLASH

    def lamps(self) -> dict[int, Lamp]:
        """What every channel shows."""
        if self.flashing:
            return dict.fromkeys(self.setup.channels, Lamp.FLASHING)
        return {channel: self._lamp(phases) for channel, phases in self.setup.channels.items()}

    def _lamp(self, phases: frozenset[int]) -> Lamp:
        """Green with any of its phases; between two of them it stays so, in their yellow and clearance, too."""
        if phases & self.rings.green:
            return Lamp.GREEN
        for ring in self.rings.rings.values():
            if ring.phase in phases and ring.interval is not Interval.RESTING or (
                    ring.phase in phases and ring.next):
                if ring.next in phases:
                    return Lamp.GREEN
                if ring.interval is Interval.YELLOW:
                    return Lamp.YELLOW
        return Lamp.RED
