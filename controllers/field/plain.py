"""Questions by SNMP version 1 and 2c over UDP: each answer goes to who asked for it; what is none goes nowhere."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Sequence

from controllers.field.ber import ERRORS, GET, INTEGER, RESPONSE, SET, BadMessage, Message, Row, decode, encode
from controllers.field.exchange import Answer, Asked


class PlainExchanger(asyncio.DatagramProtocol):
    """One controller. Requests are numbered, so an answer that comes late is not taken for another's."""

    def __init__(self, host: str, port: int, version: str, community: str) -> None:
        self._place = host, port
        self._version, self._community = (0 if version == "1" else 1), community.encode()
        self._numbers = itertools.count(random.randrange(1 << 30))
        self._waiting: dict[int, asyncio.Future[Message]] = {}
        self._transport: asyncio.DatagramTransport | None = None

    async def exchange(self, write: bool, rows: Sequence[Asked]) -> Answer:
        """Waits without end for the answer: who asks bounds the time."""
        loop = asyncio.get_running_loop()
        if self._transport is None:
            self._transport, _ = await loop.create_datagram_endpoint(lambda: self, remote_addr=self._place)
        number = next(self._numbers) & 0x7FFFFFFF
        asked = [Row(oid) if value is None else Row(oid, INTEGER, value) for oid, value in rows]
        self._waiting[number] = loop.create_future()
        try:
            kind = SET if write else GET
            self._transport.sendto(encode(Message(self._version, self._community, kind, number, asked)))
            found = await self._waiting[number]
        finally:
            del self._waiting[number]
        status = ERRORS[found.error] if 0 <= found.error < len(ERRORS) else str(found.error)
        return Answer("" if found.error == 0 else status, found.index, [(row.oid, row.value) for row in found.rows])

    def datagram_received(self, data: bytes, addr: object) -> None:
        try:
            message = decode(data)
        except BadMessage:
            return
        waiting = self._waiting.get(message.request)
        if message.kind == RESPONSE and waiting is not None and not waiting.done():
            waiting.set_result(message)

    def error_received(self, exc: Exception) -> None:
        """Nobody listens there, says the network; the time that passes says it, too."""

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

