"""The look for blocked exits and what follows from them, which the engine takes in one call with all of a second."""

from __future__ import annotations

from collections.abc import Callable

from signal_core.estimating.health import Health
from signal_core.kernels import observation
from signal_core.kernels.compiled import direct
from signal_core.kernels.kept import kept
from signal_core.settings import Settings
from signal_core.tables.state import LaneState, SignalState


def exits_alone(health: Health, signals: SignalState, lanes: LaneState) -> Callable[[], None]:
    """What is to be called once a second, after the lanes have been estimated."""
    arguments = (*health.kept, kept(health.tables), kept(signals), kept(lanes), health.occupancy, kept(Settings()),
                 health.kept_settings)
    watch = direct(observation.watch_exits, *arguments)
    return lambda: watch(*arguments)
