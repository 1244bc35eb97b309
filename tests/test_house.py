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


def _listed() -> list[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return [str(name) for name in settings["tool"]["setuptools"]["packages"]]


def _present() -> set[str]:
    inits = [path for package in PACKAGES for path in (ROOT / package).rglob("__init__.py")]
    return {".".join(path.parent.relative_to(ROOT).parts) for path in inits}


def test_every_package_is_listed_by_name() -> None:
    assert set(_listed()) == _present()


def test_no_python_file_lies_in_a_folder_that_is_not_a_package() -> None:
    folders = {path.parent for package in PACKAGES for path in (ROOT / package).rglob("*.py")}
    assert {".".join(folder.relative_to(ROOT).parts) for folder in folders} == _present()


def test_wheel_holds_the_packages_and_nothing_else(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, source)
    for name in (*PACKAGES, "tests"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = {Path(name).parts[0] for name in archive.namelist()}
        modules = {name for name in archive.namelist() if name.endswith(".py")}
    assert {name for name in names if not name.endswith(".dist-info")} == set(PACKAGES)
    assert modules == {str(path.relative_to(ROOT)) for package in PACKAGES for path in (ROOT / package).rglob("*.py")}


def test_imports_keep_to_the_rule() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_interlock_imports_nothing_of_the_engine_but_its_own_kernel() -> None:
    graph = grimp.build_graph("signal_core", cache_dir=None)
    assert graph.find_modules_directly_imported_by("signal_core.interlock") == {"signal_core.kernels.interlock"}
    assert graph.find_modules_directly_imported_by("signal_core.kernels.interlock") == set()


@pytest.mark.parametrize("package", sorted(_present()))
def test_package_init_is_only_a_docstring(package: str) -> None:
    tree = ast.parse((ROOT / Path(*package.split(".")) / "__init__.py").read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    assert len(tree.body) == 1
