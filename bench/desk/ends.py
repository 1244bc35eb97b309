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
from bench.desk.street import Street
from bench.desk.tlc import Tlc, TlcStreet
from bench.desk.tlcfi_server import Facilities
from controllers.cabinet.site import SignalSite
from controllers.port import SteppedPort

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


@dataclass(frozen=True)
class Serving:
    """Where applications connect, their password, and TLS where a context is given."""

    port: int
    password: str
    tls: ssl.SSLContext | None = None
    host: str = "127.0.0.1"


class TlcfiEnd:
    """Facilities that applications connect to, of a controller that may be controlled group by group."""

    def __init__(self, site: SignalSite, objects: Objects, tlc: Tlc, to: Serving, passes: Passes | None = None) -> None:
        self.facilities = Facilities(site, objects, tlc, to.password, passes)
        self._opens = asyncio.create_task(self.facilities.listen(to.host, to.port, to.tls))

    def second(self) -> None:
        self.facilities.second()

    def close(self) -> None:
        self._opens.cancel()
        self.facilities.close()


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


Stand = Callable[[SteppedPort, SignalSite, Objects, str, Passes | None], tuple[Street, End]]
"""Puts the controller of `Objects` in front of a street, by a protocol; the text is what the signal shows now."""


def by_ntcip(access: Access, port: int) -> Stand:
    """An SNMP agent at a port."""
    def stand(street: SteppedPort, site: SignalSite, objects: Objects, state: str,
              passes: Passes | None) -> tuple[Street, End]:
        return Street(street, site, objects, state), NtcipEnd(objects, access, port, passes)

    return stand


def by_rsmp(to: Supervision) -> Stand:
    """A site that connects to a supervisor."""
    def stand(street: SteppedPort, site: SignalSite, objects: Objects, state: str,
              passes: Passes | None) -> tuple[Street, End]:
        return Street(street, site, objects, state), RsmpEnd(site, objects, to, passes)

    return stand


def by_tlcfi(to: Serving) -> Stand:
    """Facilities at a port, of a controller that may be controlled group by group."""
    def stand(street: SteppedPort, site: SignalSite, objects: Objects, state: str,
              passes: Passes | None) -> tuple[Street, End]:
        tlc = Tlc(site, objects.controller)
        return TlcStreet(street, site, objects, state, tlc), TlcfiEnd(site, objects, tlc, to, passes)

    return stand
