"""Experiments: run, compare, metrics, latency, faults, report, and the command line.

Stable: what stands in ``__all__``. Everything else may move in any version.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.runs.options import Options
    from bench.studies.front import Comparison, compare

__all__ = ["Comparison", "Options", "compare"]


def __getattr__(name: str) -> object:
    """Imported when it is asked for: the command line starts without it."""
    if name not in __all__:
        raise AttributeError(f"module 'bench' has no attribute '{name}'; there is {', '.join(__all__)}")
    return getattr(import_module("bench.studies.front"), name)
