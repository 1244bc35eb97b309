"""Habits of the project: versions and bounds that must agree with each other."""

from __future__ import annotations

import tomllib
from importlib.metadata import version
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent


def _project() -> dict[str, object]:
    project: dict[str, object] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project


def test_numba_is_bounded_above_and_the_one_here_lies_within() -> None:
    """kernels/compiled.py patches a private part of it: a new minor version is tried before it is let in."""
    wanted = [Requirement(str(line)) for line in _project()["dependencies"]]  # type: ignore[attr-defined]
    (numba,) = [one for one in wanted if one.name == "numba"]
    assert any(part.operator == "<" for part in numba.specifier)
    assert numba.specifier.contains(version("numba"))


def test_the_version_has_its_entry_in_the_changelog() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"\n## {_project()['version']} " in changelog
