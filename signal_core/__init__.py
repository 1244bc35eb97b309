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
    from signal_core.from_phases import Lane
    from signal_core.health import LoopStatus, Sight, Source
    from signal_core.intersection import Intersection
    from signal_core.ladder import Events, Names, Troubles
    from signal_core.law import LaneView, Law, Observation
    from signal_core.letters import decode, encode
    from signal_core.modes import Mode, Trouble
    from signal_core.plan_rows import PlanOf
    from signal_core.settings import Settings

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
    "Events": "ladder",
    "Intersection": "intersection",
    "Lane": "from_phases",
    "LaneReport": "engine",
    "LaneView": "law",
    "Law": "law",
    "LoopReport": "engine",
    "LoopStatus": "health",
    "Mode": "modes",
    "Names": "ladder",
    "Observation": "law",
    "PlanOf": "plan_rows",
    "Settings": "settings",
    "Sight": "health",
    "SignalReport": "engine",
    "Source": "health",
    "Trouble": "modes",
    "Troubles": "ladder",
    "decode": "letters",
    "encode": "letters",
}


def __getattr__(name: str) -> object:
    """Imported when it is asked for: a kernel is loaded without the rest."""
    if name not in _HOME:
        raise AttributeError(f"module 'signal_core' has no attribute '{name}'; there is {', '.join(__all__)}")
    return getattr(import_module(f"signal_core.{_HOME[name]}"), name)
