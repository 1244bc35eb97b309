"""What a virtual controller speaks with: an end for each protocol, told of every second of the street."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from bench.desk.agent import Access, Agent
from bench.desk.objects import Objects, Oid
from bench.desk.rsmp_site import CLOCK as RSMP_CLOCK
from bench.desk.rsmp_site import RsmpSite
from controllers.cabinet.site import SignalSite

Passes = Callable[[], None]
"""Called when the other end asks for the time: a second of the street, where it is stepped so."""
CLOCK: Oid = (1, 3, 6, 1, 4, 1, 1206, 4, 2, 6, 3, 1, 0)
RSMP_AGAIN_S = 1.0


class End(Protocol):
    """One protocol's end of a desk, in the event loop it was opened in."""

    def second(self) -> None:
        """A second of the street has passed."""
        ...

    def close(self) -> None:
        """Give sockets back."""
        ...


class NtcipEnd:
    """An SNMP agent: it is asked, and tells nothing by itself."""

    def __init__(self, objects: Objects, access: Access, port: int, passes: Passes | None = None) -> None:
        def asked(oids: list[Oid]) -> None:
            if passes is not None and CLOCK in oids:
                passes()

        self._agent = Agent(objects, access, port=port, before_read=asked)

    def second(self) -> None:
        """Nobody is told."""

    def close(self) -> None:
        self._agent.close()


@dataclass(frozen=True)
class Supervision:
    """Where the supervisor waits, security codes by level, and TLS where a context is given."""

    host: str
    port: int
    codes: Mapping[int, str]
    tls: ssl.SSLContext | None = None
    again_s: float = RSMP_AGAIN_S


class RsmpEnd:
    """A site that connects to its supervisor."""

    def __init__(self, site: SignalSite, objects: Objects, to: Supervision, passes: Passes | None = None) -> None:
        def asked(codes: set[str]) -> None:
            if passes is not None and RSMP_CLOCK in codes:
                passes()

        self.site = RsmpSite(site, objects, to.codes, asked)
        self._runs = asyncio.create_task(self.site.run(to.host, to.port, to.tls, to.again_s))

    def second(self) -> None:
        self.site.second()

    def close(self) -> None:
        self._runs.cancel()
