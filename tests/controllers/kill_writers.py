"""Writers of one journal killed at random moments, one after the other; run by the tests in a process of its own."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path

from controllers.logs.journal import Journal, read_journal
from tests.controllers.journal_entries import HEADER, entry, same


def write_for_ever(folder: Path, k: int, told: int) -> None:
    """Say the number of every record once it is written."""
    journal = Journal(folder, HEADER, segment_bytes=5000, segments=10_000)
    while True:
        journal.write(entry(k))
        os.write(told, k.to_bytes(4, "little"))
        k += 1


def one_life(folder: Path, k: int, draw: random.Random) -> int:
    """A writer from record k on, killed after a while; the first record nobody was told of."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        write_for_ever(folder, k, writing)
    os.close(writing)
    os.read(reading, 4)
    time.sleep(draw.uniform(0.0, 0.01))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    told = k
    while chunk := os.read(reading, 4096):
        told = int.from_bytes(chunk[len(chunk) // 4 * 4 - 4:len(chunk) // 4 * 4], "little")
    os.close(reading)
    return told + 1


def main(folder: Path, kills: int) -> int:
    """Records lost over all kills."""
    draw = random.Random(11)
    k, lost = 0, 0
    for _ in range(kills):
        following = one_life(folder, k, draw)
        header, found = read_journal(folder, 60)
        assert header == HEADER
        assert all(same(e, entry(int(e.time_s))) for e in found[-50:])
        lost += max(0, following - 1 - int(found[-1].time_s))
        k = int(found[-1].time_s) + 1
    _, found = read_journal(folder)
    lost += k - len(found)
    print(k, lost)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2])))
