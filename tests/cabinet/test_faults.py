"""The line to the controller fails at random moments: lamps stay safe, the own plan runs, it comes back."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from controllers.cabinet.records import Lines, verify_chain
from tests.cabinet.desk_process import Desk, desk_process
from tests.cabinet.line import Line

pytestmark = pytest.mark.nightly
TIMES = 20
BACKUP_S = 5


@pytest.fixture(autouse=True)
def _community(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_COMMUNITY", "desk")


def at_random_moments(folder: Path, begin: Callable[[Desk, Line], None], end: Callable[[Desk, Line], None],
                      lasts_s: int, own_plan: bool) -> None:
    """TIMES times: begin a fault while it drives, look at the lamps, end it, and wait until it drives again."""
    by_chance = random.Random(7)

    async def all_of_it() -> Desk:
        line = Line()
        async with desk_process(folder, "drive", line=line, timeout_s=0.2, retries=1) as desk:
            await desk.acting()
            for _ in range(TIMES):
                await desk.seconds(by_chance.randrange(1, 25))
                begin(desk, line)
                await desk.seconds(lasts_s)
                if own_plan:
                    assert not desk.controller.orders.any
                    assert desk.controller.pattern == 1
                end(desk, line)
                assert await desk.seconds(90, lambda: desk.process.state.acting) < 90, desk.process.verdict
            return desk

    desk = asyncio.run(all_of_it())
    assert desk.street.wrong == []
    assert list(verify_chain(Lines(folder, "audit", 1, 1).paths())) == []


def _cut(_: Desk, line: Line) -> None:
    line.cut = True


def _whole(_: Desk, line: Line) -> None:
    line.cut = False
    line.lost = line.spoilt = line.repeated = line.late = 0.0


def _lossy(_: Desk, line: Line) -> None:
    line.lost = 0.3


def _late(_: Desk, line: Line) -> None:
    line.late, line.repeated = 0.3, 0.3


def _spoilt(_: Desk, line: Line) -> None:
    line.spoilt = 0.3


def _refusing(desk: Desk, _: Line) -> None:
    desk.objects.refuses = lambda oid: oid[:10] == (1, 3, 6, 1, 4, 1, 1206, 4, 2, 1) and oid[10] == 1


def _willing(desk: Desk, _: Line) -> None:
    desk.objects.refuses = lambda oid: False


def _preempt(desk: Desk, _: Line) -> None:
    desk.controller.panel.preempts = frozenset({1})


def _no_preempt(desk: Desk, _: Line) -> None:
    desk.controller.panel.preempts = frozenset()


FAULTS = {
    "cable cut": (_cut, _whole, BACKUP_S + 2, True),
    "30 % lost": (_lossy, _whole, 30, False),
    "late and repeated": (_late, _whole, 20, False),
    "spoilt": (_spoilt, _whole, 30, False),
    "refused": (_refusing, _willing, BACKUP_S + 3, True),
    "preempted": (_preempt, _no_preempt, 12, False),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_a_random_moment(tmp_path: Path, fault: str) -> None:
    at_random_moments(tmp_path, *FAULTS[fault])


def test_a_wrong_community_never_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_COMMUNITY", "guess")

    async def all_of_it() -> Desk:
        async with desk_process(tmp_path, "drive", timeout_s=0.1) as desk:
            await desk.seconds(60)
            return desk

    desk = asyncio.run(all_of_it())
    assert desk.objects.written == 0
    assert desk.street.wrong == []
