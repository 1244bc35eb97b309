"""Why SNMP 1 and 2c have a codec of their own: what a look costs by it and by the library. Should the library become
as fast, this fails, and the codec can go."""

from __future__ import annotations

import asyncio
import time

from controllers.cabinet.address import layout_of
from controllers.field.exchange import Exchanger
from controllers.field.ntcip import NtcipPort
from controllers.field.secure import LibraryExchanger, community
from controllers.field.snmp import Address, SnmpClient
from tests.cabinet.sites import crossing_site
from tests.field.desks import ACCESS, standing_desk

SITE = crossing_site().signals[0]
LOOKS = 50


def _poll_ms(by_library: bool) -> float:
    """Processor time of a look, the agent's part of it, which is the same, included."""
    async def work() -> float:
        with standing_desk(SITE) as (_, _, port):
            address = Address("127.0.0.1", port, community=ACCESS.community, timeout_s=5.0)
            library: Exchanger | None = LibraryExchanger("127.0.0.1", port, community(ACCESS.community, "2c"))
            client = SnmpClient(address, library if by_library else None)
            own = NtcipPort(client, layout_of(SITE))
            await own.connect()
            began = time.process_time()
            for _ in range(LOOKS):
                await own.poll()
            spent_s = time.process_time() - began
            client.close()
            return 1000.0 * spent_s / LOOKS

    return asyncio.run(work())


def test_a_look_by_the_library_costs_many_times_as_much() -> None:
    ours, library = min(_poll_ms(False) for _ in range(3)), min(_poll_ms(True) for _ in range(3))
    print(f"a look: {ours:.2f} ms of processor time by our codec, {library:.2f} by the library")
    assert library > 4.0 * ours
