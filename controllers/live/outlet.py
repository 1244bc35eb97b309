"""Frames out of the process that controls: a few at most wait, the others are dropped. Control never waits."""

from __future__ import annotations

import contextlib
import json
import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from controllers.announce.watch import Frame

MOST_WAITING = 4
LONGEST_LINE = 64 << 20


class Outlet:
    """Writes frames as lines of JSON into a stream, in a thread of its own.

    dropped: frames that found the queue full, as the reader is slow or stands; what the stream does hurts nobody.
    is_read: False once the other end of the stream is gone.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._waiting: queue.Queue[Frame | None] = queue.Queue(MOST_WAITING)
        self.dropped = 0
        self.sent = 0
        self.is_read = True
        self._thread = threading.Thread(target=self._write, name="outlet", daemon=True)
        self._thread.start()

    def offer(self, frame: Frame) -> bool:
        """Hand over a frame; False where it was dropped. Returns at once."""
        try:
            self._waiting.put_nowait(frame)
        except queue.Full:
            self.dropped += 1
            return False
        return True

    def close(self, timeout_s: float = 1.0) -> None:
        """Let what waits be written, for so long."""
        with contextlib.suppress(queue.Full):
            self._waiting.put(None, timeout=timeout_s)
        self._thread.join(timeout_s)

    def _write(self) -> None:
        while (frame := self._waiting.get()) is not None:
            try:
                self._stream.write(json.dumps(frame).encode() + b"\n")
                self._stream.flush()
                self.sent += 1
            except (OSError, ValueError):
                self.dropped += 1
                self.is_read = False


def frames_of(stream: BinaryIO, other: Callable[[dict[str, Any]], None] = lambda message: None) -> Iterator[Frame]:
    """Frames from the other end, until it closes; other messages go to ``other``, lines that are none are left out."""
    while line := stream.readline(LONGEST_LINE):
        try:
            message = json.loads(line)
        except ValueError:
            continue
        if not isinstance(message, dict):
            continue
        if isinstance(message.get("signals"), dict) and "time_s" in message:
            yield message
        else:
            other(message)
