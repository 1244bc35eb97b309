"""Every decision and what it was made from, on disk as it is made: append-only, bounded, readable while it is written.

A journal is a folder of segments, `000001.journal` and so on; the oldest goes when there are too many. A segment is a
row of frames: length and CRC-32 of the content (uint32 each, little-endian), content. The first frame of a segment is
JSON (which signals, how many links each, which loops, and whatever else the writer says); every other one is a second:
zlib-compressed, time float64, then float32 entered, left, occupancy per loop, int32 wanted per signal, uint8 mode per
signal, uint8 code ordered per link. Messages of those who ask for green stand as JSON (`asked`) before the second in
which they came. A frame goes to the file in one write, so a writer that is killed leaves at most
one that is not whole, at the end; readers stop there.

Whatever the disk does, a writer goes on: a second that cannot be kept is counted, what was written of it is cut off,
and the next one is tried. Once there is room, a frame of JSON says which seconds are missing (`gap`), before the next.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import struct
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from controllers.base import FloatArray, IntArray
from signal_core.requests import REQUEST, Rows
from signal_core.tables.arrays import CodeArray

FRAME = struct.Struct("<II")
TIME = struct.Struct("<d")
LONGEST_FRAME = 1 << 24
SEGMENT_BYTES = 4 << 20
SEGMENTS = 4
ENDING = ".journal"
MOST_TOLD = 20
NUMBER = re.compile("[0-9]{1,18}")


class JournalEntry(NamedTuple):
    """One second: what was seen, what was wanted in which mode, and what was ordered."""

    time_s: float
    entered: FloatArray
    left: FloatArray
    occupancy: FloatArray
    wanted: IntArray
    mode: CodeArray
    codes: CodeArray
    asked: Rows | None = None


class Gap(NamedTuple):
    """Seconds that could not be kept, from the first to the last of them, and why."""

    seconds: int
    from_s: float
    to_s: float
    why: str


class Journal:
    """Writes into a folder, after whatever earlier writers left there. Never raises for what the disk does.

    ``missed``: seconds that could not be kept so far.
    """

    def __init__(self, folder: Path, header: Mapping[str, Any], segment_bytes: int = SEGMENT_BYTES,
                 segments: int = SEGMENTS, tell: Callable[[str], None] = lambda line: None) -> None:
        """header: what the entries cannot say themselves, JSON; see `header_of`. tell: hears of gaps, a line each."""
        self.missed = 0
        self._folder, self._bytes, self._segments, self._tell = folder, segment_bytes, segments, tell
        self._header = json.dumps(dict(header)).encode()
        self._file = -1
        self._size = 0
        self._gap: Gap | None = None
        self._told = 0
        with contextlib.suppress(OSError):  # the first second says why
            self._open_next()

    def write(self, entry: JournalEntry) -> bool:
        """Keep one second; True if the operating system has it, so that a killed writer loses nothing of it."""
        try:
            self._make_room()
            marks = [] if self._gap is None else [json.dumps({"gap": self._gap._asdict()}).encode()]
            if entry.asked is not None and len(entry.asked):
                marks.append(json.dumps({"asked": entry.asked.tolist()}).encode())
            self._append(*marks, _packed(entry))
        except OSError as error:
            self._miss(entry.time_s, error.strerror or str(error))
            return False
        if self._gap is not None:
            self._say(f"kept again from {entry.time_s:g} s on; {self._gap.seconds} s are missing")
            self._gap = None
        return True

    def anew(self, header: Mapping[str, Any]) -> Journal:
        """The journal that follows this one in the same folder, where the signals are others from now on."""
        self.close()
        return Journal(self._folder, header, self._bytes, self._segments, self._tell)

    def close(self) -> None:
        """End writing."""
        if self._file >= 0:
            with contextlib.suppress(OSError):
                os.close(self._file)
            self._file = -1

    def _miss(self, time_s: float, why: str) -> None:
        self.missed += 1
        if self._gap is None:
            self._gap = Gap(1, time_s, time_s, why)
            self._say(f"nothing is kept from {time_s:g} s on: {why}; make room, control goes on without")
        else:
            self._gap = self._gap._replace(seconds=self._gap.seconds + 1, to_s=time_s)

    def _say(self, what: str) -> None:
        """A disk that comes and goes must not fill the memory instead."""
        self._told += 1
        if self._told <= MOST_TOLD:
            self._tell(f"journal {self._folder}: {what}")

    def _append(self, *contents: bytes) -> None:
        """Frames, whole or not at all."""
        frames = b"".join(FRAME.pack(len(content), zlib.crc32(content)) + content for content in contents)
        try:
            written = os.write(self._file, frames)
            while written < len(frames):  # a disk that is nearly full takes a part
                written += os.write(self._file, frames[written:])
        except OSError:
            self._cut_back()
            raise
        self._size += len(frames)

    def _cut_back(self) -> None:
        """Take away what was written of a frame; a segment that refuses that is left for good."""
        try:
            os.ftruncate(self._file, self._size)
        except OSError:
            self.close()

    def _make_room(self) -> None:
        """A segment to write into: there, and not too long."""
        if self._file < 0 or self._size >= self._bytes or os.fstat(self._file).st_nlink == 0:
            self._open_next()

    def _open_next(self) -> None:
        """A new segment: never after a frame that may not be whole."""
        self._folder.mkdir(parents=True, exist_ok=True)
        before = _segments(self._folder)
        number = int(before[-1].stem) + 1 if before else 1
        path = self._folder / f"{number:06d}{ENDING}"
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o644)
        self.close()
        self._file, self._size = opened, 0
        try:
            self._append(self._header)
        except OSError:
            self.close()
            path.unlink(missing_ok=True)
            raise
        for old in before[:max(0, len(before) + 1 - self._segments)]:
            with contextlib.suppress(OSError):
                old.unlink()


def _packed(entry: JournalEntry) -> bytes:
    parts = (entry.entered, entry.left, entry.occupancy)
    numbers = b"".join(np.asarray(part, dtype="<f4").tobytes() for part in parts)
    rest = np.asarray(entry.wanted, dtype="<i4").tobytes() + entry.mode.tobytes() + entry.codes.tobytes()
    return zlib.compress(TIME.pack(entry.time_s) + numbers + rest, 1)


def header_of(signals: Sequence[tuple[str, int]], loops: Sequence[str], **more: Any) -> dict[str, Any]:
    """signals: id and number of links of each, in the order of the entries."""
    return {"journal": 1, "signals": [list(signal) for signal in signals], "loops": list(loops), **more}


def read_journal(folder: Path, last: int = 0) -> tuple[dict[str, Any], list[JournalEntry]]:
    """The newest header and the entries written under it, oldest first; ({}, []) where there are none.

    last: only so many of them, 0 for all. What is not whole is left out, and nothing is raised for it.
    """
    header: dict[str, Any] = {}
    found: list[deque[JournalEntry]] = []
    for path in reversed(_segments(folder)):
        frames = _frames(path)
        of_segment = _header(next(frames, b""))
        if not of_segment:
            continue
        if header and of_segment != header:
            break
        header = of_segment
        shape = _shape(header)
        found.append(deque(_seconds(frames, *shape), last or None))
        if last and sum(map(len, found)) >= last:
            break
    entries = [entry for part in reversed(found) for entry in part]
    return header, entries[-last:] if last else entries


def read_gaps(folder: Path) -> list[Gap]:
    """What writers could not keep and said so afterwards, oldest first."""
    found = (_json(frame).get("gap") for path in _segments(folder) for frame in _frames(path))
    gaps = []
    for gap in found:
        with contextlib.suppress(TypeError, ValueError, KeyError):
            gaps += [] if gap is None else [
                Gap(int(gap["seconds"]), float(gap["from_s"]), float(gap["to_s"]), str(gap["why"]))]
    return gaps


def _segments(folder: Path) -> list[Path]:
    """By number. Only digits 0 to 9: others are digits for Python, and no numbers."""
    try:
        found = [path for path in folder.iterdir() if path.suffix == ENDING]
    except OSError:
        return []
    numbered = [path for path in found if NUMBER.fullmatch(path.stem)]
    return sorted(numbered, key=lambda path: int(path.stem))


def _frames(path: Path) -> Iterator[bytes]:
    """Contents of the whole frames from the start on; of a pipe or a device none."""
    try:
        if not path.is_file():
            return
        with path.open("rb") as file:
            while len(head := file.read(FRAME.size)) == FRAME.size:
                length, check = FRAME.unpack(head)
                content = file.read(length) if length <= LONGEST_FRAME else b""
                if length == 0 or len(content) < length or zlib.crc32(content) != check:
                    return
                yield content
    except OSError:
        return


def _json(content: bytes) -> dict[str, Any]:
    if not content.startswith(b"{"):  # a second
        return {}
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _header(content: bytes) -> dict[str, Any]:
    """A header whose entries can be read; {} for any other."""
    header = _json(content)
    try:
        links, signals, loops = _shape(header)
    except (KeyError, TypeError, ValueError):
        return {}
    return header if min(links, signals, loops) >= 0 and links + signals + loops <= LONGEST_FRAME else {}


def _shape(header: Mapping[str, Any]) -> tuple[int, int, int]:
    """Links, signals and loops of an entry."""
    counts = [count for _, count in header["signals"]]
    if not all(type(count) is int and count >= 0 for count in counts):
        raise ValueError("links are counted in whole numbers")
    return sum(counts), len(counts), len(header["loops"])


def _seconds(frames: Iterator[bytes], links: int, signals: int, loops: int) -> Iterator[JournalEntry]:
    """Every second that is whole, with what was asked in it."""
    asked: Rows | None = None
    for frame in frames:
        entry = _entry(frame, links, signals, loops)
        if entry is None:
            asked = _asked(_json(frame))
        else:
            yield entry._replace(asked=asked)
            asked = None


def _asked(found: Mapping[str, Any]) -> Rows | None:
    try:
        return np.array([tuple(row) for row in found["asked"]], dtype=REQUEST)
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def _entry(content: bytes, links: int, signals: int, loops: int) -> JournalEntry | None:
    """An entry; None where it does not fit the shape."""
    size = TIME.size + 12 * loops + 5 * signals + links
    unpacker = zlib.decompressobj()
    try:
        data = unpacker.decompress(content, size + 1)  # never more than fits, whatever is packed there
    except zlib.error:
        return None
    if len(data) != size or not unpacker.eof:
        return None
    entered, left, occupancy = np.frombuffer(data, "<f4", 3 * loops, TIME.size).astype(np.float64).reshape(3, loops)
    at = TIME.size + 12 * loops
    wanted = np.frombuffer(data, "<i4", signals, at).astype(np.int64)
    rest = np.frombuffer(data, np.uint8, offset=at + 4 * signals).copy()
    return JournalEntry(TIME.unpack_from(data)[0], entered, left, occupancy, wanted, rest[:signals], rest[signals:])
