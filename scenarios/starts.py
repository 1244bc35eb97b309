"""Where the demand of a scenario enters its roads, read from its files without running it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias
from xml.etree.ElementTree import Element

from network.errors import ScenarioError
from scenarios.config import Scenario, seconds
from scenarios.inputs import root_of, started

PER_HOUR_S = 3600.0
DRIVEN = frozenset({"trip", "vehicle", "flow"})
RATES = ("vehsPerHour", "perHour")


Start: TypeAlias = tuple[str, str]
"""A road that trips start on, and ``departPos`` as SUMO reads it: metres, negative from the end, or a word."""


@dataclass(slots=True)
class _Read:
    """What the elements so far have told; ``routes`` and ``zones``: shares of the edges that they begin with."""

    begin_s: float
    end_s: float
    found: defaultdict[Start, float] = field(default_factory=lambda: defaultdict(float))
    routes: dict[str, dict[str, float]] = field(default_factory=dict)
    zones: defaultdict[str, dict[str, float]] = field(default_factory=lambda: defaultdict(dict))
    zone: str = ""
    choice: str = ""
    waiting: Element | None = None
    """Somebody whose route comes as the next element."""

    def take(self, element: Element) -> None:
        """One element, as it begins."""
        if element.tag in DRIVEN:
            self.choice, self.waiting = "", element
            self._start(self._first_edges(element))
        elif element.tag == "routeDistribution":
            self.choice = "" if self.waiting is not None else element.get("id", "")
            self._choose(element)
        elif element.tag == "route":
            self._route(element)
        elif element.tag == "taz":
            self.zone = element.get("id", "")
            self.zones[self.zone].update(dict.fromkeys(element.get("edges", "").split(), 1.0))
        elif element.tag == "tazSource":
            self.zones[self.zone][element.get("id", "")] = float(element.get("weight", "1"))

    def _first_edges(self, element: Element) -> Mapping[str, float]:
        """Edges that a trip may start on by its own attributes, with weights; none where its route follows."""
        if start := element.get("from"):
            return {start: 1.0}
        if zone := element.get("fromTaz"):
            return self.zones.get(zone, {})
        return self.routes.get(element.get("route", ""), {})

    def _route(self, element: Element) -> None:
        edges = element.get("edges", "").split()
        first = self.routes.get(element.get("refId", ""), {}) if not edges else {edges[0]: 1.0}
        if self.waiting is not None:
            self._start(first)
        elif name := element.get("id", ""):
            self.routes[name] = dict(first)
        if self.choice:
            shares = self.routes.setdefault(self.choice, {})
            for edge_id, share in first.items():
                shares[edge_id] = shares.get(edge_id, 0.0) + share * float(element.get("probability", "1"))

    def _choose(self, element: Element) -> None:
        """A choice among routes that have names; others follow as its children."""
        names = element.get("routes", "").split()
        weights = element.get("probabilities", "").split() or ["1"] * len(names)
        shares: defaultdict[str, float] = defaultdict(float)
        for name, weight in zip(names, weights, strict=False):
            for edge_id, share in self.routes.get(name, {}).items():
                shares[edge_id] += share * float(weight)
        if self.choice:
            self.routes[self.choice] = dict(shares)
        elif shares:
            self._start(shares)

    def _start(self, shares: Mapping[str, float]) -> None:
        """The one who waits for a route has it."""
        total = sum(shares.values())
        if self.waiting is None or total <= 0.0:
            return
        number, position = _number(self.waiting, self.begin_s, self.end_s), self.waiting.get("departPos", "base")
        for edge_id, share in shares.items():
            self.found[edge_id, position] += number * share / total
        self.waiting = None


def starts(scenario: Scenario) -> dict[Start, float]:
    """Trips that start on each road and place between begin and end, without ``--scale``; people on foot left out.

    Of flows and of choices between routes the expected number. Junctions that trips start from (``fromJunction``) are
    not looked up. Raises ScenarioError naming what cannot be read.
    """
    read = _Read(scenario.begin_s, math.inf if scenario.end_s is None else scenario.end_s)
    seen: set[Path] = set()
    for path in (*scenario.additional_files, *scenario.route_files):
        _read_file(Path(path), read, seen)
    return dict(read.found)


def _read_file(path: Path, read: _Read, seen: set[Path]) -> None:
    if path in seen or not path.is_file() or not root_of(path):
        return
    seen.add(path)
    try:
        for element in started(path):
            if element.tag == "include":
                _read_file(path.parent / element.get("href", ""), read, seen)
            else:
                read.take(element)
    except ValueError as error:
        raise ScenarioError(f"{path}: a number in it cannot be read ({error}); correct it") from error


def _number(element: Element, begin_s: float, end_s: float) -> float:
    """How many start within the run; of a flow as many as are expected."""
    if element.tag != "flow":
        return float(begin_s <= _time_s(element.get("depart", "0"), begin_s) < end_s)
    from_s = _time_s(element.get("begin", "0"), begin_s)
    until_s = _time_s(element.get("end", "inf"), end_s)
    lasts_s, number = until_s - from_s, float(element.get("number", "inf"))
    per_s = _rate_per_s(element)
    if per_s <= 0.0:
        per_s = number / lasts_s if 0.0 < lasts_s < math.inf else math.inf
    until_s = min(until_s, end_s, from_s + number / per_s if per_s < math.inf else math.inf)
    expected = per_s * max(0.0, until_s - max(from_s, begin_s))
    return expected if math.isfinite(expected) else 0.0


def _rate_per_s(element: Element) -> float:
    """Vehicles a second of a flow that says them; 0 where it does not."""
    for key in RATES:
        if key in element.attrib:
            return float(element.attrib[key]) / PER_HOUR_S
    period = element.get("period", "")
    if period.startswith("exp("):
        return float(period[4:].rstrip(")"))
    return 1.0 / float(period) if period else float(element.get("probability", "0"))


def _time_s(text: str, otherwise_s: float) -> float:
    """A time; words (``triggered``, ``split``) stand for `otherwise_s`."""
    return seconds(text) if text[:1] in frozenset("0123456789+-.") else otherwise_s
