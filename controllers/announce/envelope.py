"""What MAPEM and SPATEM have in common, as JSON with the fields of ISO/TS 19091 and ETSI TS 103 301 (v2.2.1)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from network.errors import ScenarioError

T = TypeVar("T")
JSON_VERSION = "2.0.0"
PROTOCOL_VERSION = 2
"""Of the ItsPduHeader, for TS 103 301 release 2."""
MOST_INTERSECTIONS = 32
"""In one message."""
MOST_IDS, MOST_GROUPS = 65_535, 255
EARLIEST, LATEST = datetime(2018, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
"""Between these the schema's time stamps lie."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends. epoch: the moment of simulation time 0."""

    epoch: datetime
    name: str = "signal-core"
    station_id: int = 0
    region: int = 0


def moment(text: str) -> datetime:
    """A moment in ISO 8601, UTC where it names no zone. Raises ScenarioError where it is none or cannot be sent."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ScenarioError(f"'{text[:40]}' is no moment; write 2026-06-01T06:00:00Z") from error
    found = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    if not EARLIEST <= found < LATEST:
        raise ScenarioError(f"'{text[:40]}': messages carry moments from 2018 to 2027; write 2026-06-01T06:00:00Z")
    return found


def numbers(signals: Iterable[str]) -> dict[str, int]:
    """Number of every intersection, the same in MAP and SPaT: signals in the order of their names, from 1.

    Raises ScenarioError where messages have no numbers for as many.
    """
    ordered = sorted(signals)
    if len(ordered) > MOST_IDS:
        raise ScenarioError(f"{len(ordered)} signals; messages have numbers for {MOST_IDS}")
    return {signal_id: k for k, signal_id in enumerate(ordered, start=1)}


def signal_group(index: int, signal_id: str) -> int:
    """The group of a state index: one more, as 0 is unknown there. Raises ScenarioError beyond 255."""
    if index >= MOST_GROUPS:
        raise ScenarioError(f"signal {signal_id}: more than {MOST_GROUPS} lamps; messages have no numbers for them")
    return index + 1


def minute_of_year(now: datetime) -> int:
    """Whole minutes since the year began."""
    return int((now - datetime(now.year, 1, 1, tzinfo=UTC)).total_seconds() // 60)


def envelope(kind: str, sender: Sender, now: datetime, message: Mapping[str, Any]) -> dict[str, Any]:
    """A message with its head."""
    return {
        "message_type": kind, "origin": "self", "version": JSON_VERSION, "source_uuid": sender.name,
        "timestamp": math.floor(now.timestamp() * 1000),
        "message": {"protocol_version": PROTOCOL_VERSION, "station_id": sender.station_id,
                    "timestamp": minute_of_year(now), **message},
    }  # fmt: skip


def batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """As many as fit into one message at a time."""
    return (items[k:k + MOST_INTERSECTIONS] for k in range(0, len(items), MOST_INTERSECTIONS))
