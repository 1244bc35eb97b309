"""Logs of agencies: read whatever their software calls the columns and however it writes dates, and nothing twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from controllers.logs.event_log import Repeated, read_log
from controllers.shadow.site import read_functions
from network.errors import ScenarioError
from tests.controllers.written_logs import two_phases, written

EVENTS = two_phases(120.0)
AT_7 = [replace(event, time_s=event.time_s + 7 * 3600.0) for event in EVENTS]
US = ("SignalID,Timestamp,EventCode,EventParam", (1, 0, 2, 3))
CHICAGO = timezone(timedelta(hours=-6))


def _iso(time: datetime) -> str:
    return time.isoformat(sep=" ", timespec="milliseconds")[:-2]


@pytest.mark.parametrize("stamp", [
    _iso,
    lambda t: t.isoformat(),
    lambda t: f"{t:%Y-%m-%d %H:%M:%S}.{t.microsecond:06d}",
    lambda t: t.replace(tzinfo=CHICAGO).isoformat(),
    lambda t: f"{t:%Y/%m/%d %H:%M:%S}.{t.microsecond // 100_000}",
    lambda t: f"{_iso(t)} UTC",
    lambda t: f"{_iso(t)} -0600",
    lambda t: f"{t:%m/%d/%Y %H:%M:%S}.{t.microsecond // 100_000}",
    lambda t: f"{t.month}/{t.day}/{t.year} {t:%I:%M:%S}.{t.microsecond // 1000:03d} {t:%p}",
    lambda t: f"{t:%d/%m/%Y %H:%M:%S}.{t.microsecond // 100_000}",
    lambda t: f"{t.day}.{t.month}.{t.year} {t:%H:%M:%S},{t.microsecond // 100_000}",
])  # fmt: skip
@pytest.mark.parametrize(("head", "order", "between", "mark"), [
    ("TimeStamp,DeviceId,EventId,Parameter", (0, 1, 2, 3), ";", ""),
    (*US, "\t", "\ufeff"),
    ("timestamp,DeviceID,EventCodeID,Event Param", (0, 1, 2, 3), ";", "\ufeff"),
])  # fmt: skip
def test_every_way_of_writing_is_the_same_log(
    stamp: Callable[[datetime], str], head: str, order: tuple[int, ...], between: str, mark: str, tmp_path: Path
) -> None:
    named = head.replace(",", between)
    (tmp_path / "log.csv").write_text(mark + written(EVENTS, stamp, named, order, between), encoding="utf-8")
    assert read_log(tmp_path / "log.csv") == (AT_7, ())


def test_twelve_o_clock_is_noon_or_midnight(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(
        "SignalID,Timestamp,EventCode,EventParam\n1,1/2/2026 12:00:01 AM,82,1\n1,1/2/2026 12:00:01 PM,82,1\n")
    assert [event.time_s for event in read_log(tmp_path / "log.csv").events] == [1.0, 43201.0]


def test_a_file_twice_and_a_block_again_are_read_once(tmp_path: Path) -> None:
    text = written(EVENTS, _iso)
    rows = text.splitlines(keepends=True)
    block = rows[10:30]
    (tmp_path / "twice.csv").write_text(text + "".join(rows[1:]))
    (tmp_path / "joined.csv").write_text(text + "\ufeff" + text.replace(",82,", ",82.0,"), encoding="utf-8")
    assert read_log(tmp_path / "joined.csv") == read_log(tmp_path / "twice.csv")
    (tmp_path / "block.csv").write_text("".join([rows[0], *rows[40:], *rows[1:40], *block]))
    assert read_log(tmp_path / "twice.csv") == (
        AT_7, (Repeated(1, AT_7[0].time_s, AT_7[-1].time_s, len(AT_7)),))
    assert read_log(tmp_path / "block.csv") == (AT_7, (Repeated(1, AT_7[9].time_s, AT_7[28].time_s, 20),))


def test_repeats_of_each_device_and_time_are_named_each(tmp_path: Path) -> None:
    other = two_phases(240.0, device=7)
    again = [*other[:3], *(event for event in other if event.time_s > 200.0)]
    (tmp_path / "log.csv").write_text(written([*EVENTS, *other, *again, EVENTS[0]], _iso))
    found = read_log(tmp_path / "log.csv")
    assert len(found.events) == len(EVENTS) + len(other)
    assert [(each.device, each.rows) for each in found.repeated] == [(1, 1), (7, 3), (7, len(again) - 3)]


@pytest.mark.parametrize(("text", "expected"), [
    ("1,1/2/2026 0:01,82,1\n", "log.csv:2: '1/2/2026 0:01' has no seconds"),
    ("1,01:51.5,82,1\n", "log.csv:2: Invalid isoformat string: '01:51.5'"),
    ("1,13/14/2026 00:00:01,82,1\n", "log.csv:2: month must be in 1..12"),
    ("1,1/2/2026 13:00:01 PM,82,1\n", "log.csv:2: '1/2/2026 13:00:01 PM': hour must be in 1..12"),
    ("1,2026-01-01 00:00:01,82,1\n1,2026-01-01 00:00:01Z,82,1\n", "log.csv:3: times with and without a time zone"),
    ("North,2026-01-01 00:00:01,82,1\n", "log.csv:2: invalid literal"),
])  # fmt: skip
def test_what_cannot_be_read_is_one_line_with_what_is_expected(text: str, expected: str, tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text(f"{US[0]}\n{text}")
    with pytest.raises(ScenarioError) as raised:
        read_log(tmp_path / "log.csv")
    assert expected in str(raised.value)
    assert "an event log has TimeStamp, DeviceId, EventId, Parameter, such as" in str(raised.value) or "Z" in text
    assert "\n" not in str(raised.value)


def test_detectors_are_read_by_other_names_too(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("\ufeffSignalID;Phase;DetChannel;Function\n1;2;12;PRESENCE\n1;6;12;Presence\n")
    assert read_functions(tmp_path / "d.csv") == {1: {"presence": {12: {2, 6}}}}
