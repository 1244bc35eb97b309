"""The exchange list for traffic light controllers, 1.2: the codes that are used, and how their text is read.

Reading never raises: what cannot be read is None or left out. Names and commands are those of the list's public
schema; the letters of signal groups those of its appendix.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

STATUSES: Mapping[str, tuple[str, ...]] = {
    "S0001": ("signalgroupstatus", "cyclecounter", "basecyclecounter", "stage"),
    "S0002": ("detectorlogicstatus",),
    "S0003": ("inputstatus",), "S0004": ("outputstatus",),
    "S0005": ("status", "statusByIntersection"), "S0006": ("status", "emergencystage"),
    "S0007": ("intersection", "status", "source"), "S0008": ("intersection", "status", "source"),
    "S0009": ("intersection", "status", "source"), "S0010": ("intersection", "status", "source"),
    "S0011": ("intersection", "status", "source"), "S0012": ("intersection", "status", "source"),
    "S0013": ("intersection", "status"), "S0014": ("status", "source"), "S0015": ("status", "source"),
    "S0016": ("number",), "S0017": ("number",), "S0019": ("number",), "S0020": ("intersection", "controlmode"),
    "S0021": ("detectorlogics",), "S0022": ("status",), "S0023": ("status",), "S0024": ("status",),
    "S0025": ("minToGEstimate", "maxToGEstimate", "likelyToGEstimate", "ToGConfidence", "minToREstimate",
              "maxToREstimate", "likelyToREstimate", "ToRConfidence"),
    "S0026": ("status",), "S0027": ("status",), "S0028": ("status",), "S0029": ("status",), "S0030": ("status",),
    "S0031": ("status",), "S0032": ("intersection", "status", "source"), "S0033": ("status",), "S0034": ("status",),
    "S0035": ("emergencyroutes",), "S0091": ("user",), "S0092": ("user",), "S0095": ("status",),
    "S0096": ("year", "month", "day", "hour", "minute", "second"), "S0097": ("checksum", "timestamp"),
    "S0098": ("config", "timestamp", "version"), "S0201": ("starttime", "vehicles"),
    "S0203": ("starttime", "occupancy"), "S0205": ("start", "vehicles"), "S0207": ("start", "occupancy"),
}
COMMANDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "M0001": ("setValue", ("status", "securityCode", "timeout", "intersection")),
    "M0002": ("setPlan", ("status", "securityCode", "timeplan")),
    "M0007": ("setFixedTime", ("status", "securityCode")),
    "M0014": ("setCommands", ("plan", "status", "securityCode")),
    "M0015": ("setOffset", ("status", "plan", "securityCode")),
    "M0018": ("setCycleTime", ("status", "plan", "securityCode")),
    "M0022": ("requestPriority", ("requestId", "type", "level")),
    "M0023": ("setTimeout", ("status", "securityCode")),
    "M0103": ("setSecurityCode", ("status", "oldSecurityCode", "newSecurityCode")),
    "M0104": ("setDate", ("securityCode", "year", "month", "day", "hour", "minute", "second")),
}
"""Command and arguments of each code."""
GREEN, YELLOW, FLASHING, DARK = frozenset("123456789"), frozenset("fNO"), frozenset("cd"), frozenset("ab")
STARTING = frozenset("efg")
MOST_BANDS = 10
MOST_NUMBER = 65_535


def whole(text: object) -> int | None:
    """A number written as text."""
    if isinstance(text, str) and re.fullmatch(r"-?\d{1,9}", text, re.ASCII):
        return int(text)
    return None


def wholes(text: object) -> list[int | None]:
    """Numbers by comma, None for what is none."""
    return [whole(part.strip()) for part in text.split(",")] if isinstance(text, str) and text else []


def truth(text: object) -> bool | None:
    """``True`` or ``False``."""
    return {"True": True, "False": False}.get(text) if isinstance(text, str) else None


def any_true(text: object) -> bool:
    """Whether one of the booleans by comma is true: of an intersection each."""
    return isinstance(text, str) and any(truth(part.strip()) for part in text.split(","))


def pairs(text: object) -> dict[int, int]:
    """``plan-value`` by comma."""
    return {row[0]: row[1] for row in _rows(text, 2)}


def bands(text: object) -> dict[int, dict[int, int]]:
    """``plan-band-extension`` by comma, as extensions in s by band by plan."""
    found: dict[int, dict[int, int]] = {}
    for plan, band, extension in _rows(text, 3):
        found.setdefault(plan, {})[band] = extension
    return found


def _rows(text: object, size: int) -> Iterable[tuple[int, ...]]:
    if not isinstance(text, str):
        return
    for part in text.split(","):
        row = tuple(whole(one) for one in part.strip().split("-"))
        if len(row) == size and all(isinstance(one, int) for one in row):
            yield tuple(one for one in row if one is not None)


def band_text(extensions_s: Mapping[int, int]) -> str:
    """``band-extension`` by comma, as M0014 takes it."""
    return ",".join(f"{band}-{extension}" for band, extension in sorted(extensions_s.items()))


def groups_in(text: object, letters: frozenset[str]) -> frozenset[int]:
    """Groups, from 1, that show one of the letters."""
    return frozenset(k for k, letter in enumerate(text, start=1) if letter in letters) if isinstance(
        text, str) else frozenset()


def clock(values: Mapping[str, object]) -> float | None:
    """S0096 as seconds since 1970."""
    numbers = [whole(values.get(name)) for name in STATUSES["S0096"]]
    if any(one is None for one in numbers):
        return None
    try:
        year, month, day, hour, minute, second = (one or 0 for one in numbers)
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()
    except (ValueError, OverflowError):
        return None
