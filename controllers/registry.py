"""Controllers by name. A new one is one file with an `Entry`, and one line in `_MODULES`; a user's own needs neither
(`controllers.own`): ``mypackage.module:MyController``.

A name may change settings: ``adaptive+horizon_s=90+packing=2`` is adaptive control with these two as given.
"""

from __future__ import annotations

import importlib

from controllers import own
from controllers.entry import Entry
from network.errors import ScenarioError, offered
from signal_core.settings import RENAMED, Settings

_MODULES = {
    "fixed": "controllers.laws.fixed",
    "static": "controllers.laws.static",
    "fixed_priority": "controllers.laws.fixed_priority",
    "tuned": "controllers.laws.tuned",
    "actuated": "controllers.laws.actuated",
    "actuated_priority": "controllers.laws.actuated_priority",
    "delay_based": "controllers.laws.delay_based",
    "max_pressure": "controllers.laws.max_pressure",
    "max_wave": "controllers.laws.max_wave",
    "splits": "controllers.laws.splits",
    "adaptive": "controllers.laws.adaptive",
    "adaptive_fixed_order": "controllers.laws.adaptive_fixed_order",
}

CHANGE = "+"
HELP = f"controllers: {', '.join(_MODULES)}; with settings of the engine changed: adaptive+horizon_s=90+stall_s=8; "
HELP += "one of your own: mypackage.module:MyController"
MOST_S, MOST = 3600, 1000
"""A setting in seconds, and any other, is at most this; memory grows with the horizon."""
LEAST = {"horizon_s": 1}
KINDS = {int: "a whole number", float: "a number"}


def names() -> tuple[str, ...]:
    """All controllers, baselines first."""
    return tuple(_MODULES)


def base_name(name: str) -> str:
    """The name without the settings in it."""
    return name.partition(CHANGE)[0]


def named(name: str) -> str:
    """A name that the user gave, in a command or a call: it may be of a class of his own. Returns it, checked.

    Raises ScenarioError naming what there is.
    """
    own.admit(base_name(name))
    get(name).make(settings_for(name, Settings()))
    if own.is_own(name):  # other processes look where it was found, which is where a script lies, say
        own.admit(base_name(name), own.home(base_name(name)))
    return name


def folder_of(name: str) -> str:
    """What a folder for runs of this controller is called: SUMO takes a colon for the name of another machine."""
    return name.replace(own.MARK, ".")


def get(name: str) -> Entry:
    """The entry called `name`. Raises ScenarioError naming what there is."""
    base = base_name(name)
    if own.is_own(base):
        settings_for(name, Settings())
        return own.entry(base)
    if base not in _MODULES:
        raise ScenarioError(f"unknown controller '{base}'; {offered(base, _MODULES)}, "
                            "or name one of your own as mypackage.module:MyController")
    settings_for(name, Settings())
    entry = importlib.import_module(_MODULES[base]).ENTRY
    assert isinstance(entry, Entry)
    return entry


def settings_for(name: str, settings: Settings) -> Settings:
    """`settings` with the changes that `name` asks for. Raises ScenarioError naming the change and what there is."""
    for change in name.split(CHANGE)[1:]:
        key, _, text = change.partition("=")
        key = RENAMED.get(key, key)
        if key not in Settings._fields:
            raise ScenarioError(f"controller '{name}': no setting '{key}'; {offered(key, Settings._fields)}")
        kind = type(getattr(settings, key))
        try:
            value = kind(text)
        except ValueError:
            value = None
        least, most = LEAST.get(key, 0), MOST_S if key.endswith("_s") else MOST
        if value is None or not least <= value <= most:  # "nan" compares as neither
            raise ScenarioError(f"controller '{name}': {key}={text}; give {KINDS[kind]} from {least} to {most}")
        settings = settings._replace(**{key: value})
    return settings
