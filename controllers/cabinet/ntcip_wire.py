"""By NTCIP: plans into a spare pattern, orders for phases; both live for the unit backup time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from controllers.cabinet.address import address_of, layout_of
from controllers.cabinet.arrays import Times, stricter
from controllers.cabinet.driven import lacks_for_groups
from controllers.cabinet.gives_way import GivesWay
from controllers.cabinet.orders import orders_for, orders_for_groups, refusal, refusal_of_groups
from controllers.cabinet.owed import Owed
from controllers.cabinet.phases_seen import phases_for
from controllers.cabinet.site import SignalSite
from controllers.cabinet.site_parts import Limits
from controllers.cabinet.standback import Reason, found_in
from controllers.cabinet.wire import Mode, Order
from controllers.field import oids
from controllers.field.ntcip import NtcipPort, OwnTimes, PhaseOrders, SetHeard
from controllers.field.reading import Reading
from controllers.field.snmp import SnmpClient

if TYPE_CHECKING:
    from controllers.cabinet.advice import Advice
    from signal_core.tables.arrays import CodeArray


class NtcipWire:
    """A `Wire`."""

    def __init__(self, site: SignalSite, mode: Mode, heard: SetHeard | None = None) -> None:
        self.site, self._mode = site, mode
        self.client = SnmpClient(address_of(site.link))
        self.port = NtcipPort(self.client, layout_of(site), heard)
        self.owed = Owed(site)
        self.group_times: dict[int, OwnTimes] = {}
        self._gives_way = GivesWay(site)
        self._phases: frozenset[int] = frozenset()
        """In green, as the controller numbers them."""
        self._yielding: frozenset[int] = frozenset()
        """Channels that are to give way: their lamps follow when the foe begins, what is planned goes by it before."""

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(oids.name_of(oid) for oid in sorted(self.port.layout.missing))

    async def connect(self) -> None:
        await self.port.connect()

    async def own_times(self) -> dict[int, OwnTimes]:
        own = await self.port.own_times(phase.number for phase in self.site.phases)
        times = {p: Times(**vars(times)) for p, times in own.items()}
        self.group_times = {group.channel: own[group.phase] for group in self.site.groups if group.phase in own}
        strict = stricter(self.site, times)
        self.owed, self._gives_way = Owed(strict), GivesWay(strict)
        return own

    async def arm(self) -> None:
        await self.port.set_backup(self.site.link.unit_backup_s)

    async def poll(self) -> Reading:
        reading = await self.port.poll()
        self.owed.see(reading)
        self._phases = reading.greens
        return self._by_channels(reading) if self.by_groups else reading

    def _by_channels(self, reading: Reading) -> Reading:
        """The same with the phases of the stage that is seen by lamps alone, and who gives way in it."""
        greens = reading.channel_greens
        yellows = reading.channel_yellows - {group.channel for group in self.site.groups if group.kind == "pedestrian"}
        shown = frozenset[int]() if yellows else phases_for(self.site, greens)
        return replace(reading, greens=shown, yellows=frozenset(), nexts=frozenset(), channel_yellows=yellows,
                       channel_yields=self._gives_way.see(greens, reading.up_s or 0.0) | self._yielding & greens)

    @property
    def cuts_red(self) -> bool:
        return self.owed.possible and self.port.omits_red

    @property
    def by_groups(self) -> bool:
        """Where every group has a phase of its own, and rings can be told to rest in red."""
        return self._mode != "advise" and not lacks_for_groups(self.site, self.port.omits_red, self.port.rests_red)

    def found(self, reading: Reading, limits: Limits, clock_s: float) -> set[Reason]:
        return found_in(reading, limits, clock_s)

    async def try_order(self, reading: Reading) -> frozenset[int]:
        """A call for the phases that are green anyway."""
        if self._phases:
            await self.port.order(PhaseOrders(call=self._phases))
        return self._phases

    async def kept(self) -> frozenset[int]:
        return await self.port.called()

    def will_give_way(self, lit: frozenset[int]) -> frozenset[int]:
        return self._gives_way.foresee(lit)

    async def drive(self, order: Order) -> None:
        if order.lamps is not None:
            await self._drive_groups(order.lamps)
            return
        wanted = order.decision.wanted
        over = self.cuts_red and self.owed.is_over(order.reading, self.site.stages[wanted], order.longer_s)
        orders = orders_for(self.site, order.reading.greens, wanted, over)
        why = refusal(self.site, orders)
        if why:
            raise ValueError(why)
        await self.port.order(orders)

    async def _drive_groups(self, lamps: CodeArray) -> None:
        from signal_core.tables.arrays import GREEN, PERMISSIVE

        asked = [(group.channel, code) for group, code in zip(self.site.groups, lamps, strict=True)]
        lit = [channel for channel, code in asked if code in (GREEN, PERMISSIVE)]
        self._yielding = frozenset(channel for channel, code in asked if code == PERMISSIVE)
        orders = orders_for_groups(self.site, self._phases, lit)
        why = refusal_of_groups(self.site, orders)
        if why:
            raise ValueError(why)
        await self.port.order(orders)

    async def write_plan(self, advice: Advice) -> None:
        link, plan = self.site.link, self.site.plan
        offset_s = advice.offset_s(plan.offset_s, await self.port.local_time())
        await self.port.write_plan(link.spare_pattern, link.spare_split, advice.cycle_s, offset_s, advice.splits_s,
                                   plan.coordinated)

    async def keep_plan(self) -> None:
        await self.port.order(PhaseOrders(pattern=self.site.link.spare_pattern))

    async def release(self) -> None:
        self._yielding = frozenset()
        await self.port.release()

    def forget(self) -> None:
        self.port.forget()

    def close(self) -> None:
        self.client.close()
