"""Everything fails at random moments: lamps stay safe, the own plan runs, it comes back, and no line of it is lost.

By NTCIP and TLC-FI it drives, with clearances by pairs, so lamps are read by the clearance of each pair; by RSMP it
advises. How often each fault is tried says SIGNAL_CORE_FAULTS.
"""

from __future__ import annotations

import asyncio
import os
import random
from pathlib import Path

import pytest

from controllers.cabinet.records import Lines, verify_chain
from controllers.cabinet.standback import OF_DETECTORS
from tests.cabinet.desk_process import Desk, desk_process
from tests.cabinet.fault_table import FAULTS, GROUPS, Fault, changing, open_desk
from tests.cabinet.rsmp_desk import CODES
from tests.cabinet.tlcfi_desk import PASSWORD

TIMES = int(os.environ.get("SIGNAL_CORE_FAULTS", "20"))
STREET_S = 900
PROTOCOLS = ("ntcip", GROUPS, "tlcfi", "rsmp")


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("COMMUNITY", "desk"), ("PASSWORD", PASSWORD), ("CODE", CODES[2])):
        monkeypatch.setenv(f"DESK_{name}", value)


async def _once(desk: Desk, fault: Fault, moment: int) -> None:
    await desk.seconds(moment)
    if fault.mid_change:
        assert await desk.seconds(120, lambda: changing(desk)) < 120
        await desk.seconds(moment % 3)
    fault.begin(desk)
    for _ in range(fault.lasts_s):
        if fault.each_s is not None:
            await fault.each_s(desk)
        await desk.seconds(1)
        assert desk.process.state.acting or not fault.stays, desk.process.verdict
    if fault.own_plan:
        await desk.seconds(desk.dropped_s, lambda: desk.on_own_plan)
        assert desk.on_own_plan
    fault.end(desk)
    assert await desk.seconds(desk.back_s, lambda: _is_back(desk)) < desk.back_s, desk.process.verdict
    assert await desk.seconds(STREET_S, lambda: desk.process.state.acting) < STREET_S, desk.process.verdict


def _is_back(desk: Desk) -> bool:
    """It acts, or nothing but the street speaks against it: after many preemptions the plan may let more go."""
    return desk.process.state.acting or desk.process.verdict.reasons <= OF_DETECTORS


def tried(folder: Path, protocol: str, name: str, times: int) -> None:
    """So many times; everything that must hold is asserted."""
    by_chance, fault = random.Random(name), FAULTS[name]

    async def all_of_it() -> Desk:
        async with open_desk(protocol, folder) as desk:
            await desk.acting()
            for _ in range(times):
                await _once(desk, fault, by_chance.randrange(1, 25))
            return desk

    desk = asyncio.run(all_of_it())
    print(f"{protocol}, {name}: {times} times, {desk.street.seconds} s, {len(desk.street.wrong)} unsafe, "
          f"{desk.process.journal.lost_lines} lines lost")
    assert desk.street.wrong == []
    assert list(verify_chain(Lines(folder, "audit", 1, 1).paths())) == []
    assert desk.process.journal.lost_lines == 0 or name == "disk full"


@pytest.mark.nightly
@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_fault_at_random_moments(tmp_path: Path, protocol: str, name: str) -> None:
    tried(tmp_path, protocol, name, TIMES)


@pytest.mark.parametrize(("protocol", "name"), [
    ("ntcip", "cable cut"), ("ntcip", "preempted in mid-change"), (GROUPS, "preempted in mid-change"),
    (GROUPS, "reordered and repeated"), ("tlcfi", "cable cut"),
    ("tlcfi", "controller restarts"), ("rsmp", "controller restarts"),
    ("rsmp", "reordered and repeated")])
def test_a_fault_twice(tmp_path: Path, protocol: str, name: str) -> None:
    tried(tmp_path, protocol, name, 2)


@pytest.mark.nightly
def test_a_wrong_community_never_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_COMMUNITY", "guess")

    async def all_of_it() -> Desk:
        async with desk_process(tmp_path, "drive", timeout_s=0.1) as desk:
            await desk.seconds(60)
            return desk

    desk = asyncio.run(all_of_it())
    assert desk.objects.written == 0
    assert desk.street.wrong == []
