"""The house: what is installed, who imports whom, and generic packages that claim nothing but their name."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("signal_core", "network", "controllers", "scenarios", "bench")
FRONT_DOORS = {"signal_core", "network", "bench"}
"""What they offer to scripts is imported when it is asked for."""


def _listed() -> list[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return [str(name) for name in settings["tool"]["setuptools"]["packages"]]


def _modules(pattern: str = "*.py") -> list[Path]:
    return [path.relative_to(ROOT) for package in PACKAGES for path in (ROOT / package).rglob(pattern)]


def _present() -> set[str]:
    return {".".join(path.parent.parts) for path in _modules("__init__.py")}


def test_every_package_is_listed_by_name() -> None:
    assert set(_listed()) == _present()


def test_no_python_file_lies_in_a_folder_that_is_not_a_package() -> None:
    assert {".".join(path.parent.parts) for path in _modules()} == _present()


def test_wheel_holds_the_packages_and_nothing_else(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for name in (*PACKAGES, "tests"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", str(tmp_path), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = {Path(name).parts[0] for name in archive.namelist()}
        modules = {name for name in archive.namelist() if name.endswith(".py")}
    assert {name for name in names if not name.endswith(".dist-info")} == set(PACKAGES)
    assert modules == {path.as_posix() for path in _modules()}


def _lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache", "--no-logo"]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


def test_imports_keep_to_the_rule() -> None:
    done = _lint_imports(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("signal_core/astray.py", "import network"),
        ("network/astray.py", "import controllers"),
        ("controllers/astray.py", "import scenarios"),
        ("scenarios/astray.py", "import bench"),
        ("signal_core/astray.py", "import numba"),
        ("bench/astray.py", "import networkx"),
        ("controllers/astray.py", "import traci"),
        ("bench/astray.py", "import libsumo"),
        ("network/astray.py", "import sumolib"),
        ("signal_core/tables/astray.py", "import signal_core.planning.planner"),
        ("network/roads/astray.py", "import network.safety.gaps"),
        ("controllers/laws/astray.py", "import controllers.driving.drive"),
    ],
)
def test_the_import_rule_bites(tmp_path: Path, module: str, line: str) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for name in PACKAGES:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / module).write_text(f'"""Astray."""\n\n{line}\n', encoding="utf-8")
    done = _lint_imports(tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "BROKEN" in done.stdout


def test_interlock_imports_nothing_of_the_engine_but_what_is_its_own() -> None:
    graph = grimp.build_graph("signal_core", cache_dir=None)
    kernels = {f"signal_core.kernels.interlock{part}" for part in ("", "_records", "_sight")}
    own = {"signal_core.interlock.interlock", "signal_core.interlock.rules"}
    found = set().union(*(graph.find_modules_directly_imported_by(module) for module in own))
    assert found - own == kernels
    assert all(graph.find_modules_directly_imported_by(kernel) < kernels for kernel in kernels)


@pytest.mark.parametrize("package", sorted(_present() - FRONT_DOORS))
def test_package_init_is_only_a_docstring(package: str) -> None:
    tree = ast.parse((ROOT / Path(*package.split(".")) / "__init__.py").read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    assert len(tree.body) == 1


@pytest.mark.parametrize("package", sorted(FRONT_DOORS))
def test_a_front_door_offers_what_it_says_and_imports_nothing_before(package: str) -> None:
    told = f"""
import sys
import {package} as door
early = [name for name in sys.modules if name.startswith("{package}.") or name in ("numpy", "numba", "networkx")]
assert early == [], early
for name in door.__all__:
    assert getattr(door, name).__doc__, name
try:
    door.nothing_of_the_kind
except AttributeError as error:
    assert door.__all__[0] in str(error)
else:
    raise AssertionError("anything is offered")
"""
    done = subprocess.run([sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("package", sorted(_present()))
def test_every_package_says_that_it_is_typed(package: str) -> None:
    assert (ROOT / Path(*package.split(".")) / "py.typed").is_file()
