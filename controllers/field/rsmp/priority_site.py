"""A signal as a site of RSMP, for priority alone: a centre sends M0022, and subscribes to S0033.

It connects to the centre, and again whenever the connection is lost. Everything else that a site may be asked is
denied: what the controller itself offers is asked of the controller.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from controllers.field.rsmp import sxl
from controllers.field.rsmp.messages import (
    AggregatedStatus,
    AggregatedStatusRequest,
    CommandRequest,
    CommandResponse,
    Message,
    Named,
    Returned,
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
from controllers.field.rsmp.peer import Denied, Peer, Tape, Times
from controllers.field.rsmp.priority import PriorityRequests

REQUEST, STATES = "M0022", "S0033"
AGAIN_S = 10.0
IN_USE = (False, False, False, False, False, True, False, False)
"""Of the aggregated status: no local mode, no fault, in use."""


@dataclass(frozen=True)
class Centre:
    """Where the centre is, and how it calls this site and its component that stands for the whole controller; TLS where
    a context is given."""

    host: str
    port: int
    site_id: str
    component: str
    tls: ssl.SSLContext | None = None


class PrioritySite:
    """`run` it in a task, and call `second` once a second. now_s: the clock of the requests; wall_s: of messages."""

    def __init__(self, centre: Centre, requests: PriorityRequests, now_s: Callable[[], float],
                 wall_s: Callable[[], float], tape: Tape | None = None, times: Times | None = None) -> None:
        self.centre, self.requests = centre, requests
        self._now_s, self._wall_s, self._tape, self._times = now_s, wall_s, tape, times
        self._peer: Peer | None = None
        self._every_s = 0
        self._subscribed = False
        self._told: list[dict[str, str]] = []
        self._seconds = 0

    @property
    def up(self) -> bool:
        """The centre is there."""
        return self._peer is not None and self._peer.open and self._peer.agreed

    async def run(self, again_s: float = AGAIN_S) -> None:
        """Connect, and connect again; until it is cancelled."""
        while True:
            try:
                reader, writer = await asyncio.open_connection(self.centre.host, self.centre.port, ssl=self.centre.tls)
            except (OSError, UnicodeError):  # a host that is no name, too
                await asyncio.sleep(again_s)
                continue
            peer = Peer(reader, writer, self._hear, self._times, self._tape, self._wall_s)
            self._peer, self._subscribed = peer, False
            peer.send(Version(siteId=(SiteId(sId=self.centre.site_id),)))
            try:
                await peer.run()
            finally:
                peer.close()
            await asyncio.sleep(again_s)

    def second(self) -> None:
        """Tell what has changed, or what is due; what has ended is told once."""
        self._seconds += 1
        before, self._told = self._told, self.requests.status()
        timely = self._every_s > 0 and self._seconds % self._every_s == 0
        if self._peer is not None and self.up and self._subscribed and (timely or self._told != before):
            self._peer.send(StatusUpdate(**self._about(), sTs=self._now(), sS=(self._status(),)))

    def _hear(self, message: Message) -> None:
        peer = self._peer
        assert peer is not None
        if isinstance(message, Version):
            self._agree(peer, message)
        elif isinstance(message, AggregatedStatusRequest):
            self._tell_bits(peer)
        elif isinstance(message, CommandRequest):
            peer.send(CommandResponse(**self._about(), cTS=self._now(), rvs=self._do(message)))
        elif isinstance(message, StatusRequest):
            self._require(message.sS)
            peer.send(StatusResponse(**self._about(), sTs=self._now(), sS=(self._status(),)))
        elif isinstance(message, StatusSubscribe):
            self._require(message.sS)
            self._subscribed, self._every_s = True, int(message.sS[0].uRt)
            peer.send(StatusUpdate(**self._about(), sTs=self._now(), sS=(self._status(),)))
        elif isinstance(message, StatusUnsubscribe):
            self._subscribed = False

    def _agree(self, peer: Peer, message: Version) -> None:
        peer.agree(message)
        self._tell_bits(peer)

    def _do(self, request: CommandRequest) -> tuple[Returned, ...]:
        """One M0022. Raises Denied for any other command."""
        name, needed = sxl.COMMANDS[REQUEST]
        given = {one.n: str(one.v) for one in request.arg}
        odd = [one.cCI for one in request.arg if one.cCI != REQUEST or one.cO != name]
        missing = [one for one in needed if one not in given]
        if odd or missing:
            raise Denied(f"{odd[0]}: not supported" if odd else f"{REQUEST}: {missing[0]} is missing")
        why = self.requests.take(given, self._now_s())
        if why:
            raise Denied(f"{REQUEST}: {why} is needed" if why[0] == "a" else f"{REQUEST}: {why}")
        return tuple(Returned(cCI=one.cCI, n=one.n, v=str(one.v), age="recent") for one in request.arg)

    def _require(self, named: tuple[Named, ...]) -> None:
        odd = [one for one in named if (one.sCI, one.n) != (STATES, "status")]
        if odd:
            raise Denied(f"{odd[0].sCI} {odd[0].n}: not supported")

    def _status(self) -> Status:
        return Status(sCI=STATES, n="status", s=self._told)

    def _tell_bits(self, peer: Peer) -> None:
        peer.send(AggregatedStatus(**self._about(), aSTS=self._now(), se=IN_USE))

    def _about(self) -> dict[str, Any]:
        return {"cId": self.centre.component, "ntsOId": self.centre.component}

    def _now(self) -> str:
        return stamp(self._wall_s())
