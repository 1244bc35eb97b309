"""The journal: whole up to the last record whenever its writer dies, bounded, readable while it is written."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from controllers.logs.journal import ENDING, Journal, header_of, read_journal
from tests.controllers.journal_entries import HEADER, entry, same

ROOT = Path(__file__).resolve().parents[3]
KILLS = 100


def test_what_is_written_is_read_while_it_is_written(tmp_path: Path) -> None:
    journal = Journal(tmp_path, HEADER)
    for k in range(50):
        journal.write(entry(k))
        header, found = read_journal(tmp_path)
        assert header == HEADER
        assert len(found) == k + 1
    assert all(same(e, entry(k)) for k, e in enumerate(found))
    assert [e.time_s for e in read_journal(tmp_path, 3)[1]] == [47.0, 48.0, 49.0]
    journal.close()


def test_it_stays_bounded_and_keeps_the_newest(tmp_path: Path) -> None:
    journal = Journal(tmp_path, HEADER, segment_bytes=2000, segments=3)
    for k in range(500):
        journal.write(entry(k))
    _, found = read_journal(tmp_path)
    assert len(list(tmp_path.glob(f"*{ENDING}"))) == 3
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 3 * 2500
    assert [e.time_s for e in found] == [float(k) for k in range(500 - len(found), 500)]
    assert len(found) > 10


@pytest.mark.parametrize("damage", ["cut", "flip", "zeros", "noise", "length"])
def test_damage_costs_what_comes_after_it_in_its_segment_and_is_never_an_error(tmp_path: Path, damage: str) -> None:
    journal = Journal(tmp_path, HEADER)
    for k in range(30):
        journal.write(entry(k))
    journal.close()
    (path,) = tmp_path.glob(f"*{ENDING}")
    whole = path.read_bytes()
    draw = random.Random(1)
    for _ in range(60):
        at = draw.randrange(len(whole))
        broken = {
            "cut": whole[:at], "flip": whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1:],
            "zeros": whole[:at] + bytes(len(whole) - at), "noise": whole[:at] + draw.randbytes(len(whole) - at),
            "length": whole[:at] + b"\xff\xff\xff\x7f" + whole[at + 4:]}[damage]
        path.write_bytes(broken)
        _, found = read_journal(tmp_path)
        assert len(found) < 30
        assert all(same(e, entry(k)) for k, e in enumerate(found))


def test_records_of_another_street_are_not_taken_for_ours(tmp_path: Path) -> None:
    other = Journal(tmp_path, header_of([("a", 3)], ["l0"]))
    other.close()
    journal = Journal(tmp_path, HEADER)
    journal.write(entry(1))
    journal.close()
    header, found = read_journal(tmp_path)
    assert header == HEADER
    assert [e.time_s for e in found] == [1.0]
    assert read_journal(tmp_path / "nowhere") == ({}, [])


def test_a_hundred_kills_lose_nothing_that_was_written(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.controllers.kill_writers", str(tmp_path), str(KILLS)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    written, lost = map(int, done.stdout.split())
    assert written > 3 * KILLS
    assert lost == 0
