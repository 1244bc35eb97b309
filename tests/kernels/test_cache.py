"""What is compiled is never run by another version of the source than its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import signal_core
from signal_core.kernels.cache import VERSION_FILE, keep_only, versions

PACKAGE = Path(signal_core.__file__).parent
PART = "from signal_core.kernels.compiled import inlined\n\n\n@inlined\ndef part(x):\n    return x + {added}\n"
PROBE = ("from signal_core.kernels.compiled import kernel\nfrom signal_core.kernels.part import part\n\n\n"
         "@kernel\ndef probe(x):\n    return part(x)\n")


def _run(folder: Path) -> tuple[int, int]:
    """probe(0), and how often it was found compiled."""
    script = ("from signal_core.kernels.probe import probe\n"
              "print(probe(0), sum(probe.stats.cache_hits.values()))")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("NUMBA_")}
    answer = subprocess.run([sys.executable, "-c", script], cwd=folder, env=environment, capture_output=True, text=True,
                            check=True, timeout=120)
    value, hits = answer.stdout.split()
    return int(value), int(hits)


def test_a_change_in_a_part_of_a_kernel_is_seen(tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / "signal_core", ignore=shutil.ignore_patterns("__pycache__"))
    kernels = tmp_path / "signal_core" / "kernels"
    (kernels / "part.py").write_text(PART.format(added=1))
    (kernels / "probe.py").write_text(PROBE)
    assert _run(tmp_path) == (1, 0)
    assert _run(tmp_path) == (1, 1)
    (kernels / "part.py").write_text(PART.format(added=2))
    assert _run(tmp_path) == (2, 0)


def test_a_change_elsewhere_leaves_a_kernel_compiled(tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / "signal_core", ignore=shutil.ignore_patterns("__pycache__"))
    kernels = tmp_path / "signal_core" / "kernels"
    (kernels / "part.py").write_text(PART.format(added=1))
    (kernels / "probe.py").write_text(PROBE)
    assert _run(tmp_path) == (1, 0)
    for path in (kernels / "heads.py", tmp_path / "signal_core" / "engine.py"):
        path.write_text(path.read_text() + "\nANOTHER = 1\n")
    assert _run(tmp_path) == (1, 1)


@pytest.mark.parametrize("place", ["settings.py", "tables/state.py"])
def test_fields_of_records_are_part_of_every_kernel(tmp_path: Path, place: str) -> None:
    shutil.copytree(PACKAGE, tmp_path / "signal_core", ignore=shutil.ignore_patterns("__pycache__"))
    before = versions(tmp_path / "signal_core")
    path = tmp_path / "signal_core" / place
    path.write_text(path.read_text() + "\nclass More(NamedTuple):\n    a_s: float\n    b_s: float\n")
    with_record = versions(tmp_path / "signal_core")
    path.write_text(path.read_text().replace("    a_s: float\n    b_s: float\n", "    b_s: float\n    a_s: float\n"))
    exchanged = versions(tmp_path / "signal_core")
    for name in before:
        assert len({before[name], with_record[name], exchanged[name]}) == 3


def test_only_what_is_compiled_by_other_source_is_removed(tmp_path: Path) -> None:
    changed, same = tmp_path / "planner.plan-1.py311.nbi", tmp_path / "heads.find-1.py311.nbc"
    gone, other = tmp_path / "left.over-1.py311.nbi", tmp_path / "planner.cpython-311.pyc"
    keep_only({"planner": "one", "heads": "one"}, tmp_path)
    for path in (changed, same, gone, other):
        path.touch()
    keep_only({"planner": "one", "heads": "one"}, tmp_path)
    assert changed.exists()
    keep_only({"planner": "two", "heads": "one"}, tmp_path)
    assert [path.exists() for path in (changed, same, gone, other)] == [False, True, False, True]


def test_a_mark_of_another_kind_keeps_nothing(tmp_path: Path) -> None:
    old = tmp_path / "planner.plan-1.py311.nbi"
    for mark in (b"fe519414", b"[]", b"\xff"):
        old.touch()
        (tmp_path / VERSION_FILE).write_bytes(mark)
        keep_only({"planner": "one"}, tmp_path)
        assert not old.exists()
