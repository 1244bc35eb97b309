"""Rows on disk while they come: the same as kept in memory, in no memory, and no reason to end a run."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from controllers.logs.spool import ROWS_AT_ONCE, Spool
from tests.controllers.small_files import files_of_at_most

KIND = np.dtype([("time_s", "<f8"), ("entered", "<u2", (3,)), ("occupancy", "<f8", (3,))])


@pytest.mark.parametrize("n", [0, 1, ROWS_AT_ONCE - 1, ROWS_AT_ONCE, 3 * ROWS_AT_ONCE + 7])
def test_rows_come_back_as_they_were(n: int, tmp_path: Path) -> None:
    spool, draw = Spool(KIND, tmp_path), np.random.default_rng(1)
    kept = [(float(k), draw.integers(0, 9, 3).astype(float), draw.random(3)) for k in range(n)]
    for row in kept:
        spool.append(*row)
    assert len(spool) == n
    for _ in range(2):  # looking does not end it
        rows = spool.rows()
        assert [row["time_s"] for row in rows] == [time_s for time_s, _, _ in kept]
        assert all((row["entered"] == entered).all() for row, (_, entered, _) in zip(rows, kept, strict=True))
        assert all((row["occupancy"] == occupancy).all() for row, (_, _, occupancy) in zip(rows, kept, strict=True))
    assert list(tmp_path.iterdir()) == []


def test_a_day_takes_no_memory(tmp_path: Path) -> None:
    kind = np.dtype([("time_s", "<f8"), ("occupancy", "<f8", (100,))])
    spool, row = Spool(kind, tmp_path), np.zeros(100)
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for k in range(86_400):
        spool.append(k, row)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb < 10_000  # 70 MB in memory
    assert len(spool.rows()) == 86_400


@pytest.fixture
def most_bytes() -> Iterator[int]:
    """Files of so many bytes at most."""
    with files_of_at_most(100_000) as most:
        yield most


def test_a_full_disk_ends_the_keeping_and_what_is_there_is_whole(tmp_path: Path, most_bytes: int) -> None:
    spool = Spool(KIND, tmp_path)
    for k in range(20 * ROWS_AT_ONCE):
        spool.append(float(k), np.full(3, k % 7), np.full(3, 0.5))
    rows = spool.rows()
    assert "too large" in spool.trouble
    assert len(rows) == most_bytes // KIND.itemsize
    assert [row["time_s"] for row in rows] == list(range(len(rows)))
