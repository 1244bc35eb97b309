"""Event logs of controllers in the enumeration of Purdue University and Indiana DOT."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median

from network.errors import ScenarioError
from network.files import read_rows

PHASE_ON, BEGIN_GREEN, FORCE_OFF, GREEN_ENDS, BEGIN_YELLOW, END_YELLOW = 0, 1, 6, 7, 8, 9


BEGIN_RED_CLEARANCE, END_RED_CLEARANCE, PHASE_INACTIVE = 10, 11, 12


DETECTOR_OFF, DETECTOR_ON = 81, 82


DAY = datetime(2026, 1, 1)
COLUMNS = ("TimeStamp", "DeviceId", "EventId", "Parameter")
ADVICE = f"an event log has {', '.join(COLUMNS)}, such as 2026-01-01 07:00:00.1,1,82,3"
LARGEST = 2**31
LONGEST_S = 16 * 86400.0
"""Before and after the middle of a log."""


@dataclass(frozen=True, slots=True, order=True)
class Event:
    """One line of a log; ``time_s`` in simulation time."""

    time_s: float
    device: int
    event: int
    parameter: int


def write_log(path: Path, events: Iterable[Event]) -> None:
    """Events as CSV, to a tenth of a second."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        for event in events:
            time = DAY + timedelta(seconds=event.time_s)
            stamp = time.isoformat(sep=" ", timespec="milliseconds")[:-2]
            writer.writerow((stamp, event.device, event.event, event.parameter))


def read_log(path: Path) -> list[Event]:
    """Events of a log, times in seconds since the first midnight; ScenarioError names file, line and what is wrong."""
    found = [_stamped(path, line, row) for line, row in read_rows(path, COLUMNS, ADVICE)]
    if not found:
        raise ScenarioError(f"{path}: no event in it; {ADVICE}")
    zoned = [stamp.tzinfo is not None for stamp, _, _ in found]
    if any(zoned) != all(zoned):
        line = found[zoned.index(not zoned[0])][1]
        raise ScenarioError(f"{path}:{line}: times with and without a time zone in one log; write all alike")
    day = min(stamp for stamp, _, _ in found).replace(hour=0, minute=0, second=0, microsecond=0)
    events = [Event((stamp - day).total_seconds(), *cells) for stamp, _, cells in found]
    _check_span(path, events, [line for _, line, _ in found])
    return events


def _stamped(path: Path, line: int, row: Mapping[str, str]) -> tuple[datetime, int, tuple[int, int, int]]:
    try:
        device, event, parameter = (int(row[name]) for name in COLUMNS[1:])
        if max(abs(device), abs(event), abs(parameter)) > LARGEST:
            raise ValueError("a number that no controller writes")
        return datetime.fromisoformat(row[COLUMNS[0]].strip()), line, (device, event, parameter)
    except ValueError as error:
        raise ScenarioError(f"{path}:{line}: {str(error)[:80]}; {ADVICE}") from error


def _check_span(path: Path, events: Sequence[Event], lines: Sequence[int]) -> None:
    """A clock that was wrong for a moment would make a record of years."""
    middle_s = median(event.time_s for event in events)
    for event, line in zip(events, lines, strict=True):
        if abs(event.time_s - middle_s) > LONGEST_S:
            days = (event.time_s - middle_s) / 86400.0
            raise ScenarioError(
                f"{path}:{line}: {abs(days):.0f} days {'after' if days > 0 else 'before'} the middle of the log, which "
                f"may last {2 * LONGEST_S / 86400:.0f}: take the line out, or read the log in parts"
            )
