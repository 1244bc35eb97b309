"""Journals on disks that fill up and are emptied again; run by the tests, as root of a namespace of its own.

``python -m tests.controllers.full_disk FOLDER``: mounts a file system of 64 KiB below FOLDER and prints as JSON what a
journal and a whole controller made of it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from controllers.logs.journal import Journal, read_gaps, read_journal
from scenarios.generated import GridPlan
from tests.controllers.journal_entries import HEADER, entry, same
from tests.controllers.streets import drive

PLAN = GridPlan(columns=1, rows=1, row_vph=700.0, column_vph=350.0, end_s=90)
NO_DISK = 77
"""Exit code where no file system may be mounted here."""


def fill(disk: Path) -> Path:
    """A file that takes all room there is."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(512)):
                pass
        except OSError:
            pass
    return ballast


def full_then_empty(disk: Path) -> dict[str, Any]:
    """Seconds 0 to 9 kept, 10 to 29 on a full disk, from 30 on there is room again."""
    said: list[str] = []
    journal = Journal(disk / "journal", HEADER, tell=said.append)
    kept = [k for k in range(10) if journal.write(entry(k))]
    ballast = fill(disk)
    while journal.write(entry(9)):  # until the page that is half full is full, too
        kept.append(9)
    missed_before = journal.missed
    kept += [k for k in range(10, 30) if journal.write(entry(k))]
    ballast.unlink()
    kept += [k for k in range(30, 40) if journal.write(entry(k))]
    header, found = read_journal(disk / "journal")
    return {"kept": kept, "read": [e.time_s for e in found], "whole": all(same(e, entry(int(e.time_s))) for e in found),
            "header": header == HEADER, "missed": journal.missed - missed_before, "said": said,
            "gaps": [list(gap) for gap in read_gaps(disk / "journal")]}


def control(folder: Path, disk: Path) -> dict[str, Any]:
    """The same street with no journal, and with one whose disk is full from the begin."""
    without = drive(folder / "without", "adaptive", PLAN)
    fill(disk)
    full = drive(folder / "full", "adaptive", PLAN, journal=disk / "journal of a full disk")
    return {"same": without.wanted.tolist() == full.wanted.tolist(), "seconds": len(full.wanted),
            "trips": [without.trips, full.trips], "unkept_s": full.record.troubles.unkept_s,
            "notes": full.record.notes}


def main(folder: Path) -> int:
    """Print what came of both."""
    disk = folder / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)], check=False,
                             capture_output=True)
    if mounted.returncode != 0:
        return NO_DISK
    made = {"journal": full_then_empty(disk), "control": control(folder, disk)}
    print(f"\n{json.dumps(made)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
