"""Signal programs (tlLogic) from a network or additional file, for use without a simulation."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

from network.errors import ScenarioError
from network.program.signals import RED_KEY, YELLOW_KEY, Interval, Program

YELLOW_ATTRIBUTE, RED_ATTRIBUTE = "yellow", "red"


def read_programs(paths: Iterable[str | Path]) -> dict[str, Program]:
    """The program SUMO would run for every signal: the last one read, over all files in order.

    Raises ScenarioError where a file is missing, broken or holds a program that cannot be read.
    """
    return {signal_id: program for (signal_id, _), program in stated_programs(paths).items()}


def stated_programs(paths: Iterable[str | Path]) -> dict[tuple[str, str], Program]:
    """Every program by signal and id, as the files leave it, the last of a signal last.

    A tlLogic without rows changes one read before: its offset, and parameters (SUMO's tlsCoordinator.py writes such).
    """
    found: dict[tuple[str, str], Program] = {}
    for path in paths:
        for program in read_all_programs(path):
            key = program.signal_id, program.program_id
            before = found.get(key)
            found[key] = program if before is None or program.intervals else replace(
                before, offset_s=program.offset_s, parameters={**before.parameters, **program.parameters})  # fmt: skip
    return found


def read_all_programs(path: str | Path) -> tuple[Program, ...]:
    """Every tlLogic of a file (.gz too) in the order of the file; an empty tuple where there is none.

    Raises ScenarioError where it cannot be read.
    """
    path = Path(path)
    if not path.is_file():
        raise ScenarioError(f"{path}: no such file; check the path")
    try:
        with path.open("rb") as raw:
            zipped = raw.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if zipped else path.open("rb") as file:
            return tuple(_programs(ElementTree.iterparse(file, events=("start", "end"))))
    except ElementTree.ParseError as error:
        raise ScenarioError(f"{path}: broken XML ({error}); restore the file") from error
    except (OSError, EOFError) as error:
        raise ScenarioError(f"{path}: cannot be read ({error}); check the file") from error
    except (KeyError, ValueError) as error:
        raise ScenarioError(f"{path}: a tlLogic lacks or misspells {error}; correct it") from error


def _programs(events: Iterable[tuple[str, ElementTree.Element]]) -> Iterator[Program]:
    inside = False
    for event, element in events:
        if element.tag == "tlLogic":
            inside = event == "start"
            if event == "end":
                yield program_of(element)
        if event == "end" and not inside:
            element.clear()  # a city network would not fit into memory as a tree


def program_of(element: ElementTree.Element) -> Program:
    """The program of one tlLogic. Raises KeyError or ValueError where it lacks or misspells something."""
    return Program(
        element.attrib["id"],
        element.get("programID", "0"),
        element.get("type", "static"),
        _offset(element.get("offset", "0")),
        tuple(_interval(row.attrib) for row in element.iter("phase")),
        _parameters(element),
    )


def _parameters(element: ElementTree.Element) -> dict[str, str]:
    """The params of a tlLogic, and the longest yellow and red its rows carry as attributes (NEMA)."""
    found = {param.get("key", ""): param.get("value", "") for param in element.iter("param")}
    for name, key in ((YELLOW_ATTRIBUTE, YELLOW_KEY), (RED_ATTRIBUTE, RED_KEY)):
        values = [float(row.attrib[name]) for row in element.iter("phase") if name in row.attrib]
        if values:
            found.setdefault(key, str(max(values)))
    return found


def _offset(text: str) -> float:
    return 0.0 if text == "begin" else float(text)


def _interval(row: Mapping[str, str]) -> Interval:
    """SUMO's own defaults: a row without bounds lasts exactly its duration."""
    low, high = row.get("minDur"), row.get("maxDur")
    duration = row.get("duration") or low or high
    if duration is None:
        raise KeyError("duration")
    return Interval(
        row["state"],
        float(duration),
        float(low or duration),
        float(high or duration),
        tuple(int(index) for index in row.get("next", "").split()),
        row.get("name", ""),
    )
