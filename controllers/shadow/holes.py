"""Holes in an event log: silences in which events are missing, not traffic.

A controller says nothing where nothing happens, so a silence is a hole only where it is too long for the traffic
around it, or where what comes after it cannot follow what was before (a detector goes on that was on).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np

from controllers.logs.event_log import BEGIN_GREEN, BEGIN_YELLOW, DETECTOR_OFF, DETECTOR_ON, Event
from signal_core.tables.arrays import FloatArray

LEAST_S = 15.0
USUAL_EVENTS = 60.0
"""A silence in which so many are usual is a hole ..."""
AROUND_S = 900.0
"""... by those so long before and after it."""
BROKEN_LEAST_S = 60.0
BROKEN_DETECTORS = 2
"""So many detectors or phases that do not go on as they were tell a hole, too."""
SOON = 500
"""Events."""
STATES = {DETECTOR_ON: "detector", DETECTOR_OFF: "detector", BEGIN_GREEN: "phase", BEGIN_YELLOW: "phase"}


def find_holes(own: Sequence[Event]) -> tuple[tuple[float, float], ...]:
    """(last event before, first event after) in s of each hole in one device's events, ordered by time."""
    times = np.array([event.time_s for event in own])
    silences = np.diff(times)
    return tuple((float(times[k]), float(times[k + 1])) for k in np.flatnonzero(silences >= LEAST_S).tolist()
                 if _usual(times, k) >= USUAL_EVENTS or silences[k] >= BROKEN_LEAST_S and _is_broken(own, k + 1))


def _usual(times: FloatArray, k: int) -> float:
    """Events that pass in as long a time as the silence after event k, by what is around it."""
    start, end = float(times[k]), float(times[k + 1])
    first, last = np.searchsorted(times, [start - AROUND_S, end + AROUND_S]).tolist()
    around_s = min(AROUND_S, start - float(times[0])) + min(AROUND_S, float(times[-1]) - end)
    return float((last - first) * (end - start) / max(around_s, LEAST_S))


def _is_broken(own: Sequence[Event], k: int) -> bool:
    """Whether detectors and phases do from event k on what they had done already."""
    before = _first_of(islice(reversed(own[:k]), SOON))
    after = _first_of(own[k:k + SOON])
    return sum(after[key] == code for key, code in before.items() if key in after) >= BROKEN_DETECTORS


def _first_of(events: Sequence[Event] | Iterator[Event]) -> dict[tuple[str, int], int]:
    found: dict[tuple[str, int], int] = {}
    for event in events:
        if event.event in STATES:
            found.setdefault((STATES[event.event], event.parameter), event.event)
    return found
