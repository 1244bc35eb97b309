"""Controllers of a user's own, named ``package.module:Class``: imported because the user named them, and only then.

A name that stands in a file (of a results folder, say) imports nothing: the user must have named it too, on the command
line or in a call from Python. What was named is passed on to processes that make runs, by their environment, together
with the folder it was named in, where modules are looked for after all installed ones.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from controllers.base import Controller
from controllers.entry import Entry
from network.errors import ScenarioError
from signal_core.settings import Settings

MARK = ":"
VARIABLE = "SIGNAL_CORE_OWN"
"""JSON, name -> the folder it was named in."""
NEEDED = ("owns_signals", "sees_vehicles", "adds_phases", "keeps_order", "watched_lanes", "health", "replaced_programs",
          "start", "decide")
HOW = "derive it from controllers.base.EngineController and write start and decide"


def is_own(name: str) -> bool:
    """Whether this names a class of the user's, and not one of the project's controllers."""
    return MARK in name


def admit(name: str, folder: str | Path = "") -> None:
    """The user named this controller; ``folder`` (the current one) is where its module may lie."""
    if is_own(name):
        os.environ[VARIABLE] = json.dumps({**admitted(), name: str(Path(folder).absolute())})


def admitted() -> dict[str, str]:
    """What was named so far, here or in the process that started this one: name -> folder."""
    found: dict[str, str] = json.loads(os.environ.get(VARIABLE, "{}"))
    return found


def entry(name: str) -> Entry:
    """The controller called ``package.module:Class``. Raises ScenarioError saying what is wrong with it, in a line."""
    kind = _class(name)
    return Entry(name, (kind.__doc__ or "a controller of the user's").strip().splitlines()[0],
                 lambda settings: _made(name, kind, settings))


def home(name: str) -> Path:
    """The folder in which its module was found, or the package that it is part of."""
    own = Path(_module(name).__file__ or "")
    return own.parents[name.partition(MARK)[0].count(".") + (own.name == "__init__.py")]


def sources(name: str) -> list[Path]:
    """Every source file that the controller brought in from where its module lies; its own first."""
    own, place = Path(_module(name).__file__ or ""), home(name)
    files = {Path(found) for module in list(sys.modules.values()) if (found := getattr(module, "__file__", None))}
    beside = {path for path in files if path.is_relative_to(place) and "site-packages" not in path.parts}
    return [own, *sorted(beside - {own})]


def _module(name: str) -> ModuleType:
    module = name.partition(MARK)[0]
    if name not in admitted():
        raise ScenarioError(f"controller '{name}': a file names it and you did not; if you trust it, give -c {name}")
    if module == "__main__":
        raise ScenarioError(f"controller '{name}': other processes cannot import a script that runs; name its file")
    folder = admitted()[name]
    if folder not in sys.path:
        sys.path.append(folder)
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        missing = error.name or module
        if not f"{module}.".startswith(f"{missing}."):
            raise ScenarioError(f"controller '{name}': {module} needs '{missing}', which is not there") from error
        raise ScenarioError(f"controller '{name}': no module '{missing}' in {folder} or installed") from error
    except Exception as error:  # whatever a user's module does while it is imported
        raise ScenarioError(f"controller '{name}': {module} cannot be imported ({_said(error)})") from error


def _class(name: str) -> Any:
    module, _, attribute = name.partition(MARK)
    found = _module(name)
    kind = getattr(found, attribute, None)
    if kind is None:
        there = [key for key, value in vars(found).items()
                 if isinstance(value, type) and value.__module__ == module and hasattr(value, "decide")]
        hint = f"; it has {', '.join(there)}" if there else ""
        raise ScenarioError(f"controller '{name}': {module} has no '{attribute}'{hint}")
    if not callable(kind):
        raise ScenarioError(f"controller '{name}': {attribute} is no class; {HOW}")
    return kind


def _made(name: str, kind: Any, settings: Settings) -> Controller:
    try:
        made = kind(settings)
        missing = [each for each in NEEDED if not hasattr(made, each)]
    except Exception as error:
        made_of = f"{name.partition(MARK)[2]}(settings)"
        raise ScenarioError(f"controller '{name}': {made_of} failed ({_said(error)})") from error
    if missing:
        raise ScenarioError(f"controller '{name}': it is no controller, as it has no {', '.join(missing)}; {HOW}")
    controller: Controller = made
    return controller


def _said(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())
