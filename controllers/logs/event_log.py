"""Event logs of controllers in the enumeration of Purdue University and Indiana DOT."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import NamedTuple

from controllers.logs.times import read_times
from network.errors import ScenarioError
from network.files import read_rows

PHASE_ON, BEGIN_GREEN, FORCE_OFF, GREEN_ENDS, BEGIN_YELLOW, END_YELLOW = 0, 1, 6, 7, 8, 9


BEGIN_RED_CLEARANCE, END_RED_CLEARANCE, PHASE_INACTIVE = 10, 11, 12


DETECTOR_OFF, DETECTOR_ON = 81, 82
WALKER_OFF, WALKER_ON = 89, 90


PREEMPT_ON, PREEMPT_OFF, PREEMPT_ENTRY, TRACK_CLEARANCE = 102, 104, 105, 106


PRIORITY_CHECK_IN, PRIORITY_EARLY, PRIORITY_EXTENDED, PRIORITY_CHECK_OUT = 112, 113, 114, 115


DAY = datetime(2026, 1, 1)
COLUMNS = ("TimeStamp", "DeviceId", "EventId", "Parameter")
ADVICE = f"an event log has {', '.join(COLUMNS)}, such as 2026-01-01 07:00:00.1,1,82,3"
SPELLINGS = {
    **dict.fromkeys(("time", "datetime", "eventtime", "eventtimestamp"), "TimeStamp"),
    **dict.fromkeys(("signalid", "signal", "device", "intersectionid", "controllerid", "locationid",
                     "locationidentifier"), "DeviceId"),
    **dict.fromkeys(("eventcode", "eventcodeid", "event", "code"), "EventId"),
    **dict.fromkeys(("eventparam", "eventparameter", "eventparamid", "param"), "Parameter"),
}  # fmt: skip
"""Of columns, in the software of agencies."""
LARGEST = 2**31
LONGEST_S = 16 * 86400.0
"""Before and after the middle of a log."""
APART_S = 60.0
"""Repeats so far apart are named each."""


@dataclass(frozen=True, slots=True, order=True)
class Event:
    """One line of a log; ``time_s`` in simulation time."""

    time_s: float
    device: int
    event: int
    parameter: int


class Repeated(NamedTuple):
    """Rows of a device that were there before, and when the first and the last of them."""

    device: int
    first_s: float
    last_s: float
    rows: int


class Log(NamedTuple):
    """Events in the order of time, each once, and what else there was."""

    events: list[Event]
    repeated: tuple[Repeated, ...]


def write_log(path: Path, events: Iterable[Event]) -> None:
    """Events as CSV, to a tenth of a second."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        for event in events:
            time = DAY + timedelta(seconds=event.time_s)
            stamp = time.isoformat(sep=" ", timespec="milliseconds")[:-2]
            writer.writerow((stamp, event.device, event.event, event.parameter))


def read_log(path: Path) -> Log:
    """A log, times in seconds since the first midnight; ScenarioError names file, line and what is wrong."""
    lines, stamps, cells = [], [], []
    for line, row in read_rows(path, COLUMNS, ADVICE, SPELLINGS):
        lines.append(line)
        stamps.append(row[COLUMNS[0]].strip())
        cells.append(_cells(path, line, row))
    if not lines:
        raise ScenarioError(f"{path}: no event in it; {ADVICE}")
    times = read_times(path, stamps, lines, ADVICE)
    day = min(times).replace(hour=0, minute=0, second=0, microsecond=0)
    events = [Event((time - day).total_seconds(), *own) for time, own in zip(times, cells, strict=True)]
    _check_span(path, events, lines)
    return _each_once(sorted(events))


def _cells(path: Path, line: int, row: Mapping[str, str]) -> tuple[int, int, int]:
    try:
        device, event, parameter = (int(row[name].removesuffix(".0")) for name in COLUMNS[1:])
        if max(abs(device), abs(event), abs(parameter)) > LARGEST:
            raise ValueError("a number that no controller writes")
    except ValueError as error:
        raise ScenarioError(f"{path}:{line}: {str(error)[:80]}; {ADVICE}") from error
    return device, event, parameter


def _each_once(events: Sequence[Event]) -> Log:
    """Nothing happens twice at the same time: a row that is there again was exported or joined twice."""
    kept, again = list(events[:1]), dict[int, list[Event]]()
    for before, event in pairwise(events):
        if event == before:
            again.setdefault(event.device, []).append(event)
        else:
            kept.append(event)
    return Log(kept, tuple(sorted(each for rows in again.values() for each in _spans(rows))))


def _spans(rows: Sequence[Event]) -> Iterable[Repeated]:
    first = 0
    for k, event in enumerate(rows):
        if k + 1 == len(rows) or rows[k + 1].time_s - event.time_s >= APART_S:
            yield Repeated(event.device, rows[first].time_s, event.time_s, k + 1 - first)
            first = k + 1


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
