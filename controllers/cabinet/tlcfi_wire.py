"""By TLC-FI, as the application in control: every second a state for each signal group, with predictions.

The controller ends the session of an application that does not call Alive, and goes back to its own plan. That is
tried before control is asked for: nothing is called until the session is ended.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from controllers.cabinet.phases_seen import phases_for
from controllers.cabinet.site import SignalSite
from controllers.cabinet.site_parts import Limits
from controllers.cabinet.standback import Reason, clock_differs
from controllers.cabinet.tls import client_context
from controllers.cabinet.wire import Mode, Order
from controllers.field.errors import FieldError, NotTaken
from controllers.field.ntcip import OwnTimes, SetHeard
from controllers.field.oids import FlashStatus
from controllers.field.reading import Reading
from controllers.field.tlcfi.application import ApplicationSession, At, ids_by_number
from controllers.field.tlcfi.model import (
    GREENS,
    TICKS,
    TICKS_PER_S,
    UNCONTROLLED,
    YELLOWS,
    YIELDING,
    Application,
    Junction,
    Kind,
    Lamp,
    lamp,
    number_of,
)
from controllers.field.tlcfi.rpc import Tape
from controllers.field.tlcfi.watched import Watched

if TYPE_CHECKING:
    from controllers.cabinet.advice import Advice

FLASHES = frozenset({Junction.DARK, Junction.STANDBY, Junction.ALTERNATIVE_STANDBY, Junction.SWITCH_OFF})
NOT_TAKEN_S = 10
"""For so long a group may show another state than it is asked for: the controller waits for its own times."""


class TlcfiWire:
    """A `Wire`."""

    def __init__(self, site: SignalSite, mode: Mode, heard: SetHeard | None = None, tape: Tape | None = None) -> None:
        link = site.link
        kind = Application.CONTROL if mode == "drive" else Application.CONSUMER
        self.site, self._heard = site, heard
        at = At(link.host, link.port, link.user, link.password.read(), link.timeout_s * (link.retries + 1),
                client_context(link))
        self.session = ApplicationSession(at, kind, tape)
        self.intersection = link.site_id or site.id
        self.missing: tuple[str, ...] = ()
        self.cuts_red = self.by_groups = True
        self.group_times: dict[int, OwnTimes] = {}
        self._groups: dict[int, str] = {}
        self._detectors: dict[int, str] = {}
        self._silent = self._lost = False
        self._cut_ms = 0
        self._asked: dict[str, Lamp] = {}
        self._differs_s: dict[str, int] = {}

    async def connect(self) -> None:
        await self.session.open(self.intersection)
        meta = self.session.meta
        self._groups = ids_by_number(list(meta.get(Kind.SIGNAL_GROUP, {})))
        self._detectors = ids_by_number(list(meta.get(Kind.DETECTOR, {})))
        lacking = [group.channel for group in self.site.groups if group.channel not in self._groups]
        if lacking:
            raise FieldError(f"the controller has no signal group {lacking[0]}")
        self.missing = tuple(f"detector {n}" for n in self.site.watched if n not in self._detectors)
        self._asked, self._differs_s, self._silent = {}, {}, False
        await self.session.alive()
        await self.session.look()
        self._cut_ms = self.session.known.now_ms
        for one in self.session.known.detectors.values():
            one.cut(self._cut_ms)

    async def own_times(self) -> dict[int, OwnTimes]:
        """Of the groups of each phase the longest; clearances are kept by pairs, and by the controller."""
        told = self.session.meta[Kind.SIGNAL_GROUP]
        rows = {group.channel: timing(told[self._groups[group.channel]]) for group in self.site.groups}
        self.group_times = {channel: OwnTimes(row.get(Lamp.PROTECTED, 0.0), row.get(Lamp.PROTECTED_CLEARANCE, 0.0),
                                              0.0, 0.0, 0.0) for channel, row in rows.items()}
        found = {}
        for phase in self.site.phases:
            own = [self.group_times[channel] for channel in phase.channels]
            found[phase.number] = OwnTimes(max((one.min_green_s for one in own), default=0.0),
                                           max((one.yellow_s for one in own), default=0.0), 0.0, 0.0, 0.0)
        return found

    def meta_of(self, channel: int) -> object:
        """What is fixed of a signal group, as it was told."""
        return self.session.meta[Kind.SIGNAL_GROUP][self._groups[channel]]

    async def arm(self) -> None:
        """The session's time-out is the controller's own."""

    async def poll(self) -> Reading:
        if not self.session.up:
            self._lost = not self._silent  # silence had this end
            await self.connect()
        if not self._silent:
            await self.session.alive()
        await self.session.look()
        return self._read()

    def _read(self) -> Reading:
        known = self.session.known
        lamps = {channel: known.lamps.get(name, Lamp.UNAVAILABLE) for channel, name in self._groups.items()}

        def shown(states: frozenset[Lamp]) -> frozenset[int]:
            return frozenset(channel for channel, state in lamps.items() if state in states)

        greens, yellows = shown(GREENS), shown(YELLOWS)
        watched = [known.detectors.get(self._detectors.get(one.number, ""), None) for one in self.site.detectors]
        passed_ms = max(1, known.now_ms - self._cut_ms)
        counts = [_cut(one, known.now_ms, passed_ms) for one in watched]
        self._cut_ms = known.now_ms
        on = frozenset(d.number for d, one in zip(self.site.detectors, watched, strict=True) if one and one.on)
        return Reading(
            greens=frozenset() if yellows else phases_for(self.site, greens), yellows=frozenset(), nexts=frozenset(),
            channel_greens=greens, channel_yellows=yellows, channel_yields=shown(YIELDING), active=on,
            volume=np.array([vehicles for vehicles, _ in counts], dtype=np.float64),
            occupancy=np.array([share for _, share in counts], dtype=np.float64), up_s=known.now_ms / TICKS_PER_S,
            clock_s=(known.wall_ms + known.now_ms) / TICKS_PER_S if known.wall_ms else None, control=None,
            flash=FlashStatus.OTHER if shown(UNCONTROLLED) else FlashStatus.NOT_FLASH,
            alarms_1=0, alarms_2=0, short_alarm=0, pattern=None, free=None, preempts={}, sequence=None,
            buttons=self._buttons(), special=self._special())

    def _special(self) -> tuple[Mapping[str, Any], ...]:
        """What was announced since the look before."""
        found = tuple(self.session.special)
        self.session.special.clear()
        return found

    def _buttons(self) -> frozenset[int] | None:
        """Those that are pressed or were since the look before; None where there are none, or one is not told."""
        known = self.session.known
        watched = {one.number: known.detectors.get(self._detectors.get(one.number, "")) for one in self.site.buttons}
        pressed = {n for n, one in watched.items() if one is not None and (one.cut(known.now_ms)[0] or one.on)}
        return frozenset(pressed) if watched and None not in watched.values() else None

    def found(self, reading: Reading, limits: Limits, clock_s: float) -> set[Reason]:
        known = self.session.known
        lost, self._lost = self._lost, False
        rules = (
            (Reason.NO_ANSWER, lost),
            (Reason.ALARM, known.junction is Junction.ERROR),
            (Reason.FLASH, known.junction in FLASHES),
            (Reason.MANUAL, known.junction is Junction.ALL_RED),
            (Reason.RESTARTED, known.junction is Junction.SWITCH_ON),
            (Reason.LOCAL, self.session.kind is Application.CONTROL and self.session.revoked),
            (Reason.CLOCK, reading.clock_s is not None and clock_differs(reading.clock_s, clock_s, limits)))
        return {reason for reason, holds in rules if holds}

    async def try_order(self, reading: Reading) -> frozenset[int]:
        """No sign of life from here on, until the session is ended."""
        self._silent = True
        return frozenset({self.session.count})

    async def kept(self) -> frozenset[int]:
        """The session's number: it is ended when there is another one."""
        return frozenset({self.session.count})

    def will_give_way(self, lit: frozenset[int]) -> frozenset[int]:
        return frozenset()  # it shows what it is asked for

    async def drive(self, order: Order) -> None:
        """Take control where it is not ours yet, then ask for every group. NotTaken: one stays another for long."""
        from controllers.cabinet.direct import LAMPS

        if order.lamps is None:
            raise ValueError("nothing is proposed for the groups")
        if not self.session.in_control and not await self.session.request_control(self.intersection):
            raise FieldError(f"control is not given ({self.session.known.control.name.lower()})")
        self._compare()
        now_ms = self.session.known.now_ms
        predicted = order.predictions(now_ms)
        states = {}
        for k, group in enumerate(self.site.groups):
            name, asked = self._groups[group.channel], LAMPS[int(order.lamps[k])]
            states[name] = {"reqState": int(asked), "reqPredictions": [predicted[k]]}
            before = self._asked.get(name)
            if asked is not before and self._heard is not None:
                shown = self.session.known.lamps.get(name, Lamp.UNAVAILABLE)
                self._heard(f"reqState of {name}", None if before is None else before.name, asked.name, shown.name)
            self._asked[name] = asked
        await self.session.update((Kind.SIGNAL_GROUP, states))

    def _compare(self) -> None:
        """What is shown beside what was asked for a second ago."""
        for name, asked in self._asked.items():
            shown = self.session.known.lamps.get(name, Lamp.UNAVAILABLE)
            same = shown is asked or (shown in YELLOWS and asked in YELLOWS) or (
                asked in YELLOWS and shown in (Lamp.STOP, *GREENS))
            self._differs_s[name] = 0 if same else self._differs_s.get(name, 0) + 1
            if self._differs_s[name] > NOT_TAKEN_S:
                self._differs_s[name] = 0
                raise NotTaken(f"signal group {name}: {asked.name} asked for, {shown.name} shown for {NOT_TAKEN_S} s")

    async def write_plan(self, advice: Advice) -> None:
        raise FieldError("TLC-FI has no plans")

    async def keep_plan(self) -> None:
        raise FieldError("TLC-FI has no plans")

    async def release(self) -> None:
        self._asked, self._differs_s = {}, {}
        if self.session.up:
            await self.session.end_control()

    def forget(self) -> None:
        self._asked = {}

    def close(self) -> None:
        self.session.close()


def timing(meta: object) -> dict[Lamp, float]:
    """Least seconds of each state a group tells."""
    rows = meta.get("timing") if isinstance(meta, dict) else None
    found = {}
    for row in rows if isinstance(rows, list) else ():
        least_ms = row.get("min") if isinstance(row, dict) else None
        if isinstance(least_ms, int) and 0 <= least_ms < TICKS:
            found[lamp(row.get("state"))] = least_ms / TICKS_PER_S
    return found


def intergreens(meta: object) -> dict[int, float]:
    """Seconds from the end of a group's green to others', by their number."""
    rows = meta.get("intergreen") if isinstance(meta, dict) else None
    found = {}
    for row in rows if isinstance(rows, list) else ():
        name, ms = (row.get("signalgroup"), row.get("intergreentime")) if isinstance(row, dict) else (None, None)
        number = number_of(name) if isinstance(name, str) else None
        if number is not None and isinstance(ms, int) and 0 <= ms < TICKS:
            found[number] = ms / TICKS_PER_S
    return found


def _cut(one: Watched | None, now_ms: int, passed_ms: int) -> tuple[float, float]:
    """Vehicles and share of time since the look before; NaN where there is no such detector, or it has a fault."""
    if one is None:
        return float("nan"), float("nan")
    vehicles, occupied_ms = one.cut(now_ms)
    return (float("nan"), float("nan")) if one.faulty else (float(vehicles), min(1.0, occupied_ms / passed_ms))
