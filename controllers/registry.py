"""Controllers by name. A new one is one file with an `Entry`, and one line in `_MODULES`.

A name may change settings: ``adaptive+horizon_s=90+packing=2`` is adaptive control with these two as given.
"""

from __future__ import annotations

import importlib
import math
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

CHANGE = "+"
HELP = f"controllers: {', '.join(_MODULES)}; with settings of the engine changed: adaptive+horizon_s=90+stall_s=8"
KINDS = {int: "a whole number", float: "a number"}


@dataclass(frozen=True)
class Entry:
    """A controller as the command line offers it."""

    name: str
    summary: str
    make: Callable[[Settings], Controller]


def names() -> tuple[str, ...]:
    """All controllers, baselines first."""
    return tuple(_MODULES)


def base_name(name: str) -> str:
    """The name without the settings in it."""
    return name.partition(CHANGE)[0]


def get(name: str) -> Entry:
    """The entry called `name`. Raises ScenarioError naming what there is."""
    base = base_name(name)
    if base not in _MODULES:
        raise ScenarioError(f"unknown controller '{base}'; choose from {', '.join(_MODULES)}")
    settings_for(name, Settings())
    entry = importlib.import_module(_MODULES[base]).ENTRY
    assert isinstance(entry, Entry)
    return entry


def settings_for(name: str, settings: Settings) -> Settings:
    """`settings` with the changes that `name` asks for. Raises ScenarioError naming the change and what there is."""
    for change in name.split(CHANGE)[1:]:
        key, _, text = change.partition("=")
        if key not in Settings._fields:
            raise ScenarioError(f"controller '{name}': no setting '{key}'; choose from {', '.join(Settings._fields)}")
        kind = type(getattr(settings, key))
        try:
            value = kind(text)
        except ValueError:
            value = None
        if value is None or not 0 <= value < math.inf:
            raise ScenarioError(f"controller '{name}': {key}={text}; give {KINDS[kind]} that is not negative")
        settings = settings._replace(**{key: value})
    return settings
