"""SPaT: what every signal group shows now, and when that changes: earliest, latest, likely, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from controllers.announce.course import IS_DARK, IS_GREEN, IS_RED, Course
from controllers.announce.envelope import Sender, batches, envelope, minute_of_year, signal_group
from signal_core.tables.arrays import FloatArray

HOUR_S, LATER, UNKNOWN = 3600.0, 36_000, 36_001
"""Marks of time count tenths of a second in the hour; two of them mean more than an hour ahead, and not known."""
STATES = {"r": 3, "s": 2, "u": 4, "g": 5, "G": 6, "O": 1, "o": 9}
PERMISSIVE_CLEARANCE, PROTECTED_CLEARANCE, UNAVAILABLE = 7, 8, 0
YELLOW_LETTERS = "yY"
Status: TypeAlias = tuple[str, ...]
"""Of an intersection, by the names of the standard, those of these that hold."""
PREEMPTED, PRIORITY, FIXED_TIME, BY_TRAFFIC, OFF = (
    "preemptIsActive", "signalPriorityIsActive", "fixedTimeOperation", "trafficDependentOperation", "off")


@dataclass(frozen=True)
class Said:
    """What is sent of one intersection: [T, n] each, seconds of the simulation, inf for never or unknown, NaN of
    likely_s for nothing to say; confidence: 0 to 15. status: of every second."""

    number: int
    course: Course
    earliest_s: FloatArray
    latest_s: FloatArray
    likely_s: FloatArray
    next_green_s: FloatArray
    confidence: NDArray[np.int8]
    status: Sequence[Status]


def spat_messages(said: Sequence[Said], sender: Sender,
                  before: dict[int, NDArray[np.bool_]] | None = None) -> Iterator[dict[str, Any]]:
    """SPATEM of every second, as many intersections in each as fit.

    before: by number, which lamps gave way when they were green last, kept for the seconds that follow.
    """
    first = min(one.course.first_s for one in said)
    last = max(one.course.first_s + len(one.course.states) for one in said)
    gave_way = {} if before is None else before
    for one in said:
        gave_way.setdefault(one.number, np.zeros(one.course.colour.shape[1], dtype=np.bool_))
    for time_s in range(first, last):
        now = sender.epoch + timedelta(seconds=time_s)
        here = [one for one in said if 0 <= time_s - one.course.first_s < len(one.course.states)]
        for part in batches(here):
            yield envelope("spatem", sender, now, {
                "intersections": [_intersection(one, time_s, now, sender, gave_way[one.number]) for one in part]})


def _intersection(one: Said, time_s: int, now: datetime, sender: Sender, gave_way: NDArray[np.bool_]) -> dict[str, Any]:
    t = time_s - one.course.first_s
    letters = one.course.states[t]
    for i, letter in enumerate(letters):  # a yellow is of the kind that its green was
        if letter in "gG":
            gave_way[i] = letter == "g"
    status = [OFF] if bool((one.course.colour[t] == IS_DARK).all()) else list(one.status[t])
    return {
        "name": one.course.signal_id, "id": {"region": sender.region, "id": one.number}, "revision": 0,
        "status": status, "moy": minute_of_year(now), "timestamp": now.second * 1000 + now.microsecond // 1000,
        "states": [{"signal_group": signal_group(i, one.course.signal_id),
                    "state_time_speed": [_event(one, t, i, letter, bool(gave_way[i]), sender.epoch)]}
                   for i, letter in enumerate(letters)],
    }  # fmt: skip


def event_state(letter: str, gave_way: bool) -> int:
    """MovementPhaseState of SUMO's letter; gave_way: a green before it gave way."""
    if letter in YELLOW_LETTERS:
        return PERMISSIVE_CLEARANCE if gave_way else PROTECTED_CLEARANCE
    return STATES.get(letter, UNAVAILABLE)


def _event(one: Said, t: int, i: int, letter: str, gave_way: bool, epoch: datetime) -> dict[str, Any]:
    colour, now_s = one.course.colour[t, i], float(one.course.first_s + t)
    event: dict[str, Any] = {"event_state": event_state(letter, gave_way)}
    if colour == IS_DARK:
        return event
    timing = {"min_end_time": mark(epoch, now_s, one.earliest_s[t, i]),
              "max_end_time": mark(epoch, now_s, one.latest_s[t, i])}  # fmt: skip
    if np.isfinite(one.likely_s[t, i]):
        timing |= {"likely_time": mark(epoch, now_s, one.likely_s[t, i]), "confidence": int(one.confidence[t, i])}
    green_s = one.next_green_s[t, i]
    if colour == IS_RED and not np.isfinite(green_s):
        green_s = one.likely_s[t, i]
    if np.isfinite(green_s) and not (colour == IS_GREEN and green_s <= one.earliest_s[t, i]):
        timing["next_time"] = mark(epoch, now_s, green_s)
    return {**event, "timing": timing}


def mark(epoch: datetime, now_s: float, at_s: float) -> int:
    """A mark of time: tenths of a second in the hour of UTC; at_s: seconds after the epoch, inf for not known."""
    if not np.isfinite(at_s):
        return UNKNOWN
    if at_s - now_s >= HOUR_S:
        return LATER
    into_s = epoch.minute * 60 + epoch.second + epoch.microsecond / 1e6 + float(at_s)
    return round(into_s % HOUR_S * 10.0) % LATER
