"""Which links of a signal are in conflict, and where they lead along: from a network file alone.

Standard library only; nothing in common with the reader the controllers use.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench.audit.state_record import BadRecord, elements, named
from bench.audit.ways import CROSSING_M, WIDE_M, Way, corners

MOST_LINKS = 100_000
Pairs = dict[str, dict[int, set[int]]]
"""By signal and link, other links of that signal."""


@dataclass(frozen=True)
class Layout:
    """Links of one signal: `foes[i]` the indices in conflict with i, `walking` those no vehicle uses, with the length
    of each one's crossing; the highest speed of the lanes that lead to the others; `ride_m`: of links from lanes for
    bicycles and not for cars, the longest way through the junction; `ways`: where each one's links lead along;
    `shared`: those that let people on foot and vehicles go at once;
    `waits_for`: of links that wait inside the junction for a gap the traffic they give way to; `crossed`: the edges of
    the crossings of each."""

    foes: tuple[frozenset[int], ...]
    walking: frozenset[int]
    way_m: dict[int, float] = field(default_factory=dict)
    speed_mps: dict[int, float] = field(default_factory=dict)
    ride_m: dict[int, float] = field(default_factory=dict)
    ways: dict[int, list[Way]] = field(default_factory=dict)
    waits_for: dict[int, frozenset[int]] = field(default_factory=dict)
    shared: frozenset[int] = frozenset()
    crossed: dict[int, frozenset[str]] = field(default_factory=dict)


@dataclass
class _Net:
    """A network file: links by lane, in file order, as SUMO numbers them; junctions; length and speed of each lane; the
    lanes inside junctions, which are drawn; those for bicycles and not for cars."""

    links: dict[str, list[ET.Element]] = field(default_factory=dict)
    junctions: list[ET.Element] = field(default_factory=list)
    sizes: dict[str, tuple[float, float]] = field(default_factory=dict)
    drawn: dict[str, ET.Element] = field(default_factory=dict)
    ridden: set[str] = field(default_factory=set)

    def add_lane(self, lane: ET.Element) -> None:
        name = lane.get("id") or ""
        self.sizes[name] = _number(lane, "length"), _number(lane, "speed")
        if name.startswith(":"):
            self.drawn[name] = lane
        if _is_for_bicycles(lane):
            self.ridden.add(name)

    def by_signal(self) -> dict[str, list[ET.Element]]:
        found: dict[str, list[ET.Element]] = {}
        for way in (way for ways in self.links.values() for way in ways):
            found.setdefault(way.get("tl") or "", []).append(way)
        return found


@dataclass
class _Tables:
    """Of every signal's links: who is in conflict, who gives way to whom, and where vehicles go."""

    foes: Pairs = field(default_factory=dict)
    gives_way: Pairs = field(default_factory=dict)
    driven: dict[str, set[int]] = field(default_factory=dict)


def read_layouts(net: Path) -> dict[str, Layout]:
    """Conflicts of every signal, from the request tables of the junctions it controls. Raises BadRecord."""
    with named(net):
        read, tables = _read(net), _Tables()
        for junction in read.junctions:
            lanes = (junction.get("incLanes") or "").split()
            _add_junction(net, junction, [row for lane in lanes for row in _rows_of(read.links.get(lane, []))], tables)
        controlled = read.by_signal()
        return {signal: _layout(read, tables, signal, controlled[signal]) for signal in tables.foes}


def _read(net: Path) -> _Net:
    read = _Net()
    for element in elements(net, frozenset({"connection", "junction", "lane"})):
        if element.tag == "lane":
            read.add_lane(element)
        elif element.tag == "connection":
            read.links.setdefault(f"{element.get('from')}_{element.get('fromLane')}", []).append(element)
        elif element.get("type") != "internal":
            read.junctions.append(element)
    return read


def _add_junction(net: Path, junction: ET.Element, rows: Sequence[ET.Element], tables: _Tables) -> None:
    if not any(row.get("tl") for row in rows):
        return
    foes, ahead = _requests(junction, "foes"), _requests(junction, "response")
    n = len(rows)
    if sorted(foes) != list(range(n)) or any(len(bits) != n for bits in foes.values()):
        raise BadRecord(f"{net}: junction {junction.get('id')}: its request table does not fit its {n} links")
    for k, row in enumerate(rows):
        if row.get("tl"):
            _add_link(row, _named_by(foes[k], row, rows), _named_by(ahead[k], row, rows), tables)


def _requests(junction: ET.Element, name: str) -> dict[int, str]:
    """A column of a junction's request table, by row: a bit for each of its links, the first one first."""
    return {_index(request, "index"): (request.get(name) or "")[::-1] for request in junction.iter("request")}


def _named_by(bits: str, row: ET.Element, rows: Sequence[ET.Element]) -> list[int]:
    """The links of the same signal as `row` that a row of the request table names."""
    return [j for m, other in enumerate(rows) if bits[m:m + 1] == "1" and other.get("tl") == row.get("tl")
            for j in _indices(other)]  # fmt: skip


def _add_link(row: ET.Element, foes: Sequence[int], ahead: Sequence[int], tables: _Tables) -> None:
    signal = row.get("tl") or ""
    table, gives_way = tables.foes.setdefault(signal, {}), tables.gives_way.setdefault(signal, {})
    for i in _indices(row):
        table.setdefault(i, set()).update(foes)
        for j in foes:
            table.setdefault(j, set()).add(i)
        gives_way.setdefault(i, set()).update(ahead)
        if not _is_internal(row.get("to") or "", "c"):
            tables.driven.setdefault(signal, set()).add(i)


def _layout(net: _Net, tables: _Tables, signal: str, ways: Sequence[ET.Element]) -> Layout:
    table, driven = tables.foes[signal], tables.driven.get(signal, set())
    size = max(table, default=-1) + 1
    walking = frozenset(i for i in range(size) if i not in driven)
    found = Layout(tuple(frozenset(table.get(i, set()) - {i}) for i in range(size)), walking)
    for way in ways:
        for i in _indices(way):
            if _is_internal(way.get("to") or "", "c"):
                _add_crossing(found, net, way, i)
            else:
                _add_speed(found, net, way, i)
            _add_way(found, net, way, i, tables.gives_way[signal].get(i, set()))
    return replace(found, shared=frozenset(found.crossed) & driven)


def _add_crossing(found: Layout, net: _Net, way: ET.Element, i: int) -> None:
    length_m = net.sizes.get(f"{way.get('to')}_{way.get('toLane') or 0}", (0.0, 0.0))[0]
    found.way_m[i] = max(found.way_m.get(i, 0.0), length_m)
    found.crossed[i] = found.crossed.get(i, frozenset()) | {way.get("to") or ""}


def _add_speed(found: Layout, net: _Net, way: ET.Element, i: int) -> None:
    approach = net.sizes.get(f"{way.get('from')}_{way.get('fromLane') or 0}")
    if approach is not None:
        found.speed_mps[i] = max(found.speed_mps.get(i, 0.0), approach[1])


def _add_way(found: Layout, net: _Net, way: ET.Element, i: int, ahead: set[int]) -> None:
    """Where link i leads along, and whom it waits for inside the junction; ahead: whom it gives way to."""
    passed = _passed(way, net.links)
    if f"{way.get('from')}_{way.get('fromLane')}" in net.ridden:
        through_m = sum(net.sizes.get(lane, (0.0, 0.0))[0] for lane in passed)
        found.ride_m[i] = max(found.ride_m.get(i, 0.0), through_m)
    found.ways.setdefault(i, []).append(_way(way, passed, net))
    if len(passed) > 1:  # SUMO has an inner lane begin where somebody waits
        found.waits_for[i] = frozenset(ahead) - found.walking


def _is_for_bicycles(lane: ET.Element) -> bool:
    """A lane that bicycles may use, and cars not."""
    allowed, closed = (lane.get("allow") or "").split(), (lane.get("disallow") or "").split()
    if allowed:
        return "bicycle" in allowed and "passenger" not in allowed
    return "passenger" in closed and not {"bicycle", "all"} & set(closed)


def _way(way: ET.Element, passed: Sequence[str], net: _Net) -> Way:
    """What a link leads along: the lanes inside the junction, or the crossing."""
    walked = _is_internal(way.get("to") or "", "c")
    lanes = [f"{way.get('to')}_{way.get('toLane') or 0}"] if walked else list(passed)
    drawn = [net.drawn[lane] for lane in lanes if lane in net.drawn]
    points = [point for lane in drawn for point in corners(lane.get("shape") or "")]
    start = f"{way.get('from')}_{way.get('fromLane') or 0}"
    mps = min([net.sizes[lane][1] for lane in [start, *lanes] if lane in net.sizes], default=0.0)
    wide_m = max((_number(lane, "width") or CROSSING_M for lane in drawn), default=CROSSING_M)
    end = f"{way.get('to')}_{way.get('toLane')}"
    return Way(tuple(points), mps, wide_m if walked else WIDE_M, end, way.get("dir") != "s", walked)


def _passed(way: ET.Element, links: dict[str, list[ET.Element]]) -> list[str]:
    """The lanes inside the junction, one after the other."""
    passed: list[str] = []
    via = way.get("via") or ""
    while via and via not in passed:
        passed.append(via)
        onward = links.get(via, [])
        via = (onward[0].get("via") or "") if onward else ""
    return passed


def _rows_of(connections: Sequence[ET.Element]) -> Iterator[ET.Element]:
    """Connections with a row in the request table: all but the ways onto and along walking areas."""
    for connection in connections:
        start, end = connection.get("from") or "", connection.get("to") or ""
        if not _is_internal(end, "w") and (_is_internal(end, "c") or not _is_internal(start, "w")):
            yield connection


def _is_internal(edge: str, kind: str) -> bool:
    tail = edge.rpartition("_")[2]
    return edge.startswith(":") and tail[:1] == kind and tail[1:].isdigit()


def _indices(connection: ET.Element) -> list[int]:
    return [i for i in (_index(connection, "linkIndex"), _index(connection, "linkIndex2")) if i >= 0]


def _index(element: ET.Element, name: str) -> int:
    text = element.get(name, "-1")
    try:
        found = int(text)
    except ValueError as error:
        raise BadRecord(f"{element.tag}: {name}={text!r} is not a number") from error
    if found > MOST_LINKS:
        raise BadRecord(f"{element.tag}: {name}={text!r} is more than any signal has")
    return found


def _number(element: ET.Element, name: str) -> float:
    text = element.get(name) or "0"
    try:
        return float(text)
    except ValueError as error:
        raise BadRecord(f"{element.tag}: {name}={text!r} is not a number") from error
