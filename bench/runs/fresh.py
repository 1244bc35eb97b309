"""A process that starts the same way every time: fixed hash seed, fixed addresses.

SUMO and Python both depend on where things lie in memory in rare cases, so every run gets such a process.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from network.sumo_package import error_lines

ADDR_NO_RANDOMIZE = 0x0040000
ASK = 0xFFFFFFFF
PIPE = "SIGNAL_CORE_PIPE"
LOG = "process.log"


class RunDied(Exception):
    """A fresh process ended without a result; ``str()`` says why, in SUMO's words where it was SUMO."""


@contextmanager
def _fixed_addresses() -> Iterator[None]:
    """What this thread starts meanwhile has its memory at the same addresses every time, where the system allows it."""
    if not sys.platform.startswith("linux"):
        yield
        return
    libc = ctypes.CDLL(None)
    before = libc.personality(ctypes.c_ulong(ASK))  # of the thread alone, and looked at when a program is loaded
    if before >= 0:
        libc.personality(ctypes.c_ulong(before | ADDR_NO_RANDOMIZE))
    try:
        yield
    finally:
        if before >= 0:
            libc.personality(ctypes.c_ulong(before))


def say(message: Mapping[str, Any]) -> None:
    """One line to the process that waits for us."""
    os.write(outgoing(), (json.dumps(message) + "\n").encode())


def start_fresh(module: str, words: Sequence[str], folder: Path) -> tuple[subprocess.Popen[bytes], BinaryIO]:
    """Start ``python -m module WORDS`` in ``folder`` and go on; returns the process and what it says, line by line.

    Its other output goes to process.log there.
    """
    reading, writing = os.pipe()
    command = [sys.executable, "-P", "-m", module, *words]
    try:
        with (folder / LOG).open("wb") as log, _fixed_addresses():
            environment = _environment() | {PIPE: str(writing)}
            process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=folder,
                                       pass_fds=(writing,))
    except BaseException:
        os.close(reading)
        raise
    finally:
        os.close(writing)
    return process, os.fdopen(reading, "rb")


def fresh_run(module: str, argument: Path, folder: Path, hear: Callable[[dict[str, Any]], None]) -> None:
    """Run ``python -m module argument`` in ``folder`` and hand every message it says to ``hear``.

    Raises RunDied where it ends badly.
    """
    process, messages = start_fresh(module, [str(argument.absolute())], folder)
    said = ""
    try:
        with messages:
            for line in messages:
                message = json.loads(line)
                said = message.get("error", said)
                hear(message)
    finally:
        if process.poll() is None and sys.exc_info()[0] is not None:
            process.kill()
        code = process.wait()
    if code != 0:
        raise RunDied(said or why(code, folder))


def _environment() -> dict[str, str]:
    """Ours, with our own packages first: nothing in the user's current directory may stand in for them."""
    paths = [str(Path(__file__).resolve().parents[2]), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": os.pathsep.join(filter(None, paths))}


def outgoing() -> int:
    """Where what is said goes."""
    return int(os.environ.get(PIPE, "1"))


def why(code: int, folder: Path) -> str:
    """Why a process that ran in ``folder`` ended badly, in SUMO's words where it was SUMO."""
    log_path = folder / LOG
    logs = [path for path in (folder / "sumo.log", log_path) if path.is_file()]
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in logs]
    said = next((found for found in map(error_lines, texts) if found), "")
    last = next(
        (line for text in reversed(texts) for line in reversed(text.splitlines()) if line.strip()), ""
    )
    if code < 0:
        return f"{_killed(-code)}; {said or f'what it wrote: {log_path}'}"
    return said or f"exit code {code}: {last or 'no message'}"


def _killed(number: int) -> str:
    """A process that was ended from outside says nothing itself, and what it wrote before has nothing to do with it."""
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = "unknown"
    memory = ": by somebody, or by the system for want of memory (fewer --jobs need less)"
    return f"its process was killed by signal {number} ({name})" + memory * (number == signal.SIGKILL)
