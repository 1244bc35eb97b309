"""The installed SUMO package: its programs, and how its messages read. SUMO_HOME need not be set."""

from __future__ import annotations

import itertools
from importlib.metadata import version
from pathlib import Path

import sumo


def binary(name: str) -> str:
    """Path of one of SUMO's programs (sumo, sumo-gui, netconvert, netgenerate, ...)."""
    return str(Path(sumo.SUMO_HOME) / "bin" / name)


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
