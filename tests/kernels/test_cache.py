"""What is compiled is never run by another version of the source than its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import signal_core
from signal_core.kernels.cache import VERSION_FILE, keep_only

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


def test_only_what_is_compiled_is_removed_and_only_once(tmp_path: Path) -> None:
    old, other = tmp_path / "planner.plan-1.py311.nbi", tmp_path / "planner.cpython-311.pyc"
    old.touch()
    other.touch()
    keep_only("one", tmp_path)
    assert not old.exists()
    old.touch()
    keep_only("one", tmp_path)
    assert old.exists()
    assert other.exists()
    assert (tmp_path / VERSION_FILE).read_text() == "one"
