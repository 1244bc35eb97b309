"""Reads what `bench.audit.verify_states` judges: programs, and the states and collisions that SUMO recorded.

Standard library only; nothing in common with the reader the controllers use. Conflicts are in `bench.audit.layouts`.
"""

from __future__ import annotations

import contextlib
import gzip
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.audit.barriers import Sides, sides_of


class BadRecord(Exception):
    """A file that cannot be used; str() names it and says why."""


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


@contextlib.contextmanager
def named(path: Path) -> Iterator[None]:
    """Put the file's name before what is wrong in it."""
    try:
        yield
    except BadRecord as error:
        raise error if str(path) in str(error) else BadRecord(f"{path}: {error}") from error


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
    with named(path):
        for row in elements(path, frozenset({"collision"})):
            if (row.get("lane") or "").startswith(":") or row.get("type") == "junction":
                pair = frozenset((row.get("collider") or "", row.get("victim") or ""))
                kinds = f"{row.get('colliderType')} {row.get('victimType')} {row.get('type')}".lower()
                met[pair] = met.get(pair, False) or "ped" in kinds or "person" in kinds
    return Collisions(len(met), sum(met.values()))


def read_programs(paths: Sequence[Path]) -> dict[str, list[Program]]:
    """Programs by signal, in the order read; a tlLogic without rows is none, it moves another. Raises BadRecord."""
    programs: dict[str, list[Program]] = {}
    for path in paths:
        with named(path):
            for logic in elements(path, frozenset({"tlLogic"})):
                adapts = logic.get("type", "static") != "static"
                rows = tuple((row.get("state") or "", _row_ms(row, adapts)) for row in logic.iter("phase"))
                longest = tuple(_longest_ms(row) for row in logic.iter("phase")) if adapts else ()
                after = tuple(tuple(int(k) for k in (row.get("next") or "").split() if k.isdigit())
                              for row in logic.iter("phase"))  # fmt: skip
                kind = logic.get("type") or "static"
                program = Program(logic.get("programID") or "", rows, longest, kind, after if any(after) else (),
                                  sides_of(logic))
                if rows:
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
    with named(path):
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
