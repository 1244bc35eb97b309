"""One JSON line for everything that happens, each with the hash of the site file; to stderr and to bounded files."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from controllers.cabinet.records import Lines


class Log:
    """`say` never raises and never waits for a disk that is full."""

    def __init__(self, site_hash: str, folder: Path | None, most_bytes: int, files: int, quiet: bool = False) -> None:
        self.site_hash = site_hash
        self._lines = None if folder is None else Lines(folder, "log", most_bytes, files)
        self._quiet = quiet

    def say(self, what: str, signal: str = "", level: str = "info", **more: Any) -> None:
        """One event, named by a few words, with figures of its own."""
        content = {"time": round(time.time(), 3), "level": level, "what": what, "site": self.site_hash,
                   **({"signal": signal} if signal else {}), **more}
        line = json.dumps(content, ensure_ascii=False, default=str)
        if self._lines is not None:
            self._lines.write(line)
        if not self._quiet:
            try:
                sys.stderr.write(line + "\n")
                sys.stderr.flush()
            except (OSError, ValueError):
                self._quiet = True

    @property
    def lost(self) -> int:
        return 0 if self._lines is None else self._lines.lost
