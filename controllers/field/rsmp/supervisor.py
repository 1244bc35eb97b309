"""A supervisor of one site: it waits for the site to connect, agrees on versions, subscribes, reads and commands.

What the site tells unasked is kept: values by code and name, alarms by code and component. Requests of ours wait until
the site has told its alarms, which it does at once after connecting, all of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from controllers.field.errors import FieldError, Refused
from controllers.field.rsmp import sxl
from controllers.field.rsmp.counts import Counts
from controllers.field.rsmp.messages import (
    CORE_VERSION,
    SXL_VERSION,
    AggregatedStatus,
    Alarm,
    Argument,
    CommandRequest,
    CommandResponse,
    Message,
    Named,
    SiteId,
    StatusRequest,
    StatusResponse,
    StatusSubscribe,
    StatusUpdate,
    Supported,
    Version,
    Wanted,
    stamp,
)
from controllers.field.rsmp.peer import Denied, Peer, Tape, Times

SPOKEN = ("3.2.2", "3.2.1", "3.2.0", "3.2")
QUIET_S = 0.2
"""No alarm for so long: the burst after connecting is over."""
MOST_ALARMS, MOST_NAME, MOST_STRANGERS = 1000, 255, 8
Values = dict[tuple[str, str], object]


@dataclass(frozen=True)
class At:
    """Where to wait for the site, who it is, and what is known between us. The code is not shown."""

    host: str
    port: int
    site_id: str
    component: str
    security_code: str = field(default="", repr=False)
    timeout_s: float = 2.0
    times: Times = Times()
    tls: ssl.SSLContext | None = field(default=None, repr=False)


@dataclass
class Known:
    """What the site has told in this session. alarms: those that are active, (code, component)."""

    values: Values = field(default_factory=dict)
    alarms: set[tuple[str, str]] = field(default_factory=set)
    bits: tuple[bool, ...] = ()
    counts: Counts = field(default_factory=Counts)
    told_at: float = 0.0


class Supervisor:
    """One at a port; a site that connects anew replaces the connection before."""

    def __init__(self, at: At, tape: Tape | None = None, wall_s: Callable[[], float] = time.time) -> None:
        self.at, self._tape, self._wall_s = at, tape, wall_s
        self.known = Known()
        self.session = 0
        self._server: asyncio.Server | None = None
        self._peer: Peer | None = None
        self._peers: dict[Peer, None] = {}
        """Connections, the oldest first."""
        self._response: asyncio.Future[StatusResponse | CommandResponse] | None = None
        self._why = ""

    async def listen(self) -> None:
        """Open the port, once. Raises FieldError where it cannot be had."""
        if self._server is not None:
            return
        try:
            self._server = await asyncio.start_server(self._connected, self.at.host, self.at.port, ssl=self.at.tls)
        except OSError as error:
            raise FieldError(f"{self.at.host}:{self.at.port}: {error}; choose another port") from error

    async def ready(self) -> None:
        """Wait a little for a site that has told its alarms. Raises FieldError where there is none."""
        await self.listen()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.at.timeout_s):
                while not self._settled():
                    await asyncio.sleep(0.02)
        if not self._settled():
            said = f" ({self._why})" if self._why else ""
            raise FieldError(f"{self.at.host}:{self.at.port}: site {self.at.site_id} has not connected{said}")

    @property
    def up(self) -> bool:
        """A site is connected, and versions are agreed upon."""
        return self._peer is not None and self._peer.open and self._peer.agreed

    def _settled(self) -> bool:
        now = asyncio.get_running_loop().time()
        return self.up and bool(self.known.bits) and now - self.known.told_at > QUIET_S

    async def subscribe(self, codes: Mapping[str, int]) -> None:
        """Have these statuses sent every so many seconds (0: never) and whenever they change. Raises FieldError."""
        wanted = [Wanted(sCI=code, n=name, uRt=str(every), sOc=every == 0)
                  for code, every in codes.items() for name in sxl.STATUSES[code]]
        await self._acked(StatusSubscribe(cId=self.at.component, ntsOId=self.at.component, sS=tuple(wanted)))

    async def read(self, codes: Iterable[str]) -> dict[tuple[str, str], object]:
        """Ask for statuses; None for a value the site does not know, or leaves out. Raises FieldError."""
        named = tuple(Named(sCI=code, n=name) for code in codes for name in sxl.STATUSES[code])
        answer = await self._ask(StatusRequest(cId=self.at.component, ntsOId=self.at.component, sS=named))
        assert isinstance(answer, StatusResponse)
        told = _values(answer)
        found = {(one.sCI, one.n): told.get((one.sCI, one.n)) for one in named}
        self.known.values |= found
        return found

    async def command(self, *commands: tuple[str, Mapping[str, str]]) -> None:
        """Commands (code, arguments) in one message, the security code added. Raises FieldError, Refused."""
        arguments = []
        for code, given in commands:
            name, wanted = sxl.COMMANDS[code]
            values = {"securityCode": self.at.security_code, **given}
            arguments += [Argument(cCI=code, n=one, cO=name, v=values[one]) for one in wanted if one in values]
        await self._command(arguments)

    async def send_arguments(self, code: str, given: Mapping[str, str]) -> None:
        """One command with just these arguments, the list's optional ones, too. Raises FieldError, Refused."""
        name, _ = sxl.COMMANDS[code]
        await self._command([Argument(cCI=code, n=one, cO=name, v=value) for one, value in given.items()])

    async def _command(self, arguments: Sequence[Argument]) -> None:
        answer = await self._ask(CommandRequest(cId=self.at.component, ntsOId=self.at.component, arg=tuple(arguments)))
        assert isinstance(answer, CommandResponse)
        odd = [one for one in answer.rvs if one.age != "recent"]
        if odd:
            raise Refused(f"{odd[0].cCI} {odd[0].n}: {odd[0].age}")

    async def _acked(self, message: StatusSubscribe | StatusRequest | CommandRequest) -> None:
        peer = self._peer
        if peer is None or not self.up:
            raise FieldError(f"site {self.at.site_id} is not connected")
        try:
            async with asyncio.timeout(self.at.timeout_s):
                reason = await peer.send(message)
        except TimeoutError as error:
            raise FieldError(f"site {self.at.site_id}: no answer") from error
        if reason:
            raise (Refused if peer.open else FieldError)(f"site {self.at.site_id}: {reason}")

    async def _ask(self, message: StatusRequest | CommandRequest) -> StatusResponse | CommandResponse:
        """One question at a time: an answer does not say what it is to."""
        self._response = asyncio.get_running_loop().create_future()
        self._asked = message
        try:
            await self._acked(message)
            async with asyncio.timeout(self.at.timeout_s):
                return await self._response
        except TimeoutError as error:
            raise FieldError(f"site {self.at.site_id}: no answer") from error
        finally:
            self._response = None

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = Peer(reader, writer, lambda message: self._hear(peer, message), self.at.times, self._tape, self._wall_s)
        self._make_room()
        self._peers[peer] = None
        try:
            await peer.run()
        except asyncio.CancelledError:  # the loop ends: nobody is left to be told
            peer.close()
        finally:
            self._peers.pop(peer, None)
            if peer is self._peer:
                self._why = peer.why

    def _make_room(self) -> None:
        """Of those who connect and never say who they are only the latest are kept; the site itself is."""
        strangers = [one for one in self._peers if one is not self._peer]
        for one in strangers[:max(0, len(strangers) - MOST_STRANGERS)]:
            self._peers.pop(one)
            one.close("too many connections")

    def _hear(self, peer: Peer, message: Message) -> None:
        if isinstance(message, Version):
            self._agree(peer, message)
        elif isinstance(message, AggregatedStatus):
            self.known.bits = message.se
            self.known.told_at = asyncio.get_running_loop().time()
        elif isinstance(message, Alarm):
            self._alarm(message)
        elif isinstance(message, StatusUpdate):
            told = _values(message)
            self.known.values |= told
            self.known.counts.take(told)
        elif isinstance(message, StatusResponse | CommandResponse):
            self._answered(message)

    def _agree(self, peer: Peer, message: Version) -> None:
        """The site's version, and ours. A second one in a session is out of order."""
        if peer.agreed:
            raise Denied("versions are agreed upon already")
        why = self._mismatch(message)
        if why:
            self._why = why
            asyncio.get_running_loop().call_soon(peer.close, why)
            raise Denied(why)
        if self._peer is not None and self._peer is not peer:
            self._peer.close("the site has connected anew")
        self._peer, self.known = peer, Known()
        self.session += 1
        peer.agreed = True
        peer.send(Version(RSMP=tuple(Supported(vers=one) for one in SPOKEN[:3]), SXL=SXL_VERSION,
                          siteId=(SiteId(sId=self.at.site_id),)))
        peer.start_watchdog()

    def _mismatch(self, message: Version) -> str:
        if not {one.vers for one in message.RSMP} & set(SPOKEN):
            return f"RSMP {CORE_VERSION} is spoken here, not {', '.join(one.vers for one in message.RSMP)}"
        if message.SXL.split(".")[:2] != SXL_VERSION.split(".")[:2]:
            return f"the exchange list here is {SXL_VERSION}, not {message.SXL}"
        if self.at.site_id not in {one.sId for one in message.siteId}:
            return f"site {self.at.site_id} is expected here, not {message.siteId[0].sId}"
        return ""

    def _alarm(self, message: Alarm) -> None:
        self.known.told_at = asyncio.get_running_loop().time()
        if message.aSp != "Issue":
            return
        key = message.aCId, message.cId
        if message.aS != "Active" or message.sS == "suspended":
            self.known.alarms.discard(key)
        elif len(self.known.alarms) < MOST_ALARMS and len(message.cId) <= MOST_NAME:
            self.known.alarms.add(key)

    def _answered(self, message: StatusResponse | CommandResponse) -> None:
        """Only what fits the question that is open."""
        if self._response is None or self._response.done():
            return
        fits = isinstance(message, StatusResponse) == isinstance(self._asked, StatusRequest)
        codes = ({one.sCI for one in message.sS} if isinstance(message, StatusResponse)
                 else {one.cCI for one in message.rvs})
        asked = ({one.sCI for one in self._asked.sS} if isinstance(self._asked, StatusRequest)
                 else {one.cCI for one in self._asked.arg})
        if fits and codes == asked:
            self._response.set_result(message)

    def acknowledge_alarms(self) -> None:
        """Tell the site that its active alarms are seen."""
        for code, component in sorted(self.known.alarms):
            if self._peer is not None:
                self._peer.send(Alarm(cId=component, ntsOId=self.at.component, aCId=code, aSp="Acknowledge",
                                      aTs=stamp(self._wall_s())))

    def close(self) -> None:
        """Give the port back."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for peer in tuple(self._peers):
            peer.close("closed here")


def _values(message: StatusResponse | StatusUpdate) -> Values:
    """What was told of statuses that the exchange list has; None for a value the site does not know."""
    return {(one.sCI, one.n): one.s if one.q in ("recent", "old") else None
            for one in message.sS if one.n in sxl.STATUSES.get(one.sCI, ())}
