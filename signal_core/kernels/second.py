"""Kernels of one second in one call: much of what each costs alone is its arguments, out of cold memory."""

from signal_core.kernels import exits, health, step, substitution
from signal_core.kernels.compiled import inlined, kernel


@inlined
def _clean(X, R, now, entered, left, occupancy, counts, use_entered, use_left, use_occupancy, limits, T, L):
    """Judge one second of samples, and write what is to be worked with into `use_entered` and so on."""
    health.watch(X, R, now, entered, left, occupancy, counts, limits)
    substitution.substitute(X, R, now, entered, left, occupancy, counts, use_entered, use_left, use_occupancy)
    substitution.stand_in_stop_lines(X, T, L, counts, use_left, use_occupancy, limits.call_s, limits.recall_s)


@kernel
def clean(X, R, E, now, entered, left, occupancy, counts, use_entered, use_left, use_occupancy, limits, T, L):
    """X, R, E: LoopHealth, Relations, ExitState; limits: HealthSettings; T, L: Tables, LaneState."""
    _clean(X, R, now, entered, left, occupancy, counts, use_entered, use_left, use_occupancy, limits, T, L)


@kernel
def observe(X, R, E, now, entered, left, occupancy, counts, use_entered, use_left, use_occupancy, limits, T, L,
            S, second, lane_green, settings):
    """`clean`, then the lanes advanced by what is left of the samples as in `step.estimate`, then `watch_exits`."""
    _clean(X, R, now, entered, left, occupancy, counts, use_entered, use_left, use_occupancy, limits, T, L)
    step.advance(T, S, L, second, use_entered, use_left, use_occupancy, lane_green, settings)
    exits.watch(E, X, T, S, L, limits)


@kernel
def watch_exits(E, X, T, S, L, limits):
    """See `exits.watch`."""
    exits.watch(E, X, T, S, L, limits)
