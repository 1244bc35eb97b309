"""Every decision and what it was made from, on disk as it is made: append-only, bounded, readable while it is written.

A journal is a folder of segments, `000001.journal` and so on; the oldest goes when there are too many. A segment is a
row of frames: length and CRC-32 of the content (uint32 each, little-endian), content. The first frame of a segment is
JSON (which signals, how many links each, which loops, and whatever else the writer says); every other one is a second:
zlib-compressed, time float64, then float32 entered, left, occupancy per loop, int32 wanted per signal, uint8 mode per
signal, uint8 code ordered per link. A frame goes to the file in one write, so a writer that is killed leaves at most
one that is not whole, at the end; readers stop there.
"""

from __future__ import annotations

import json
import os
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from controllers.base import FloatArray, IntArray
from signal_core.intersection import CodeArray

FRAME = struct.Struct("<II")
TIME = struct.Struct("<d")
LONGEST_FRAME = 1 << 24
SEGMENT_BYTES = 4 << 20
SEGMENTS = 4
ENDING = ".journal"


class Entry(NamedTuple):
    """One second: what was seen, what was wanted in which mode, and what was ordered."""

    time_s: float
    entered: FloatArray
    left: FloatArray
    occupancy: FloatArray
    wanted: IntArray
    mode: CodeArray
    codes: CodeArray


class Journal:
    """Writes into a folder, after whatever earlier writers left there."""

    def __init__(self, folder: Path, header: Mapping[str, Any], segment_bytes: int = SEGMENT_BYTES,
                 segments: int = SEGMENTS) -> None:
        """header: what the entries cannot say themselves, JSON; see `header_of`."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._bytes, self._segments = folder, segment_bytes, segments
        self._header = json.dumps(dict(header)).encode()
        self._file = -1
        self._size = 0
        self._open_next()

    def write(self, entry: Entry) -> None:
        """Keep one second; on return the operating system has it, so that a killed writer loses nothing of it."""
        parts = (entry.entered, entry.left, entry.occupancy)
        numbers = b"".join(np.asarray(part, dtype="<f4").tobytes() for part in parts)
        rest = np.asarray(entry.wanted, dtype="<i4").tobytes() + entry.mode.tobytes() + entry.codes.tobytes()
        self._append(zlib.compress(TIME.pack(entry.time_s) + numbers + rest, 1))
        if self._size >= self._bytes:
            self._open_next()

    def close(self) -> None:
        """End writing."""
        os.close(self._file)

    def _append(self, content: bytes) -> None:
        frame = FRAME.pack(len(content), zlib.crc32(content)) + content
        os.write(self._file, frame)
        self._size += len(frame)

    def _open_next(self) -> None:
        """A new segment: never after a frame that may not be whole."""
        before = _segments(self._folder)
        number = int(before[-1].stem) + 1 if before else 1
        if self._file >= 0:
            os.close(self._file)
        path = self._folder / f"{number:06d}{ENDING}"
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o644)
        self._size = 0
        self._append(self._header)
        for old in before[:max(0, len(before) + 1 - self._segments)]:
            old.unlink(missing_ok=True)


def header_of(signals: Sequence[tuple[str, int]], loops: Sequence[str], **more: Any) -> dict[str, Any]:
    """signals: id and number of links of each, in the order of the entries."""
    return {"journal": 1, "signals": [list(signal) for signal in signals], "loops": list(loops), **more}


def read_journal(folder: Path, last: int = 0) -> tuple[dict[str, Any], list[Entry]]:
    """The newest header and the entries written under it, oldest first; ({}, []) where there are none.

    last: only so many of them, 0 for all. What is not whole is left out, and nothing is raised for it.
    """
    header: dict[str, Any] = {}
    found: list[list[Entry]] = []
    for path in reversed(_segments(folder)):
        frames = list(_frames(path))
        if not frames:
            continue
        of_segment = _json(frames[0])
        if header and of_segment != header:
            break
        header = of_segment
        found.append([entry for entry in (_entry(frame, header) for frame in frames[1:]) if entry is not None])
        if last and sum(map(len, found)) >= last:
            break
    entries = [entry for part in reversed(found) for entry in part]
    return header, entries[-last:] if last else entries


def _segments(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob(f"*{ENDING}") if path.stem.isdigit())


def _frames(path: Path) -> Iterator[bytes]:
    """Contents of the whole frames from the start on."""
    try:
        data = path.read_bytes()
    except OSError:
        return
    at = 0
    while at + FRAME.size <= len(data):
        length, check = FRAME.unpack_from(data, at)
        content = data[at + FRAME.size:at + FRAME.size + length]
        if length > LONGEST_FRAME or len(content) < length or zlib.crc32(content) != check:
            return
        yield content
        at += FRAME.size + length


def _json(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _entry(content: bytes, header: Mapping[str, Any]) -> Entry | None:
    """An entry; None where it does not fit the header."""
    signals, loops = header.get("signals", ()), len(header.get("loops", ()))
    links = sum(count for _, count in signals)
    try:
        data = zlib.decompress(content)
    except zlib.error:
        return None
    if len(data) != TIME.size + 12 * loops + 5 * len(signals) + links:
        return None
    entered, left, occupancy = np.frombuffer(data, "<f4", 3 * loops, TIME.size).astype(np.float64).reshape(3, loops)
    at = TIME.size + 12 * loops
    wanted = np.frombuffer(data, "<i4", len(signals), at).astype(np.int64)
    rest = np.frombuffer(data, np.uint8, offset=at + 4 * len(signals)).copy()
    return Entry(TIME.unpack_from(data)[0], entered, left, occupancy, wanted, rest[:len(signals)], rest[len(signals):])
