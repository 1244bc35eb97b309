"""Copies of a scenario's input files whose outputs go elsewhere, and without the switching of replaced programs.

Detectors, edge data, timed events and device parameters name output files, relative to the file they stand
in. A ``wautJunction`` has a WAUT switch a signal between its own programs, which would undo a program loaded in
their place. Only files with such things are copied; everything else is read where it is.
"""

from __future__ import annotations

import os
import re
import xml.sax
import xml.sax.saxutils
from collections.abc import Mapping
from pathlib import Path
from typing import IO
from xml.sax.xmlreader import AttributesImpl

from network.errors import ScenarioError
from network.files import unpacked, writing
from scenarios.inputs import contains, require_input
from scenarios.switching import JUNCTION

OUTPUT_ATTRIBUTES = frozenset({"file", "output", "dest"})
INPUT_ATTRIBUTES = frozenset({"href", "imgFile", "edgesFile"})
READS_ITS_FILE = frozenset({"rerouter", "variableSpeedSign"})
INPUT_PARAMETERS = frozenset({"device.fcd-replay.file"})
NO_FILE = frozenset({"NUL", "/dev/null", "stdout", "stderr", "-", ""})
SWITCHES = re.compile(f"<{JUNCTION}".encode())
NAMES_A_FILE = re.compile(rb"""\b(?:file|output|dest|href)\s*=|\bkey\s*=\s*["'][\w.-]*file["']""")


class Outputs:
    """Hands out places below ``folder``: one per original path, always the same for the same one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._places: dict[str, str] = {}

    def place(self, original: str) -> str:
        """Where the output meant for ``original`` (an absolute path) goes instead."""
        if original not in self._places:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._places[original] = str(self._folder / self._free_name(Path(original).name))
        return self._places[original]

    def _free_name(self, name: str) -> str:
        taken = {Path(place).name for place in self._places.values()}
        if name not in taken:
            return name
        return next(f"{k}-{name}" for k in range(2, len(taken) + 3) if f"{k}-{name}" not in taken)


class PrivateCopies:
    """Copies into ``folder``, with outputs placed by ``outputs``; no WAUT switches the signals in ``replaced``."""

    def __init__(self, folder: Path, outputs: Outputs, replaced: frozenset[str] = frozenset()) -> None:
        self.replaced = replaced
        self._folder = folder
        self._outputs = outputs
        self._done: dict[str, str] = {}

    def of(self, path: str) -> str:
        """``path`` itself where nothing in it has to change, otherwise the path of its copy."""
        if path not in self._done:
            self._done[path] = self._copy(path)
        return self._done[path]

    def look_at(self, path: str) -> None:
        """ScenarioError where SUMO could not read this to its end; that it is there is SUMO's to ask for."""
        if Path(path).exists():
            require_input(path)

    def _copy(self, path: str) -> str:
        require_input(path)
        switches = bool(self.replaced) and contains(path, SWITCHES)
        if not switches and not contains(path, NAMES_A_FILE):
            return path
        self._folder.mkdir(parents=True, exist_ok=True)
        copy = self._folder / f"{len(self._done)}-{Path(path).name.removesuffix('.gz')}"
        self._done[path] = str(copy)  # before its includes are read: files may include each other
        with unpacked(path) as source, writing(copy), copy.open("wb") as stream:
            try:
                xml.sax.parse(source, _Rewriter(stream, Path(path).parent, self, self._outputs))
            except xml.sax.SAXException as error:
                raise ScenarioError(f"{path}: not readable as XML ({error})") from error
        return str(copy)


class _Rewriter(xml.sax.saxutils.XMLGenerator):
    """Writes an additional file as it is read, with files named in it as they lie now, and outputs put elsewhere."""

    def __init__(self, stream: IO[bytes], base: Path, copies: PrivateCopies, outputs: Outputs) -> None:
        super().__init__(stream, encoding="utf-8", short_empty_elements=True)
        self._base = base
        self._copies = copies
        self._place = outputs.place
        self._left_out = False

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        self._left_out = name == JUNCTION and attrs.get("junctionID") in self._copies.replaced
        if self._left_out:
            return
        changed = {key: self._value(name, key, value, attrs) for key, value in attrs.items()}
        super().startElement(name, AttributesImpl(changed))

    def endElement(self, name: str) -> None:
        if not self._left_out:
            super().endElement(name)
        self._left_out = False  # it has no elements of its own

    def _value(self, element: str, key: str, value: str, attrs: Mapping[str, str] | AttributesImpl) -> str:
        if _no_path(value):
            return value
        path = os.path.normpath(self._base / value)
        if key in INPUT_ATTRIBUTES or (key == "file" and element in READS_ITS_FILE):
            if key != "href":
                self._copies.look_at(path)
            return self._copies.of(path) if key == "href" else path
        if key in OUTPUT_ATTRIBUTES or (element == "param" and key == "value" and _names_output(attrs)):
            return self._place(path)
        return value


def _names_output(attrs: Mapping[str, str] | AttributesImpl) -> bool:
    parameter = attrs.get("key", "")
    return parameter not in INPUT_PARAMETERS and (parameter == "file" or parameter.endswith(".file"))


def _no_path(value: str) -> bool:
    is_socket = re.fullmatch(r"[\w.-]+:\d+", value) is not None
    return value in NO_FILE or is_socket
