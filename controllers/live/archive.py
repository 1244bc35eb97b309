"""A day as Parquet: what every signal showed, why, and what queued, one row per signal and second."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from controllers.announce.watch import Frame

ROWS = 100_000
"""In a row group."""
SCHEMA = pa.schema([
    ("time", pa.timestamp("ms", tz="UTC")), ("time_s", pa.float64()),
    ("signal", pa.dictionary(pa.int32(), pa.string())),
    ("state", pa.dictionary(pa.int32(), pa.string())), ("mode", pa.dictionary(pa.int32(), pa.string())),
    ("health", pa.dictionary(pa.int32(), pa.string())), ("phase", pa.int16()),
    ("earliest_s", pa.list_(pa.float32())), ("latest_s", pa.list_(pa.float32())),
    ("likely_s", pa.list_(pa.float32())), ("confidence_pct", pa.list_(pa.int8())),
    ("queued_vehicles", pa.float32()), ("alarms", pa.int16()),
])  # fmt: skip
"""Times of changes are seconds from ``time``, one per lamp, null where nothing can be said; alarms: of the street."""


def write_day(frames: Iterable[Frame], path: Path, epoch: datetime) -> int:
    """Write frames into ``path``; returns the rows. What is written is whole or not there."""
    rows, written = _empty(), 0
    part = path.with_name(path.name + ".part")
    try:
        with pq.ParquetWriter(part, SCHEMA, compression="zstd") as writer:
            for frame in frames:
                _add(rows, frame, epoch)
                if len(rows["time_s"]) >= ROWS:
                    written += _flush(writer, rows)
                    rows = _empty()
            written += _flush(writer, rows)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return written


def _empty() -> dict[str, list[object]]:
    return {name: [] for name in SCHEMA.names}


def _add(rows: dict[str, list[object]], frame: Frame, epoch: datetime) -> None:
    now = epoch + timedelta(seconds=frame["time_s"])
    for signal, said in frame["signals"].items():
        values = {
            "time": now, "time_s": frame["time_s"], "signal": signal, "alarms": len(frame["alarms"]),
            "queued_vehicles": sum(queue["vehicles"] for queue in said["queues"]),
            **{name: said[name] for name in ("state", "mode", "health", "phase", "earliest_s", "latest_s", "likely_s",
                                             "confidence_pct")},
        }  # fmt: skip
        for name, value in values.items():
            rows[name].append(value)


def _flush(writer: pq.ParquetWriter, rows: dict[str, list[object]]) -> int:
    if rows["time_s"]:
        writer.write_table(pa.table(rows, schema=SCHEMA))
    return len(rows["time_s"])
