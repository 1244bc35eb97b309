"""Locks: places that nobody has left for `LOCKED_S` though it was their turn, by SUMO's own record.

A place is a lane, or a lane inside a junction. Somebody stood in it all the time. It was its turn where its signal
showed green for `GREEN_S` or more, where it has priority, or where it lies inside a signalised junction. A place that
gives way counts only where nobody left the place before it either: a minor street that never finds a gap is no lock.
Times are those of the recorded intervals.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from bench.measures.raw import Shown, attributes, read_shown, text_of
from bench.measures.streams import lines
from network.files import read_unpacked
from scenarios.launch import SHOWN_STATES
from scenarios.recording import STANDING

LOCKED_S = 300.0
GREEN_S = 5.0
STOOD = 0.9
"""Share of an interval in which somebody has to stand."""
INTERVAL = re.compile(rb'<interval begin="([\d.]+)" end="([\d.]+)"')
LANE = re.compile(rb'<lane id="([^"]*)"')
WAITING = re.compile(rb' waitingTime="([\d.]+)"')
LEFT = re.compile(rb' left="(\d+)"')
CONNECTION = re.compile(rb"<connection [^>]*>")


class Span(NamedTuple):
    """From, to, in s."""

    since_s: float
    until_s: float

    def overlap_s(self, since_s: float, until_s: float) -> float:
        """Seconds both share."""
        return min(self.until_s, until_s) - max(self.since_s, since_s)


@dataclass(frozen=True, slots=True)
class Lock:
    """A locked place; ``until_s`` is the end of the run where it never came free."""

    place: str
    since_s: float
    until_s: float


@dataclass(frozen=True, slots=True)
class Stood:
    """One lane over one interval: seconds stood, summed over vehicles, and vehicles that left it at its end."""

    since_s: float
    until_s: float
    waited_s: float
    left: int


def read_standing(path: Path) -> dict[str, list[Stood]]:
    """Of each lane, in order of time, the intervals in which somebody stood."""
    found: dict[str, list[Stood]] = defaultdict(list)
    since_s = until_s = 0.0
    for line in lines(path, "meandata"):
        if (lane := LANE.search(line)) is not None:
            waited, left = WAITING.search(line), LEFT.search(line)
            if waited is not None and left is not None and float(waited[1]) > 0.0:
                found[text_of(lane[1])].append(Stood(since_s, until_s, float(waited[1]), int(left[1])))
        elif (interval := INTERVAL.search(line)) is not None:
            since_s, until_s = float(interval[1]), float(interval[2])
    return dict(found)


def nobody_left(standing: Mapping[str, Sequence[Stood]], least_s: float = LOCKED_S) -> dict[str, list[Span]]:
    """Per lane, the spans of ``least_s`` or more in which somebody stood and nobody left."""
    found = {lane: [span for span in _spans(of_lane) if span.until_s - span.since_s >= least_s]
             for lane, of_lane in standing.items()}  # fmt: skip
    return {lane: spans for lane, spans in found.items() if spans}


def _spans(of_lane: Sequence[Stood]) -> list[Span]:
    spans: list[Span] = []
    for one in of_lane:
        if one.left or one.waited_s < STOOD * (one.until_s - one.since_s):
            continue
        if spans and spans[-1].until_s == one.since_s:
            spans[-1] = Span(spans[-1].since_s, one.until_s)
        else:
            spans.append(Span(one.since_s, one.until_s))
    return spans


def find_locks(run_dir: Path, net_file: str | Path) -> list[Lock]:
    """The locks of the run in ``run_dir``, the earliest first; the network is read only where somebody stood."""
    path = run_dir / STANDING
    stuck = nobody_left(read_standing(path)) if path.is_file() else {}
    if not stuck:
        return []
    turns = _Turns(net_file, run_dir / SHOWN_STATES)
    found = [
        Lock(lane, *span)
        for lane, spans in stuck.items()
        for span in spans
        if turns.came(lane, span) or any(span.overlap_s(*other) >= LOCKED_S / 2
                                         for ahead in turns.ahead(lane) for other in stuck.get(ahead, ()))
    ]  # fmt: skip
    return sorted(found, key=lambda lock: (lock.since_s, lock.place))


class _Turns:
    """Whose turn it was, from the connections of the network file and what the signals showed."""

    def __init__(self, net_file: str | Path, shown: Path) -> None:
        self._shown_path = shown
        self._from: dict[str, list[dict[str, str]]] = defaultdict(list)
        self._via: dict[str, dict[str, str]] = {}
        for line in CONNECTION.findall(read_unpacked(net_file)):
            one = attributes(line)
            self._from[f"{one['from']}_{one['fromLane']}"].append(one)
            if "via" in one:
                self._via[one["via"]] = one

    @cached_property
    def _shown(self) -> Mapping[str, Shown]:
        return read_shown(self._shown_path) if self._shown_path.is_file() else {}

    def came(self, lane: str, span: Span) -> bool:
        """Whether it was the turn of ``lane`` in ``span``, whoever else stood where."""
        if self._is_inside_signal(lane):
            return True
        ways = self._from.get(lane, [])
        signalised = [way for way in ways if way.get("tl")]
        if signalised:
            return sum(self._green_s(way["tl"], int(way["linkIndex"]), span) for way in signalised) >= GREEN_S
        return not ways or any(way.get("state") == "M" for way in ways)  # out of the network: nothing to give way to

    def ahead(self, lane: str) -> list[str]:
        """The places that follow, signals apart: who stands at red is not held by those before."""
        return [place for way in self._from.get(lane, []) if not way.get("tl")
                for place in (way.get("via", ""), f"{way['to']}_{way['toLane']}")]  # fmt: skip

    def _is_inside_signal(self, lane: str) -> bool:
        into = self._via.get(lane)
        while into is not None and not into.get("tl"):
            into = self._via.get(f"{into['from']}_{into['fromLane']}")
        return into is not None

    def _green_s(self, signal_id: str, link: int, span: Span) -> float:
        shown = self._shown.get(signal_id)
        if shown is None:
            return 0.0
        ends = (*shown.times_s[1:], shown.end_s)
        return sum(max(0.0, span.overlap_s(start, end))
                   for start, end, state in zip(shown.times_s, ends, shown.states, strict=True)
                   if link < len(state) and state[link] in "Gg")  # fmt: skip
