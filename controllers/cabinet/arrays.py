"""A signal of the site file as the engine sees it. Its links are the groups, its lamps' letters those of the stages.

How long a change takes is the controller's affair: from the yellow and red clearance of the phases that end. Where the
controller's own times are stricter than the file's, `stricter` takes them first.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from controllers.cabinet.site import SignalSite
from controllers.cabinet.site_parts import Feed, Group, Phase
from signal_core.tables.arrays import (
    ARROW,
    GREEN,
    NEVER,
    PERMISSIVE,
    RED,
    BoolArray,
    CodeArray,
    Feeds,
    FloatArray,
    IntArray,
)
from signal_core.tables.changes import play_changes
from signal_core.tables.discharge import effective_start_s
from signal_core.tables.intersection import Intersection

CODES = {"G": GREEN, "g": PERMISSIVE, "r": RED, "s": ARROW}
LEAST_STAY_S = 1


@dataclass(frozen=True)
class Times:
    """What the controller says of one phase, in s."""

    min_green_s: float
    yellow_s: float
    red_clear_s: float
    walk_s: float = 0.0
    ped_clear_s: float = 0.0


def stricter(site: SignalSite, own: Mapping[int, Times], of_groups: Mapping[int, Times] | None = None) -> SignalSite:
    """The site with the longer of its times and the controller's, phase by phase; of_groups: channel by channel.

    Where the controller clears a phase for longer than the file has it, the clearances of its pairs are left out, and
    the phase's holds.
    """
    phases = [phase.model_copy(update=_longer(phase, own[phase.number])) if phase.number in own else phase
              for phase in site.phases]
    slower = {c for old, new in zip(site.phases, phases, strict=True) for c in old.channels
              if new.yellow_s + new.red_clear_s > old.yellow_s + old.red_clear_s + 1e-6}
    groups = [_without_pairs(group) if group.channel in slower else group for group in site.groups]
    groups = [_slower(group, (of_groups or {}).get(group.channel)) for group in groups]
    return site.model_copy(update={"phases": tuple(phases), "groups": tuple(groups)})


def _slower(group: Group, own: Times | None) -> Group:
    if own is None:
        return group
    return group.model_copy(update={"min_green_s": max(group.min_green_s, own.min_green_s),
                                    "yellow_s": max(group.yellow_s, own.yellow_s)})


def _without_pairs(group: Group) -> Group:
    return group.model_copy(update={"clear_s": {}, "yielded_s": {}})


def _longer(phase: Phase, own: Times) -> dict[str, float]:
    return {name: max(getattr(phase, name), getattr(own, name)) for name in Times.__dataclass_fields__}


def loops(site: SignalSite) -> dict[int, int]:
    """The engine's loop for every detector number."""
    return {detector.number: k for k, detector in enumerate(site.detectors)}


def group_times(site: SignalSite, of_phases: Callable[[list[float]], float] = max) -> tuple[IntArray, IntArray,
                                                                                               IntArray]:
    """Yellow, clearance (yellow and red), least green of every group in whole seconds, int64[groups].

    of_phases: of the phases that serve a group, `max` to plan with the longest times, `min` for what must be seen
    whichever of them it was. Never below the group's own.
    """
    yellow, clear, green = [], [], []
    for group in site.groups:
        served = [phase for phase in site.phases if group.channel in phase.channels]
        walks = group.kind == "pedestrian"
        yellow.append(0.0 if walks else max(group.yellow_s, of_phases([phase.yellow_s for phase in served])))
        clear.append(max(group.yellow_s, of_phases([phase.yellow_s + phase.red_clear_s for phase in served])))
        green.append(max(group.min_green_s, of_phases([phase.min_green_s for phase in served])))
    return _whole(yellow), _whole(clear), _whole(green)


def whole_red(site: SignalSite) -> SignalSite:
    """The site for a controller that never leaves out a red clearance."""
    return site.model_copy(update={"groups": tuple(_without_pairs(group) for group in site.groups)})


def clearances(site: SignalSite, of_phases: Callable[[list[float]], float] = max) -> tuple[IntArray, IntArray]:
    """int64[groups, groups] each, 0 without conflict: seconds from the end of one's green to the start of the other's,
    and where that green gave way at its end."""
    whole = group_times(site, of_phases)[1]
    clear = np.zeros((len(site.groups), len(site.groups)), dtype=np.int64)
    yielded = clear.copy()
    for a, group in enumerate(site.groups):
        for b, other in enumerate(site.groups):
            if other.channel in group.conflicts:
                own = group.clear_s.get(str(other.channel), float(whole[a]))
                clear[a, b], yielded[a, b] = _whole([own, max(own, group.yielded_s.get(str(other.channel), 0.0))])
    return clear, yielded


def change_s(site: SignalSite) -> IntArray:
    """int64[stages, stages]: seconds from leaving a stage until the phases new in the next are green."""
    clear, yielded = clearances(site)
    of = {phase.number: phase for phase in site.phases}
    found = np.zeros((len(site.stages), len(site.stages)), dtype=np.int64)
    for a, one in enumerate(site.stages):
        for b, other in enumerate(site.stages):
            ended = [of[p].yellow_s for p in set(one.phases) - set(other.phases)]
            owed = [int((yielded if one.show[i] == "g" else clear)[i, j])
                    for i, j in itertools.product(range(len(site.groups)), repeat=2)
                    if one.show[i] in "Gg" and other.show[i] not in "Gg" and starts(one.show[j], other.show[j])]
            found[a, b] = max([int(_whole([max(ended, default=0.0)])[0]), *owed])
    return found


def starts(before: str, after: str) -> bool:
    """Whether a lamp's green begins, or gets priority."""
    return after in "Gg" and before not in "Gg" or after == "G" and before == "g"


def intersection(site: SignalSite, by_groups: bool = False) -> Intersection:
    """The engine's arrays of a signal. by_groups: every group begins when its own conflicts are clear, and has times of
    its own; else those of the phases that serve it, which begin as a whole.

    Of other signals, their loops and what comes from there, a controller knows nothing.
    """
    codes = stage_codes(site)
    channels = [group.channel for group in site.groups]
    conflicts = _table(site, [group.conflicts for group in site.groups])
    yellow, _, green = own_times(site) if by_groups else group_times(site)
    clear, yielded = clearances(site)
    lead = _between(site, "walk_lead_s")
    ends = _table(site, [group.ends_with for group in site.groups])
    rows = [[channels.index(c) for c in lane.channels] for lane in site.lanes]
    numbers = [stage.number for stage in site.stages]
    home = np.array([numbers.index(stage.part_of) if stage.part_of else k for k, stage in enumerate(site.stages)])
    if by_groups:
        link_lag, stay = play_changes(codes, conflicts, yellow, clear, green, home=home, yielded_s=yielded,
                                      walk_lead_s=lead, ends_with=ends)
        lag = _lane_starts(site, link_lag, rows)
    else:
        change = change_s(site)
        lag, stay = _lane_lag(codes, change, rows), _stay(site, change)
    place = loops(site)
    return Intersection(
        id=site.id, phase_codes=codes, conflicts=conflicts, yellow_s=yellow,
        intergreen_s=clear, yielded_s=yielded, min_green_s=green,
        service_vps=np.array([lane.service_vps for lane in site.lanes], dtype=np.float64).T.copy(),
        start_lag_s=lag, min_split_s=stay,
        lane_link_ptr=_row_pointers(rows), lane_links=np.array([i for row in rows for i in row], dtype=np.int64),
        stop_loop=np.array([-1 if lane.stop is None else place[lane.stop] for lane in site.lanes], dtype=np.int64),
        mid=_feeds([lane.middle for lane in site.lanes], place), far=_feeds([lane.far for lane in site.lanes], place),
        exits=_feeds([lane.exits for lane in site.lanes], place), exit_road=_exit_roads(site, place),
        mid_storage=np.array([lane.middle_storage for lane in site.lanes]),
        far_storage=np.array([lane.far_storage for lane in site.lanes]),
        shown_s=np.array([stage.usual_green_s for stage in site.stages]),
        cycle_s=float(site.plan.cycle_s), claim_vps=_claim_vps(site),
        road=np.array([lane.road for lane in site.lanes], dtype=np.int64), home=home.astype(np.int64),
        unwatched=np.array([group.unwatched or group.kind == "pedestrian" for group in site.groups]),
        has_sneakers=np.array([[n in lane.waits_inside for lane in site.lanes] for n in numbers]),
        caught_s=_between(site, "caught_s"), caught_rest_s=_between(site, "caught_rest_s"), walk_lead_s=lead,
        traffic_lead_s=_between(site, "traffic_lead_s") if by_groups else None, ends_with=ends if by_groups else None,
        max_green_s=_bounds([group.max_green_s for group in site.groups]),
        max_red_s=_bounds([group.max_red_s for group in site.groups]), adapts=site.plan.adapts,
        plan_locks=site.plan.locks,
        forbidden=tuple(tuple(channels.index(c) for c in one) for one in site.forbidden),
        bounded=np.array([lane.bounded for lane in site.lanes]))


def _between(site: SignalSite, name: str) -> IntArray:
    """int64[groups, groups]: seconds that each group has to others by channel in a table of this name, 0 for none."""
    return _whole([[getattr(group, name).get(str(other.channel), 0.0) for other in site.groups]
                   for group in site.groups])


def _claim_vps(site: SignalSite) -> FloatArray | None:
    """What lanes discharge over the cycle of the controller's own plan; None where a file does not say so."""
    rates = [lane.claim_vps for lane in site.lanes if lane.claim_vps is not None]
    return np.array(rates, dtype=np.float64) if len(rates) == len(site.lanes) else None


def own_times(site: SignalSite) -> tuple[IntArray, IntArray, IntArray]:
    """Yellow, longest clearance, least green of every group by itself in whole seconds, int64[groups]."""
    yellow = _whole([0.0 if group.kind == "pedestrian" else group.yellow_s for group in site.groups])
    return (yellow, np.maximum(yellow, clearances(site)[1].max(axis=1, initial=0)),
            _whole([group.min_green_s for group in site.groups]))


def _table(site: SignalSite, rows: Sequence[Sequence[int]]) -> BoolArray:
    """bool[groups, groups] of the channels named for each."""
    return np.array([[group.channel in row for group in site.groups] for row in rows])


def _bounds(seconds: Sequence[float]) -> FloatArray | None:
    found = np.array([one or np.inf for one in seconds])
    return found if np.isfinite(found).any() else None


def _lane_starts(site: SignalSite, link_lag: IntArray, rows: Sequence[Sequence[int]]) -> IntArray:
    """int64[stages, stages, lanes]: until a lane discharges, of which not all channels begin at once."""
    lag = np.full((*link_lag.shape[:2], len(rows)), NEVER, dtype=np.int64)
    for k, (lane, row) in enumerate(zip(site.lanes, rows, strict=True)):
        share = np.array(lane.shares or [1.0 / len(row)] * len(row))
        rates = np.array(lane.rates_vps or [1.0] * len(row))
        for a, b in itertools.product(range(len(lag)), repeat=2):
            starts = link_lag[a, b, row]
            if (starts < NEVER).any():
                lag[a, b, k] = effective_start_s(share, rates, starts)
    return lag


def stage_codes(site: SignalSite) -> CodeArray:
    """uint8[stages, groups]."""
    return np.array([[CODES[letter] for letter in stage.show] for stage in site.stages], dtype=np.uint8)


def _lane_lag(codes: CodeArray, change: IntArray, rows: Sequence[Sequence[int]]) -> IntArray:
    """int64[stages, stages, lanes]: seconds until a lane discharges, NEVER where it does not."""
    stages = len(codes)
    lag = np.full((stages, stages, len(rows)), NEVER, dtype=np.int64)
    green = np.isin(codes, (GREEN, PERMISSIVE))
    for k, row in enumerate(rows):
        for a in range(stages):
            for b in range(stages):
                new = [0 if green[a, i] else int(change[a, b]) for i in row if green[b, i]]
                if new:
                    lag[a, b, k] = min(new)
    return lag


def _stay(site: SignalSite, change: IntArray) -> IntArray:
    """int64[stages, stages]: seconds from leaving a stage until the next may be left."""
    of = {phase.number: phase for phase in site.phases}
    stay = np.full(change.shape, LEAST_STAY_S, dtype=np.int64)
    for a, one in enumerate(site.stages):
        for b, other in enumerate(site.stages):
            new = [of[p] for p in set(other.phases) - set(one.phases)]
            least = max((int(_whole([max(p.min_green_s, p.walk_s + p.ped_clear_s)])[0]) for p in new), default=0)
            stay[a, b] = max(LEAST_STAY_S, int(change[a, b]) + least) if a != b else LEAST_STAY_S
    return stay


def _feeds(rows: Sequence[tuple[Feed, ...]], place: Mapping[int, int]) -> Feeds:
    flat = [feed for row in rows for feed in row]
    share: FloatArray = np.array([feed.share for feed in flat], dtype=np.float64)
    return Feeds(_row_pointers(rows), np.array([place[feed.detector] for feed in flat], dtype=np.int64), share,
                 np.array([feed.lag_s for feed in flat], dtype=np.int64))


def _exit_roads(site: SignalSite, place: Mapping[int, int]) -> IntArray:
    """A number for the road of each exit, the same for detectors side by side; one that has no road is alone."""
    named = {detector.number: detector.road for detector in site.detectors if detector.road is not None}
    behind = [feed.detector for lane in site.lanes for feed in lane.exits]
    alone = 1 + max(named.values(), default=-1)
    return np.array([named.get(number, alone + place[number]) for number in behind], dtype=np.int64)


def _row_pointers(rows: Sequence[Sequence[Any]]) -> IntArray:
    return np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)


def _whole(seconds: Sequence[float] | Sequence[Sequence[float]]) -> IntArray:
    return np.ceil(np.asarray(seconds, dtype=np.float64) - 1e-6).astype(np.int64)
