"""Switching plans (WAUT): by them SUMO changes between programs of a signal at given times."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from network.program.day import Switch
from scenarios.config import Scenario, seconds
from scenarios.inputs import contains, started

JUNCTION = "wautJunction"
"""Puts a signal under a WAUT."""
SWITCHES_OR_INCLUDES = re.compile(rf"<(?:{JUNCTION}|WAUT|include)".encode())


class Switched(NamedTuple):
    """A signal that a WAUT switches, and the file that says so (its ``wautJunction``)."""

    waut_id: str
    signal_id: str
    path: str


@dataclass(frozen=True, slots=True)
class SwitchingPlan:
    """A WAUT: (second, program) of its switches in the order of the file; with a period they come again and again."""

    period_s: float
    steps: list[tuple[float, str]] = field(default_factory=list)

    def between(self, begin_s: float, end_s: float) -> tuple[Switch, ...]:
        """What SUMO switches after ``begin_s`` and before ``end_s``.

        It begins with the next switch of the file that is still to come, without its period, and goes on in the order
        of the file; where the next one would lie in the past, it ends.
        """
        to_come = [k for k, (time_s, _) in enumerate(self.steps) if time_s > begin_s]
        found: list[Switch] = []
        k = min(to_come, key=lambda each: self.steps[each][0], default=0)
        time_s = self.steps[k][0] if to_come else end_s
        while time_s < end_s and (not found or time_s > found[-1].from_s):
            found.append(Switch(time_s, self.steps[k % len(self.steps)][1]))
            k += 1
            rounds, place = divmod(k, len(self.steps))
            if rounds and self.period_s <= 0.0:
                break
            time_s = self.steps[place][0] + rounds * self.period_s
        return tuple(found)


def read_switched(scenario: Scenario) -> list[Switched]:
    """Every signal under a WAUT, from the network and the additional files with what they include."""
    return [
        Switched(element.get("wautID", ""), element.get("junctionID", ""), path)
        for element, path in _elements(scenario) if element.tag == JUNCTION
    ]  # fmt: skip


def read_plans(scenario: Scenario) -> dict[str, SwitchingPlan]:
    """Every WAUT by its id; times are seconds of the simulation."""
    found: dict[str, SwitchingPlan] = {}
    reference_s, current = 0.0, None
    for element, _ in _elements(scenario):
        if element.tag == "WAUT":
            reference_s = seconds(element.get("refTime", "0"))
            current = SwitchingPlan(seconds(element.get("period", "0")))
            found[element.get("id", "")] = current
        elif element.tag == "wautSwitch" and current is not None:
            time_s = reference_s + seconds(element.get("time", "0"))
            within_s = time_s % current.period_s if current.period_s > 0.0 else time_s
            current.steps.append((within_s, element.get("to", "")))
    return found


def _elements(scenario: Scenario) -> Iterator[tuple[ElementTree.Element, str]]:
    """Elements, and the file each stands in, of the files with a WAUT in them and of what they include."""
    seen: set[Path] = set()
    for path in (scenario.net_file, *scenario.additional_files):
        yield from _of_file(Path(path), seen)


def _of_file(path: Path, seen: set[Path]) -> Iterator[tuple[ElementTree.Element, str]]:
    if path.resolve() in seen or not path.is_file():
        return
    seen.add(path.resolve())
    if not contains(path, SWITCHES_OR_INCLUDES):
        return
    for element in started(path):
        yield element, str(path)
        if element.tag == "include":
            yield from _of_file(path.parent / element.get("href", ""), seen)


def signals_with_programs(paths: Iterable[str | Path]) -> frozenset[str]:
    """Signals that have a program in these additional files."""
    return frozenset(
        logic.get("id", "")
        for path in paths
        if b"<tlLogic" in (data := Path(path).read_bytes())
        for logic in ElementTree.fromstring(data).iter("tlLogic")
    )
