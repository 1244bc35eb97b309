"""Answers SNMP version 1 and 2c over UDP for objects of our own: GET and SET, and nothing else.

Whoever does not know the community, and what is no message, gets no answer.
"""

from __future__ import annotations

import asyncio
import hmac
from typing import Protocol

from controllers.field.ber import GET, OCTETS, RESPONSE, SET, BadMessage, Message, Oid, Row, decode, encode

NO_SUCH_NAME, BAD_VALUE = 2, 3
MOST_ROWS = 32


class Objects(Protocol):
    """What is asked for."""

    def get(self, oid: Oid) -> bytes | None:
        """Its value, None where it is none."""
        ...

    def set(self, oid: Oid, value: object) -> str:
        """Write it; why not, where it is not taken."""
        ...

    def has(self, oid: Oid) -> bool:
        """Whether there is one."""
        ...


class PlainAgent(asyncio.DatagramProtocol):
    """`open` it, and `close` it in the same loop."""

    def __init__(self, objects: Objects, community: str) -> None:
        self._objects, self._community = objects, community.encode()
        self._transport: asyncio.DatagramTransport | None = None
        self.refused = 0
        """Messages of others' communities, and of none."""

    async def open(self, host: str, port: int) -> int:
        """Raises OSError where the port cannot be had; returns it."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(host, port))
        return int(self._transport.get_extra_info("sockname")[1])

    def datagram_received(self, data: bytes, addr: tuple[str | int, int]) -> None:
        try:
            message = decode(data)
        except BadMessage:
            self.refused += 1
            return
        known = hmac.compare_digest(message.community, self._community)
        if not known or message.kind not in (GET, SET) or len(message.rows) > MOST_ROWS:
            self.refused += 1
        elif self._transport is not None:
            self._transport.sendto(encode(self._answer(message)), addr)

    def _answer(self, message: Message) -> Message:
        for k, row in enumerate(message.rows, 1):
            if not self._objects.has(row.oid):
                return _refusal(message, NO_SUCH_NAME, k)
            if message.kind == SET and self._objects.set(row.oid, row.value):
                return _refusal(message, BAD_VALUE, k)
        rows = message.rows if message.kind == SET else [
            Row(row.oid, OCTETS, self._objects.get(row.oid)) for row in message.rows]
        return Message(message.version, message.community, RESPONSE, message.request, rows)

    def close(self) -> None:
        """Give the port back."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None


def _refusal(message: Message, error: int, index: int) -> Message:
    return Message(message.version, message.community, RESPONSE, message.request, message.rows, error, index)
