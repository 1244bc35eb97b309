"""Rows kept on disk while they come, so that a day of them takes no memory; a full disk ends the keeping, no more."""

from __future__ import annotations

import mmap
import os
import tempfile
import weakref
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROWS_AT_ONCE = 256


class Spool:
    """Rows of one kind. ``trouble``: why keeping ended before the rows did; empty while it goes on."""

    def __init__(self, kind: np.dtype[np.void], folder: Path) -> None:
        """kind: a structured type of which every field has a size, or the rows would have none."""
        self.trouble = ""
        self._kind = kind
        self._block = np.zeros(ROWS_AT_ONCE, kind)
        self._filled = self._written = 0
        self._file, name = tempfile.mkstemp(dir=folder)
        os.unlink(name)  # gone with this process, however it ends
        weakref.finalize(self, os.close, self._file)

    def __len__(self) -> int:
        return self._written + self._filled

    def append(self, *values: Any) -> None:
        """Keep a row; nothing once a disk was full, as a record with a hole is none."""
        if self.trouble:
            return
        self._block[self._filled] = values
        self._filled += 1
        if self._filled == ROWS_AT_ONCE:
            self._flush()

    def rows(self) -> NDArray[np.void]:
        """All rows so far, mapped from the disk and not in memory."""
        self._flush()
        if not self._written or not self._kind.itemsize:
            return np.zeros(self._written, self._kind)
        mapped = mmap.mmap(self._file, self._written * self._kind.itemsize, access=mmap.ACCESS_READ)
        return np.frombuffer(mapped, self._kind)

    def _flush(self) -> None:
        data, sent = memoryview(self._block[:self._filled].tobytes()), 0
        try:
            while sent < len(data):
                sent += os.write(self._file, data[sent:])
        except OSError as error:
            self.trouble = error.strerror or str(error)
        self._written += sent // self._kind.itemsize if self._kind.itemsize else self._filled
        self._filled = 0
