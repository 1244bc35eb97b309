"""Worlds that need no file from the user, by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from network.errors import ScenarioError
from scenarios.generated import ARTERIAL, GridPlan, write_scenario
from scenarios.rilsa import EXAMPLES, write_rilsa


def _rilsa(example: int) -> Callable[[Path], Path]:
    return lambda folder: write_rilsa(folder, example)


WORLDS: dict[str, Callable[[Path], Path]] = {
    "arterial": lambda folder: write_scenario(folder, ARTERIAL, name="arterial"),
    "grid": lambda folder: write_scenario(folder, GridPlan(), name="grid"),
    **{f"rilsa{example}": _rilsa(example) for example in EXAMPLES},
}


def write_world(name: str, folder: Path) -> Path:
    """Write the files of one of `WORLDS` into ``folder``; returns its .sumocfg."""
    if name not in WORLDS:
        raise ScenarioError(f"unknown world '{name}'; choose from {', '.join(WORLDS)}")
    return WORLDS[name](folder)
