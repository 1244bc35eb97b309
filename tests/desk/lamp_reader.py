"""Reads nothing but lamps, second by second, and says what was unsafe; shares nothing with any controller or engine."""

from __future__ import annotations

from collections.abc import Mapping


class LampReader:
    """foes: channels that must not be lit together; clear_s: from the end of a channel's green; times in seconds."""

    def __init__(self, foes: Mapping[int, frozenset[int]], yellow_s: int, clear_s: Mapping[int, int],
                 least_green_s: int, pairs: Mapping[tuple[int, int], int] | None = None) -> None:
        """pairs: from the end of the first's green to the start of the second's, where that is not `clear_s`."""
        self.walks: frozenset[int] = frozenset()
        """Channels of crossings, which need no yellow."""
        self.foes, self.pairs = foes, pairs or {}
        self.yellow_s, self.clear_s, self.least_green_s = yellow_s, clear_s, least_green_s
        self.wrong: list[str] = []
        self._last: dict[int, str] = {}
        self._since: dict[int, int] = {}
        self._ended: dict[int, int] = {}
        self._now = 0
        self._known: set[int] = set()

    def see(self, lamps: Mapping[int, str]) -> None:
        """One second of every channel: red, yellow, green or flashing."""
        self._now += 1
        for channel, lamp in lamps.items():
            before = self._last.get(channel, "")
            if lamp != before:
                self._change(channel, before, lamp)
        for channel, lamp in lamps.items():
            for foe in self.foes.get(channel, ()):
                if lamp == "green" and lamps.get(foe) in ("green", "yellow"):
                    self.wrong.append(f"{self._now}: {channel} and {foe} together")

    def _change(self, channel: int, before: str, lamp: str) -> None:
        lasted = self._now - self._since.get(channel, self._now)
        known = channel in self._known and "flashing" not in (before, lamp)
        drives = channel not in self.walks
        if known and drives and before == "green" and lamp != "yellow":
            self.wrong.append(f"{self._now}: {channel} without yellow")
        if known and before == "green" and lasted < self.least_green_s:
            self.wrong.append(f"{self._now}: {channel} green for {lasted} s")
        if known and drives and before == "yellow" and (lamp != "red" or lasted < self.yellow_s):
            self.wrong.append(f"{self._now}: {channel} yellow for {lasted} s, then {lamp}")
        if before == "green":
            self._ended[channel] = self._now
        if lamp == "green":
            for foe in self.foes.get(channel, ()):
                needs_s = self.pairs.get((foe, channel), self.clear_s[foe])
                if foe in self._ended and self._now - self._ended[foe] < needs_s and before != "flashing":
                    self.wrong.append(f"{self._now}: {channel} {self._now - self._ended[foe]} s after {foe}")
        self._last[channel], self._since[channel] = lamp, self._now
        self._known.add(channel)
