"""Event logs of controllers in the enumeration of Purdue University and Indiana DOT."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from network.errors import ScenarioError

PHASE_ON, BEGIN_GREEN, FORCE_OFF, GREEN_ENDS, BEGIN_YELLOW, END_YELLOW = 0, 1, 6, 7, 8, 9


BEGIN_RED_CLEARANCE, END_RED_CLEARANCE, PHASE_INACTIVE = 10, 11, 12


DETECTOR_OFF, DETECTOR_ON = 81, 82


DAY = datetime(2026, 1, 1)


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
        writer.writerow(("TimeStamp", "DeviceId", "EventId", "Parameter"))
        for event in events:
            time = DAY + timedelta(seconds=event.time_s)
            stamp = time.isoformat(sep=" ", timespec="milliseconds")[:-2]
            writer.writerow((stamp, event.device, event.event, event.parameter))


def read_log(path: Path) -> list[Event]:
    """Events of a log, times in seconds since the first midnight; ScenarioError names what is wrong."""
    try:
        with path.open(newline="", encoding="utf-8") as stream:
            rows = [(datetime.fromisoformat(row["TimeStamp"]), row) for row in csv.DictReader(stream)]
            day = min((time for time, _ in rows), default=DAY).replace(hour=0, minute=0, second=0, microsecond=0)
            return [
                Event((time - day).total_seconds(), *(int(row[key]) for key in ("DeviceId", "EventId", "Parameter")))
                for time, row in rows
            ]
    except (OSError, KeyError, ValueError) as error:
        raise ScenarioError(f"{path}: not an event log ({type(error).__name__}: {error})") from error
