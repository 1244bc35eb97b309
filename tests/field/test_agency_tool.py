"""signal-replay, an agency's own tool that replays event logs into controllers, puts detectors into the virtual one."""

from __future__ import annotations

import asyncio

import pytest

from tests.cabinet.sites import crossing_site
from tests.field.desks import ACCESS, standing_desk

tool = pytest.importorskip("signal_replay.ntcip", reason="signal-replay is not installed")


def test_it_sets_detectors_and_preemption_and_takes_them_back() -> None:
    async def work() -> None:
        with standing_desk(crossing_site().signals[0]) as (controller, objects, port):
            async def send(group: int, value: int, kind: str) -> None:
                await asyncio.to_thread(tool.send_ntcip, ("127.0.0.1", port), group, value, kind, ACCESS.community)

            await send(1, 0b101, "Vehicle")
            assert objects.put == {1, 3}
            await send(1, 1, "Preempt")
            assert controller.panel.preempts == {1}
            await asyncio.to_thread(tool.reset_all_detectors, ("127.0.0.1", port), ACCESS.community)
            assert objects.put == frozenset()
            assert not controller.panel.preempts

    asyncio.run(work())
