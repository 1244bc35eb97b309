"""A virtual controller as a site of RSMP: it connects to its supervisor, and again whenever the connection is lost."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from bench.desk.banded import BandedPlans
from bench.desk.objects import Objects
from bench.desk.rsmp_alarms import OF_CONTROLLER, OF_DETECTOR, OF_GROUP, Alarms, Key
from bench.desk.rsmp_commands import MINUTE_S, Commands
from bench.desk.rsmp_values import Text, Values
from bench.desk.setup import TENTHS
from controllers.cabinet.bands import bands_of
from controllers.cabinet.rsmp_wire import component_of
from controllers.cabinet.site import SignalSite
from controllers.field.rsmp.messages import (
    AggregatedStatus,
    AggregatedStatusRequest,
    Alarm,
    CommandRequest,
    CommandResponse,
    Message,
    Named,
    SiteId,
    Status,
    StatusRequest,
    StatusResponse,
    StatusSubscribe,
    StatusUnsubscribe,
    StatusUpdate,
    Version,
    stamp,
)
from controllers.field.rsmp.peer import Peer, Tape, Times

RECONNECT_S = 10.0
CLOCK = "S0096"


@dataclass
class _Wanted:
    every_s: int
    on_change: bool
    due_s: int
    last: Text = None


class RsmpSite:
    """before_read: hears the codes of a status request, before they are read. codes: security codes by level."""

    def __init__(self, site: SignalSite, objects: Objects, codes: Mapping[int, str],
                 before_read: Callable[[set[str]], None] | None = None, tape: Tape | None = None,
                 times: Times | None = None) -> None:
        self.site, self.objects, self.controller = site, objects, objects.controller
        self.plans = BandedPlans(self.controller, bands_of(site), site.link.spare_pattern)
        self.values = Values(objects, self.plans)
        self.commands = Commands(self.values, self.plans, codes)
        self.main = component_of(site)
        self.id = site.link.site_id or site.id
        self.alarms = Alarms(self._alarm_keys(), self.main, self._now)
        self.broken: Mapping[int, str] = {}
        """Detectors with a logic error, and which."""
        self._before_read, self._tape, self._times = before_read, tape, times
        self._peer: Peer | None = None
        self._wanted: dict[tuple[str, str, str], _Wanted] = {}
        self._bits: tuple[bool, ...] = ()
        self._lost_s = 0
        self.seconds = 0

    @property
    def up(self) -> bool:
        """A supervisor is there."""
        return self._peer is not None and self._peer.open and self._peer.agreed

    async def run(self, host: str, port: int, tls: ssl.SSLContext | None = None,
                  again_s: float = RECONNECT_S) -> None:
        """Connect, and connect again; until it is cancelled."""
        while True:
            try:
                reader, writer = await asyncio.open_connection(host, port, ssl=tls)
            except OSError:
                await asyncio.sleep(again_s)
                continue
            peer = Peer(reader, writer, self._hear, self._times, self._tape, lambda: self.time_s)
            self._peer, self._wanted = peer, {}
            peer.send(Version(siteId=(SiteId(sId=self.id),)))
            try:
                await peer.run()
            finally:
                peer.close()
            await asyncio.sleep(again_s)

    def restart(self) -> None:
        """Power was away: plans as they were programmed, the one by the clock runs, and it connects anew."""
        self.controller.restart()
        self.commands.lost()
        if self._peer is not None:
            self._peer.close("restarted")

    @property
    def time_s(self) -> float:
        return self.controller.clock_tenths / TENTHS

    def second(self) -> None:
        """A second of the street has passed: tell what is subscribed, and what has changed."""
        self.seconds += 1
        self.commands.second()
        self._lost_s = 0 if self.up else self._lost_s + 1
        if self.values.band_timeout_min and self._lost_s == self.values.band_timeout_min * MINUTE_S:
            self.commands.lost()
        changed = self.alarms.set(self._active())
        if self._peer is not None and self.up:
            for alarm in changed:
                self._peer.send(alarm)
            if self.bits() != self._bits:
                self._tell_bits()
            self._update()

    def bits(self) -> tuple[bool, ...]:
        """Local mode, no communications, faults of high, medium and low priority, in use, idle, not connected."""
        local = self.controller.panel.manual
        return (local, False, self.controller.panel.flash, False, bool(self.alarms.active), True, False, False)

    def _alarm_keys(self) -> list[Key]:
        setup = self.controller.setup
        keys = [(code, self.main) for code in OF_CONTROLLER]
        keys += [(code, self._component("SG", n)) for n in setup.channels for code in OF_GROUP]
        return keys + [(code, self._component("DL", n)) for n in setup.detectors for code in OF_DETECTOR]

    def _component(self, kind: str, number: int) -> str:
        return f"{self.id}=001{kind}{number:03d}"

    def _active(self) -> dict[Key, Mapping[str, str]]:
        found: dict[Key, Mapping[str, str]] = {}
        if self.controller.bad_plan:
            found["A0005", self.main] = {}
        if not self.up:
            found["A0007", self.main] = {"protocol": "rsmp"}
        for number, error in self.broken.items():
            found["A0302", self._component("DL", number)] = {
                "detector": f"{number}", "type": "loop", "errormode": "off", "manual": "False", "logicerror": error}
        return found

    def _now(self) -> str:
        return stamp(self.time_s)

    def _hear(self, message: Message) -> None:
        peer = self._peer
        assert peer is not None
        if isinstance(message, Version):
            self._agree(peer, message)
        elif isinstance(message, StatusRequest):
            self._answer(peer, message)
        elif isinstance(message, StatusSubscribe):
            for one in message.sS:
                self._wanted[message.cId, one.sCI, one.n] = _Wanted(int(one.uRt), one.sOc, self.seconds)
            self._tell(message.cId, message.sS)
        elif isinstance(message, StatusUnsubscribe):
            for named in message.sS:
                self._wanted.pop((message.cId, named.sCI, named.n), None)
        elif isinstance(message, CommandRequest):
            done = self.commands.do(message)
            peer.send(CommandResponse(cId=message.cId, ntsOId=self.main, cTS=self._now(), rvs=done))
        elif isinstance(message, AggregatedStatusRequest):
            self._tell_bits()
        elif isinstance(message, Alarm):
            for alarm in self.alarms.hear(message):
                peer.send(alarm)

    def _agree(self, peer: Peer, message: Version) -> None:
        peer.agree(message)
        self._tell_bits()
        self.alarms.set(self._active())
        for alarm in self.alarms.all():
            peer.send(alarm)

    def _tell_bits(self) -> None:
        self._bits = self.bits()
        if self._peer is not None:
            self._peer.send(AggregatedStatus(cId=self.main, ntsOId=self.main, aSTS=self._now(), se=self._bits))

    def _answer(self, peer: Peer, message: StatusRequest) -> None:
        if self._before_read is not None:
            self._before_read({one.sCI for one in message.sS})
        peer.send(StatusResponse(cId=message.cId, ntsOId=self.main, sTs=self._now(),
                                 sS=tuple(self._status(message.cId, one) for one in message.sS)))

    def _status(self, component: str, one: Named) -> Status:
        if component == self.main:
            value = self.values.get(one.sCI, one.n)
        else:
            name, _, number = component.rpartition("DL")
            known = bool(name) and number.isdecimal()
            value = self.values.of_detector(int(number), one.sCI, one.n) if known else None
        return Status(sCI=one.sCI, n=one.n, s=value, q="undefined" if value is None else "recent")

    def _tell(self, component: str, named: Iterable[Named]) -> None:
        told = tuple(self._status(component, one) for one in named)
        for one in told:
            self._wanted[component, one.sCI, one.n].last = one.s
        if self._peer is not None and told:
            self._peer.send(StatusUpdate(cId=component, ntsOId=self.main, sTs=self._now(), sS=told))

    def _update(self) -> None:
        due: dict[str, list[Named]] = {}
        for (component, code, name), wanted in self._wanted.items():
            named = Named(sCI=code, n=name)
            timely = wanted.every_s > 0 and self.seconds - wanted.due_s >= wanted.every_s
            if timely or (wanted.on_change and self._status(component, named).s != wanted.last):
                wanted.due_s = self.seconds if timely else wanted.due_s
                due.setdefault(component, []).append(named)
        for component, rows in due.items():
            self._tell(component, rows)


