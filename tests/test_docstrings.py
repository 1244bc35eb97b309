"""Docstrings of everything public, by the validation of numpydoc, and a place in the reference for each package."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from inspect import isclass, isroutine, unwrap
from pathlib import Path
from typing import Any

import pytest
from numpydoc.validate import validate

ROOT = Path(__file__).resolve().parent.parent
FRONT_DOORS = ("signal_core", "network", "bench")

CHECKS = {
    "GL06": "a section that numpydoc does not know",
    "GL07": "sections in another order",
    "GL08": "no docstring",
    "PR02": "a parameter that does not exist",
    "PR03": "parameters in another order",
    "PR10": "a colon without a blank before it, between a parameter and its type",
    "RT04": "a return value that does not begin with a capital letter",
    "SS01": "no summary in the first line",
    "SS04": "blanks before the summary",
    "YD01": "a generator that does not say what it yields",
}
"""What is asked of a docstring. Types stand in the signature, so none is asked for in the text."""


def _offered() -> list[tuple[str, str]]:
    return [(package, name) for package in FRONT_DOORS for name in import_module(package).__all__]


def _places(package: str, name: str) -> list[str]:
    """The import paths of what is offered, its public methods and properties, where they are defined."""
    offered: Any = getattr(import_module(package), name)
    if not isclass(offered) and not isroutine(unwrap(offered)):
        return []
    place = f"{offered.__module__}.{offered.__qualname__}"
    own = vars(offered) if isclass(offered) else {}
    methods = [key for key, value in own.items() if not key.startswith("_") and
               (isroutine(value) or isinstance(value, property | classmethod))]
    return [place, *(f"{place}.{method}" for method in methods)]


@pytest.mark.parametrize(("package", "name"), _offered())
def test_a_docstring_keeps_to_the_format(package: str, name: str) -> None:
    faults = [(place, code, CHECKS[code], says) for place in _places(package, name)
              for code, says in validate(place)["errors"] if code in CHECKS]
    assert not faults, "\n".join(map(str, faults))


def test_the_reference_lists_every_front_door() -> None:
    """docs/_site/api.py puts in everything that a package offers."""
    text = (ROOT / "docs" / "reference" / "python.md").read_text(encoding="utf-8")
    assert set(re.findall(r"<!-- api: (\w+)", text)) == set(FRONT_DOORS)


def test_every_package_with_a_front_door_is_looked_at() -> None:
    packages = {path.name for path in ROOT.iterdir() if (path / "__init__.py").is_file()} - {"tests"}
    assert {name for name in packages if getattr(import_module(name), "__all__", ())} == set(FRONT_DOORS)


ROOMS = ("signal_core", "network", "controllers", "scenarios")
"""In `bench` whatever is wrong in what a user gave is a ScenarioError, which the command line tells in one line."""


def _public(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    """Functions of a module, and methods of its classes, that have no underscore."""
    for node in tree.body:
        for each in node.body if isinstance(node, ast.ClassDef) else [node]:
            if isinstance(each, ast.FunctionDef) and not each.name.startswith("_"):
                yield each


def _raised(function: ast.FunctionDef) -> set[str]:
    """Errors that a function raises by itself and does not catch, but for those of functions inside of it."""
    found, caught, ahead = set(), set(), list[ast.AST](function.body)
    while ahead:
        node = ahead.pop()
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and isinstance(node.exc.func, ast.Name):
            found.add(node.exc.func.id)
        elif isinstance(node, ast.ExceptHandler) and isinstance(node.type, ast.Name):
            caught.add(node.type.id)
        if not isinstance(node, ast.FunctionDef | ast.Lambda):
            ahead += ast.iter_child_nodes(node)
    return found - caught


@pytest.mark.parametrize("room", ROOMS)
def test_what_a_function_raises_its_docstring_says(room: str) -> None:
    silent = [f"{path.relative_to(ROOT)}:{function.lineno} {function.name} {error}"
              for path in sorted((ROOT / room).rglob("*.py")) if "kernels" not in path.parts
              for function in _public(ast.parse(path.read_text(encoding="utf-8")))
              for error in sorted(_raised(function)) if error not in (ast.get_docstring(function) or "")]
    assert not silent, "\n".join(silent)
