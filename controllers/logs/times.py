"""Times as event logs write them: ISO 8601, or month/day/year as in the USA, day/month/year or day.month.year."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from network.errors import ScenarioError

DATED = re.compile(
    r"(\d{1,2})([/.])(\d{1,2})\2(\d{4})[ T]+(\d{1,2}):(\d{2}):(\d{2})(?:[.,](\d{1,6})\d*)?(?: *([AaPp])\.?[Mm]\.?)?"
)
ZONE = re.compile(r" +(?:UTC|GMT|Z|([+-]\d{2}:?\d{2}))$")
NO_SECONDS = re.compile(r"\d+([/.])\d+\1\d+ +\d+:\d+( *[AaPp][Mm])?")


def read_times(path: Path, stamps: Sequence[str], lines: Sequence[int], advice: str) -> list[datetime]:
    """A time for each; ScenarioError names file and line of one that is none, or of another kind than the rest.

    Which of two numbers before a year is the month, all of the file decide together: where both may be, the first one.
    """
    split = {stamp.partition(" ")[0] for stamp in stamps}
    day_first = any(_first_number(date) > 12 or "." in date for date in split if not date[:4].isdigit())
    found = []
    for stamp, line in zip(stamps, lines, strict=True):
        try:
            found.append(_time(stamp, day_first))
        except ValueError as error:
            raise ScenarioError(f"{path}:{line}: {str(error)[:80]}; {advice}") from error
    zoned = [time.tzinfo is not None for time in found]
    if any(zoned) != all(zoned):
        line = lines[zoned.index(not zoned[0])]
        raise ScenarioError(f"{path}:{line}: times with and without a time zone in one log; write all alike")
    return found


def _first_number(date: str) -> int:
    digits = re.match(r"\d{1,2}(?=[/.])", date)
    return int(digits[0]) if digits else 0


def _time(stamp: str, day_first: bool) -> datetime:
    if stamp[:4].isdigit():
        return _year_first(stamp)
    parts = DATED.fullmatch(stamp)
    if parts is None:
        if NO_SECONDS.fullmatch(stamp):
            raise ValueError(f"'{stamp}' has no seconds (a spreadsheet cuts them off: export the log anew)")
        return datetime.fromisoformat(stamp)
    hour = int(parts[5])
    if parts[9]:
        if not 1 <= hour <= 12:
            raise ValueError(f"'{stamp}': hour must be in 1..12 before AM or PM")
        hour = hour % 12 + 12 * (parts[9] in "Pp")
    day = _day(parts[1], parts[3], parts[4], day_first)
    return day.replace(hour=hour, minute=int(parts[6]), second=int(parts[7]),
                       microsecond=int((parts[8] or "0").ljust(6, "0")))


def _year_first(stamp: str) -> datetime:
    """ISO 8601, or nearly: slashes in the date, a blank before the zone, UTC by its name."""
    try:
        return datetime.fromisoformat(stamp)
    except ValueError:
        date, rest = stamp[:10].replace("/", "-"), stamp[10:]
        return datetime.fromisoformat(date + ZONE.sub(lambda found: found[1] or "+00:00", rest))


@lru_cache(maxsize=64)
def _day(first: str, second: str, year: str, day_first: bool) -> datetime:
    month, day = (second, first) if day_first else (first, second)
    return datetime(int(year), int(month), int(day))
