"""`<!-- every module -->` in a page becomes a table for each package: its modules by the first sentence of each."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path
from typing import Any

MARK = "<!-- every module -->"
FIRST = re.compile(r".*?\.(?= [A-Z`]|$)")


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """The page with the mark replaced."""
    if MARK not in markdown:
        return markdown
    root = Path(config.config_file_path).parent
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    packages = [str(name) for name in settings["tool"]["setuptools"]["packages"]]
    return markdown.replace(MARK, "\n\n".join(_room(root / name.replace(".", "/"), name) for name in packages))


def _room(folder: Path, package: str) -> str:
    rows = [f"| `{path.stem}` | {_first(_says(path))} |"
            for path in sorted(folder.glob("*.py")) if path.stem != "__init__"]
    head = [f"## {package}\n", f"{_says(folder / '__init__.py')}\n"]
    return "\n".join([*head, "| module | holds |", "|---|---|", *rows])


def _says(path: Path) -> str:
    """The first paragraph of what a file says of itself."""
    said, _, _ = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").partition("\n\n")
    if not said:
        raise ValueError(f"{path} does not say what it holds")
    return " ".join(said.split()).replace("|", "\\|").replace("<", "&lt;").replace("``", "`")


def _first(said: str) -> str:
    found = FIRST.match(said)
    return found[0] if found else said
