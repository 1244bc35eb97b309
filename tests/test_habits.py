"""Habits of the project: versions and bounds that must agree with each other."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent


def _project() -> dict[str, Any]:
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project


def test_numba_is_bounded_above_and_the_one_here_lies_within() -> None:
    """compiled.py and loading.py patch private parts of it: a new minor version is tried before it is let in."""
    wanted = [Requirement(str(line)) for line in _project()["dependencies"]]
    (numba,) = [one for one in wanted if one.name == "numba"]
    assert any(part.operator == "<" for part in numba.specifier)
    assert numba.specifier.contains(version("numba"))


def test_the_version_has_its_entry_in_the_changelog() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"\n## {_project()['version']} " in changelog


def test_the_citation_names_this_version_and_licence() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == _project()["version"]
    assert citation["license"] == _project()["license"]


def test_the_hosted_gate_runs_targets_that_exist_on_every_version_of_python_that_is_named() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))
    prefix = "Programming Language :: Python :: 3."
    named = {line.rpartition(" ")[2] for line in _project()["classifiers"] if line.startswith(prefix)}
    assert set(workflow["jobs"]["gate"]["strategy"]["matrix"]["python"]) == named
    versions = {row["versions"] for row in workflow["jobs"]["dependencies"]["strategy"]["matrix"]["include"]}
    targets = set(re.findall(r"^([a-z -]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    known = {target for line in targets for target in line.split()}
    assert versions | {"dist", "nightly", "test", "docs", "quick"} <= known


def test_what_runs_without_the_jit_is_where_no_simulation_is_started() -> None:
    """A simulation without it takes minutes, and shows nothing of a kernel that its twin does not."""
    (rooms,) = re.findall(r"^PLAIN := (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    texts = {path: path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")}
    marked = {path: text for path, text in texts.items()
              if re.search(r"^(pytestmark = |@)pytest\.mark\.kernel", text, re.MULTILINE)}
    assert {path.parent.relative_to(ROOT).as_posix() for path in marked} == set(rooms.split())
    assert not [path for path, text in marked.items() if re.search(r"bench\.cli|sumo_port|controllers\.streets", text)]


def test_everything_that_an_extra_asks_for_is_locked() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = {canonicalize_name(line.partition("==")[0]) for line in lock.splitlines() if not line.startswith("#")}
    asked = [line for lines in _project()["optional-dependencies"].values() for line in lines]
    names = {Requirement(line).name for line in [*asked, *_project()["dependencies"]]}
    assert {name for name in names if canonicalize_name(name) not in locked} == set()
