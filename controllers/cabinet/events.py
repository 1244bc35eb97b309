"""The event log of a signal as agencies' tools read it: Purdue's and Indiana's enumeration, out of what was looked at.

Looks are a second apart, so times are whole seconds and what came and went between two looks is not in it. Files are
bounded and rotate; a full disk costs lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from controllers.cabinet.records import Lines
from controllers.field.oids import PreemptState
from controllers.field.reading import Reading
from controllers.logs.event_log import (
    BEGIN_GREEN,
    BEGIN_RED_CLEARANCE,
    BEGIN_YELLOW,
    COLUMNS,
    DETECTOR_OFF,
    DETECTOR_ON,
    END_YELLOW,
    PREEMPT_OFF,
    PREEMPT_ON,
    WALKER_OFF,
    WALKER_ON,
)

HEAD = ",".join(COLUMNS)
QUIET = (PreemptState.NOT_ACTIVE, PreemptState.OTHER)


class EventLog:
    """One signal; `device`: its number in the log."""

    def __init__(self, device: int, lines: Lines) -> None:
        self.device, self._lines = device, lines
        self._last: Reading | None = None

    @property
    def lost(self) -> int:
        """Lines that could not be written."""
        return self._lines.lost

    def see(self, reading: Reading, wall_s: float) -> None:
        """One look. wall_s: seconds since 1970; the log is in UTC."""
        stamp = datetime.fromtimestamp(int(wall_s), UTC).strftime("%Y-%m-%d %H:%M:%S.0")
        if self._last is not None:
            for event, parameter in changes(self._last, reading):
                self._lines.write(f"{stamp},{self.device},{event},{parameter}")
        self._last = reading

    def lost_sight(self) -> None:
        """A look was missed: what has changed since nobody knows when."""
        self._last = None


def changes(before: Reading, now: Reading) -> Iterator[tuple[int, int]]:
    """Events between two looks, with the number of the phase, detector or preemption."""
    yield from ((END_YELLOW, p) for p in sorted(before.yellows - now.yellows))
    yield from ((BEGIN_RED_CLEARANCE, p) for p in sorted(before.yellows - now.yellows - now.greens))
    yield from ((BEGIN_YELLOW, p) for p in sorted(now.yellows - before.yellows))
    yield from ((BEGIN_GREEN, p) for p in sorted(now.greens - before.greens))
    yield from ((DETECTOR_ON, d) for d in sorted(now.active - before.active))
    yield from ((DETECTOR_OFF, d) for d in sorted(before.active - now.active))
    if now.buttons is not None and before.buttons is not None:
        yield from ((WALKER_ON, b) for b in sorted(now.buttons - before.buttons))
        yield from ((WALKER_OFF, b) for b in sorted(before.buttons - now.buttons))
    for number, state in sorted(now.preempts.items()):
        was, is_on = before.preempts.get(number, PreemptState.NOT_ACTIVE) not in QUIET, state not in QUIET
        if was != is_on:
            yield (PREEMPT_ON if is_on else PREEMPT_OFF), number
