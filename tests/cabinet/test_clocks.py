"""The wall clock of the process under libfaketime: steps, drift, a leap second, local time."""

from __future__ import annotations

import asyncio
import signal
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cabinet.test_service import Cabinet, in_a_cabinet

LIBRARIES = [p for p in map(Path, ("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
                                   "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
                                   "/usr/lib/faketime/libfaketime.so.1")) if p.exists()]
pytestmark = [pytest.mark.nightly,
              pytest.mark.skipif(not LIBRARIES, reason="Debian's libfaketime is not installed")]
FREE = 254


def under(folder: Path) -> dict[str, str]:
    """Wall time as the file says, monotonic time as it is."""
    clock = folder / "clock"
    clock.write_text("+0\n", encoding="ascii")
    return {"LD_PRELOAD": str(LIBRARIES[0]), "FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_NO_CACHE": "1",
            "DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_RESET": "1"}


def set_clock(folder: Path, text: str) -> None:
    (folder / "clock").write_text(text + "\n", encoding="ascii")


def reasons(found: Cabinet) -> list[str]:
    return [line["reason"] for line in found.said if line["what"] == "stands back"]


@pytest.mark.parametrize("step", ["+3600", "-3600"])
def test_a_step_of_an_hour_stands_it_back_and_keeps_its_pace(tmp_path: Path, step: str) -> None:
    async def work(found: Cabinet) -> None:
        assert await found.until(lambda: found.controller.orders.pattern == FREE)
        before = found.told.count("WATCHDOG=1")
        began = time.monotonic()
        set_clock(tmp_path, step)
        assert await found.until(lambda: "clock" in reasons(found), 20)
        await asyncio.sleep(4.0)
        assert not found.controller.orders.any
        seconds = found.told.count("WATCHDOG=1") - before
        assert abs(seconds - (time.monotonic() - began)) < 3.0  # neither a burst of seconds nor a hole
        set_clock(tmp_path, "+0")
        assert await found.until(lambda: found.controller.orders.pattern == FREE, 60)

    in_a_cabinet(tmp_path, "drive", work, **under(tmp_path))


def test_a_leap_second_and_local_time_change_nothing(tmp_path: Path) -> None:
    async def work(found: Cabinet) -> None:
        assert await found.until(lambda: found.controller.orders.pattern == FREE)
        for leap in ("+1", "+0", "-1", "+0"):
            set_clock(tmp_path, leap)
            await asyncio.sleep(3.0)
        assert "clock" not in reasons(found)
        assert found.controller.orders.pattern == FREE

    in_a_cabinet(tmp_path, "drive", work, **under(tmp_path), TZ="Europe/Berlin")


SUMMER_TIME = datetime(2027, 3, 28, 1, tzinfo=UTC).timestamp()
"""Clocks in Berlin go from 2 to 3."""
BEFORE_S, AFTER_S = 40, 20


def test_nothing_happens_when_summer_time_begins(tmp_path: Path) -> None:
    """Both clocks are set to shortly before it; local time jumps, nothing else does."""
    async def work(found: Cabinet) -> None:
        assert await found.until(lambda: found.controller.orders.pattern == FREE)
        ahead_s = round(SUMMER_TIME - BEFORE_S - time.time())
        set_clock(tmp_path, f"+{ahead_s}")
        found.controller.clock_tenths += 10 * ahead_s
        assert await found.until(lambda: found.controller.orders.pattern == FREE, BEFORE_S - 10)
        lines = len(found.said)
        while time.time() + ahead_s < SUMMER_TIME + AFTER_S:
            await asyncio.sleep(1.0)
            assert found.controller.orders.pattern == FREE
        assert not [line for line in found.said[lines:] if line["what"] in ("stands back", "lets go")]
        found.process.send_signal(signal.SIGHUP)
        assert await found.until(lambda: found.said[-1]["what"] == "limits reloaded", 20)
        assert found.said[-1]["time"] > SUMMER_TIME  # it was summer time for the process, too

    in_a_cabinet(tmp_path, "drive", work, **under(tmp_path), TZ="Europe/Berlin")


def test_a_clock_that_drifts_is_noticed(tmp_path: Path) -> None:
    async def work(found: Cabinet) -> None:
        assert await found.until(lambda: found.controller.orders.pattern == FREE)
        set_clock(tmp_path, "+0 x1.2")
        assert await found.until(lambda: "clock" in reasons(found), 60)

    in_a_cabinet(tmp_path, "drive", work, **under(tmp_path))
