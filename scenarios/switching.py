"""Switching plans (WAUT): by them SUMO changes between programs of a signal at given times."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from scenarios.config import Scenario
from scenarios.inputs import contains, started

JUNCTION = "wautJunction"
"""Puts a signal under a WAUT."""
SWITCHES_OR_INCLUDES = re.compile(rf"<(?:{JUNCTION}|include)".encode())


class Switched(NamedTuple):
    """A signal that a WAUT switches, and the file that says so (its ``wautJunction``)."""

    waut_id: str
    signal_id: str
    path: str


def read_switched(scenario: Scenario) -> list[Switched]:
    """Every signal under a WAUT, from the network and the additional files with what they include."""
    seen: set[Path] = set()
    return [
        found for path in (scenario.net_file, *scenario.additional_files) for found in _switched(Path(path), seen)
    ]


def _switched(path: Path, seen: set[Path]) -> Iterator[Switched]:
    if path.resolve() in seen or not path.is_file():
        return
    seen.add(path.resolve())
    if not contains(path, SWITCHES_OR_INCLUDES):
        return
    for element in started(path):
        if element.tag == JUNCTION:
            yield Switched(element.get("wautID", ""), element.get("junctionID", ""), str(path))
        elif element.tag == "include":
            yield from _switched(path.parent / element.get("href", ""), seen)


def signals_with_programs(paths: Iterable[str | Path]) -> frozenset[str]:
    """Signals that have a program in these additional files."""
    return frozenset(
        logic.get("id", "")
        for path in paths
        if b"<tlLogic" in (data := Path(path).read_bytes())
        for logic in ElementTree.fromstring(data).iter("tlLogic")
    )
