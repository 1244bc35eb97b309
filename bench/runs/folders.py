"""Where results go: a folder that can be written, and never the user's own."""

from __future__ import annotations

from pathlib import Path

from network.errors import ScenarioError
from scenarios.config import Scenario


def output_folder(chosen: str | None, scenario: Scenario) -> Path:
    """DIR, absolute and writable; without one chosen, a directory here named after the scenario."""
    home = Path(scenario.source).resolve().parent
    folder = Path(chosen or scenario.name).absolute()
    if folder.resolve() == home:
        if chosen:
            raise ScenarioError(f"{folder}: this is the scenario's own directory; choose another one with -o")
        folder = folder.with_name(folder.name + "-results")
    make_folder(folder)
    return folder


def make_folder(folder: Path) -> None:
    """Create ``folder``; ScenarioError where that is not possible, or SUMO could not write to it."""
    if "," in str(folder):
        raise ScenarioError(f"{folder}: SUMO takes a comma for the end of a name; choose another directory with -o")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".writable").touch()
        (folder / ".writable").unlink()
    except OSError as error:
        raise ScenarioError(
            f"{folder}: cannot write here ({error.strerror}); choose another directory with -o"
        ) from error
