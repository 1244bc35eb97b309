"""A TCP line between a process and a controller, as `line.Line` is one for datagrams.

TCP itself hides what befalls its segments: one that is lost arrives later, and all behind it, too. `repeated` and
`late` go further than TCP lets a network go: whole messages come twice, or change places.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

AGAIN_S = 0.2
"""Least time until what is lost is sent again (RFC 6298, as Linux has it); doubled each time."""
STEP_S = 0.005
Cut = Callable[[bytes], list[bytes]]
Twist = Callable[[bytes], Iterable[bytes]]
"""Bytes as they came into whole messages."""


@dataclass
class _Held:
    data: bytes | None
    at_s: float
    tick: int


class TcpLine:
    """Set the shares, of 1, while it runs. `here` is where one end connects to; the other end listens."""

    def __init__(self, messages: Cut, seed: int = 1) -> None:
        self.cut = False
        self.lost = self.spoilt = self.repeated = self.late = 0.0
        self.late_s = 0.0
        self.held_s = 0
        """Seconds of the street that everything is on its way for."""
        self.twist: Twist | None = None
        """What becomes of the controller's messages."""
        self.controller_connects = False
        self._messages, self._now = messages, 0
        self._by_chance = random.Random(seed)
        self._there = 0
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    async def open(self, there: int) -> int:
        """Start; returns the port to connect to instead of `there`."""
        self._there = there
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    def tick(self) -> None:
        """A second of the street has passed."""
        self._now += 1

    def drop(self) -> None:
        """Every connection ends at once."""
        for writer in tuple(self._writers):
            writer.close()

    async def rubbish(self, n: int = 5) -> None:
        """Strangers at the port that is listened on, who send garbage and go."""
        for _ in range(n):
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", self._there)
                writer.write(self._by_chance.randbytes(self._by_chance.randrange(1, 400)))
                await writer.drain()
                writer.close()

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        self.drop()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while self.cut:
                await asyncio.sleep(STEP_S)
            there_in, there_out = await asyncio.open_connection("127.0.0.1", self._there)
        except (OSError, asyncio.CancelledError):
            writer.close()
            return
        for source, sink, connects in ((reader, there_out, True), (there_in, writer, False)):
            self._writers.add(sink)
            task = asyncio.create_task(self._one_way(source, sink, connects))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _one_way(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, connects: bool) -> None:
        held: deque[_Held] = deque()
        came = asyncio.Event()
        takes = asyncio.create_task(self._take(source, held, came, connects))
        try:
            while True:
                await came.wait()
                while held:
                    await self._due(held[0])
                    data = held.popleft().data
                    if data is None:
                        return
                    sink.write(data)
                came.clear()
        except OSError:
            pass
        finally:
            takes.cancel()
            self._writers.discard(sink)
            sink.close()

    async def _take(self, source: asyncio.StreamReader, held: deque[_Held], came: asyncio.Event,
                    connects: bool) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65_536):
                twists = self.twist is not None and connects is self.controller_connects
                parts = self._twisted(data) if twists else self._befalls(data)
                held.extend(_Held(part, self._arrives(), self._now + self.held_s) for part in parts)
                came.set()
        held.append(_Held(None, 0.0, 0))
        came.set()

    async def _due(self, one: _Held) -> None:
        loop = asyncio.get_running_loop()
        while self.cut or loop.time() < one.at_s or self._now < one.tick:
            await asyncio.sleep(STEP_S)

    def _twisted(self, data: bytes) -> Iterator[bytes]:
        for message in self._messages(data):
            yield from self.twist(message) if self.twist is not None else (message,)

    def _arrives(self) -> float:
        wait_s, again_s = 0.0, AGAIN_S
        while self._by_chance.random() < self.lost:
            wait_s, again_s = wait_s + again_s, 2 * again_s
        return asyncio.get_running_loop().time() + wait_s if wait_s else 0.0

    def _befalls(self, data: bytes) -> Iterator[bytes]:
        """What becomes of the messages in it."""
        chance = self._by_chance.random
        messages = self._messages(data) if self.late or self.repeated else [data]
        for k in range(len(messages) - 1):
            if chance() < self.late:
                messages[k], messages[k + 1] = messages[k + 1], messages[k]
        for message in messages:
            if chance() < self.spoilt:
                message = self._by_chance.randbytes(len(message)) if chance() < 0.5 else message[:-7]
            yield message
            if chance() < self.repeated:
                yield message
