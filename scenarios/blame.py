"""What a message of SUMO means for the user: which file it is about, and what to do."""

from __future__ import annotations

import re

from scenarios.config import Scenario
from scenarios.inputs import blocks

NAMED = re.compile(r"(?:vehicle|trip|flow|route|person|vType|detector|tlLogic|traffic light) '([^']+)'", re.IGNORECASE)
OF_A_FLOW = re.compile(r"\.\d+$")
ABOUT_A_FILE = re.compile(r"'/[^']+\.\w+'")
ROUTE_TROUBLE = re.compile(r"(route|edge|connection|path|departure|vehicle|trip|flow)\b", re.IGNORECASE)

LOST = re.compile(
    r"departure time, ignoring '|discarded|Removed \d+ vehicles|Removing vehicle|the vehicle will be removed"
    r"|Invalid depart\w+ definition|has no (valid )?route|Could not insert vehicle|Aborting reservation"
)
"""In SUMO's warnings: somebody who was to travel does not."""
WARNING = "Warning: "


def lost_demand(log: str) -> list[str]:
    """SUMO's warnings in the text of its log that mean lost demand."""
    lines = (line.removeprefix(WARNING) for line in log.splitlines() if line.startswith(WARNING))
    return [line for line in lines if LOST.search(line)]


def explain(message: str, scenario: Scenario) -> str:
    """SUMO's ``message`` in one line, after the place it is about and before what to do."""
    place = _place(message, scenario)
    routes = place != scenario.source and ROUTE_TROUBLE.search(message)
    advice = "; correct it, or skip such vehicles with -- --ignore-route-errors" if routes else ""
    return f"{place}: SUMO says: {' '.join(message.split()).rstrip('.')}{advice}"


def _place(message: str, scenario: Scenario) -> str:
    """``file:line`` of the first element that ``message`` names, else the scenario's own file."""
    if ABOUT_A_FILE.search(message):
        return scenario.source
    named = NAMED.findall(message)
    for name in (*named, *(OF_A_FLOW.sub("", name) for name in named)):
        for path in (*scenario.route_files, *scenario.additional_files):
            line = _line_of(f'id="{name}"'.encode(), path)
            if line:
                return f"{path}:{line}"
    return scenario.source


def _line_of(text: bytes, path: str) -> int:
    """Line number of the first occurrence, 0 where there is none."""
    passed, end = 0, b""
    for block in blocks(path):
        part = end + block
        at = part.find(text)
        if at >= 0:
            return passed + part.count(b"\n", 0, at) + 1
        end = part[-len(text):]
        passed += part.count(b"\n") - end.count(b"\n")
    return 0
