"""The installed SUMO package: its programs, and how its messages read. SUMO_HOME need not be set."""

from __future__ import annotations

import ctypes
import itertools
import signal
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import sumo


def binary(name: str) -> str:
    """Path of one of SUMO's programs (sumo, sumo-gui, netconvert, netgenerate, ...)."""
    return str(Path(sumo.SUMO_HOME) / "bin" / name)


PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """End with the process that started this one, however that ends, where the platform allows it."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def run_program(command: Sequence[str], timeout_s: float | None = None) -> subprocess.CompletedProcess[str]:
    """Run one of SUMO's programs to its end, or to ours. Raises subprocess.TimeoutExpired."""
    return subprocess.run(
        command, capture_output=True, text=True, errors="replace", check=False, timeout=timeout_s,
        preexec_fn=die_with_parent,
    )  # fmt: skip


def tools() -> Path:
    """SUMO's folder of tools, where its example networks are."""
    return Path(sumo.SUMO_HOME) / "tools"


def sumo_version() -> str:
    """Version of the installed SUMO package."""
    return version("eclipse-sumo")


def error_lines(text: str) -> str:
    """What SUMO reported as errors in ``text``, as one line; '' where there is none."""
    kept: list[str] = []
    for before, line in itertools.pairwise(["", *text.splitlines()]):
        continues = line.startswith(" ") and before.startswith("Error: ")
        if line.startswith("Error: ") or continues:
            kept.append(line.removeprefix("Error: ").strip())
    return " ".join(kept[-4:])
