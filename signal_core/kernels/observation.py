"""One second of loop data, several kernels in one call from Python."""

from signal_core.kernels import (
    arrivals,
    claims,
    clearance,
    closely_spaced,
    exits,
    falls,
    floor,
    gates,
    heads,
    health,
    lane_changes,
    locks,
    queues,
    silent_roads,
    starts,
    stuck,
    substitution,
    trials,
)
from signal_core.kernels.compiled import kernel

STANDING_S = 3
"""Who stands so long behind a junction is in the way of who would follow."""


@kernel
def clean(loops, relations, tables, lanes, now, samples, counts, used, limits):
    """Judge one second of samples, and write what is to be worked with into `used`.

    loops: LoopHealth; relations: Relations; tables: Tables; lanes: LaneState; samples, used: Samples; counts:
    float64[loops], scratch; limits: HealthSettings.
    """
    health.watch(loops, relations, now, samples, counts, limits)
    substitution.substitute(loops, relations, now, samples, counts, used)
    substitution.stand_in_stop_lines(loops, relations, tables, lanes, counts, used, limits)


@kernel
def take(exit_state, loops, tables, signals, lanes, now, samples, lane_green, settings, limits):
    """Advance the lanes by samples that are clean; then look for exits that are blocked."""
    silent_roads.stand_in(exit_state.silent, loops, tables, lanes, samples, limits)
    estimate(tables, signals, lanes, now, samples, lane_green, settings)
    watch_exits(exit_state, loops, tables, signals, lanes, samples.occupancy, settings, limits)


@kernel
def watch_exits(exit_state, loops, tables, signals, lanes, occupancy, settings, limits):
    """Look for exits that are blocked and for what follows from them, after the lanes have been advanced."""
    exits.watch(exit_state, loops, tables, signals, lanes, limits)
    exit_state.events[0] += locks.watch(exit_state.locks, exit_state.waited_s, loops, tables, lanes, occupancy, limits)
    gates.watch(exit_state.locks, exit_state.waited_s, loops, tables, lanes, STANDING_S, limits.turn_green_s)
    worse = exit_state.floor.worse
    exit_state.events[0] += trials.watch(exit_state.trials, worse, exit_state.locks, loops, tables, lanes, limits)
    locked, guards = exit_state.locks.locked, exit_state.locks.guards
    floor.watch(exit_state.floor, exit_state.trials, locked, guards, loops, tables, signals, lanes, limits)
    lane_changes.wait_beside(tables, lanes, exit_state.waited_s, settings.stall_s)


@kernel
def estimate(tables, signals, lanes, now, samples, lane_green, settings):
    """Advance the lanes of every signal by one second, and its red clearance by vehicles that are still inside.

    tables: Tables; signals: SignalState; lanes: LaneState; samples: Samples; lane_green: uint8[lanes], scratch.
    """
    left, occupancy = samples.left, samples.occupancy
    if settings.look_back == 1:
        closely_spaced.expect(tables, lanes, now, left)
    for i in range(len(tables.lane_ptr) - 1):
        first, last = tables.lane_ptr[i], tables.lane_ptr[i + 1]
        heads.mark_green(tables, signals.shown, i, lane_green)
        arrivals.expect_from_far(tables, lanes, first, last, now, samples.entered)
        queues.pass_middle(tables, lanes, first, last, now, samples.entered)
        queues.look(tables, lanes, first, last, occupancy)
        queues.advance(tables, lanes, first, last, now, left, occupancy, settings)
        heads.advance(tables, lanes, first, last, samples, lane_green, settings)
    if settings.look_back == 1:
        closely_spaced.look_back(tables, signals, lanes, settings.standing_s)
    heads.refuse(tables, signals, lanes, settings)
    starts.count(tables, lanes, left)
    starts.join(tables, lanes)
    claims.watch(tables, signals, lanes, settings)
    clearance.advance(tables, signals, lanes, left, settings)
    stuck.advance(tables, signals, lanes, left, occupancy, settings)
    falls.look(tables, signals, lanes, now)
