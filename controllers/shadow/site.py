"""An intersection out of a controller's event log and the list of its detectors: no map, no plan is needed.

What the log cannot say is taken as follows. Phases that were green together are compatible, all others conflict.
Sets of phases seen green together, as large as they come, are what the engine may show. Yellow, red clearance (at
most 6 s) and shortest green (at most 10 s: a plan that never ends a green early says nothing) are those seen. A
detector at the stop line (function Presence) is a lane; detectors upstream (Advance) feed the lanes of their phases
alike, and the travel time is the one at which their counts agree best.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import cast

import numpy as np

from controllers.logs import event_log
from controllers.logs.event_log import BEGIN_GREEN, BEGIN_RED_CLEARANCE, BEGIN_YELLOW, END_RED_CLEARANCE, Event, Log
from controllers.shadow.recorded import Recorded, record
from network.errors import ScenarioError
from network.files import read_rows
from network.loops.detectors import LaneLoops, Layout, Loop
from network.loops.relations import relate_loops
from network.program.signals import Signal, SignalLane
from signal_core.estimating.health import Relations
from signal_core.tables.arrays import GREEN, NEVER, RED, Feeds, IntArray
from signal_core.tables.changes import play_changes
from signal_core.tables.intersection import Intersection

THROUGH_VPS, LEFT_VPS = 0.53, 0.48
"""Discharge of a lane; NEMA numbers left turns odd."""
LEAST_GREEN_S, MOST_LEAST_GREEN_S, LEAST_YELLOW_S, MOST_CLEARANCE_S = 4, 10, 3, 6
TRAVEL_S = range(2, 13)
SPEED_MPS, VEHICLE_SPACE_M = 13.4, 7.5
FUNCTIONS = ("DeviceId", "Phase", "Parameter", "Function")
SPELLINGS = {
    **event_log.SPELLINGS,
    **dict.fromkeys(("detector", "detectorid", "detectorchannel", "detchannel", "channel"), "Parameter"),
    **dict.fromkeys(("phasenumber", "protectedphase"), "Phase"),
    **dict.fromkeys(("detectorfunction", "detectiontype", "type"), "Function"),
}  # fmt: skip
MOST_SETS, MOST_STAGES = 500, 64
PRESENCE, ADVANCE = "presence", "advance"


@dataclass(frozen=True)
class ShadowSite:
    """The engine's view; ``stages`` are the phase numbers green in each of its phases, ``lanes`` (detector, phases)."""

    array: Intersection
    relations: Relations
    stages: tuple[tuple[int, ...], ...]
    lanes: tuple[tuple[int, tuple[int, ...]], ...]
    travel_s: Mapping[int, int]


def read_functions(path: Path) -> dict[int, dict[str, dict[int, set[int]]]]:
    """Per device and function, the phases of every detector; ScenarioError names what is wrong."""
    found: dict[int, dict[str, dict[int, set[int]]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(set)))
    for line, row in read_rows(path, FUNCTIONS, f"a list of detectors has {', '.join(FUNCTIONS)}", SPELLINGS):
        try:
            device, phase, number = (int(row[name]) for name in FUNCTIONS[:3])
        except ValueError as error:
            raise ScenarioError(f"{path}:{line}: {str(error)[:80]}; give numbers of device, phase, detector") from None
        found[device][row["Function"].strip().lower()][number].add(phase)
    return found


def build(log: Log, functions: Mapping[str, Mapping[int, set[int]]], device: int) -> tuple[
    Recorded, ShadowSite
]:  # fmt: skip
    """Record and intersection of one device; ScenarioError where the log gives none."""
    stops, further = functions.get(PRESENCE, {}), functions.get(ADVANCE, {})
    recorded = record(log, device, sorted({*stops, *further}))
    known = set(recorded.phases)
    lanes = tuple((number, tuple(sorted(served & known))) for number, served in sorted(stops.items()) if served & known)
    if not lanes:
        raise ScenarioError(f"device {device}: no detector with function Presence serves one of its phases")
    stages = find_stages(recorded)
    if len(stages) < 2:
        raise ScenarioError(f"device {device}: all phases are green together, there is nothing to decide")
    travel = {number: travel_time(recorded, number, [d for d, served in lanes if served_by(further, number, served)])
              for number in further}  # fmt: skip
    array = _array(log.events, recorded, lanes, stages, further, travel)
    return recorded, ShadowSite(array, _relations(recorded, lanes, further, travel), stages, lanes, travel)


def served_by(further: Mapping[int, set[int]], number: int, phases: Sequence[int]) -> bool:
    """Whether an upstream detector leads to a lane of these phases."""
    return bool(further[number] & set(phases))


def find_stages(recorded: Recorded) -> tuple[tuple[int, ...], ...]:
    """Sets of phases seen green together that no other such set contains, in the order of their first use.

    Raises ScenarioError where they are more than a controller has.
    """
    shown, seen = recorded.shown[recorded.known] == GREEN, dict[tuple[int, ...], None]()
    for row in (shown[0], *shown[1:][(shown[1:] != shown[:-1]).any(axis=1)]):
        green = tuple(recorded.phases[k] for k in np.flatnonzero(row))
        if green:
            seen[green] = None
    if len(seen) <= MOST_SETS:
        kept = tuple(one for one in seen if not any(set(one) < set(other) for other in seen))
        if len(kept) <= MOST_STAGES:
            return kept
    raise ScenarioError(f"device {recorded.device}: {len(seen)} sets of phases are green together at one time or "
                        "another; no controller has as many, so this is not the log of one")  # fmt: skip


def travel_time(recorded: Recorded, upstream: int, stops: Sequence[int]) -> int:
    """Seconds at which counts upstream best precede those at the stop line; the middle of the range for no answer."""
    before = recorded.entered[:, recorded.detectors.index(upstream)]
    after = sum((recorded.entered[:, recorded.detectors.index(d)] for d in stops), np.zeros(len(before)))
    if not before.any() or not after.any():
        return (TRAVEL_S[0] + TRAVEL_S[-1]) // 2
    return max(TRAVEL_S, key=lambda lag: float(before[:-lag] @ after[lag:]))


def _times(events: Sequence[Event], recorded: Recorded) -> tuple[IntArray, IntArray, IntArray]:
    """Yellow, red clearance and shortest green of each phase in whole seconds."""
    spans: dict[tuple[int, int], list[float]] = defaultdict(list)
    began: dict[tuple[int, int], float] = {}
    for event in events:
        if event.device != recorded.device:
            continue
        for start, stop in ((BEGIN_GREEN, BEGIN_YELLOW), (BEGIN_YELLOW, BEGIN_RED_CLEARANCE),
                            (BEGIN_RED_CLEARANCE, END_RED_CLEARANCE)):  # fmt: skip
            if event.event == start:
                began[start, event.parameter] = event.time_s
            elif event.event == stop and (start, event.parameter) in began:
                since_s = began.pop((start, event.parameter))
                if not any(since_s <= hole_s < event.time_s for hole_s, _ in recorded.holes):
                    spans[start, event.parameter].append(event.time_s - since_s)
    yellow = [max(LEAST_YELLOW_S, round(median(spans[BEGIN_YELLOW, p] or [4.0]))) for p in recorded.phases]
    clearance = [min(MOST_CLEARANCE_S, round(median(spans[BEGIN_RED_CLEARANCE, p] or [0.0]))) for p in recorded.phases]
    green = [int(np.clip(min(spans[BEGIN_GREEN, p] or [5.0]), LEAST_GREEN_S, MOST_LEAST_GREEN_S))
             for p in recorded.phases]  # fmt: skip
    return np.array(yellow), np.array(clearance), np.array(green)


def _array(
    events: Sequence[Event], recorded: Recorded, lanes: Sequence[tuple[int, tuple[int, ...]]],
    stages: Sequence[tuple[int, ...]], further: Mapping[int, set[int]], travel: Mapping[int, int],
) -> Intersection:  # fmt: skip
    """What the engine is given: a link for each phase, stages as they were seen, conflicts where two never were."""
    phases = recorded.phases
    links = {phase: i for i, phase in enumerate(phases)}
    codes = np.array([[GREEN if p in stage else RED for p in phases] for stage in stages], dtype=np.uint8)
    together = np.array([[any({p, q} <= set(stage) for stage in stages) for q in phases] for p in phases])
    conflicts = ~together & ~np.eye(len(phases), dtype=np.bool_)
    yellow, clearance, least = _times(events, recorded)
    intergreen = np.where(conflicts, (yellow + clearance)[:, None], 0)
    link_lag, stay = play_changes(codes, conflicts, yellow, intergreen, least)
    lane_links = [[links[p] for p in served] for _, served in lanes]
    first_lag = [link_lag[:, :, row].min(axis=2) for row in lane_links]
    service = np.array([[max(_rate(p) if p in stage else 0.0 for p in served) for _, served in lanes]
                        for stage in stages])  # fmt: skip
    place = {number: k for k, number in enumerate(recorded.detectors)}
    rows = [[number for number in further if served_by(further, number, served)] for _, served in lanes]
    storage = np.array([max((travel[n] for n in row), default=0) * SPEED_MPS / VEHICLE_SPACE_M for row in rows])
    none = Feeds(np.zeros(len(lanes) + 1, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.int64))
    return Intersection(
        id=str(recorded.device), phase_codes=codes, conflicts=conflicts, yellow_s=yellow, intergreen_s=intergreen,
        min_green_s=least, service_vps=service,
        start_lag_s=np.stack([np.where(lag < NEVER, lag, NEVER) for lag in first_lag], axis=2),
        min_split_s=stay, lane_link_ptr=np.cumsum([0, *map(len, lane_links)]).astype(np.int64),
        lane_links=np.array([i for row in lane_links for i in row], dtype=np.int64),
        stop_loop=np.array([place[number] for number, _ in lanes], dtype=np.int64),
        mid=_feeds(rows, place, travel), far=none, mid_storage=storage, far_storage=np.zeros(len(lanes)),
        shown_s=np.full(len(stages), float(LEAST_GREEN_S)))  # fmt: skip


def _feeds(rows: Sequence[Sequence[int]], place: Mapping[int, int], travel: Mapping[int, int]) -> Feeds:
    """Upstream detectors by lane; the vehicles of one that leads to several come to each of them in equal parts."""
    leads_to = Counter(number for row in rows for number in row)
    flat = [number for row in rows for number in row]
    return Feeds(np.cumsum([0, *map(len, rows)]).astype(np.int64), np.array([place[n] for n in flat], dtype=np.int64),
                 np.array([1.0 / leads_to[n] for n in flat]), np.array([travel[n] for n in flat], dtype=np.int64))


def _relations(
    recorded: Recorded, lanes: Sequence[tuple[int, tuple[int, ...]]], further: Mapping[int, set[int]],
    travel: Mapping[int, int],
) -> Relations:  # fmt: skip
    """Which detectors see the same vehicles: those of a phase, its lanes side by side on one road."""
    place = {number: k for k, number in enumerate(recorded.detectors)}
    lane_loops = []
    for number, served in lanes:
        lane = SignalLane(f"{served[0]}_{number}", served, 0.0, SPEED_MPS, ("s",))
        row = [n for n in further if served_by(further, n, served)]
        level = tuple((place[n], 1.0 / len(row), float(travel[n])) for n in row)
        lane_loops.append(LaneLoops(lane, place[number], (level,)))
    loops = tuple(Loop(str(number), "", 0.0, 0.0) for number in recorded.detectors)
    own = SimpleNamespace(id="", lanes=tuple(each.lane for each in lane_loops))
    return relate_loops([cast(Signal, own)], Layout(loops, {"": tuple(lane_loops)}))


def _rate(phase: int) -> float:
    return LEFT_VPS if phase % 2 else THROUGH_VPS
