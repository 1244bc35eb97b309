"""Lines on disk that are bounded, rotate, and never stop control: a full disk costs lines, and that is counted.

The audit log is a chain: every line carries the hash of the one before, over files and restarts, so that a line taken
out or changed shows (`verify_chain`).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

FIRST = "0" * 64


class Lines:
    """Files ``NAME.0.jsonl``, ``NAME.1.jsonl``, …, the highest the newest; the oldest go. head: first line of each."""

    def __init__(self, folder: Path, name: str, most_bytes: int, files: int, suffix: str = "jsonl",
                 head: str = "") -> None:
        self.folder, self.name, self.suffix, self._head = folder, name, suffix, head
        self._most, self._files = most_bytes, files
        self.lost = 0
        """Lines that could not be written."""

    def write(self, line: str) -> bool:
        """Append one line; False where it could not be written whole."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            path = self._current()
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
            try:
                size = os.fstat(descriptor).st_size
                data = f"{self._head}\n{line}\n".encode() if self._head and not size else line.encode() + b"\n"
                if os.write(descriptor, data) != len(data):
                    os.ftruncate(descriptor, size)
                    raise OSError("short write")
            finally:
                os.close(descriptor)
        except OSError:
            self.lost += 1
            return False
        return True

    def paths(self) -> list[Path]:
        """All files, oldest first."""
        found = [(int(n), p) for p in self.folder.glob(f"{self.name}.*.{self.suffix}")
                 if (n := p.name.removeprefix(f"{self.name}.").removesuffix(f".{self.suffix}")).isdigit()]
        return [path for _, path in sorted(found)]

    def _current(self) -> Path:
        paths = self.paths()
        if not paths:
            return self.folder / f"{self.name}.0.{self.suffix}"
        newest = paths[-1]
        if newest.stat().st_size < self._most:
            return newest
        for old in paths[:max(0, len(paths) - self._files + 1)]:
            old.unlink(missing_ok=True)
        number = int(newest.name.split(".")[-2]) + 1
        return self.folder / f"{self.name}.{number}.{self.suffix}"


class Chain:
    """The audit log."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._hash = last_hash(lines.paths())
        self._gap = 0

    @property
    def lost(self) -> int:
        return self._lines.lost

    def add(self, entry: Mapping[str, Any]) -> None:
        """Append an entry; where lines were lost before, the next that is written says how many."""
        content = {**entry, "before": self._hash} | ({"lost_before": self._gap} if self._gap else {})
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        own = hashlib.sha256(text.encode()).hexdigest()
        if self._lines.write(f'{text[:-1]},"hash":"{own}"}}'):
            self._hash, self._gap = own, 0
        else:
            self._gap += 1


def last_hash(paths: Sequence[Path]) -> str:
    """Where the chain goes on; a last line that is none is passed over."""
    for path in reversed(paths):
        try:
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            continue
        for line in reversed(lines):
            try:
                return str(json.loads(line)["hash"])
            except (ValueError, KeyError, TypeError):
                continue
    return FIRST


def verify_chain(paths: Sequence[Path]) -> Iterator[str]:
    """One sentence for each place where the chain is broken; nothing for a whole one."""
    expected: str | None = None
    for path in paths:
        for k, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
            try:
                content = json.loads(line)
                own = content.pop("hash")
                text = json.dumps(content, sort_keys=True, separators=(",", ":"))
                before = content["before"]
            except (ValueError, KeyError, TypeError, AttributeError):
                yield f"{path.name}, line {k}: not a line of the chain"
                continue
            if hashlib.sha256(text.encode()).hexdigest() != own:
                yield f"{path.name}, line {k}: changed"
            if expected is not None and before != expected:
                yield f"{path.name}, line {k}: a line before it is missing"
            expected = own
