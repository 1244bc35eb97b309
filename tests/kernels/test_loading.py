"""Kernels from the cache without what only a compiler needs: they compute the same, and others can be made of them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

INNER = """
from numba import njit
options = {"cache": True, "nogil": True, "_nrt": False, "error_model": "numpy", "no_cfunc_wrapper": True}

@njit(**options)
def inner(x):
    return x * x + 1.0
"""
OUTER = """
from inner import inner, options
from numba import njit

@njit(**options)
def outer(values):
    total = 0.0
    for value in values:
        total += inner(value)
    return total
"""
CALLS = """
import sys
import numpy as np
if sys.argv[1] == "quickly":
    from signal_core.kernels.loading import load_quickly
    load_quickly()
from inner import inner
print(inner(2.0), end=" ")
assert bool(inner.stats.cache_hits) == (sys.argv[2] != "compiles")
print("numba.np.arraymath" in sys.modules, end=" ")
if sys.argv[2] == "links":
    from outer import outer
    print(outer(np.array([1.0, 2.0])), outer.inspect_llvm() != {}, end=" ")
if sys.argv[2] == "again":
    from outer import outer
    print(outer(np.array([1.0, 2.0])), sum(outer.stats.cache_hits.values()), end=" ")
"""


def _said(folder: Path, *words: str) -> list[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(Path(__file__).parents[2])])}
    done = subprocess.run([sys.executable, "-c", CALLS, *words], capture_output=True, text=True, check=False,
                          env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_what_is_loaded_quickly_is_the_same_and_can_be_linked_to(tmp_path: Path) -> None:
    for name, text in (("inner", INNER), ("outer", OUTER)):
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    assert _said(tmp_path, "quickly", "compiles") == ["5.0", "True"]
    assert _said(tmp_path, "usually", "loads") == ["5.0", "True"]
    assert _said(tmp_path, "quickly", "loads") == ["5.0", "False"]  # the compiler's registries are left alone
    assert _said(tmp_path, "quickly", "links") == ["5.0", "False", "7.0", "True"]
    assert _said(tmp_path, "quickly", "again") == ["5.0", "False", "7.0", "1"]


LOADED = """
import sys
from controllers.cabinet.signal_process import _make_decider
from tests.cabinet.sites import crossing_site
for by_groups in (False, True):
    _make_decider(crossing_site().signals[0], by_groups, True, lambda name: None)
print("numba.np.arraymath" in sys.modules)
"""


def test_a_process_at_a_cabinet_loads_nothing_of_the_compiler() -> None:
    """Compiled before by one such process, where that has not been."""
    said = [subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True).stdout.strip()
            for _ in range(2)]
    assert said[-1] == "False"
