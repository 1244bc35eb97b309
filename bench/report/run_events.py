"""``signal-core events``: a run as a high-resolution controller event log.

The enumeration is that of Purdue University and Indiana DOT (Sturdevant et al., Indiana Traffic Signal Hi Resolution
Data Logger Enumerations, 2012), the columns those of agencies' software: TimeStamp, DeviceId, EventId, Parameter.
A phase there is a signal group here: links that showed the same throughout the run, numbered from 1.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from bench.measures.raw import Shown
from bench.measures.streams import elements, named
from bench.runs.prepare import Prepared
from controllers.logs.event_log import (
    BEGIN_GREEN,
    BEGIN_RED_CLEARANCE,
    BEGIN_YELLOW,
    DETECTOR_OFF,
    DETECTOR_ON,
    END_RED_CLEARANCE,
    END_YELLOW,
    FORCE_OFF,
    GREEN_ENDS,
    PHASE_INACTIVE,
    PHASE_ON,
    PREEMPT_ENTRY,
    PREEMPT_OFF,
    PREEMPT_ON,
    PRIORITY_CHECK_IN,
    PRIORITY_CHECK_OUT,
    PRIORITY_EARLY,
    PRIORITY_EXTENDED,
    TRACK_CLEARANCE,
    Event,
)
from network.loops.detectors import Layout
from network.program.signals import Signal
from scenarios.recording import channel_of

Codes: TypeAlias = dict[str, tuple[int, ...]]
PRIORITY: Codes = {"QUEUED": (PRIORITY_CHECK_IN,), "EARLY": (PRIORITY_EARLY,), "KEPT": (PRIORITY_EXTENDED,),
                   "USED": (PRIORITY_CHECK_OUT,), "EXPIRED": (PRIORITY_CHECK_OUT,)}  # fmt: skip
PREEMPTION: Codes = {"QUEUED": (PREEMPT_ON,), "GRANTED": (PREEMPT_ENTRY,), "USED": (PREEMPT_OFF,),
                     "EXPIRED": (PREEMPT_OFF,)}  # fmt: skip
TRACK: Codes = PREEMPTION | {"GRANTED": (PREEMPT_ENTRY, TRACK_CLEARANCE)}
"""Before a railway. 103, gate down, is an input of gates, which no request has."""
CODES = {"EMERGENCY": PREEMPTION, "RAIL": TRACK}
GREEN, YELLOW = frozenset("Gg"), frozenset("yYu")


def groups(shown: Shown) -> list[tuple[int, ...]]:
    """Links that showed the same throughout, if they ever were green; ordered by their first link."""
    found: dict[tuple[str, ...], list[int]] = {}
    for i in range(min(map(len, shown.states))):
        course = tuple(_colour(state[i]) for state in shown.states)
        if "green" in course:
            found.setdefault(course, []).append(i)
    return [tuple(links) for links in found.values()]


def _colour(lamp: str) -> str:
    return "green" if lamp in GREEN else "yellow" if lamp in YELLOW else "red"


def phase_events(device: int, signal: Signal, shown: Shown) -> Iterator[Event]:
    """What every group showed. Red clearance ends when a conflicting group, or the group itself, gets green."""
    of_signal = groups(shown)
    clearing: set[int] = set()
    for before, state, time_s in zip(shown.states, shown.states[1:], shown.times_s[1:], strict=False):
        colours = [(_colour(before[g[0]]), _colour(state[g[0]])) for g in of_signal]
        started = [k for k, (was, now) in enumerate(colours) if now == "green" != was]
        for k, (was, now) in enumerate(colours):
            for event in _changes(was, now):
                yield Event(time_s, device, event, k + 1)
            if now == "red" != was:
                clearing.add(k)
        for k in sorted(clearing):
            if any(k == other or _are_foes(signal, of_signal[k], of_signal[other]) for other in started):
                clearing.discard(k)
                yield Event(time_s, device, END_RED_CLEARANCE, k + 1)
                yield Event(time_s, device, PHASE_INACTIVE, k + 1)


def request_events(device: int, shown: Shown, asked: Iterable[Mapping[str, Any]]) -> list[Event]:
    """Of those who asked for green at a signal: check-in, early green, green kept, check-out, and preemption.

    asked: events of `bench.measures.asked` at this signal. The parameter is the group that was asked for, 0 for none.
    """
    group_of = {link: k for k, links in enumerate(groups(shown), start=1) for link in links}
    return [
        Event(each["time_s"], device, event, group_of.get(each["link"], 0))
        for each in asked
        for event in CODES.get(each["kind"], PRIORITY).get(each["status"], ())
    ]


def _are_foes(signal: Signal, one: Sequence[int], other: Sequence[int]) -> bool:
    return any(signal.conflicts[i, j] for i in one for j in other)


def _changes(was: str, now: str) -> list[int]:
    if was == now:
        return []
    ends = {"green": [FORCE_OFF, GREEN_ENDS], "yellow": [END_YELLOW], "red": []}[was]  # nothing here gaps out by itself
    begins = {"green": [PHASE_ON, BEGIN_GREEN], "yellow": [BEGIN_YELLOW], "red": [BEGIN_RED_CLEARANCE]}[now]
    return ends + begins


def detectors(layout: Layout, devices: Mapping[str, int]) -> dict[str, list[tuple[int, int]]]:
    """Per loop id, (device, detector number) of every signal it serves; numbers count from 1 per signal."""
    found: dict[str, list[tuple[int, int]]] = {}
    for signal_id, device in devices.items():
        for number, loop in enumerate(_loops_of(layout, signal_id), start=1):
            found.setdefault(layout.loops[loop].id, []).append((device, number))
    return found


def _loops_of(layout: Layout, signal_id: str) -> list[int]:
    used: dict[int, None] = {}
    for own in layout.lane_loops.get(signal_id, ()):
        for loop in (own.stop, *(loop for level in own.upstream for loop, _, _ in level)):
            if loop >= 0:
                used[loop] = None
    return list(used)


@named
def detector_events(path: Path, numbers: Mapping[str, Sequence[tuple[int, int]]], partial: bool = False) -> list[Event]:
    """On and off of every detector, from the passages SUMO recorded; partial: of those there are."""
    kinds = {"enter": DETECTOR_ON, "leave": DETECTOR_OFF}
    return [
        Event(round(float(found.attrib["time"]), 1), device, kinds[found.attrib["state"]], number)
        for found in elements(path, ("instantOut",), partial)
        if found.attrib["state"] in kinds
        for device, number in numbers.get(channel_of(found.attrib["id"]), ())
    ]


def write_meaning(path: Path, prepared: Prepared, devices: Mapping[str, int], shown: Mapping[str, Shown]) -> None:
    """What every device, phase and detector of a log is."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(("DeviceId", "signal", "kind", "Parameter", "links", "lane", "distance_m", "phases"))
        for signal_id, device in devices.items():
            of_signal = groups(shown[signal_id])
            for k, links in enumerate(of_signal, start=1):
                writer.writerow((device, signal_id, "phase", k, " ".join(map(str, links)), "", "", k))
            for number, loop in enumerate(_loops_of(prepared.layout, signal_id), start=1):
                found, served = prepared.layout.loops[loop], _phases_of(prepared.layout, signal_id, loop, of_signal)
                writer.writerow((device, signal_id, "detector", number, "", found.lane_id, found.distance_m, served))


def write_functions(path: Path, layout: Layout, devices: Mapping[str, int], shown: Mapping[str, Shown]) -> None:
    """Detectors by phase as `atspm` wants them: at the stop line they show presence, the furthest an arrival."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(("DeviceId", "Phase", "Parameter", "Function"))
        for signal_id, device in devices.items():
            numbers = {loop: k for k, loop in enumerate(_loops_of(layout, signal_id), start=1)}
            stops = {own.stop for own in layout.lane_loops.get(signal_id, ())}
            ends = {loop for own in layout.lane_loops.get(signal_id, ())
                    for loop, _, _ in next((level for level in reversed(own.upstream) if level), ())}  # fmt: skip
            for loop, number in numbers.items():
                for phase in _phases_of(layout, signal_id, loop, groups(shown[signal_id])).split():
                    if loop in stops:
                        writer.writerow((device, phase, number, "Presence"))
                    elif loop in ends:
                        writer.writerow((device, phase, number, "Advance"))


def _phases_of(layout: Layout, signal_id: str, loop: int, of_signal: Sequence[Sequence[int]]) -> str:
    links = {
        i
        for own in layout.lane_loops[signal_id]
        if loop == own.stop or any(loop == k for level in own.upstream for k, _, _ in level)
        for i in own.lane.links
    }
    return " ".join(str(k) for k, group in enumerate(of_signal, start=1) if links & set(group))
