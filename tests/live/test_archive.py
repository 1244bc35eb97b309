"""A day as Parquet says what the frames said, and nothing half is left."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from controllers.announce.watch import Frame
from controllers.live.archive import write_day
from tests.live.frames import frame

EPOCH = datetime(2026, 6, 1, 6, tzinfo=UTC)


def test_a_row_for_every_signal_and_second(tmp_path: Path) -> None:
    path = tmp_path / "day.parquet"
    assert write_day((frame(float(t)) for t in range(60)), path, EPOCH) == 120
    rows = pq.read_table(path).to_pylist()
    assert len(rows) == 120
    one = rows[2 * 17 + 1]
    said = frame(17.0)["signals"]["s1"]
    assert (one["signal"], one["time_s"], one["state"]) == ("s1", 17.0, said["state"])
    assert one["time"] == datetime(2026, 6, 1, 6, 0, 17, tzinfo=UTC)
    assert one["likely_s"] == said["likely_s"]
    assert one["queued_vehicles"] == 2.5
    assert list(tmp_path.iterdir()) == [path]


def test_a_run_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    def broken() -> Iterator[Frame]:
        yield frame(0.0)
        raise OSError("disk")

    with pytest.raises(OSError, match="disk"):
        write_day(broken(), tmp_path / "day.parquet", EPOCH)
    assert not list(tmp_path.iterdir())
