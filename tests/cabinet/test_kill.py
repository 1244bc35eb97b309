"""SIGSTOP and SIGKILL at random moments while it drives: own plan within the backup time, and it takes over again."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from pathlib import Path

import pytest

from controllers.cabinet.records import Lines, verify_chain
from tests.cabinet.test_service import Cabinet, in_a_cabinet

pytestmark = pytest.mark.nightly
TIMES = int(os.environ.get("SIGNAL_CORE_FAULTS", "20"))
GONE_S = 6.5
"""The unit backup time is 5 s, looked at once a second."""
FREE = 254


@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGKILL], ids=["stopped", "killed"])
def test_at_random_moments(tmp_path: Path, number: signal.Signals) -> None:
    by_chance = random.Random(int(number))

    async def work(found: Cabinet) -> None:
        assert await found.until(lambda: found.controller.orders.pattern == FREE)
        for _ in range(TIMES):
            await asyncio.sleep(by_chance.uniform(0.0, 8.0))
            found.process.send_signal(number)
            if number is signal.SIGKILL:
                await asyncio.to_thread(found.process.wait)
            await asyncio.sleep(GONE_S)
            assert not found.controller.orders.any
            assert found.controller.pattern == 1
            if number is signal.SIGKILL:
                found.process = found.spawn()
            else:
                found.process.send_signal(signal.SIGCONT)
            assert await found.until(lambda: found.controller.orders.pattern == FREE, 90)

    in_a_cabinet(tmp_path, "drive", work)
    assert list(verify_chain(Lines(tmp_path / "out", "audit", 1, 1).paths())) == []
