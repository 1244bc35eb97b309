"""What a command says is its own: nothing of what a library prints as it is loaded."""

from __future__ import annotations

import subprocess
import sys


def test_libsumo_is_loaded_without_a_word() -> None:
    done = subprocess.run([sys.executable, "-c", "from controllers.sumo.links import Libsumo; Libsumo()"],
                          capture_output=True, text=True, check=True)
    assert done.stdout == done.stderr == ""
