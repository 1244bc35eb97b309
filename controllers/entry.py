"""A controller as it is offered by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from controllers.base import Controller
from signal_core.settings import Settings


@dataclass(frozen=True)
class Entry:
    """What the command line knows of a controller, and how one is made."""

    name: str
    summary: str
    make: Callable[[Settings], Controller]
