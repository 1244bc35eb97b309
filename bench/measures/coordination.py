"""Per lane of a signal, from the passages of its loops and what it showed: arrivals on green, split failures, and the
points of a Purdue coordination diagram. An arrival is a passage of the furthest loop, moved on by the free travel
time to the stop line. Split failures are defined for detectors as long as a car or two, which a queue on the move keeps
occupied; passages of a point are stretched to what a zone of `ZONE_M` would say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from bench.measures.green_use import GREEN, RED, YELLOW, Change, GreenUse, green_uses, is_on_green, merged
from bench.measures.raw import Shown
from bench.measures.streams import elements, named
from network.loops.detectors import LaneLoops, Layout
from scenarios.recording import channel_of

ZONE_M = 12.0
SLOWEST_MPS = 1.0
KINDS = {"green": GREEN, "yellow": YELLOW, "red": RED}
OPEN, AMBER = frozenset("Gg"), frozenset("yYu")


@dataclass(frozen=True, slots=True)
class LaneCourse:
    """One lane over a run. ``arrivals`` are (time in s, share of the vehicle that was bound for this lane)."""

    lane: str
    changes: tuple[Change, ...]
    arrivals: tuple[tuple[float, float], ...]
    uses: tuple[GreenUse, ...]

    @property
    def arrived(self) -> float:
        """Vehicles, by their shares."""
        return sum(share for _, share in self.arrivals)

    @property
    def arrived_on_green(self) -> float:
        """Those that found green."""
        return sum(share for time_s, share in self.arrivals if is_on_green(self.changes, time_s))

    @property
    def failures(self) -> int:
        """Greens too short for their queue."""
        return sum(use.failed for use in self.uses)


class Passing(NamedTuple):
    """A vehicle on a point of a lane; its speed when it came."""

    enters_s: float
    leaves_s: float
    speed_mps: float


@named
def read_passages(path: Path, end_s: float) -> dict[str, list[Passing]]:
    """Per loop, everybody who passed it, in order; a vehicle still on it at the end is on it until ``end_s``."""
    spans: dict[str, list[Passing]] = defaultdict(list)
    since: dict[tuple[str, str], tuple[float, float]] = {}
    for element in elements(path, ("instantOut",)):
        found = element.attrib
        loop, state, time_s = channel_of(found["id"]), found["state"], float(found["time"])
        if state == "enter":
            since[loop, found["vehID"]] = time_s, float(found["speed"])
        elif state == "leave" and (loop, found["vehID"]) in since:
            start, speed = since.pop((loop, found["vehID"]))
            spans[loop].append(Passing(start, time_s, speed))
    for (loop, _), (start, speed) in since.items():
        spans[loop].append(Passing(start, end_s, speed))
    return {loop: sorted(found) for loop, found in spans.items()}


def lane_courses(
    layout: Layout, shown: Mapping[str, Shown], passages: Mapping[str, Sequence[Passing]]
) -> dict[str, list[LaneCourse]]:
    """Per signal, the lanes that have loops."""
    return {
        signal_id: [_course(layout, own, shown[signal_id], passages) for own in lane_loops]
        for signal_id, lane_loops in layout.lane_loops.items()
        if signal_id in shown
    }


def _course(layout: Layout, own: LaneLoops, shown: Shown, passages: Mapping[str, Sequence[Passing]]) -> LaneCourse:
    changes = lane_changes(shown, own.lane.links)
    furthest = next((level for level in reversed(own.upstream) if level), ())
    arrivals = sorted(
        (enters_s + travel_s, share)
        for loop, share, travel_s in furthest
        for enters_s, _, _ in passages.get(layout.loops[loop].id, ())
    )
    stop = passages.get(layout.loops[own.stop].id, ()) if own.stop >= 0 else ()
    zone = merged((p.enters_s - ZONE_M / max(p.speed_mps, SLOWEST_MPS), p.leaves_s) for p in stop)
    uses = green_uses(changes[1:], zone) if own.stop >= 0 else []  # when the first state began is not known
    return LaneCourse(own.lane.id, tuple(changes), tuple(arrivals), tuple(uses))


def lane_changes(shown: Shown, links: Sequence[int]) -> list[Change]:
    """What a lane showed: green where one of its links is. The first entry is the state found at the begin."""
    found: list[Change] = []
    before = ""
    for time_s, state in zip(shown.times_s, shown.states, strict=True):
        lamps = {state[i] for i in links}
        colour = "green" if lamps & OPEN else "yellow" if lamps & AMBER else "red"
        if colour != before:
            found.append((time_s, KINDS[colour]))
        before = colour
    return found
