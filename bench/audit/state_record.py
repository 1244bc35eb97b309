"""Reads what `bench.audit.verify_states` judges: a network's conflicts, its programs, the states SUMO recorded.

Standard library only; nothing in common with the reader the controllers use.
"""

from __future__ import annotations

import contextlib
import gzip
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.audit.barriers import Sides, sides_of
from bench.audit.ways import CROSSING_M, WIDE_M, Way, corners

MOST_LINKS = 100_000


class BadRecord(Exception):
    """A file that cannot be used; str() names it and says why."""


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


@dataclass(frozen=True)
class Program:
    """Rows of a tlLogic as (state, shortest duration in ms), and the longest of each, empty where it is the same.

    after: the rows that may follow each, empty where it is the one below; sides: of the barrier, by link, where it has
    rings."""

    id: str
    rows: tuple[tuple[str, int], ...]
    longest: tuple[int, ...] = ()
    kind: str = "static"
    after: tuple[tuple[int, ...], ...] = ()
    sides: Sides = ()


@dataclass
class Record:
    """Changes of one signal as (ms, state) and the program that ran at each, when its last row was written, and the
    programs its rows name, with how many rows each."""

    changes: list[tuple[int, str]] = field(default_factory=list)
    last_ms: int = 0
    programs: dict[str, int] = field(default_factory=dict)
    shown_by: list[str] = field(default_factory=list)


def elements(path: Path, tags: frozenset[str]) -> Iterator[ET.Element]:
    """Closed elements with one of the tags, in order; their content is dropped afterwards."""
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
        with gzip.open(path) if packed else path.open("rb") as file:
            root: ET.Element | None = None
            for event, element in ET.iterparse(file, events=("start", "end")):
                if root is None:
                    root = element
                if event == "end" and element.tag in tags:
                    yield element
                    root.clear()
    except (OSError, EOFError, ET.ParseError) as error:
        raise BadRecord(f"{path}: cannot be read ({error})") from error


@dataclass(frozen=True)
class Collisions:
    """Collisions inside junctions in SUMO's record, and how many of them with people on foot."""

    at_junctions: int
    on_foot: int


def read_collisions(path: Path) -> Collisions:
    """Count what SUMO wrote for `--collision-output`, each pair of road users at a junction once. Raises BadRecord."""
    met: dict[frozenset[str], bool] = {}
    with _named(path):
        for row in elements(path, frozenset({"collision"})):
            if (row.get("lane") or "").startswith(":") or row.get("type") == "junction":
                pair = frozenset((row.get("collider") or "", row.get("victim") or ""))
                kinds = f"{row.get('colliderType')} {row.get('victimType')} {row.get('type')}".lower()
                met[pair] = met.get(pair, False) or "ped" in kinds or "person" in kinds
    return Collisions(len(met), sum(met.values()))


@contextlib.contextmanager
def _named(path: Path) -> Iterator[None]:
    """Put the file's name before what is wrong in it."""
    try:
        yield
    except BadRecord as error:
        raise error if str(path) in str(error) else BadRecord(f"{path}: {error}") from error


def read_layouts(net: Path) -> dict[str, Layout]:
    """Conflicts of every signal, from the request tables of the junctions it controls. Raises BadRecord."""
    with _named(net):
        return _layouts(net)


def _layouts(net: Path) -> dict[str, Layout]:
    links: dict[str, list[ET.Element]] = {}  # by lane, in file order, as SUMO numbers them
    junctions: list[ET.Element] = []
    sizes: dict[str, tuple[float, float]] = {}  # length and speed of each lane
    drawn: dict[str, ET.Element] = {}
    ridden: set[str] = set()
    for element in elements(net, frozenset({"connection", "junction", "lane"})):
        if element.tag == "lane":
            sizes[element.get("id") or ""] = _number(element, "length"), _number(element, "speed")
            if (element.get("id") or "").startswith(":"):
                drawn[element.get("id") or ""] = element
            ridden |= {element.get("id") or ""} if _is_for_bicycles(element) else set()
        elif element.tag == "junction":
            if element.get("type") != "internal":
                junctions.append(element)
        else:
            links.setdefault(f"{element.get('from')}_{element.get('fromLane')}", []).append(element)
    foes: dict[str, dict[int, set[int]]] = {}
    gives_way: dict[str, dict[int, set[int]]] = {}
    driven: dict[str, set[int]] = {}
    for junction in junctions:
        lanes = (junction.get("incLanes") or "").split()
        rows = [row for lane in lanes for row in _rows_of(links.get(lane, []))]
        _add_junction(net, junction, rows, foes, driven, gives_way)
    controlled: dict[str, list[ET.Element]] = {}
    for way in (way for ways in links.values() for way in ways):
        controlled.setdefault(way.get("tl") or "", []).append(way)
    found = {
        signal: _layout(table, driven.get(signal, set()), controlled[signal], sizes) for signal, table in foes.items()
    }
    for signal, layout in found.items():
        for way in controlled[signal]:
            if f"{way.get('from')}_{way.get('fromLane')}" in ridden:
                for i in _indices(way):
                    layout.ride_m[i] = max(layout.ride_m.get(i, 0.0), _through_m(way, links, sizes))
            for i in _indices(way):
                layout.ways.setdefault(i, []).append(_way(way, _passed(way, links), drawn, sizes))
                if len(_passed(way, links)) > 1:  # SUMO has an inner lane begin where somebody waits
                    layout.waits_for[i] = frozenset(gives_way[signal].get(i, ())) - layout.walking
    return found


def _is_for_bicycles(lane: ET.Element) -> bool:
    """A lane that bicycles may use, and cars not."""
    allowed, closed = (lane.get("allow") or "").split(), (lane.get("disallow") or "").split()
    if allowed:
        return "bicycle" in allowed and "passenger" not in allowed
    return "passenger" in closed and not {"bicycle", "all"} & set(closed)


def _through_m(way: ET.Element, links: dict[str, list[ET.Element]], sizes: dict[str, tuple[float, float]]) -> float:
    """Metres along the lanes inside the junction, one after the other."""
    return sum(sizes.get(lane, (0.0, 0.0))[0] for lane in _passed(way, links))


def _way(
    way: ET.Element, passed: Sequence[str], drawn: dict[str, ET.Element], sizes: dict[str, tuple[float, float]]
) -> Way:
    """What a link leads along: the lanes inside the junction, or the crossing."""
    walked = _is_internal(way.get("to") or "", "c")
    lanes = [f"{way.get('to')}_{way.get('toLane') or 0}"] if walked else list(passed)
    points = [point for lane in lanes if lane in drawn for point in corners(drawn[lane].get("shape") or "")]
    start = f"{way.get('from')}_{way.get('fromLane') or 0}"
    mps = min([sizes[lane][1] for lane in [start, *lanes] if lane in sizes], default=0.0)
    wide_m = max((_number(drawn[lane], "width") or CROSSING_M for lane in lanes if lane in drawn), default=CROSSING_M)
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


def _add_junction(
    net: Path,
    junction: ET.Element,
    rows: Sequence[ET.Element],
    foes: dict[str, dict[int, set[int]]],
    driven: dict[str, set[int]],
    gives_way: dict[str, dict[int, set[int]]],
) -> None:
    if not any(row.get("tl") for row in rows):
        return
    requests = {_index(r, "index"): (r.get("foes") or "")[::-1] for r in junction.iter("request")}
    answers = {_index(r, "index"): (r.get("response") or "")[::-1] for r in junction.iter("request")}
    n = len(rows)
    if sorted(requests) != list(range(n)) or any(len(foes) != n for foes in requests.values()):
        raise BadRecord(f"{net}: junction {junction.get('id')}: its request table does not fit its {n} links")
    for k, row in enumerate(rows):
        signal = row.get("tl")
        if not signal:
            continue
        table, ahead = foes.setdefault(signal, {}), gives_way.setdefault(signal, {})
        for i in _indices(row):
            table.setdefault(i, set())
            ahead.setdefault(i, set()).update(
                j for m, other in enumerate(rows) if answers[k][m:m + 1] == "1" and other.get("tl") == signal
                for j in _indices(other))
            if not _is_internal(row.get("to") or "", "c"):
                driven.setdefault(signal, set()).add(i)
            for m, other in enumerate(rows):
                if requests[k][m] == "1" and other.get("tl") == signal:
                    for j in _indices(other):
                        table[i].add(j)
                        table.setdefault(j, set()).add(i)


def _layout(
    table: dict[int, set[int]], driven: set[int], ways: Sequence[ET.Element], sizes: dict[str, tuple[float, float]]
) -> Layout:
    size = max(table, default=-1) + 1
    way_m: dict[int, float] = {}
    speed_mps: dict[int, float] = {}
    shared: set[int] = set()
    crossed: dict[int, frozenset[str]] = {}
    for way in ways:
        length_m = sizes.get(f"{way.get('to')}_{way.get('toLane') or 0}", (0.0, 0.0))[0]
        approach = sizes.get(f"{way.get('from')}_{way.get('fromLane') or 0}")
        for i in _indices(way):
            if _is_internal(way.get("to") or "", "c"):
                way_m[i] = max(way_m.get(i, 0.0), length_m)
                shared |= {i} & driven
                crossed[i] = crossed.get(i, frozenset()) | {way.get("to") or ""}
            elif approach is not None:
                speed_mps[i] = max(speed_mps.get(i, 0.0), approach[1])
    return Layout(
        foes=tuple(frozenset(table.get(i, set()) - {i}) for i in range(size)),
        walking=frozenset(i for i in range(size) if i not in driven),
        way_m=way_m,
        speed_mps=speed_mps,
        shared=frozenset(shared),
        crossed=crossed,
    )


def _number(element: ET.Element, name: str) -> float:
    text = element.get(name) or "0"
    try:
        return float(text)
    except ValueError as error:
        raise BadRecord(f"{element.tag}: {name}={text!r} is not a number") from error


def read_programs(paths: Sequence[Path]) -> dict[str, list[Program]]:
    """Programs by signal, in the order read. Raises BadRecord."""
    programs: dict[str, list[Program]] = {}
    for path in paths:
        with _named(path):
            for logic in elements(path, frozenset({"tlLogic"})):
                adapts = logic.get("type", "static") != "static"
                rows = tuple((row.get("state") or "", _row_ms(row, adapts)) for row in logic.iter("phase"))
                longest = tuple(_longest_ms(row) for row in logic.iter("phase")) if adapts else ()
                after = tuple(tuple(int(k) for k in (row.get("next") or "").split() if k.isdigit())
                              for row in logic.iter("phase"))  # fmt: skip
                kind = logic.get("type") or "static"
                program = Program(logic.get("programID") or "", rows, longest, kind, after if any(after) else (),
                                  sides_of(logic))
                programs.setdefault(logic.get("id") or "", []).append(program)
    return programs


def _row_ms(row: ET.Element, adapts: bool) -> int:
    duration, shortest = _ms(row, "duration"), _ms(row, "minDur")
    if duration is None:
        return shortest or 0
    return min(duration, shortest) if adapts and shortest is not None else duration


def _longest_ms(row: ET.Element) -> int:
    return max(_ms(row, name) or 0 for name in ("duration", "minDur", "maxDur"))


def _ms(row: ET.Element, name: str) -> int | None:
    """A time in seconds as whole milliseconds, None where it is not given."""
    text = row.get(name)
    try:
        return None if text is None else round(float(text) * 1000)
    except (ValueError, OverflowError) as error:
        raise BadRecord(f"{row.tag}: {name}={text!r} is not a time") from error


def read_states(path: Path) -> dict[str, Record]:
    """The recorded states, by signal. Raises BadRecord."""
    with _named(path):
        return _states(path)


def _states(path: Path) -> dict[str, Record]:
    records: dict[str, Record] = {}
    for row in elements(path, frozenset({"tlsState"})):
        record = records.setdefault(row.get("id") or "", Record())
        time_ms, state, name = _ms(row, "time") or 0, row.get("state") or "", row.get("programID") or ""
        if not record.changes or record.changes[-1][1] != state:
            record.changes.append((time_ms, state))
            record.shown_by.append(name)
        record.last_ms = time_ms
        record.programs[name] = record.programs.get(name, 0) + 1
    if not records:
        raise BadRecord(f"{path}: no tlsState in it")
    return records
