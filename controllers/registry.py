"""Controllers by name. A new one is one file with an `Entry`, and one line in `_MODULES`."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass

from controllers.base import Controller
from network.errors import ScenarioError
from signal_core.settings import Settings

_MODULES = {
    "fixed": "controllers.fixed",
    "tuned": "controllers.tuned",
    "actuated": "controllers.actuated",
    "delay_based": "controllers.delay_based",
    "max_pressure": "controllers.max_pressure",
    "max_wave": "controllers.max_wave",
    "splits": "controllers.splits",
    "adaptive": "controllers.adaptive",
    "adaptive_fixed_order": "controllers.adaptive_fixed_order",
}


@dataclass(frozen=True)
class Entry:
    """A controller as the command line offers it."""

    name: str
    summary: str
    make: Callable[[Settings], Controller]


def names() -> tuple[str, ...]:
    """All controllers, baselines first."""
    return tuple(_MODULES)


def get(name: str) -> Entry:
    """The entry called `name`. Raises ScenarioError naming what there is."""
    if name not in _MODULES:
        raise ScenarioError(f"unknown controller '{name}'; choose from {', '.join(_MODULES)}")
    entry = importlib.import_module(_MODULES[name]).ENTRY
    assert isinstance(entry, Entry)
    return entry
