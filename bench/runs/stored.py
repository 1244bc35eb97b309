"""JSON files in a results folder: read as data from whoever, written so that nobody sees half of one."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from network.errors import ScenarioError
from network.files import require_file, writing

MOST_BYTES = 2 << 30
"""Of one file. What is kept of a city of 1,600 signals takes 1/20 of it."""
AGAIN = "run the comparison again"


def read_json(path: Path, advice: str = AGAIN) -> Any:
    """Content of a JSON file; ScenarioError names it, what is wrong and what to do (``advice``)."""
    require_file(path, advice)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ScenarioError(f"{path}: longer than {MOST_BYTES >> 20} MiB, nothing of ours is; {advice}")
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ScenarioError(f"{path}: {error.strerror}; {advice}") from error
    except (ValueError, RecursionError) as error:
        raise ScenarioError(f"{path}: not readable as JSON ({error}); {advice}") from error


def write_json(content: Any, path: Path, indent: int | None = 1) -> None:
    """Write ``content`` so that a reader never sees half of it."""
    text = json.dumps(content, indent=indent) + "\n"
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and not path.is_file():  # such as /dev/stdout, in whose place nothing may be put
            path.write_text(text, encoding="utf-8")
            return
        half = path.with_name(f"{path.name}.part")
        half.write_text(text, encoding="utf-8")
        half.replace(path)


def place_inside(home: Path, name: Any, stated_in: Path) -> Path:
    """Where ``name`` leads, a path relative to ``home`` that a file there states; ScenarioError if that is outside."""
    if not isinstance(name, str) or not name or "\0" in name or os.path.isabs(name):
        raise ScenarioError(f"{stated_in}: {str(name)[:60]!r} is no path within the results folder; {AGAIN}")
    return stay_inside(home, home / name)


def stay_inside(home: Path, path: Path) -> Path:
    """``path``, if it lies in ``home`` after every link is followed; ScenarioError otherwise."""
    try:
        inside = path.resolve().is_relative_to(home.resolve())
    except (OSError, RuntimeError, ValueError) as error:
        raise ScenarioError(f"{path}: {error}; {AGAIN}") from error
    if not inside:
        raise ScenarioError(f"{path}: leads out of {home}; copy what it points to into the folder")
    return path
