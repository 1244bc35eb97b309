"""What changes while loops are watched: records of one idea each, told as in `signal_core.tables.state`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from signal_core.kernels.codes import LONG_AGO_S
from signal_core.kernels.health import RING
from signal_core.tables.arrays import CodeArray, FloatArray, IntArray


class Verdicts(NamedTuple):
    """What is thought of every loop. Writer: `health`; source: `substitution` and `silent_roads`; is_queued:
    `exits`.

    status: `LoopStatus`; alarms: how often it was flagged; clear_s: seconds without a fault since; factor: what its
    counts are multiplied by where it is biased [0.5, 2]; source: `Source` of what is worked with; is_queued: 1 where
    it lies in front of an exit that is blocked. events: int64[1], changes of any status.
    """

    status: CodeArray
    alarms: IntArray
    clear_s: IntArray
    factor: FloatArray
    source: CodeArray
    is_queued: CodeArray
    events: IntArray


class SampleStats(NamedTuple):
    """What every loop has said. Writer: `health`.

    missing, odd: samples that did not come, or could not be; present_share, odd_share: the same over a minute [0, 1].
    minute_vps: vehicles per second over a minute; occupancy: of the last good sample [0, 1]; ring: [loops x RING],
    vehicles of each of the last seconds.
    """

    missing: IntArray
    odd: IntArray
    present_share: FloatArray
    odd_share: FloatArray
    minute_vps: FloatArray
    occupancy: FloatArray
    ring: FloatArray


class LoopRuns(NamedTuple):
    """For how many seconds every loop has been like this. Writer: `health`.

    silent_s: no vehicle; full_s: occupied without a gap; busy_s: more vehicles than there can be; biased_s: too many or
    too few for its mates.
    """

    silent_s: IntArray
    full_s: IntArray
    busy_s: IntArray
    biased_s: IntArray


class UsualTraffic(NamedTuple):
    """What is usual at every loop, kept while it is bad. Writer: `health`.

    seen, watched_s: vehicles and seconds, fading; between_s: seconds since the last vehicle. ratio: vehicles for one of
    its mates, road_ratio: of its road at its distance, for one at the others; 0 while not known.
    """

    seen: FloatArray
    watched_s: FloatArray
    between_s: FloatArray
    ratio: FloatArray
    road_ratio: FloatArray


class Evidence(NamedTuple):
    """What speaks against every loop. Writer: `health`.

    pending: vehicles of its mates since it last counted; road_then, signal_then: by how many its distance of the road
    was behind the others then, and what had passed its signal. surplus, deficit: vehicles too many or too few for its
    mates; own, due: counted, and due by its mates, since the alarm. lost_share, double_share: of vehicles that come
    without a count, and of two in one second [0, 1].
    """

    pending: FloatArray
    road_then: FloatArray
    signal_then: FloatArray
    surplus: FloatArray
    deficit: FloatArray
    own: FloatArray
    due: FloatArray
    lost_share: FloatArray
    double_share: FloatArray


class RoadCounts(NamedTuple):
    """Vehicles of each cell, a road at one distance: ever, and fading; seconds since one came onto its loops, and since
    one left them. Writer: `silence`."""

    total: FloatArray
    seen: FloatArray
    came_s: IntArray
    left_s: IntArray


class SignalCounts(NamedTuple):
    """What each signal sees. Writer: `silence`; sight: also `floor`.

    total, seen: vehicles of its loops, ever and fading over watched_s; silent_s: seconds without any; unsampled_s:
    seconds without a sample that can be; sight: `Sight`.
    """

    total: FloatArray
    seen: FloatArray
    watched_s: FloatArray
    silent_s: IntArray
    unsampled_s: IntArray
    sight: CodeArray


class LoopHealth(NamedTuple):
    """All that is known of the loops of a batch, one entry per loop unless the record says otherwise."""

    verdict: Verdicts
    samples: SampleStats
    runs: LoopRuns
    usual: UsualTraffic
    evidence: Evidence
    roads: RoadCounts
    signals: SignalCounts


class FloorState(NamedTuple):
    """Signals whose plan does better. Writer: `floor`.

    Per lane. full_s: seconds since its queue reached the outermost loop, until it has cleared; sent: vehicles that left
    meanwhile. Per signal.
    behind_s: seconds that a full lane has sent much less than the plan would have let go;
    clear_s: seconds without a full lane; worse: 1 while the plan does better, or is tried; held: 1 where it is to be
    kept; extends: 1 while traffic comes on green.
    """

    full_s: IntArray
    sent: IntArray
    behind_s: IntArray
    clear_s: IntArray
    worse: CodeArray
    held: CodeArray
    extends: CodeArray


class TrialState(NamedTuple):
    """Trials of the plan. Writer: `trials`; tried_s: also `floor`.

    Per lane. stood_s: seconds that somebody has stood at the line without a break; sent: vehicles that left meanwhile.
    Per signal. tried_s: seconds of the trial, and of the plan that stood it, 0 for none; counted: vehicles that left in
    it; before_vps: that left before, over before_s seconds; rest_s: seconds until it may be tried again, below 0 since
    then. Of the last trial of the signal and its row, left: vehicles; against: those that left before in as long;
    judged: how many there were.
    """

    stood_s: IntArray
    sent: IntArray
    tried_s: IntArray
    counted: IntArray
    before_vps: FloatArray
    before_s: IntArray
    rest_s: IntArray
    left: FloatArray
    against: FloatArray
    judged: IntArray


class LockState(NamedTuple):
    """Rings of signals that wait for each other. Writer: `locks`; moved_s: `turns`; turn: `turns`;
    turn_s: `turns`; ring_stands: `gates`; full_ago_s: `gates`; guards: `gates` and `turns`; marks: also `trials`.

    Per lane. stuck: 1 where nobody has left it for long though it had green; turn_s: seconds of a turn that its first
    vehicle has had, and of the rest after it. Per exit. closed: 1 while nobody is let
    in; free_s: seconds that nobody has been on its loop; moved_s: since it stood. Per road of exits. turn: the lane
    whose turn it is there, -1 for none. Per ring. ring_stands: exits that stand; full_ago_s: seconds since it was
    full, or had no room for all who would enter. Per signal. guards: 1 while that is so of a ring that it sends traffic
    to, or was lately, or while it serves a turn; locked: 1 where an exit of
    it is closed; marks: scratch. any: int64[1], how many signals are locked.
    """

    stuck: CodeArray
    closed: CodeArray
    free_s: IntArray
    moved_s: IntArray
    turn: IntArray
    turn_s: FloatArray
    ring_stands: IntArray
    full_ago_s: IntArray
    guards: CodeArray
    locked: CodeArray
    marks: CodeArray
    any: IntArray


class SilentRoads(NamedTuple):
    """Lanes whose road has fallen silent. Writer: `silent_roads`.

    Per lane. across_s: of a green that is looked at, seconds until all who left in it are across, 0 for none; brings: 1
    where somebody came out of the junction in it; rest_s: seconds for which nobody is expected; next_rest_s: how
    many those were after the last green that brought nobody, fewer since one that did.
    """

    across_s: IntArray
    brings: CodeArray
    rest_s: IntArray
    next_rest_s: IntArray


class ExitState(NamedTuple):
    """Exits of lanes. Writer: `exits`; events: also `observation`.

    blocked: 1 where the exit is; alarms: how often it was found so; gone: vehicles that left since then; waited_s:
    seconds of green that the first vehicle stood through. events: int64[1], changes of any, or of locks. floor, trials:
    of signals; silent: of lanes.
    """

    blocked: CodeArray
    alarms: IntArray
    gone: IntArray
    waited_s: FloatArray
    events: IntArray
    floor: FloorState
    trials: TrialState
    locks: LockState
    silent: SilentRoads


def loop_health(loops: int, signals: int, cells: int) -> LoopHealth:
    """Loops of which nothing is known yet; they are believed."""

    def floats(size: int = loops) -> FloatArray:
        return np.zeros(size)

    def ints(size: int = loops) -> IntArray:
        return np.zeros(size, dtype=np.int64)

    def codes(size: int = loops) -> CodeArray:
        return np.zeros(size, dtype=np.uint8)

    return LoopHealth(
        verdict=Verdicts(codes(), ints(), ints(), np.ones(loops), codes(), codes(), ints(1)),
        samples=SampleStats(ints(), ints(), np.ones(loops), floats(), floats(), floats(), floats(loops * RING)),
        runs=LoopRuns(ints(), ints(), ints(), ints()),
        usual=UsualTraffic(floats(), floats(), floats(), floats(), floats()),
        evidence=Evidence(*(floats() for _ in Evidence._fields)),
        roads=RoadCounts(floats(cells), floats(cells), ints(cells), ints(cells)),
        signals=SignalCounts(floats(signals), floats(signals), floats(signals), ints(signals), ints(signals),
                             codes(signals)))


def exit_state(lanes: int, signals: int, exits: int = 0, rings: int = 0) -> ExitState:
    """Lanes and signals that nothing speaks against."""
    whole = np.int64
    return ExitState(np.zeros(lanes, np.uint8), np.zeros(lanes, whole), np.zeros(lanes, whole), np.zeros(lanes),
                     np.zeros(1, whole),
                     FloorState(np.zeros(lanes, whole), np.zeros(lanes, whole), np.zeros(signals, whole),
                                np.zeros(signals, whole), np.zeros(signals, np.uint8), np.zeros(signals, np.uint8),
                                np.zeros(signals, np.uint8)),
                     TrialState(np.zeros(lanes, whole), np.zeros(lanes, whole), np.zeros(signals, whole),
                                np.zeros(signals, whole), np.zeros(signals), np.zeros(signals, whole),
                                np.full(signals, -LONG_AGO_S, whole),
                                np.zeros(signals), np.zeros(signals), np.zeros(signals, whole)),
                     LockState(np.zeros(lanes, np.uint8), np.zeros(exits, np.uint8), np.zeros(exits, whole),
                               np.full(exits, LONG_AGO_S, whole), np.full(exits, -1, whole), np.zeros(lanes),
                               np.zeros(rings, whole), np.full(rings, LONG_AGO_S, whole), np.zeros(signals, np.uint8),
                               np.zeros(signals, np.uint8), np.zeros(signals, np.uint8), np.zeros(1, whole)),
                     SilentRoads(np.zeros(lanes, whole), np.zeros(lanes, np.uint8), np.zeros(lanes, whole),
                                 np.zeros(lanes, whole)))
