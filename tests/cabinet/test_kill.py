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
BACK_S = 240
MINUTE_S = 10
"""As the site by RSMP counts a minute of M0023 here."""
GONE_S = {"ntcip": 6.5, "tlcfi": 6.5, "rsmp": MINUTE_S + 5.0}
"""The backup time, or the session's, is 5 s, looked at once a second; a site by RSMP first notices who is gone."""
MODES = {"ntcip": "drive", "tlcfi": "drive", "rsmp": "advise"}


@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGKILL], ids=["stopped", "killed"])
@pytest.mark.parametrize("protocol", MODES)
def test_at_random_moments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, protocol: str,
                           number: signal.Signals) -> None:
    monkeypatch.setattr("bench.desk.rsmp_site.MINUTE_S", MINUTE_S)
    by_chance = random.Random(int(number))

    async def work(found: Cabinet) -> None:
        assert await found.until(found.other.acts)
        for _ in range(TIMES):
            await asyncio.sleep(by_chance.uniform(0.0, 8.0))
            found.process.send_signal(number)
            if number is signal.SIGKILL:
                await asyncio.to_thread(found.process.wait)
            await asyncio.sleep(GONE_S[protocol])
            assert found.other.let_go()
            if number is signal.SIGKILL:
                found.process = found.spawn()
            else:
                found.process.send_signal(signal.SIGCONT)
            assert await found.until(found.other.acts, BACK_S)
        took_over = sum(line["what"] == "takes over" for line in found.said)  # a line that is no JSON raises
        assert took_over >= (TIMES + 1 if number is signal.SIGKILL else 1)
        print(f"{protocol}, {number.name}: {TIMES} times, {found.street.seconds} s, {len(found.street.wrong)} unsafe, "
              f"took over {took_over} times")

    in_a_cabinet(tmp_path, MODES[protocol], work, protocol)
    assert list(verify_chain(Lines(tmp_path / "out", "audit", 1, 1).paths())) == []
