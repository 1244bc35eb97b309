"""``signal-core events``: a run as a high-resolution controller event log.

The enumeration is that of Purdue University and Indiana DOT (Sturdevant et al., Indiana Traffic Signal Hi Resolution
Data Logger Enumerations, 2012), the columns those of agencies' software: TimeStamp, DeviceId, EventId, Parameter.
A phase there is a signal group here: links that showed the same throughout the run, numbered from 1.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from bench.console import make_console
from bench.options import add_recorded_run_options, recorded_run
from bench.prepare import Prepared, load
from bench.report.raw import Shown, read_shown
from bench.spec import read_study
from network.detectors import Layout
from network.errors import ScenarioError
from network.signals import Signal
from scenarios.launch import SHOWN_STATES
from scenarios.recording import PASSAGES, POINT

PHASE_ON, BEGIN_GREEN, FORCE_OFF, GREEN_ENDS, BEGIN_YELLOW, END_YELLOW = 0, 1, 6, 7, 8, 9
BEGIN_RED_CLEARANCE, END_RED_CLEARANCE, PHASE_INACTIVE = 10, 11, 12
DETECTOR_OFF, DETECTOR_ON = 81, 82
GREEN, YELLOW = frozenset("Gg"), frozenset("yYu")
DAY = datetime(2026, 1, 1)


@dataclass(frozen=True, slots=True, order=True)
class Event:
    """One line of a log; ``time_s`` in simulation time."""

    time_s: float
    device: int
    event: int
    parameter: int


def register(commands: Any) -> None:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "events",
        help="a run as a high-resolution controller event log (CSV)",
        description="Write phase events, and detector events of the first seed of compare, in "
        " the Indiana enumeration; beside it which device, phase and detector is what.",
    )
    add_recorded_run_options(parser)
    parser.add_argument("-o", "--output", default="events.csv", metavar="FILE", help="default: events.csv")
    parser.set_defaults(command=command)


def command(given: argparse.Namespace) -> int:
    """Write the log the options describe."""
    place = recorded_run(given)
    if not (place / SHOWN_STATES).is_file():
        raise ScenarioError(f"{place}: no run of '{given.controller}' with seed {given.seed} here")
    prepared = load(read_study(place.parents[2] / "prepared" / "study.json"))
    shown = read_shown(place / SHOWN_STATES)
    devices = {signal_id: k for k, signal_id in enumerate(sorted(shown), start=1)}
    events = [event for i in shown for event in phase_events(devices[i], prepared.signals[i], shown[i])]
    if (place / PASSAGES).is_file():
        events += detector_events(place / PASSAGES, detectors(prepared.layout, devices))
    path = Path(given.output).absolute()
    write_log(path, sorted(events))
    write_functions(path.with_name(f"{path.stem}-detectors.csv"), prepared.layout, devices, shown)
    write_meaning(path.with_name(f"{path.stem}-meaning.csv"), prepared, devices, shown)
    make_console().print(f"{len(events)} events of {len(devices)} devices: {path}", soft_wrap=True, highlight=False)
    return 0


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
    for approach in layout.approaches.get(signal_id, ()):
        for loop in (approach.stop, *(loop for level in approach.upstream for loop, _, _ in level)):
            if loop >= 0:
                used[loop] = None
    return list(used)


def detector_events(path: Path, numbers: Mapping[str, Sequence[tuple[int, int]]]) -> Iterator[Event]:
    """On and off of every detector, from the passages SUMO recorded."""
    kinds = {"enter": DETECTOR_ON, "leave": DETECTOR_OFF}
    for _, element in ElementTree.iterparse(path):
        if element.tag == "instantOut" and element.attrib["state"] in kinds:
            loop = element.attrib["id"].removesuffix(POINT)
            for device, number in numbers.get(loop, ()):
                yield Event(round(float(element.attrib["time"]), 1), device, kinds[element.attrib["state"]], number)
        element.clear()


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
            stops = {approach.stop for approach in layout.approaches.get(signal_id, ())}
            ends = {loop for approach in layout.approaches.get(signal_id, ())
                    for loop, _, _ in next((level for level in reversed(approach.upstream) if level), ())}  # fmt: skip
            for loop, number in numbers.items():
                for phase in _phases_of(layout, signal_id, loop, groups(shown[signal_id])).split():
                    if loop in stops:
                        writer.writerow((device, phase, number, "Presence"))
                    elif loop in ends:
                        writer.writerow((device, phase, number, "Advance"))


def _phases_of(layout: Layout, signal_id: str, loop: int, of_signal: Sequence[Sequence[int]]) -> str:
    links = {
        i
        for approach in layout.approaches[signal_id]
        if loop == approach.stop or any(loop == k for level in approach.upstream for k, _, _ in level)
        for i in approach.lane.links
    }
    return " ".join(str(k) for k, group in enumerate(of_signal, start=1) if links & set(group))
