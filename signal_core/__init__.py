"""The engine: arithmetic on arrays. No graph, no simulator, no files, no wall clock.

    import signal_core as sc
    intersection = sc.Intersection.from_phases(phases, conflicts)
    engine = sc.Engine([intersection], shown)
    codes = engine.step(entered, left, occupancy, time_s)        (each second)

It needs numpy and numba alone. Stable: what stands in ``__all__``. Everything else may move in any version.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from signal_core.engine import Engine, LaneReport, LoopReport, SignalReport
    from signal_core.estimating.health import LoopStatus, Sight, Source
    from signal_core.ladder.ladder import Events, Names, Troubles
    from signal_core.ladder.law import LaneView, Law, Observation
    from signal_core.ladder.modes import Mode, Trouble
    from signal_core.sequencing.plan_rows import PlanOf
    from signal_core.settings import Settings
    from signal_core.tables.from_phases import Lane
    from signal_core.tables.intersection import Intersection
    from signal_core.tables.letters import decode, encode

__all__ = [
    "Engine",
    "Events",
    "Intersection",
    "Lane",
    "LaneReport",
    "LaneView",
    "Law",
    "LoopReport",
    "LoopStatus",
    "Mode",
    "Names",
    "Observation",
    "PlanOf",
    "Settings",
    "Sight",
    "SignalReport",
    "Source",
    "Trouble",
    "Troubles",
    "decode",
    "encode",
]

_HOME = {
    "Engine": "engine",
    "Events": "ladder.ladder",
    "Intersection": "tables.intersection",
    "Lane": "tables.from_phases",
    "LaneReport": "engine",
    "LaneView": "ladder.law",
    "Law": "ladder.law",
    "LoopReport": "engine",
    "LoopStatus": "estimating.health",
    "Mode": "ladder.modes",
    "Names": "ladder.ladder",
    "Observation": "ladder.law",
    "PlanOf": "sequencing.plan_rows",
    "Settings": "settings",
    "Sight": "estimating.health",
    "SignalReport": "engine",
    "Source": "estimating.health",
    "Trouble": "ladder.modes",
    "Troubles": "ladder.ladder",
    "decode": "tables.letters",
    "encode": "tables.letters",
}


def __getattr__(name: str) -> object:
    """Imported when it is asked for: a kernel is loaded without the rest."""
    if name not in _HOME:
        raise AttributeError(f"module 'signal_core' has no attribute '{name}'; there is {', '.join(__all__)}")
    return getattr(import_module(f"signal_core.{_HOME[name]}"), name)
