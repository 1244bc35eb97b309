"""An event log second by second: what one controller showed, and what its detectors saw. Holes are left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np
from numpy.typing import NDArray

from controllers.logs.event_log import (
    BEGIN_GREEN,
    BEGIN_RED_CLEARANCE,
    BEGIN_YELLOW,
    DETECTOR_OFF,
    DETECTOR_ON,
    END_RED_CLEARANCE,
    Event,
    Log,
    Repeated,
)
from controllers.shadow.holes import find_holes
from network.errors import ScenarioError
from signal_core.tables.arrays import GREEN, RED, YELLOW, BoolArray, FloatArray

NOTHING = 255
LAMPS = {BEGIN_GREEN: GREEN, BEGIN_YELLOW: YELLOW, BEGIN_RED_CLEARANCE: RED}
LAMP_BEFORE = {BEGIN_GREEN: RED, BEGIN_YELLOW: GREEN, BEGIN_RED_CLEARANCE: YELLOW}
DETECTOR = (DETECTOR_ON, DETECTOR_OFF)


@dataclass(frozen=True)
class Recorded:
    """Seconds of one controller, T of them, with P phases and D detectors.

    shown: uint8[T, P], codes as of the engine at the begin of each second; clearing: bool[T], a phase is in red
    clearance; entered, left: float64[T, D]; occupancy: float64[T, D]; known: bool[T], false in holes of the log;
    holes: (last event before, first event after) in s; repeated: rows that the log holds more than once.
    """

    device: int
    begin_s: int
    phases: tuple[int, ...]
    detectors: tuple[int, ...]
    shown: NDArray[np.uint8]
    clearing: BoolArray
    entered: FloatArray
    left: FloatArray
    occupancy: FloatArray
    known: BoolArray
    holes: tuple[tuple[float, float], ...] = ()
    repeated: tuple[Repeated, ...] = ()


def record(log: Log, device: int, detectors: Sequence[int]) -> Recorded:
    """What one controller showed and its detectors saw, second by second. Raises ScenarioError for one of no signal."""
    own = [event for event in log.events if event.device == device]
    phases = tuple(sorted({event.parameter for event in own if event.event == BEGIN_GREEN}))
    if len(phases) < 2:
        raise ScenarioError(f"device {device}: fewer than two phases ever become green in the log")
    begin_s = int(own[0].time_s)
    length = int(own[-1].time_s) + 1 - begin_s
    holes = find_holes(own)
    known = np.ones(length, dtype=np.bool_)
    for start, end in holes:
        known[int(np.ceil(start - begin_s)):int(end - begin_s)] = False
    entered, left, occupancy = _counts(own, detectors, begin_s, length, holes)
    return Recorded(device, begin_s, phases, tuple(detectors), _lamps(own, phases, begin_s, length, holes),
                    _clearing(own, begin_s, length), entered, left, occupancy, known, holes,
                    tuple(each for each in log.repeated if each.device == device))


def _next_codes(own: Sequence[Event], times_s: Sequence[float], codes: Sequence[int]) -> list[dict[int, int]]:
    """For each of these times, ascending, and each parameter the first of these events from then on."""
    found, waiting, following = [], list(times_s), dict[int, int]()
    for event in reversed(own):
        while waiting and event.time_s < waiting[-1]:
            waiting.pop()
            found.append(dict(following))
        if event.event in codes:
            following[event.parameter] = event.event
    return [*(dict(following) for _ in waiting), *reversed(found)]


def _lamps(own: Sequence[Event], phases: Sequence[int], begin_s: int, length: int,
           holes: Sequence[tuple[float, float]]) -> NDArray[np.uint8]:
    """uint8[T, P]: what began last; at the begin and after a hole, what the next event must follow."""
    begun = np.full((length + 1, len(phases)), NOTHING, dtype=np.uint8)
    place = dict(zip(phases, count()))
    starts = [float(begin_s), *(end for _, end in holes)]
    for start, following in zip(starts, _next_codes(own, starts, tuple(LAMPS)), strict=True):
        for phase, code in following.items():
            if phase in place:
                begun[int(start - begin_s), place[phase]] = LAMP_BEFORE[code]
    for event in own:
        if event.event in LAMPS and event.parameter in place:
            begun[min(length, int(np.ceil(event.time_s - begin_s))), place[event.parameter]] = LAMPS[event.event]
    return _held(begun)[:length]


def _held(begun: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """What was shown each second: what began last, red before anything did."""
    rows = np.where(begun == NOTHING, 0, np.arange(len(begun))[:, None])
    last = np.take_along_axis(begun, np.maximum.accumulate(rows, axis=0), axis=0)
    return np.where(last == NOTHING, RED, last).astype(np.uint8)


def _clearing(own: Sequence[Event], begin_s: int, length: int) -> BoolArray:
    changes = np.zeros(length + 1, dtype=np.int64)
    since: dict[int, float] = {}
    for event in own:
        if event.event == BEGIN_RED_CLEARANCE:
            since[event.parameter] = event.time_s
        elif event.event == END_RED_CLEARANCE and event.parameter in since:
            changes[min(length, int(np.ceil(since.pop(event.parameter) - begin_s)))] += 1
            changes[min(length, int(np.ceil(event.time_s - begin_s)))] -= 1
    return np.cumsum(changes[:length]) > 0


def _counts(own: Sequence[Event], detectors: Sequence[int], begin_s: int, length: int,
            holes: Sequence[tuple[float, float]]) -> tuple[FloatArray, ...]:
    """Of every second and detector how many came, how many left, and the share of it that somebody was there.

    Who was there before the log began, or before a hole, and after it, is told by the next event of that detector.
    """
    entered, left, occupancy = (np.zeros((length, len(detectors))) for _ in range(3))
    place = {number: k for k, number in enumerate(detectors)}
    starts = [float(begin_s), *(end for _, end in holes)]
    following = _next_codes(own, starts, DETECTOR)
    since = {number: 0.0 for number, code in following[0].items() if number in place and code == DETECTOR_OFF}
    ahead = iter(zip(holes, following[1:], strict=True))
    hole = next(ahead, None)
    for event in own:
        if hole is not None and event.time_s >= hole[0][1]:
            since = _across(hole[0], hole[1], begin_s, since, place, occupancy)
            hole = next(ahead, None)
        k = place.get(event.parameter, -1)
        if k < 0 or event.event not in DETECTOR:
            continue
        second = min(length - 1, int(event.time_s - begin_s))
        if event.event == DETECTOR_ON:
            entered[second, k] += 1.0
            since.setdefault(event.parameter, event.time_s - begin_s)
        else:
            left[second, k] += 1.0
            if event.parameter in since:
                _occupy(occupancy[:, k], since.pop(event.parameter), event.time_s - begin_s)
    for number, start in since.items():
        _occupy(occupancy[:, place[number]], start, float(length))
    return entered, left, np.minimum(occupancy, 1.0)


def _across(hole: tuple[float, float], following: dict[int, int], begin_s: int, since: dict[int, float],
            place: dict[int, int], occupancy: FloatArray) -> dict[int, float]:
    """Which detectors are on after a hole, by what they do next; those that never do anything are as before."""
    for number, start in since.items():
        _occupy(occupancy[:, place[number]], start, hole[0] - begin_s)
    return {number: hole[1] - begin_s for number in place
            if following.get(number, DETECTOR_OFF if number in since else DETECTOR_ON) == DETECTOR_OFF}


def _occupy(column: FloatArray, start: float, end: float) -> None:
    first, last = int(start), min(len(column), int(np.ceil(end))) - 1
    if first < last:
        column[first] += first + 1.0 - start
        column[first + 1:last] += 1.0
        column[last] += min(end, last + 1.0) - last
    elif first == last:
        column[first] += min(end, first + 1.0) - start
