"""The process beside a controller: what it does in each mode, when it stands back, and that the lamps stay safe."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from controllers.cabinet.check import check
from controllers.cabinet.proof import Outcome
from controllers.cabinet.records import Lines, verify_chain
from controllers.cabinet.standback import Reason
from controllers.cabinet.wire import Mode
from controllers.field import oids
from tests.cabinet.desk_process import Desk, desk_process

Work = Callable[[Desk], Awaitable[None]]


@pytest.fixture(autouse=True)
def _community(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_COMMUNITY", "desk")


def on_a_desk(folder: Path, work: Work, mode: Mode = "drive", **more: Any) -> Desk:
    """Do `work` on a desk; whatever it was, the lamps were safe."""
    async def all_of_it() -> Desk:
        async with desk_process(folder, mode, **more) as desk:
            await work(desk)
            return desk

    desk = asyncio.run(all_of_it())
    assert desk.street.wrong == []
    return desk


@pytest.mark.nightly
def test_observing_writes_nothing(tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        for _ in range(300):
            await desk.process.second()
            if desk.process.decider is not None:
                break
            await asyncio.sleep(0.2)
        await desk.seconds(120)

    desk = on_a_desk(tmp_path, work, "observe")
    assert desk.objects.written == 0
    assert Lines(tmp_path, "audit", 1, 1).paths() == []
    lines = [json.loads(line) for line in (tmp_path / "shadow.0.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {line["shown"] for line in lines} >= {1, 2}
    assert all(line["site"] == "0123456789abcdef" for line in lines)


def test_driving_is_better_than_the_plan_and_every_set_is_in_the_chain(tmp_path: Path) -> None:
    waited: dict[str, int] = {}

    async def work(desk: Desk) -> None:
        await desk.acting()
        desk.street.waited_s = 0
        await desk.seconds(400)
        waited["drive"] = desk.street.waited_s
        assert desk.process.state.acting
        assert desk.process.proof.outcome is Outcome.PROVED

    on_a_desk(tmp_path, work)

    async def plan(desk: Desk) -> None:
        await desk.seconds(40)
        desk.street.waited_s = 0
        await desk.seconds(400)
        waited["plan"] = desk.street.waited_s

    on_a_desk(tmp_path / "observe", plan, "observe")
    assert waited["drive"] < 0.8 * waited["plan"]
    paths = Lines(tmp_path, "audit", 1, 1).paths()
    assert list(verify_chain(paths)) == []
    entries = [json.loads(line) for line in paths[0].read_text(encoding="utf-8").splitlines()]
    assert entries[0]["object"] == "unitBackupTime.0"
    assert all(entry["new"] == entry["read_back"] for entry in entries)


@pytest.mark.nightly
def test_advising_puts_a_plan_into_the_spare_pattern_and_selects_it(tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        await desk.acting()
        await desk.seconds(200)
        link = desk.process.site.link
        assert desk.controller.pattern == link.spare_pattern
        plan = desk.controller.patterns[link.spare_pattern]
        assert sum(plan.splits_s.values()) == plan.cycle_s
        assert desk.controller.patterns[1].cycle_s == 50  # its own is as it was

    on_a_desk(tmp_path, work, "advise")


def preempted(desk: Desk, on: bool) -> None:
    desk.controller.panel.preempts = frozenset({1}) if on else frozenset()


def by_hand(desk: Desk, on: bool) -> None:
    desk.controller.panel.manual = on


def flashing(desk: Desk, on: bool) -> None:
    desk.controller.panel.flash = on


@pytest.mark.parametrize(("switch", "reason"), [
    (preempted, Reason.PREEMPTED), pytest.param(by_hand, Reason.MANUAL, marks=pytest.mark.nightly),
    pytest.param(flashing, Reason.FLASH, marks=pytest.mark.nightly)])
def test_it_stands_back_and_comes_back(tmp_path: Path, switch: Callable[[Desk, bool], None], reason: Reason) -> None:
    async def work(desk: Desk) -> None:
        await desk.acting()
        await desk.seconds(37)
        switch(desk, True)
        await desk.seconds(3)
        assert not desk.process.state.acting
        assert reason in desk.process.verdict.reasons
        assert not desk.controller.orders.any  # it has let go, not merely stopped
        await desk.seconds(20)
        switch(desk, False)
        assert await desk.seconds(90, lambda: desk.process.state.acting) < 90

    on_a_desk(tmp_path, work)


@pytest.mark.nightly
def test_after_a_restart_everything_is_asked_and_proved_anew(tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        await desk.acting()
        await desk.seconds(20)
        desk.controller.restart()
        desk.street.reader._last.clear()  # power was away: lamps were dark
        await desk.seconds(2)
        assert not desk.process.state.acting
        assert desk.process.proof.outcome is not Outcome.PROVED
        assert await desk.seconds(120, lambda: desk.process.state.acting) < 120

    on_a_desk(tmp_path, work)


@pytest.mark.nightly
def test_changed_times_wait_for_an_engineer(tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        await desk.acting()
        desk.objects.reads[oids.PHASE_YELLOW.at(1)] = lambda: 50
        desk.controller.restart()
        desk.street.reader._last.clear()
        await desk.seconds(120)
        assert not desk.process.state.acting
        assert Reason.CHANGED in desk.process.verdict.reasons

    on_a_desk(tmp_path, work)


@pytest.mark.nightly
def test_a_controller_that_keeps_orders_is_never_driven(tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        desk.objects.writes[oids.UNIT_BACKUP_TIME.at()] = lambda value: setattr(desk.controller, "claimed", value)
        desk.objects.reads[oids.UNIT_BACKUP_TIME.at()] = lambda: getattr(desk.controller, "claimed", 0)
        for _ in range(300):
            await desk.process.second()
            if desk.process.decider is not None:
                break
            await asyncio.sleep(0.2)
        await desk.seconds(60)
        assert Reason.NOT_EXPIRING in desk.process.verdict.reasons
        assert desk.controller.orders.pattern == oids.BY_CLOCK
        assert not desk.controller.orders.hold

    on_a_desk(tmp_path, work)


def test_an_engine_that_cannot_be_made_says_why_and_leaves_the_plan(tmp_path: Path,
                                                                    monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> None:
        raise MemoryError("no room for it")

    monkeypatch.setattr("controllers.cabinet.signal_process._make_decider", fails)

    async def work(desk: Desk) -> None:
        await desk.seconds(5)
        await desk.process.loaded.wait()
        await desk.seconds(60)
        assert desk.process.verdict.reasons == {Reason.FAILED, Reason.PROVING}
        assert desk.on_own_plan
        lines = [json.loads(line) for line in (tmp_path / "log.0.jsonl").read_text(encoding="utf-8").splitlines()]
        (told,) = [line for line in lines if line["level"] == "error"]
        assert "could not be made" in told["what"]
        assert told["error"] == "MemoryError: no room for it"
        assert not any(line["what"] == "engine ready" for line in lines)

    on_a_desk(tmp_path, work)


@pytest.mark.parametrize("reason", [Reason.PLAN_BETTER, Reason.BLIND])
def test_the_plan_has_it_while_the_street_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                  reason: Reason) -> None:
    async def work(desk: Desk) -> None:
        await desk.acting()
        decider = desk.process.decider
        assert decider is not None
        see = decider.see
        with monkeypatch.context() as patch:
            patch.setattr(decider, "see", lambda *looked: replace(see(*looked), street=reason))
            await desk.seconds(20)
            assert desk.process.verdict.reasons == {reason}
            assert desk.on_own_plan
        await desk.seconds(1)
        assert desk.process.verdict.may_act == (reason is Reason.PLAN_BETTER)  # the other waits until all is well
        assert await desk.seconds(60, lambda: desk.process.state.acting) < 60

    on_a_desk(tmp_path, work)


def test_a_refused_set_stands_it_back(tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        await desk.acting()
        desk.objects.refuses = lambda oid: oid == oids.HOLD.at(1)
        await desk.seconds(3)
        assert not desk.process.state.acting
        desk.objects.refuses = lambda oid: False
        assert await desk.seconds(60, lambda: desk.process.state.acting) < 60

    on_a_desk(tmp_path, work)


def test_what_stops_sending_has_let_go_within_the_backup_time(tmp_path: Path) -> None:
    """As SIGSTOP does: nobody writes any more, and nobody says so."""
    async def work(desk: Desk) -> None:
        await desk.acting()
        await desk.seconds(23)
        assert desk.controller.orders.any
        for _ in range(desk.process.site.link.unit_backup_s):
            desk.street.second()
        assert not desk.controller.orders.any
        assert desk.controller.pattern == 1
        for _ in range(200):
            desk.street.second()

    on_a_desk(tmp_path, work)


def test_a_disk_that_is_full_costs_lines_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> int:
        raise OSError(28, "No space left on device")

    async def work(desk: Desk) -> None:
        await desk.acting()
        with monkeypatch.context() as patch:
            patch.setattr("controllers.cabinet.records.os.write", full)
            await desk.seconds(40)
            assert desk.process.state.acting
        await desk.seconds(60)
        assert desk.process.state.acting

    on_a_desk(tmp_path, work)
    paths = Lines(tmp_path, "audit", 1, 1).paths()
    assert list(verify_chain(paths)) == []
    assert any("lost_before" in line for line in paths[0].read_text(encoding="utf-8").splitlines())


def test_the_check_names_times_that_the_engine_has_no_room_for(tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        desk.objects.reads[oids.PHASE_MIN_GREEN.at(1)] = lambda: 255
        checked = await check(desk.process.site)
        (said,) = [one.what for one in checked.findings if "cannot be made" in one.what]
        assert "least greens of up to 255 s" in said
        await desk.seconds(3)
        await desk.process.loaded.wait()
        await desk.seconds(2)
        assert desk.process.decider is None
        assert Reason.FAILED in desk.process.verdict.reasons

    on_a_desk(tmp_path, work, "observe")
