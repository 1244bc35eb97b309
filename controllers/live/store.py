"""What is kept of the past: frames of some minutes, compressed, and what every signal showed."""

from __future__ import annotations

import json
import zlib
from bisect import bisect_right
from collections import deque
from typing import Any

from controllers.announce.watch import Frame

Shot = tuple[float, str]


class Store:
    """Frames in the order of time; those older than ``keep_s`` go. keep_s: None for all (a finished run)."""

    def __init__(self, keep_s: float | None = 600.0) -> None:
        self._keep_s = keep_s
        self._times: deque[float] = deque()
        self._frames: deque[bytes] = deque()
        self._shown: dict[str, deque[Shot]] = {}
        self.latest: Frame | None = None

    def add(self, frame: Frame) -> None:
        """Keep a frame. One that is not younger than the last begins a new street: what was before goes."""
        time_s = float(frame["time_s"])
        if self._times and time_s <= self._times[-1]:
            self._times.clear()
            self._frames.clear()
            self._shown.clear()
        self._times.append(time_s)
        self._frames.append(zlib.compress(json.dumps(frame).encode(), 1))
        for signal, said in frame["signals"].items():
            shots = self._shown.setdefault(signal, deque())
            if not shots or shots[-1][1] != said["state"]:
                shots.append((time_s, said["state"]))
        self.latest = frame
        self._forget(time_s)

    def _forget(self, now_s: float) -> None:
        if self._keep_s is None:
            return
        while now_s - self._times[0] > self._keep_s:
            self._times.popleft()
            self._frames.popleft()
        for shots in self._shown.values():
            while len(shots) > 1 and now_s - shots[1][0] > self._keep_s:
                shots.popleft()

    @property
    def span_s(self) -> tuple[float, float] | None:
        """First and last second kept."""
        return (self._times[0], self._times[-1]) if self._times else None

    def at(self, time_s: float | None = None) -> Frame | None:
        """The frame of then or the last one before; None for nothing kept of then."""
        if time_s is None:
            return self.latest
        place = bisect_right(self._times, time_s) - 1
        return None if place < 0 else json.loads(zlib.decompress(self._frames[place]))

    def shown(self, signal: str, until_s: float, past_s: float) -> list[dict[str, Any]]:
        """States of a signal in the ``past_s`` up to ``until_s``, each from when on."""
        begin_s = until_s - past_s
        shots = [shot for shot in self._shown.get(signal, ()) if shot[0] <= until_s]
        before = [shot for shot in shots if shot[0] <= begin_s][-1:]
        found = [(max(time_s, begin_s), state) for time_s, state in before]
        found += [shot for shot in shots if shot[0] > begin_s]
        return [{"from_s": time_s, "state": state} for time_s, state in found]
