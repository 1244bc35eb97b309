"""The road graph: SUMO network to movements, phases, detectors and the engine's arrays.

Stable: what stands in ``__all__``. Everything else may move in any version.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from network.errors import ScenarioError
    from network.front import ReadNetwork, read

__all__ = ["ReadNetwork", "ScenarioError", "read"]

_HOME = {"ReadNetwork": "network.front", "ScenarioError": "network.errors", "read": "network.front"}


def __getattr__(name: str) -> object:
    """Imported when it is asked for: the command line starts without it."""
    if name not in _HOME:
        raise AttributeError(f"module 'network' has no attribute '{name}'; there is {', '.join(__all__)}")
    return getattr(import_module(_HOME[name]), name)
