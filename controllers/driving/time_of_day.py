"""Which program of each signal is in force, by its switching plan, and the seconds that a change of programs needs.

A controller follows the programs by time of day: a signal is built from the one in force, and left to it while nothing
can be controlled by it (it is off, say).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence

from controllers.driving.resume import REPLAYED_S
from controllers.logs.journal import JournalEntry
from network.program.day import Day
from network.program.signals import Signal


class TimeOfDay:
    """The programs in force, second by second."""

    def __init__(self, days: Mapping[str, Day], signals: Sequence[Signal]) -> None:
        """signals: all that are given to a drive; those with a day are driven as it says."""
        self._given = {signal.id: signal for signal in signals}
        by_day = {i: day.controlled for i, day in days.items() if i in self._given}
        self._given.update((i, signal) for i, signal in by_day.items() if signal is not None)
        self._days = {i: days[i] for i, signal in by_day.items() if signal is not None}
        self._now: dict[str, Signal] = {}
        self._seconds: deque[JournalEntry] = deque(maxlen=REPLAYED_S)

    def __bool__(self) -> bool:
        return bool(self._days)

    def changed(self, time_s: float) -> list[Signal]:
        """Signals by the programs that have come into force since the last call."""
        now = {i: day.at(time_s) for i, day in self._days.items()}
        found = [signal for i, signal in now.items() if self._now.get(i) is not signal]
        self._now = now
        return found

    def driven(self, time_s: float) -> tuple[Signal, ...]:
        """Every signal by the program in force, or by the last one before it that it could be controlled by."""
        now = (day.at(time_s) for day in self._days.values())
        self._given.update((signal.id, signal) for signal in now if not signal.left_alone)
        return tuple(self._given.values())

    def keep(self, entry: JournalEntry) -> None:
        """A second, for an engine that may have to begin anew."""
        self._seconds.append(entry._replace(wanted=entry.wanted.copy(), mode=entry.mode.copy(),
                                            codes=entry.codes.copy()))

    def kept(self) -> Iterable[JournalEntry]:
        """The last seconds."""
        return tuple(self._seconds)
