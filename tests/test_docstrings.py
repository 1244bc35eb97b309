"""Docstrings of everything public, by the validation of numpydoc, and a place in the reference for each package."""

from __future__ import annotations

import re
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
