"""Controllers of a user's own: found by name, looked at, hashed with their source, and never imported for a file."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from controllers import own, registry
from network.errors import ScenarioError
from signal_core.settings import Settings

GOOD = '''
"""Mine."""
from controllers.base import EngineController


class Still(EngineController):
    """Never changes anything.

    At all.
    """

    def start(self, site):
        self.site = site

    def decide(self, seen, wanted):
        return 0


class Half:
    """No controller."""

    def __init__(self, settings):
        self.decide = None


class Picky(Still):
    def __init__(self):
        pass


number = 3
'''


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with `mine_of_test.py` in which the user stands; nothing of it is left afterwards."""
    (tmp_path / "mine_of_test.py").write_text(GOOD)
    (tmp_path / "broken_of_test.py").write_text("def f(:\n")
    (tmp_path / "needy_of_test.py").write_text("import nothing_of_the_kind\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(own.VARIABLE, raising=False)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setenv(own.VARIABLE, "{}")
    yield tmp_path
    for name in [name for name in sys.modules if name.endswith("_of_test")]:
        del sys.modules[name]


def test_one_is_found_where_the_user_stands_and_made_with_changed_settings(place: Path) -> None:
    name = registry.named("mine_of_test:Still+horizon_s=40")
    entry = registry.get(name)
    assert entry.summary == "Never changes anything."
    made = entry.make(registry.settings_for(name, Settings()))
    assert made.owns_signals
    assert vars(made)["settings"].horizon_s == 40
    assert registry.base_name(name) == "mine_of_test:Still"
    assert registry.folder_of(name) == "mine_of_test.Still+horizon_s=40"


def test_it_cannot_stand_in_for_an_installed_module(place: Path) -> None:
    (place / "json.py").write_text(GOOD)
    with pytest.raises(ScenarioError, match="json has no 'Still'"):
        registry.named("json:Still")


@pytest.mark.parametrize(("name", "said"), [
    ("nowhere_of_test:A", r"no module 'nowhere_of_test' in /.* or installed"),
    ("mine_of_test:Moving", r"mine_of_test has no 'Moving'; it has Still, Picky"),
    ("mine_of_test:number", r"number is no class"),
    ("mine_of_test:Half", r"it is no controller, as it has no owns_signals, .*derive it from controllers.base"),
    ("mine_of_test:Picky", r"Picky\(settings\) failed \(TypeError: .*positional argument"),
    ("broken_of_test:A", r"broken_of_test cannot be imported \(SyntaxError: .*line 1"),
    ("needy_of_test:A", r"needs 'nothing_of_the_kind', which is not there"),
    ("mine_of_test:Still+colour=3", r"no setting 'colour'"),
])
def test_what_is_wrong_is_said_in_one_line(place: Path, name: str, said: str) -> None:
    with pytest.raises(ScenarioError, match=said) as caught:
        registry.named(name)
    assert "\n" not in str(caught.value)


def test_a_name_from_a_file_imports_nothing(place: Path) -> None:
    (place / "trap_of_test.py").write_text("raise SystemExit('sprung')\n")
    with pytest.raises(ScenarioError, match="a file names it and you did not"):
        registry.get("trap_of_test:A")
    assert "trap_of_test" not in sys.modules


def test_its_source_and_what_it_imports_from_beside_it_are_known(place: Path) -> None:
    (place / "helper_of_test.py").write_text("x = 1\n")
    (place / "user_of_test.py").write_text("import helper_of_test\n" + GOOD)
    registry.named("user_of_test:Still")
    assert own.sources("user_of_test:Still") == [place / "user_of_test.py", place / "helper_of_test.py"]


def test_one_in_a_package_counts_with_the_package(place: Path) -> None:
    package = place / "package_of_test"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "law_of_test.py").write_text(GOOD)
    registry.named("package_of_test.law_of_test:Still")
    assert own.sources("package_of_test.law_of_test:Still") == [
        package / "law_of_test.py", package / "__init__.py"]
