"""A command with the memory of its whole tree of processes watched while it runs."""

from __future__ import annotations

import os
import resource
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
EVERY_S = 0.1


class Watched(NamedTuple):
    """What a command did. cpu_s: of all its processes; most_mb: resident at once, of all of them."""

    code: int
    out: str
    cpu_s: float
    most_mb: float


def watch(command: Sequence[str], out: Path, within_s: float) -> Watched:
    """Run a command to its end, with what it says in ``out``; subprocess.TimeoutExpired after so many seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with out.open("wb") as said:
        process = subprocess.Popen(command, cwd=ROOT, stdout=said, stderr=subprocess.STDOUT)
    most, end = 0.0, time.monotonic() + within_s
    try:
        while process.poll() is None:
            most = max(most, _tree_mb(process.pid))
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired(list(command), within_s)
            time.sleep(EVERY_S)
    finally:
        process.kill()
        process.wait()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    return Watched(process.returncode, out.read_text(encoding="utf-8", errors="replace"), cpu_s, most)


def _tree_mb(process_id: int) -> float:
    """Resident memory of a process and all below it; of those that have just ended nothing."""
    try:
        place = Path(f"/proc/{process_id}")
        pages = int((place / "statm").read_text(encoding="ascii").split()[1])
        below = (place / "task" / str(process_id) / "children").read_text(encoding="ascii").split()
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6 + sum(_tree_mb(int(child)) for child in below)
