"""signal-replay, an agency's own tool that replays event logs into controllers: it puts detectors, buttons and
preemption into the virtual one, and reads the log of the process."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from controllers.cabinet.events import HEAD, EventLog
from controllers.cabinet.records import Lines
from controllers.cabinet.site import parse_site
from tests.cabinet.desk_process import desk_process
from tests.cabinet.sites import walked
from tests.field.desks import ACCESS, standing_desk

events = pytest.importorskip("signal_replay.events", reason="signal-replay is not installed")
comparison = pytest.importorskip("signal_replay.comparison", reason="signal-replay is not installed")
tool = pytest.importorskip("signal_replay.ntcip", reason="signal-replay is not installed")


def test_it_sets_detectors_and_preemption_and_takes_them_back() -> None:
    async def work() -> None:
        with standing_desk(parse_site(walked(), "desk").signals[0]) as (controller, objects, port):
            async def send(group: int, value: int, kind: str) -> None:
                await asyncio.to_thread(tool.send_ntcip, ("127.0.0.1", port), group, value, kind, ACCESS.community)

            await send(1, 0b101, "Vehicle")
            assert objects.put == {1, 3}
            await send(2, 1, "Ped")
            assert objects.put_pressed == {9}
            await send(1, 1, "Preempt")
            assert controller.panel.preempts == {1}
            await asyncio.to_thread(tool.reset_all_detectors, ("127.0.0.1", port), ACCESS.community)
            assert objects.put == frozenset()
            assert not controller.panel.preempts
            assert objects.put_pressed == frozenset()

    asyncio.run(work())


def _log_of(folder: Path, rates: dict[int, float]) -> Any:
    """What an observer writes of three minutes, as the tool has events."""
    async def work() -> None:
        async with desk_process(folder, "observe", rates) as desk:
            log = EventLog(1, Lines(folder, "events", 1_000_000, 3, "csv", HEAD))
            await desk.process.wire.connect()
            for _ in range(180):
                reading = await desk.process.wire.poll()
                log.see(reading, reading.clock_s or 0.0)

    asyncio.run(work())
    (path,) = folder.glob("events.*.csv")
    return events.normalize_output_events(comparison.load_events(path), device_id=1)


def test_it_reads_our_log_and_tells_two_days_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_COMMUNITY", ACCESS.community)
    rates = {1: 0.15, 2: 0.1, 3: 0.12}
    one, same, other = (_log_of(tmp_path / name, {**rates, 1: first})
                        for name, first in (("one", 0.15), ("same", 0.15), ("other", 0.6)))
    assert set(one["EventTypeID"]) >= {1, 8, 81, 82}

    def match_pct(a: Any, b: Any) -> float:
        named = [rows.rename(columns={"TimeStamp": "timestamp", "EventTypeID": "event_id", "Parameter": "parameter"})
                 for rows in (a, b)]
        return float(comparison.compare_event_sequences(*named, event_ids=[1, 8, 81, 82],
                                                        print_summary=False).match_percentage)

    assert match_pct(one, same) == pytest.approx(100.0)
    assert match_pct(one, other) < 95.0
