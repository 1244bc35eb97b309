"""Whatever the disk does, control goes on: what is not kept is counted, told and marked, and keeping begins again."""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from controllers.logs.journal import ENDING, Journal, read_gaps, read_journal
from tests.controllers.full_disk import NO_DISK
from tests.controllers.journal_entries import HEADER, entry, same
from tests.controllers.small_files import files_of_at_most

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What came of a file system of 64 KiB, mounted in a namespace of its own."""
    if shutil.which("unshare") is None:
        pytest.skip("there is no unshare here to mount a small disk with")
    command = ["unshare", "-rm", sys.executable, "-m", "tests.controllers.full_disk", str(tmp_path_factory.mktemp("d"))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode == NO_DISK or done.stderr.startswith("unshare:"):
        pytest.skip("no file system may be mounted here")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])  # SUMO prints warnings of its own
    return found


def test_a_journal_on_a_full_disk_keeps_what_it_can_and_goes_on_when_there_is_room(made: dict[str, Any]) -> None:
    found = made["journal"]
    assert found["whole"]
    assert found["header"]
    assert found["read"] == found["kept"]
    assert found["kept"][-10:] == list(range(30, 40))
    assert 0 < found["missed"] <= 20
    ((seconds, from_s, to_s, why),) = found["gaps"]
    assert from_s <= 10
    assert to_s == 29
    assert seconds >= found["missed"]
    assert why == "No space left on device"
    assert ["nothing is kept" in line for line in found["said"]] == [True, False]
    assert "kept again" in found["said"][1]


def test_control_on_a_full_disk_is_that_without_a_journal(made: dict[str, Any]) -> None:
    found = made["control"]
    assert found["same"]
    assert found["seconds"] == found["unkept_s"] == 90
    assert found["trips"][0] == found["trips"][1] > 0
    (note,) = found["notes"]
    assert "No space left on device" in note


@pytest.fixture
def short_writes(tmp_path: Path) -> Iterator[int]:
    """Files of at most so many bytes: the last write that fits in part writes a part, the next one fails."""
    with files_of_at_most(2000) as most:
        yield most


def test_a_short_write_is_seen_and_cut_off(tmp_path: Path, short_writes: int) -> None:
    journal = Journal(tmp_path, HEADER)
    kept = [k for k in range(60) if journal.write(entry(k))]
    assert 5 < len(kept) < 60
    assert journal.missed == 60 - len(kept)
    (path,) = tmp_path.glob(f"*{ENDING}")
    _, found = read_journal(tmp_path)
    assert [e.time_s for e in found] == kept
    whole = path.stat().st_size
    assert whole < short_writes  # no part of a frame is left
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20 if hard == resource.RLIM_INFINITY else hard, hard))
    assert journal.write(entry(60))
    assert [e.time_s for e in read_journal(tmp_path)[1]] == [*kept, 60]
    assert [gap.to_s for gap in read_gaps(tmp_path)] == [59]
    assert all(same(e, entry(int(e.time_s))) for e in read_journal(tmp_path)[1])


def test_a_folder_that_cannot_be_made_or_was_taken_away_costs_no_second_of_control(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    said: list[str] = []
    journal = Journal(tmp_path / "file" / "journal", HEADER, tell=said.append)
    assert not journal.write(entry(0))
    assert "Not a directory" in said[0]
    (tmp_path / "file").unlink()
    assert journal.write(entry(1))
    shutil.rmtree(tmp_path / "file")
    assert journal.write(entry(2))
    assert [e.time_s for e in read_journal(tmp_path / "file" / "journal")[1]] == [2.0]
    journal.close()


def test_a_disk_that_comes_and_goes_is_not_told_without_an_end(tmp_path: Path) -> None:
    said: list[str] = []
    journal = Journal(tmp_path / "file" / "journal", HEADER, tell=said.append)
    for k in range(200):
        if (tmp_path / "file").is_dir():
            shutil.rmtree(tmp_path / "file")
            (tmp_path / "file").touch()
        else:
            (tmp_path / "file").unlink(missing_ok=True)
        journal.write(entry(k))
    assert journal.missed == 100
    assert len(said) == 20
