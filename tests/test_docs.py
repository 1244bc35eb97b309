"""What the documents say: values of settings as they are, files that they name, and examples in docstrings that run."""

from __future__ import annotations

import doctest
import re
import shlex
from importlib import import_module
from pathlib import Path

import pytest

from bench.cli.main import parser_for, split_sumo_options
from signal_core.estimating.health import HealthSettings
from signal_core.ladder.modes import ModeSettings
from signal_core.planning.splits import SplitSettings
from signal_core.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted((ROOT / "docs").rglob("*.md"))
BESIDE = [ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")]
VALUE = re.compile(r"`([a-z_]+)` \((-?\d+(?:\.\d+)?)\)")
"""A setting and its value in a text: `stall_s` (8)."""
LINK = re.compile(r"\]\(([^)#\s]+)")


def _values() -> dict[str, float]:
    found: dict[str, float] = {}
    for settings in (Settings(), SplitSettings(), HealthSettings(), ModeSettings()):
        found |= settings._asdict()
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_values_of_settings_are_those_of_the_code(page: Path) -> None:
    values = _values()
    for name, said in VALUE.findall(page.read_text(encoding="utf-8")):
        assert name in values, f"{page.name}: there is no setting {name}"
        assert float(said) == values[name], f"{page.name}: {name} is {values[name]}"


def test_the_model_says_what_the_settings_of_the_engine_are() -> None:
    text = (ROOT / "docs" / "how-it-works" / "model.md").read_text(encoding="utf-8")
    assert len(set(VALUE.findall(text))) > 20


@pytest.mark.parametrize("page", BESIDE, ids=lambda page: page.name)
def test_files_that_pages_outside_the_site_name_are_there(page: Path) -> None:
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        if "://" not in link:
            assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_every_experiment_has_its_answer_once_in_the_list_of_what_was_tried() -> None:
    folder = ROOT / "docs" / "experiments"
    named = [link for link in LINK.findall((folder / "index.md").read_text(encoding="utf-8")) if link.startswith("20")]
    assert sorted(named) == sorted(path.name for path in folder.glob("20*.md"))


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "experiments").glob("20*.md")), ids=lambda page: page.name)
def test_every_experiment_begins_with_its_answer(page: Path) -> None:
    assert "**In short:**" in page.read_text(encoding="utf-8")[:1200]


PACKAGES = ("signal_core", "network", "controllers", "scenarios", "bench")
WITH_EXAMPLES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
    if ">>> " in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("module", WITH_EXAMPLES)
def test_examples_in_docstrings_say_what_is_true(module: str) -> None:
    found = doctest.testmod(import_module(module.removesuffix(".__init__")))
    assert found.attempted > 0
    assert found.failed == 0


@pytest.mark.parametrize("page", [page for page in PAGES if ">>> " in page.read_text(encoding="utf-8")],
                         ids=lambda page: page.relative_to(ROOT).as_posix())
def test_examples_in_pages_say_what_is_true(page: Path) -> None:
    found = doctest.testfile(str(page), module_relative=False)
    assert found.failed == 0


COMMAND = re.compile(r"^ *(?:\.venv/bin/)?signal-core (.+)$", re.MULTILINE)
USED = [page for page in (*BESIDE, *PAGES) if COMMAND.search(page.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("page", USED, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_as_they_are_printed_are_understood(page: Path) -> None:
    """Every option is there and takes what it is given."""
    for line in COMMAND.findall(page.read_text(encoding="utf-8").replace("\\\n", " ")):
        words, _ = split_sumo_options(shlex.split(line, comments=True))
        parser_for(words[0]).parse_args(words)


def test_every_example_stands_in_the_site() -> None:
    page = (ROOT / "docs" / "how-to" / "examples.md").read_text(encoding="utf-8")
    assert set(re.findall(r'"examples/(\w+\.py)"', page)) == {path.name for path in (ROOT / "examples").glob("*.py")}
