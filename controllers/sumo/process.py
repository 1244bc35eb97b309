"""What goes around a SUMO process: its port, its messages, its end."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

from network.sumo_package import error_lines

ENDS_WITHIN_S = 5.0


class SumoError(Exception):
    """SUMO could not start or stopped; ``str()`` is SUMO's own message."""


def last_errors(log: str | Path) -> str:
    """The error lines of a SUMO log, as one line; '' where there are none or no such file."""
    try:
        return error_lines(Path(log).read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return ""


def last_line(path: str) -> str:
    """The last line of a file that is not empty."""
    lines = Path(path).read_text(encoding="utf-8", errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


@contextlib.contextmanager
def redirected(stream: int, target: int) -> Iterator[None]:
    """Let the file descriptor ``stream`` write into ``target`` for a while (libsumo prints from C++)."""
    kept = os.dup(stream)
    os.dup2(target, stream)
    try:
        yield
    finally:
        os.dup2(kept, stream)
        os.close(kept)


def end(process: subprocess.Popen[bytes]) -> None:
    """Wait for SUMO, which may still be writing what is wrong, but not for ever."""
    try:
        process.wait(ENDS_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    """A port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return int(probe.getsockname()[1])
