"""A line between a process and a controller that can be cut, lose, spoil, repeat and delay what goes over it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable
from typing import Any


class Line:
    """Both ways; shares of 1 of the datagrams. Set them while it runs."""

    def __init__(self, seed: int = 1) -> None:
        self.cut = False
        self.lost = self.spoilt = self.repeated = self.late = 0.0
        self.late_s = 0.5
        self.held_s = 0
        """Seconds of the street that everything is on its way for."""
        self.twist: Callable[[bytes], Iterable[bytes]] | None = None
        """What becomes of the controller's answers."""
        self._held: list[tuple[int, Any, bytes]] = []
        self._now = 0
        self._by_chance = random.Random(seed)
        self._ends: list[asyncio.DatagramTransport] = []
        self._client: tuple[str, int] | None = None

    async def open(self, controller_port: int) -> int:
        """Start; returns the port to talk to."""
        loop = asyncio.get_running_loop()
        here, _ = await loop.create_datagram_endpoint(lambda: _End(self._from_process), local_addr=("127.0.0.1", 0))
        there, _ = await loop.create_datagram_endpoint(
            lambda: _End(self._from_controller), remote_addr=("127.0.0.1", controller_port))
        self._ends = [here, there]
        return int(here.get_extra_info("sockname")[1])

    def tick(self) -> None:
        """A second of the street has passed: what was on its way for long enough arrives."""
        self._now += 1
        due = [one for one in self._held if one[0] <= self._now]
        self._held = [one for one in self._held if one[0] > self._now]
        for _, send, data in due:
            self._send_late(send, data)

    async def rubbish(self, n: int = 20) -> None:
        """Garbage to both ends, beside what is said."""
        for _ in range(n):
            data = bytes(self._by_chance.randrange(256) for _ in range(self._by_chance.randrange(1, 200)))
            self._ends[1].sendto(data)
            if self._client is not None:
                self._ends[0].sendto(data, self._client)

    def close(self) -> None:
        for end in self._ends:
            end.close()

    def _from_process(self, data: bytes, address: tuple[str, int]) -> None:
        self._client = address
        self._pass(data, lambda given: self._ends[1].sendto(given))

    def _from_controller(self, data: bytes, _: tuple[str, int]) -> None:
        client = self._client
        if client is not None:
            for one in (data,) if self.twist is None else self.twist(data):
                self._pass(one, lambda given: self._ends[0].sendto(given, client))

    def _pass(self, data: bytes, send: Any) -> None:
        chance = self._by_chance.random
        if self.cut or chance() < self.lost:
            return
        if chance() < self.spoilt:
            data = bytes(self._by_chance.randrange(256) for _ in range(len(data))) if chance() < 0.5 else data[:-7]
        if self.held_s:
            self._held.append((self._now + self.held_s, send, data))
            return
        for _ in range(2 if chance() < self.repeated else 1):
            if chance() < self.late:
                asyncio.get_running_loop().call_later(self.late_s, self._send_late, send, data)
            else:
                send(data)

    def _send_late(self, send: Any, data: bytes) -> None:
        if not any(end.is_closing() for end in self._ends):
            send(data)


class _End(asyncio.DatagramProtocol):
    def __init__(self, hear: Any) -> None:
        self._hear = hear

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._hear(data, addr)
