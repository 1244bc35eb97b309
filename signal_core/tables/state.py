"""What changes while the engine runs: records of one idea each, for lanes and for signals.

Every field is an array over the batch and has one writer, named with it: a kernel of `signal_core.kernels`. A range in
brackets is what the field can hold; ``s`` in a name are seconds, whole ones where the array is of integers.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from signal_core.kernels.arrivals import WINDOW
from signal_core.kernels.codes import LONG_AGO_S
from signal_core.tables.arrays import CodeArray, FloatArray, IntArray
from signal_core.tables.packed import Tables
from signal_core.tables.slots import Slots, no_requests


class QueueState(NamedTuple):
    """Vehicles of a lane that stand or have passed their last loop. Writer: `queues`; near: also `starts` and
    `silent_roads`; aside: also `lane_changes`; beside: also `lane_changes`.

    near: between stop line and middle loop; beyond: upstream of the middle loop [0, inf). fresh: of both, what joined
    in the last few seconds, fading. wait_s: seconds that the queue has been there, less with every departure. aside:
    who came since somebody was last at the line, and is not there [0, inf), forgotten where exits are watched and no
    lane beside stands full; beside: those of lanes beside who wait to change into this one [0, inf).
    """

    near: FloatArray
    beyond: FloatArray
    fresh: FloatArray
    wait_s: FloatArray
    aside: FloatArray
    beside: FloatArray


class ArrivalState(NamedTuple):
    """Vehicles on their way to the stop line. Writer: `arrivals`.

    expected, sure: float32[lanes x WINDOW], vehicles due in each second, as a ring: seen by the far loop, or by the
    middle loop. In single precision, as they are most of what a signal needs of memory. ratio: vehicles at the middle
    loop for one at the far loop [0, 2], from far_seen and mid_seen: vehicles at each, fading. flow_vps: departures per
    second, smoothed. far_group: the first far loop, -1 for none; never written.
    """

    expected: NDArray[np.float32]
    sure: NDArray[np.float32]
    ratio: FloatArray
    far_seen: FloatArray
    mid_seen: FloatArray
    far_group: IntArray
    flow_vps: FloatArray


class OccupancyRuns(NamedTuple):
    """For how many seconds the loops of each distance have been occupied or empty. Writer: `queues`.

    Several loops of one distance count as occupied when all are, as empty when all are. mid_occupancy, far_occupancy:
    share of the time, smoothed over a minute [0, 1].
    """

    stop_empty_s: IntArray
    stop_standing_s: IntArray
    mid_standing_s: IntArray
    far_standing_s: IntArray
    mid_empty_s: IntArray
    far_empty_s: IntArray
    mid_occupancy: FloatArray
    far_occupancy: FloatArray


class LineState(NamedTuple):
    """What passes the stop line. Writer: `heads`.

    on_loop: vehicles on the stop-line loop [0, inf); over_line: of them, one that has crossed the line and goes [0, 1].
    passing_s: occupied seconds of the loop since the last departure. idle_s: seconds since the last departure;
    slow_ago_s: since one that left slowly, behind another one of the same green.
    """

    on_loop: FloatArray
    over_line: FloatArray
    passing_s: FloatArray
    idle_s: IntArray
    slow_ago_s: IntArray


class HeadState(NamedTuple):
    """The first vehicle of a lane. Writer: `heads`.

    standing_s: seconds it has stood at the stop line, 0 for nobody; unserved_s: of these, the last ones without green
    for anything it may want. refused: bits, one for each link of the lane: movements it stood through the green of.
    stalled: it has green and has not moved for `stall_s`.
    """

    standing_s: IntArray
    unserved_s: IntArray
    refused: IntArray
    stalled: NDArray[np.bool_]


class GreenState(NamedTuple):
    """What a lane is shown. Writer: `heads`.

    green_s: seconds of green, of any of its links, or since all got priority; red_s: seconds without any.
    has_priority: 1 where all of its links have green with priority [0, 1].
    """

    green_s: IntArray
    has_priority: IntArray
    red_s: IntArray


class SneakerState(NamedTuple):
    """Vehicles that wait inside the junction for a gap and leave after green (HCM: sneakers). Writer: `clearance`;
    exit_held_s: `stuck`.

    since_gap: seconds with departures, of a lane that yields, since the opposing movements last left a gap: above 1,
    one waits inside and another behind it. to_clear_s: seconds of priority until all that waited inside are across.
    may_cross_late: 1 where one stands on the line since yellow began, and may still go. are_opposed: 1 where they are
    inside and the movements that they yield to still have green. exit_held_s: seconds for which conflicting movements
    have waited since green ended, as somebody stands inside before an exit that does not move.
    """

    since_gap: IntArray
    to_clear_s: IntArray
    may_cross_late: IntArray
    are_opposed: IntArray
    exit_held_s: IntArray


class SpacingState(NamedTuple):
    """What closely spaced signals have to do with each other. Writer: `closely_spaced`; held_share: `gates`,
    `room` and `turns`; has_turn: `turns`; waits_turn: `turns`; is_emptied: `turns`.

    upstream_queue: vehicles that stand at the signal upstream and come once the lane moves [0, inf).
    exit_full_share: the part of the lane's vehicles that find the way to the next signal full [0, 1]; held_share: the
    part that is held, as it is not its turn at an exit, or a ring takes no more [0, 1]; has_turn: 1 where it is,
    and there is room; waits_turn: 1 where all of it is held for somebody's turn; is_emptied: 1 where the way to it is
    emptied for one [0, 1].
    """

    upstream_queue: FloatArray
    exit_full_share: FloatArray
    held_share: FloatArray
    has_turn: IntArray
    waits_turn: IntArray
    is_emptied: IntArray


class InsideState(NamedTuple):
    """Who is inside the junction. Writer: `stuck`.

    vehicles: that have left the line of the lane and not yet the junction [0, inf). cannot_leave: 1 where an exit of
    the lane stands [0, 1]. Per exit, standing_s: seconds that somebody has stood just behind the junction.
    """

    vehicles: FloatArray
    cannot_leave: IntArray
    standing_s: IntArray


class ClaimState(NamedTuple):
    """What lanes are owed whose queue has no end in sight. Writer: `claims`; departed: `starts`.

    reached_s: seconds that the queue has reached the outermost loop; departed: vehicles that left the line, fading;
    owed: vehicles, less than 0 where more was served than the program serves. is_paid: 1 while its phase is kept.
    """

    reached_s: IntArray
    departed: FloatArray
    owed: FloatArray
    is_paid: IntArray


class LaneState(NamedTuple):
    """All that is known of the lanes of a batch, one entry per lane unless the record says otherwise."""

    queue: QueueState
    arrivals: ArrivalState
    runs: OccupancyRuns
    line: LineState
    head: HeadState
    green: GreenState
    sneakers: SneakerState
    spacing: SpacingState
    inside: InsideState
    claims: ClaimState


class SignalState(NamedTuple):
    """Timers and lamps of signals. Writer: `sequencer`; plan_status: `decision`; clearing_s: also `clearance` and
    `on_crossing`; priority_clearing_s: also `clearance` and `on_crossing`; yield_clearing_s: also `clearance` and
    `on_crossing`; caught_wait_s: also `clearance`; held: `tight_ways`; aim: `tight_ways`; at_line: `falls`;
    waiting: `walkers`; called_s: `walkers`; came: `walkers`;
    watched_s: `walkers`; asked: `requests`; announced: `commitment`; due_s: also `commitment`.

    Per signal. phase: shown, or being changed to; previous: the one before, -1 for none; next_phase: the one it goes
    to once those on tight ways have passed, -1 for none, wanted for leaving_s. since_s: seconds since the one before
    was left; settled: 1 where all links show what the phase says. plan_status: the planner's last answer. announced:
    the phase that was announced; due_s: seconds until it begins, -1 where nothing is announced.
    Per link. shown: codes on the street; proposed: for the coming second; goal: what it leads to, with red for who has
    to stop first; held: 1 for who would come onto a tight way that does not take him, 2 where it is about to; aim:
    codes of the phase, with red for these; at_line: 1 where somebody gets to the line of its road in the next second.
    green_s, yellow_run_s: seconds of the present green or yellow. clearing_s, priority_clearing_s, yield_clearing_s:
    seconds since the last green, the last one with priority, or the last one without, ended, as conflicting movements
    have to count them: `clearance` takes off what it adds to the red clearance, `on_crossing` adds what is left where a
    crossing is seen empty.
    caught_wait_s: seconds for which the link does not start yet, as somebody may be caught inside on its way. lit_s,
    per signal: seconds since a link was off, or may have been, before anybody looked.
    waiting: persons on foot who wait for the link [0, inf). called_s: seconds since the first of them called, and so
    many more that the maximum wait on foot is over with the maximum red; 0 for nobody, -1 where nobody can tell.
    came: persons who came to the link on foot while it was red [0, inf); watched_s: seconds of that red; both fading.
    asked: `Slots` records, SLOTS of each signal end to end, the requests that count now.
    """

    phase: IntArray
    previous: IntArray
    next_phase: IntArray
    leaving_s: IntArray
    since_s: IntArray
    settled: IntArray
    plan_status: IntArray
    announced: IntArray
    due_s: IntArray
    shown: CodeArray
    proposed: CodeArray
    goal: CodeArray
    held: CodeArray
    aim: CodeArray
    at_line: CodeArray
    green_s: IntArray
    yellow_run_s: IntArray
    clearing_s: IntArray
    priority_clearing_s: IntArray
    yield_clearing_s: IntArray
    caught_wait_s: IntArray
    lit_s: IntArray
    waiting: FloatArray
    called_s: IntArray
    came: FloatArray
    watched_s: FloatArray
    asked: Slots


def lane_state(tables: Tables) -> LaneState:
    """Empty roads and loops never seen occupied."""
    n = int(tables.lane_ptr[-1])

    def floats() -> FloatArray:
        return np.zeros(n)

    def ints(value: int = 0) -> IntArray:
        return np.full(n, value, dtype=np.int64)

    return LaneState(
        queue=QueueState(*(floats() for _ in QueueState._fields)),
        arrivals=ArrivalState(np.zeros(n * WINDOW, np.float32), np.zeros(n * WINDOW, np.float32), np.ones(n), floats(),
                              floats(), _first_far_loops(tables), floats()),
        runs=OccupancyRuns(ints(), ints(), ints(), ints(), ints(), ints(), floats(), floats()),
        line=LineState(floats(), floats(), floats(), ints(), ints(LONG_AGO_S)),
        head=heads_of(n),
        green=GreenState(ints(), ints(), ints()),
        sneakers=SneakerState(ints(), ints(), ints(), ints(), ints()),
        spacing=SpacingState(floats(), floats(), floats(), ints(), ints(), ints()),
        inside=InsideState(floats(), ints(), np.zeros(len(tables.exit_loop), dtype=np.int64)),
        claims=ClaimState(ints(), floats(), floats(), ints()))


def heads_of(lanes: int) -> HeadState:
    """Nobody at the line of so many lanes."""
    standing_s, unserved_s, refused = np.zeros((3, lanes), dtype=np.int64)
    return HeadState(standing_s, unserved_s, refused, np.zeros(lanes, np.bool_))


def _first_far_loops(tables: Tables) -> IntArray:
    return np.array([tables.far_loop[first] if last > first else -1
                     for first, last in zip(tables.far_ptr[:-1], tables.far_ptr[1:], strict=True)], dtype=np.int64)


def signal_state(tables: Tables, shown: CodeArray) -> SignalState:
    """Signals found showing `shown`, uint8[links], since an unknown time: just begun, then, and off before."""
    signals, links = len(tables.link_ptr) - 1, int(tables.link_ptr[-1])

    def ints(size: int, value: int = 0) -> IntArray:
        return np.full(size, value, dtype=np.int64)

    return SignalState(phase=ints(signals), previous=ints(signals, -1), next_phase=ints(signals, -1),
                       leaving_s=ints(signals), since_s=ints(signals), settled=ints(signals),
                       plan_status=ints(signals), announced=ints(signals, -1), due_s=ints(signals, -1),
                       shown=np.array(shown, dtype=np.uint8),
                       proposed=np.array(shown, dtype=np.uint8), goal=np.array(shown, dtype=np.uint8),
                       held=np.zeros(links, dtype=np.uint8), aim=np.array(shown, dtype=np.uint8),
                       at_line=np.zeros(links, dtype=np.uint8),
                       green_s=ints(links), yellow_run_s=ints(links),
                       clearing_s=ints(links), priority_clearing_s=ints(links),
                       yield_clearing_s=ints(links), caught_wait_s=ints(links), lit_s=ints(signals),
                       waiting=np.zeros(links),
                       called_s=ints(links, -1), came=np.zeros(links), watched_s=np.zeros(links),
                       asked=no_requests(signals))

