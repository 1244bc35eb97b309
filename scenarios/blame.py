"""Which of a scenario's files a message of SUMO is about."""

from __future__ import annotations

import re

from scenarios.config import Scenario, read_bytes

NAMED = re.compile(r"(?:vehicle|trip|flow|route|person|vType|detector|tlLogic|traffic light) '([^']+)'")
MENTIONED_FILE = re.compile(r"'(/[^']+\.\w+)'")


def where(message: str, scenario: Scenario) -> str:
    """``file:line`` of the first element that SUMO's ``message`` names; the scenario's own file where none is found."""
    if MENTIONED_FILE.search(message):
        return scenario.source
    for name in NAMED.findall(message):
        for path in (*scenario.route_files, *scenario.additional_files):
            line = _line_of(f'id="{name}"'.encode(), path)
            if line:
                return f"{path}:{line}"
    return scenario.source


def _line_of(text: bytes, path: str) -> int:
    """Line number of the first occurrence, 0 where there is none."""
    data = read_bytes(path)
    at = data.find(text)
    return data.count(b"\n", 0, at) + 1 if at >= 0 else 0
