"""By NTCIP: plans into a spare pattern, orders for phases; both live for the unit backup time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from controllers.cabinet.address import address_of, layout_of
from controllers.cabinet.arrays import Times, stricter
from controllers.cabinet.orders import orders_for, refusal
from controllers.cabinet.owed import Owed
from controllers.cabinet.site import Limits, SignalSite
from controllers.cabinet.standback import Reason, found_in
from controllers.cabinet.wire import Order
from controllers.field import oids
from controllers.field.ntcip import NtcipPort, OwnTimes, PhaseOrders, SetHeard
from controllers.field.reading import Reading
from controllers.field.snmp import SnmpClient

if TYPE_CHECKING:
    from controllers.cabinet.advice import Advice


class NtcipWire:
    """A `Wire`."""

    def __init__(self, site: SignalSite, heard: SetHeard | None = None) -> None:
        self.site = site
        self.client = SnmpClient(address_of(site.link))
        self.port = NtcipPort(self.client, layout_of(site), heard)
        self.owed = Owed(site)

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(oids.name_of(oid) for oid in sorted(self.port.layout.missing))

    async def connect(self) -> None:
        await self.port.connect()

    async def own_times(self) -> dict[int, OwnTimes]:
        own = await self.port.own_times(phase.number for phase in self.site.phases)
        self.owed = Owed(stricter(self.site, {p: Times(**vars(times)) for p, times in own.items()}))
        return own

    async def arm(self) -> None:
        await self.port.set_backup(self.site.link.unit_backup_s)

    async def poll(self) -> Reading:
        reading = await self.port.poll()
        self.owed.see(reading)
        return reading

    @property
    def cuts_red(self) -> bool:
        return self.owed.possible and self.port.omits_red

    @property
    def by_groups(self) -> bool:
        return False

    def found(self, reading: Reading, limits: Limits, clock_s: float) -> set[Reason]:
        return found_in(reading, limits, clock_s)

    async def try_order(self, reading: Reading) -> frozenset[int]:
        """A call for the phases that are green anyway."""
        if reading.greens:
            await self.port.order(PhaseOrders(call=reading.greens))
        return reading.greens

    async def kept(self) -> frozenset[int]:
        return await self.port.called()

    async def drive(self, order: Order) -> None:
        wanted = order.decision.wanted
        over = self.cuts_red and self.owed.is_over(order.reading, self.site.stages[wanted], order.longer_s)
        orders = orders_for(self.site, order.reading.greens, wanted, over)
        why = refusal(self.site, orders)
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
        await self.port.release()

    def forget(self) -> None:
        self.port.forget()

    def close(self) -> None:
        self.client.close()
