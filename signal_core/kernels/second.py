"""Kernels of one second, several in one call: much of what each costs alone is its arguments, out of cold memory."""

from signal_core.kernels import exits, health, step, substitution
from signal_core.kernels.compiled import kernel


@kernel
def clean(X, R, T, L, now, entered, left, occupancy, counts, use_entered, use_left, use_occupancy, limits):
    """Judge one second of samples, and write what is to be worked with into `use_entered` and so on.

    X, R: LoopHealth, Relations; T, L: Tables, LaneState; limits: HealthSettings.
    """
    health.watch(X, R, now, entered, left, occupancy, counts, limits)
    substitution.substitute(X, R, now, entered, left, occupancy, counts, use_entered, use_left, use_occupancy)
    substitution.stand_in_stop_lines(X, T, L, counts, use_left, use_occupancy, limits.call_s, limits.recall_s)


@kernel
def take(E, X, T, S, L, now, entered, left, occupancy, lane_green, settings, limits):
    """Advance the lanes by samples that are clean, as `step.estimate`; then `watch_exits`."""
    step.advance(T, S, L, now, entered, left, occupancy, lane_green, settings)
    exits.watch(E, X, T, S, L, limits)


@kernel
def watch_exits(E, X, T, S, L, limits):
    """See `exits.watch`."""
    exits.watch(E, X, T, S, L, limits)
