"""One writer, many readers: the newest frames, each reader at its own pace and never more than a few behind."""

from __future__ import annotations

import asyncio
import threading
from collections import deque

from controllers.announce.watch import Frame
from controllers.live.store import Store

MOST_BEHIND = 4
"""Seconds that a reader may be behind before the oldest is left out for it."""


class Hub:
    """Frames come from any thread; readers live in the event loop."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.lock = threading.Lock()
        self.readers: set[Reader] = set()

    def publish(self, frame: Frame) -> None:
        """Keep a frame and wake all readers. Waits for none of them."""
        with self.lock:
            self.store.add(frame)
            readers = list(self.readers)
        for reader in readers:
            reader.offer(frame)

    def at(self, time_s: float | None = None) -> Frame | None:
        """See `Store.at`."""
        with self.lock:
            return self.store.at(time_s)


class Reader:
    """One reader's queue: ``async for frame in reader``. dropped: frames left out as it was too slow."""

    def __init__(self, hub: Hub) -> None:
        self._hub, self._loop = hub, asyncio.get_running_loop()
        self._frames: deque[Frame] = deque(maxlen=MOST_BEHIND)
        self._woken = asyncio.Event()
        self._waking = False
        self.dropped = 0

    def __enter__(self) -> Reader:
        with self._hub.lock:
            self._hub.readers.add(self)
        return self

    def __exit__(self, *_: object) -> None:
        with self._hub.lock:
            self._hub.readers.discard(self)

    def offer(self, frame: Frame) -> None:
        """From the writer's thread; a loop that hangs is woken once, not once a frame."""
        self.dropped += len(self._frames) == MOST_BEHIND
        self._frames.append(frame)
        if not self._waking and not self._loop.is_closed():
            self._waking = True
            self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        self._waking = False
        self._woken.set()

    async def next(self) -> Frame:
        """The oldest frame that is left."""
        while True:
            if self._frames:
                return self._frames.popleft()
            self._woken.clear()
            if not self._frames:
                await self._woken.wait()
