"""Collisions inside junctions, and incidents per vehicle.

SUMO looks for collisions inside junctions only with ``--collision.check-junctions``. What it does about a collision
(``--collision.action``: it takes the vehicles away, unless ``warn`` is chosen) changes the course of a run, so neither
is set here; who wants the count gives ``-- --collision.check-junctions true --collision.action warn``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from scenarios.launch import CHECKS_JUNCTIONS

COLLISION = re.compile(rb'<collision [^>]*\blane="(:?)')
YES = frozenset({"true", "1", "yes", "on", "t", "x"})
PER = 1000.0


def collisions_in_junctions(path: Path, options: Mapping[str, str]) -> int | None:
    """How many SUMO wrote; None where it was not told to look for them."""
    if options.get(CHECKS_JUNCTIONS, "").lower() not in YES or not path.is_file():
        return None
    return len([inside for inside in COLLISION.findall(path.read_bytes()) if inside == b":"])


def per_1000(count: float, trips: int) -> float:
    """Per 1000 scheduled trips."""
    return PER * count / trips if trips else 0.0
