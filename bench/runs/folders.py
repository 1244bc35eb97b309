"""Where results go: a folder that can be written, and never the user's own."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path

from bench.runs.stored import stay_inside
from network.errors import ScenarioError
from network.files import require_file
from scenarios.config import Scenario

WRITABLE = ".writable"
REPORT = ("report.html", "tables", "figures", "signals")
OURS = (
    "results.*", "comparison.*", "control.*", "faults.*", "glosa.*", "routes.*", "sweep.*", "prepared", "runs",
    WRITABLE, *REPORT,
)  # fmt: skip
"""What commands write into a results folder. Whatever else lies in it is its owner's business."""


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
    require_place(folder)
    try:
        str(folder).encode()
    except UnicodeEncodeError as error:
        raise ScenarioError(f"{str(folder)!r}: no name in UTF-8; choose another directory with -o") from error
    try:
        folder.mkdir(parents=True, exist_ok=True)
        require_own(folder)
        (folder / WRITABLE).touch()
        (folder / WRITABLE).unlink()
    except OSError as error:
        raise ScenarioError(
            f"{folder}: cannot write here ({error.strerror}); choose another directory with -o"
        ) from error


def require_place(folder: Path, otherwise: str = "choose another directory with -o") -> None:
    """ScenarioError where SUMO would not take a folder for one: a comma ends a name, and a colon a host."""
    if "," in str(folder):
        raise ScenarioError(f"{folder}: SUMO takes a comma for the end of a name; {otherwise}")
    if ":" in str(folder.relative_to(folder.anchor)):
        raise ScenarioError(f"{folder}: SUMO takes a colon for the end of a host, and what follows for its port; "
                            f"{otherwise}")  # fmt: skip


def require_own(folder: Path, names: Sequence[str] = OURS) -> None:
    """ScenarioError where something called like that, or below it, would lead a writer out of the folder or keep him
    waiting: a link, a pipe, a device. Folders come from strangers, too."""
    found = [path for path in _entries(folder) if any(fnmatch(path.name, name) for name in names)]
    while found:
        path = found.pop()
        if path.is_symlink():
            stay_inside(folder, path)
        if path.is_dir():
            found += () if path.is_symlink() else _entries(path)
        elif path.exists():
            require_file(path, "choose another directory with -o")


def _entries(folder: Path) -> Iterator[Path]:
    """What lies in a folder; nothing where there is none yet."""
    if folder.is_dir():
        with os.scandir(folder) as entries:
            yield from (Path(entry.path) for entry in entries)
