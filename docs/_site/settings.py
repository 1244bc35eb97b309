"""`<!-- settings: package.module.Class -->` in a page becomes the table of the fields of that class, from source."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from importlib import import_module
from typing import Any

MARK = re.compile(r"<!-- settings: ([\w.]+) -->")


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """The page with every mark replaced."""
    return MARK.sub(lambda found: _table(found[1]), markdown)


def _table(path: str) -> str:
    module, _, name = path.rpartition(".")
    rows = _fields(getattr(import_module(module), name))
    lines = [f"| `{name}` | {default} | {' '.join(says.split()).replace('|', '/')} |" for name, default, says in rows]
    return "\n".join(["| name | default | meaning |", "|---|---|---|", *lines])


def _fields(settings: type) -> list[tuple[str, str, str]]:
    """Name, default and docstring of every field, in the order of the source."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(settings))).body
    assert isinstance(tree, ast.ClassDef)
    found: list[tuple[str, str, str]] = []
    for node in tree.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.append((node.target.id, "" if node.value is None else ast.unparse(node.value), ""))
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and found:
            found[-1] = (*found[-1][:2], str(node.value.value))
    return found
