"""A signal as a site of a centre: M0022 over TCP, S0033 back, all of it valid by the public schemas."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from controllers.field.asked import FieldRequests
from controllers.field.errors import Refused
from controllers.field.rsmp.peer import Times
from controllers.field.rsmp.priority import PriorityRequests
from controllers.field.rsmp.priority_site import Centre, PrioritySite
from controllers.field.rsmp.supervisor import At, Supervisor
from tests.field.desks import free_tcp_port
from tests.field.rsmp_schema import Checker

SITE, COMPONENT, GROUP = "RN+SI0001", "RN+SI0001=001TC000", "RN+SI0001=001SG003"
NEW = {"requestId": "bus 7", "type": "new", "level": "7", "signalGroupId": GROUP, "vehicleType": "bus", "eta": "20"}


@dataclass
class Both:
    """The centre, the site, and the book of what it took."""

    centre: Supervisor
    site: PrioritySite
    book: FieldRequests


@asynccontextmanager
async def both(tape: Checker) -> AsyncIterator[Both]:
    """Connected."""
    port, book = free_tcp_port(), FieldRequests()
    centre = Supervisor(At("127.0.0.1", port, SITE, COMPONENT, timeout_s=5.0))
    requests = PriorityRequests({GROUP: 2}, book=book)
    times = Times(ack_s=5.0, watchdog_s=10.0, silence_s=20.0)
    site = PrioritySite(Centre("127.0.0.1", port, SITE, COMPONENT), requests, lambda: 0.0, lambda: 0.0, tape, times)
    await centre.listen()
    runs = asyncio.create_task(site.run(0.1))
    try:
        await centre.ready()
        yield Both(centre, site, book)
    finally:
        runs.cancel()
        centre.close()
        with contextlib.suppress(asyncio.CancelledError):
            await runs


def told(one: Both) -> object:
    """S0033 as the centre knows it."""
    return one.centre.known.values.get(("S0033", "status"))


def test_a_centre_asks_and_is_told() -> None:
    tape = Checker()

    async def all_of_it() -> None:
        async with both(tape) as one:
            await one.centre.subscribe({"S0033": 0})
            await ask(one.centre, NEW)
            (row,) = one.book.rows()
            assert (row["link"], row["likely_s"]) == (2, 20.0)
            one.site.second()
            await asyncio.sleep(0.2)
            (state,) = told(one) if isinstance(told(one), (list, tuple)) else ()
            assert (state["r"], state["s"]) == ("bus 7", "received")
            with pytest.raises(Refused, match="already"):
                await ask(one.centre, NEW)
            with pytest.raises(Refused, match="group"):
                await ask(one.centre, {**NEW, "requestId": "other", "signalGroupId": "none"})
            with pytest.raises(Refused, match="not supported"):
                await one.centre.command(("M0002", {"status": "True", "timeplan": "1"}))
            with pytest.raises(Refused, match="not supported"):
                await one.centre.read(("S0014",))

    asyncio.run(all_of_it())
    assert tape.wrong() == []


def test_it_connects_again() -> None:
    async def all_of_it() -> None:
        async with both(Checker()) as one:
            assert one.centre._peer is not None
            one.centre._peer.close("lost")
            await asyncio.sleep(0.5)
            await one.centre.ready()
            await ask(one.centre, NEW)
            assert len(one.book.rows()) == 1

    asyncio.run(all_of_it())


async def ask(centre: Supervisor, given: dict[str, str]) -> None:
    """M0022 with all that was given: a supervisor of a controller sends only what its list needs."""
    from controllers.field.rsmp.messages import Argument, CommandRequest, CommandResponse

    arguments = tuple(Argument(cCI="M0022", n=n, cO="requestPriority", v=v) for n, v in given.items())
    answer = await centre._ask(CommandRequest(cId=COMPONENT, ntsOId=COMPONENT, arg=arguments))
    assert isinstance(answer, CommandResponse)
    assert {row.n for row in answer.rvs} == set(given)
