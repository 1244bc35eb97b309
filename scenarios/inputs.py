"""The files SUMO is going to read, looked at first: what would never end, never fit or is no plain XML is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from xml.etree import ElementTree
from xml.parsers import expat

from network.errors import ScenarioError
from network.files import require_file, unpacked

BLOCK = 1 << 20
MOST_BEFORE_ROOT = 4 << 20
"""Comments of the programs that write such files take 1/500 of it."""
MOST_IN_A_TAG = 16 << 20
"""Bytes with no tag beginning; the longest shape of an edge takes 1/100 of it."""
NO_LIMIT = 1 << 62
XML_STARTS = (b"<", b"\xef\xbb\xbf<", b"\xff\xfe", b"\xfe\xff")
ADVICE = "give the file as SUMO's own programs write it"


class _Found(Exception):
    """The root element has begun."""


def blocks(path: str | Path) -> Iterator[bytes]:
    """A file's content piece by piece, unpacked where it is gzipped."""
    with unpacked(path, ADVICE) as stream:
        yield from _blocks(stream)


def contains(path: str | Path, pattern: re.Pattern[bytes]) -> bool:
    """Whether a pattern, of some hundred bytes at most, occurs in a file of any length."""
    end = b""
    for block in blocks(path):
        if pattern.search(end + block):
            return True
        end = block[-1024:]
    return False


def started(path: str | Path) -> Iterator[ElementTree.Element]:
    """Every element of an XML file of any length, as it begins: with its attributes, without its content.

    Raises ScenarioError where it is broken.
    """
    with unpacked(path, ADVICE) as stream:
        _root(path, stream)
        stream.seek(0)
        open_elements: list[ElementTree.Element] = []
        try:
            for event, element in ElementTree.iterparse(stream, events=("start", "end")):
                if event == "start":
                    open_elements.append(element)
                    yield element
                else:
                    open_elements.pop()
                    element.clear()
                    if open_elements:
                        open_elements[-1].clear()
        except ElementTree.ParseError as error:
            raise ScenarioError(f"{path}: not readable as XML ({error}); {ADVICE}") from error


def root_of(path: str | Path) -> str:
    """Name of an XML file's root element; ScenarioError for no XML, or with a document type declared.

    No file of SUMO's has one, and by the entities in it a short file becomes an endless one, or another file's content.
    """
    with unpacked(path, ADVICE) as stream:
        return _root(path, stream)


def require_input(path: str | Path, most_bytes: int = NO_LIMIT) -> None:
    """ScenarioError where a file that SUMO is given cannot be read to its end in reasonable memory.

    What is no XML, such as a picture, is only asked to be a file.
    """
    require_file(path, ADVICE)
    with unpacked(path, ADVICE) as stream:
        head = stream.read(64).lstrip()
    if not head.startswith(XML_STARTS):
        return
    root_of(path)
    size = since_tag = 0
    for block in blocks(path):
        size += len(block)
        since_tag = since_tag + len(block) if b"<" not in block else 0
        if since_tag > MOST_IN_A_TAG:
            raise ScenarioError(f"{path}: {since_tag >> 20} MiB without a tag, unpacked; {ADVICE}")
        if size > most_bytes:
            raise ScenarioError(f"{path}: longer than {most_bytes >> 20} MiB, unpacked; take a part of the network")


def _blocks(stream: IO[bytes]) -> Iterator[bytes]:
    while block := stream.read(BLOCK):
        yield block


def _root(path: str | Path, stream: IO[bytes]) -> str:
    """The name of the first element, read no further than that; ScenarioError where there cannot be one."""
    parser, found = expat.ParserCreate(), list[str]()

    def doctype(*_: object) -> None:
        raise ScenarioError(f"{path}: declares a document type (<!DOCTYPE), which no file of SUMO's does; take it out")

    def start(name: str, _: dict[str, str]) -> None:
        found.append(name)
        raise _Found

    parser.StartDoctypeDeclHandler, parser.StartElementHandler = doctype, start
    read = 0
    try:
        for block in _blocks(stream):
            parser.Parse(block)
            read += len(block)
            if read > MOST_BEFORE_ROOT:
                raise ScenarioError(f"{path}: {read >> 20} MiB and no element yet; {ADVICE}")
        parser.Parse(b"", True)
    except _Found:
        return found[0]
    except expat.ExpatError as error:
        raise ScenarioError(f"{path}: not readable as XML ({error}); {ADVICE}") from error
    return ""
