"""SUMO's raw outputs as streams. One that ends in the middle is never taken for a whole one without being asked to."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar
from xml.etree import ElementTree

from network.errors import ScenarioError
from network.files import unpacked

P = ParamSpec("P")
T = TypeVar("T")
AGAIN = "run the comparison again"
LONGEST_LINE = 1 << 20


def elements(path: Path, tags: Collection[str], partial: bool = False) -> Iterator[ElementTree.Element]:
    """Closed elements with one of the tags, in order; their content is dropped afterwards.

    partial: a file that ends in the middle gives what there is of it, instead of a ScenarioError.
    """
    root: ElementTree.Element | None = None
    with unpacked(path, AGAIN) as stream:
        try:
            for event, element in ElementTree.iterparse(stream, events=("start", "end")):
                if root is None:
                    root = element
                if event == "end" and element.tag in tags:
                    yield element
                    root.clear()
        except ElementTree.ParseError as error:
            if not partial:
                raise ScenarioError(f"{path}: ends in the middle or is damaged ({error}); {AGAIN}") from error


def lines(path: Path, root: str, partial: bool = False) -> Iterator[bytes]:
    """The lines of an XML file, one element in each, up to the end tag of its root; without that it is not whole."""
    last, end = b"", f"</{root}>".encode()
    with unpacked(path, AGAIN) as stream:
        while line := stream.readline(LONGEST_LINE):
            last = line.strip() or last
            if line.endswith(b"\n") or last == end:
                yield line
    if not partial and last != end:
        raise ScenarioError(f"{path}: ends in the middle: the run or the room on its disk came to an end; {AGAIN}")


def named(read: Callable[Concatenate[Path, P], T]) -> Callable[Concatenate[Path, P], T]:
    """Have a reader say which file it was where a value in it is missing or no number."""

    @functools.wraps(read)
    def reader(path: Path, /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return read(path, *args, **kwargs)
        except (KeyError, ValueError) as error:
            raise ScenarioError(f"{path}: damaged ({type(error).__name__}: {error}); {AGAIN}") from error

    return reader
