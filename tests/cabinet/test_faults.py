"""Everything fails at random moments: lamps stay safe, the own plan runs, it comes back, and no line of it is lost.

Red clearances are cut by pairs throughout, so lamps are read by the clearance of each pair. How often each fault is
tried says SIGNAL_CORE_FAULTS.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bench.desk.controller import Lamp
from controllers.cabinet import records
from controllers.cabinet.records import Lines, verify_chain
from tests.cabinet.desk_process import Desk, desk_process
from tests.cabinet.line import Line

pytestmark = pytest.mark.nightly
TIMES = int(os.environ.get("SIGNAL_CORE_FAULTS", "20"))
BACKUP_S = 5
PAIRS = {(1, 3): 3, (2, 3): 4, (3, 1): 7, (3, 2): 5}
Change = Callable[[Desk, Line], None]


@pytest.fixture(autouse=True)
def _community(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_COMMUNITY", "desk")


@dataclass(frozen=True)
class Fault:
    """begin and end it; each_s: done in every second of it; own_plan: the controller is on its own plan by its end;
    mid_change: it begins between two stages; stays: it goes on acting all the while."""

    begin: Change
    end: Change
    lasts_s: int
    own_plan: bool = False
    each_s: Change | None = None
    mid_change: bool = False
    stays: bool = False


def _line(**values: Any) -> Change:
    def change(_: Desk, line: Line) -> None:
        for name, value in values.items():
            setattr(line, name, value)
    return change


def _nothing(_: Desk, _line: Line) -> None:
    """As it is."""


def _refusing(desk: Desk, _: Line) -> None:
    desk.objects.refuses = lambda oid: oid[:10] == (1, 3, 6, 1, 4, 1, 1206, 4, 2, 1) and oid[10] == 1


def _willing(desk: Desk, _: Line) -> None:
    desk.objects.refuses = lambda oid: False


def _preempt(desk: Desk, _: Line) -> None:
    desk.controller.panel.preempts = frozenset({1})


def _no_preempt(desk: Desk, _: Line) -> None:
    desk.controller.panel.preempts = frozenset()


def _restart(desk: Desk, _: Line) -> None:
    desk.controller.restart()
    desk.street.reader._last.clear()  # power was away: lamps were dark


def _clock(off_s: float) -> Change:
    def change(desk: Desk, _: Line) -> None:
        desk.clock_off_s = off_s
    return change


def _community_is(name: bytes) -> Change:
    def change(desk: Desk, _: Line) -> None:
        desk.process.wire.client._exchanger._community = name  # type: ignore[attr-defined]
    return change


def _full(*_: Any) -> int:
    raise OSError(28, "No space left on device")


class _Disk:
    """Full while the fault lasts."""

    write = staticmethod(records.os.write)

    @staticmethod
    def fills(_: Desk, _line: Line) -> None:
        records.os.write = _full  # type: ignore[assignment]

    @classmethod
    def empties(cls, _: Desk, _line: Line) -> None:
        records.os.write = cls.write


WHOLE = _line(cut=False, lost=0.0, spoilt=0.0, repeated=0.0, late=0.0, held_s=0)
FAULTS = {
    "cable cut": Fault(_line(cut=True), WHOLE, BACKUP_S + 2, own_plan=True),
    "30 % lost": Fault(_line(lost=0.3), WHOLE, 30),
    "2 s of delay": Fault(_line(held_s=2), WHOLE, BACKUP_S + 7, own_plan=True),
    "reordered and repeated": Fault(_line(late=0.3, late_s=0.05, repeated=0.3), WHOLE, 20),
    "garbage on the port": Fault(_nothing, _nothing, 15, each_s=lambda _, line: line.rubbish(), stays=True),
    "spoilt": Fault(_line(spoilt=0.3), WHOLE, 30),
    "controller restarts": Fault(_restart, _nothing, 2, own_plan=True),
    "clock an hour ahead": Fault(_clock(3600.0), _clock(0.0), BACKUP_S + 2, own_plan=True),
    "clock an hour back": Fault(_clock(-3600.0), _clock(0.0), BACKUP_S + 2, own_plan=True),
    "wrong community": Fault(_community_is(b"guess"), _community_is(b"desk"), BACKUP_S + 2, own_plan=True),
    "a SET refused": Fault(_refusing, _willing, BACKUP_S + 3, own_plan=True),
    "preempted": Fault(_preempt, _no_preempt, 12),
    "preempted in mid-change": Fault(_preempt, _no_preempt, 12, mid_change=True),
    "disk full": Fault(_Disk.fills, _Disk.empties, 20, stays=True),
}


def _changing(desk: Desk) -> bool:
    return any(lamp is Lamp.YELLOW for lamp in desk.street.log[-1].values())


async def _once(desk: Desk, line: Line, fault: Fault, moment: int) -> None:
    await desk.seconds(moment)
    if fault.mid_change:
        assert await desk.seconds(120, lambda: _changing(desk)) < 120
        await desk.seconds(moment % 3)
    fault.begin(desk, line)
    for _ in range(fault.lasts_s):
        if fault.each_s is not None:
            fault.each_s(desk, line)
        await desk.seconds(1)
        assert desk.process.state.acting or not fault.stays
    if fault.own_plan:
        assert not desk.controller.orders.any
        assert desk.controller.pattern == 1
    fault.end(desk, line)
    assert await desk.seconds(90, lambda: desk.process.state.acting) < 90, desk.process.verdict


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_at_random_moments(tmp_path: Path, name: str) -> None:
    by_chance, fault = random.Random(name), FAULTS[name]

    async def all_of_it() -> Desk:
        line = Line()
        async with desk_process(tmp_path, "drive", line=line, pairs=PAIRS, timeout_s=0.2, retries=1) as desk:
            await desk.acting()
            for _ in range(TIMES):
                await _once(desk, line, fault, by_chance.randrange(1, 25))
            return desk

    desk = asyncio.run(all_of_it())
    print(f"{name}: {TIMES} times, {desk.street.seconds} s, {len(desk.street.wrong)} unsafe, "
          f"{desk.process.journal.lost_lines} lines lost")
    assert desk.street.wrong == []
    assert list(verify_chain(Lines(tmp_path, "audit", 1, 1).paths())) == []
    assert (desk.process.journal.lost_lines == 0) == (name != "disk full")


def test_a_wrong_community_never_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_COMMUNITY", "guess")

    async def all_of_it() -> Desk:
        async with desk_process(tmp_path, "drive", timeout_s=0.1) as desk:
            await desk.seconds(60)
            return desk

    desk = asyncio.run(all_of_it())
    assert desk.objects.written == 0
    assert desk.street.wrong == []
