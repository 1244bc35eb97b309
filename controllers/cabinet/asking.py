"""Who asks for green at a signal's process: a centre by RSMP, generators by NTCIP 1211, special vehicles by TLC-FI.

All of them end in one book, which the engine reads once a second. Nothing here decides, and nothing here stops control:
a port that cannot be had is said, and tried again.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import TYPE_CHECKING

from controllers.cabinet.site import SignalSite
from controllers.cabinet.site_parts import Centre, Generators
from controllers.cabinet.tls import context
from controllers.field.asked import FieldRequests
from controllers.field.reading import Reading
from network.errors import ScenarioError
from signal_core.requests import RequestClass

if TYPE_CHECKING:
    from controllers.field.agent import PlainAgent
    from controllers.field.rsmp.priority_site import PrioritySite
    from controllers.field.tlcfi.special import SpecialVehicles

AGAIN_S = 10
Say = Callable[[str], None]


class Asking:
    """Of one signal with a part `requests` in its site file. `second` once a second, before a decision.

    now_s: seconds of the engine; wall_s: since 1970; say: hears what does not work.
    """

    def __init__(self, site: SignalSite, now_s: Callable[[], float], wall_s: Callable[[], float], say: Say) -> None:
        self.site, self._now_s, self._wall_s, self._say = site, now_s, wall_s, say
        self.book = FieldRequests({} if site.requests is None else {
            RequestClass[name.upper()]: persons for name, persons in site.requests.persons.items()})
        self._channels = {group.channel: k for k, group in enumerate(site.groups)}
        self._centre: PrioritySite | None = None
        self._calls: asyncio.Task[None] | None = None
        self._agent: PlainAgent | None = None
        self._special: SpecialVehicles | None = None
        self._wait_s = 0

    async def second(self, reading: Reading | None) -> None:
        """Have what was sent in the book."""
        own = self.site.requests
        if own is None:
            return
        self._wait_s = max(0, self._wait_s - 1)
        if own.ntcip is not None and self._agent is None and not self._wait_s:
            await self._listen(own.ntcip)
        if own.rsmp is not None and self._centre is None and not self._wait_s:
            self._connect(own.rsmp)
        if self._centre is not None:
            self._centre.second()
        told = [self._vehicles().take(event, self._now_s()) for event in (() if reading is None else reading.special)]
        odd = [why for why in told if why]
        if odd:
            more = f" (and {len(odd) - 1} more in this second)" if len(odd) > 1 else ""
            self._say(f"a special vehicle that asks for nothing here: {odd[0]}{more}")

    async def _listen(self, own: Generators) -> None:
        from controllers.field.agent import PlainAgent
        from controllers.field.ntcip1211 import PriorityServer

        links = {int(n): self._channels[channel] for n, channel in own.strategies.items()}
        classes = {int(n): RequestClass[name.upper()] for n, name in own.classes.items()}
        try:
            agent = PlainAgent(PriorityServer(self.book, links, classes, self._now_s, self._wall_s),
                               own.community.read())
            await agent.open(own.listen, own.port)
        except (OSError, ScenarioError) as error:
            self._wait_s = AGAIN_S
            self._say(f"requests.ntcip, {own.listen}:{own.port}: {error}")
            return
        self._agent = agent

    def _connect(self, own: Centre) -> None:
        from controllers.field.rsmp import priority_site
        from controllers.field.rsmp.priority import PriorityRequests

        name = own.site_id or self.site.id
        groups = {f"{name}=001SG{channel:03d}": k for channel, k in self._channels.items()}
        lanes = {k + 1: k for k in range(len(self.site.lanes))}
        try:
            tls = context(ssl.PROTOCOL_TLS_CLIENT, own.tls_certificate, own.tls_key, own.tls_authority)
        except ScenarioError as error:
            self._wait_s = AGAIN_S
            self._say(f"requests.rsmp: {error}")
            return
        at = priority_site.Centre(own.host, own.port, name, own.component or f"{name}=001TC000", tls)
        requests = PriorityRequests(groups, lanes, self.book)
        self._centre = priority_site.PrioritySite(at, requests, self._now_s, self._wall_s)
        self._calls = asyncio.create_task(self._centre.run())

    def _vehicles(self) -> SpecialVehicles:
        from controllers.field.tlcfi.special import SpecialVehicles

        if self._special is None:
            self._special = SpecialVehicles(self.book, self._channels)
        return self._special

    def close(self) -> None:
        """Give ports and connections back."""
        if self._calls is not None:
            self._calls.cancel()
        if self._agent is not None:
            self._agent.close()
