"""One connection of RSMP, either end of it: packets, acknowledgements in order, watchdogs. It never raises.

Whatever is heard is acknowledged before it is acted upon; what is no message, or is denied by who hears it, is not
acknowledged, with the reason. Before the versions are agreed upon nothing but them is answered (RSMP 3.2, message
acknowledgement). A message of ours that is not acknowledged in time ends the connection: nothing is sent twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass

from controllers.field.rsmp.messages import (
    SXL_VERSION,
    Ack,
    Message,
    NotAck,
    Odd,
    OwnMessage,
    Packets,
    Version,
    Watchdog,
    stamp,
    take,
)

LOST = "the connection is lost"
CHUNK = 65_536
MOST_WAITING_BYTES = 8_000_000
MOST_SAID = 200
Tape = Callable[[str, bytes], None]
"""Hears every packet: "in" or "out", and its bytes."""


class Denied(Exception):
    """Raised by who hears a message to have it not acknowledged; str() is the reason."""


@dataclass(frozen=True)
class Times:
    """The protocol's own, in s: an acknowledgement, between watchdogs, and silence that ends a connection."""

    ack_s: float = 30.0
    watchdog_s: float = 60.0
    silence_s: float = 120.0


class Peer:
    """`run` it in a task; `hear` gets every message but acknowledgements."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, hear: Callable[[Message], None],
                 times: Times | None = None, tape: Tape | None = None,
                 wall_s: Callable[[], float] = time.time) -> None:
        self._reader, self._writer, self._hear = reader, writer, hear
        self.times, self._tape, self._wall_s = times or Times(), tape, wall_s
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[str, tuple[float, asyncio.Future[str]]] = {}
        self.agreed = False
        """Versions are exchanged, and fit."""
        self.open = True
        self.why = ""
        self._heard_at = self._loop.time()
        self._watchdog_at: float | None = None
        self._held: list[bytes] | None = None

    async def run(self) -> None:
        """Until the connection ends, from either side."""
        watch = asyncio.create_task(self._watch())
        packets = Packets()
        try:
            while self.open and (data := await self._reader.read(CHUNK)):
                for packet in packets.feed(data):
                    self._take(packet)
        except OSError as error:
            self.close(str(error))
        finally:
            watch.cancel()
            self.close(LOST)

    def send(self, message: OwnMessage) -> asyncio.Future[str]:
        """Send; the future is done when it is acknowledged, "" or the reason why not."""
        done: asyncio.Future[str] = self._loop.create_future()
        if not self.open:
            done.set_result(self.why or LOST)
            return done
        self._waiting[message.mId] = self._loop.time() + self.times.ack_s, done
        self._write(message.packet())
        return done

    def start_watchdog(self) -> None:
        """The first now, others at their interval."""
        self._watchdog_at = self._loop.time() + self.times.watchdog_s
        self.send(Watchdog(wTs=stamp(self._wall_s())))

    def agree(self, version: Version) -> None:
        """What a site makes of its supervisor's versions. Raises Denied, and the connection is closed, where they do
        not fit or were agreed upon before."""
        why = ""
        if not any(one.vers.startswith("3.2") for one in version.RSMP):
            why = "RSMP 3.2 is spoken here"
        elif version.SXL.split(".")[:2] != SXL_VERSION.split(".")[:2]:
            why = f"the exchange list here is {SXL_VERSION}"
        if self.agreed or why:
            self._loop.call_soon(self.close, why)
            raise Denied(why or "versions are agreed upon already")
        self.agreed = True
        self.start_watchdog()

    def close(self, why: str = "") -> None:
        """End it. Whoever waits for an acknowledgement is told."""
        if self.open:
            self.open, self.why = False, why
        with contextlib.suppress(OSError, RuntimeError):
            self._writer.close()
        waiting, self._waiting = self._waiting, {}
        for _, done in waiting.values():
            if not done.done():
                done.set_result(self.why or LOST)

    def _take(self, packet: bytes) -> None:
        if not self.open:
            return
        self._heard_at = self._loop.time()
        self._taped("in", packet)
        message = take(packet)
        if isinstance(message, Odd):
            if message.id and self.agreed:
                self._write(NotAck(oMId=message.id, rea=message.why).packet())
        elif isinstance(message, Ack | NotAck):
            self._acknowledged(message)
        elif self.agreed or isinstance(message, Version):
            self._answer(message)

    def _acknowledged(self, message: Ack | NotAck) -> None:
        _, done = self._waiting.pop(message.oMId, (0.0, None))
        if done is not None and not done.done():
            done.set_result("" if isinstance(message, Ack) else message.rea or "not acknowledged")

    def _answer(self, message: OwnMessage) -> None:
        """Acknowledge, then act: what comes of it is sent after the acknowledgement."""
        self._held = []
        try:
            self._hear(message)
            verdict: Ack | NotAck = Ack(oMId=message.mId)
        except Denied as denial:
            verdict = NotAck(oMId=message.mId, rea=str(denial)[:MOST_SAID])
        except Exception as error:  # the line goes on, whatever was sent
            verdict = NotAck(oMId=message.mId, rea=f"not understood ({type(error).__name__})")
        held, self._held = self._held, None
        for packet in (verdict.packet(), *held):
            self._write(packet)

    def _write(self, packet: bytes) -> None:
        if self._held is not None:
            self._held.append(packet)
            return
        if not self.open or self._writer.is_closing():
            return
        self._taped("out", packet[:-1])
        self._writer.write(packet)
        if self._writer.transport.get_write_buffer_size() > MOST_WAITING_BYTES:
            self.close("the other end takes nothing any more")

    def _taped(self, way: str, packet: bytes) -> None:
        if self._tape is not None:
            self._tape(way, packet)

    async def _watch(self) -> None:
        step_s = min(0.5, self.times.ack_s / 4, self.times.watchdog_s / 4)
        while self.open:
            await asyncio.sleep(step_s)
            now = self._loop.time()
            if any(due < now for due, _ in self._waiting.values()):
                self.close("a message was not acknowledged in time")
            elif now - self._heard_at > self.times.silence_s:
                self.close("nothing was heard for too long")
            elif self._watchdog_at is not None and now >= self._watchdog_at:
                self.start_watchdog()
