"""A process as supervisor of a virtual site: what it reads, advises, stands back for; all messages by the schema."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from controllers.cabinet.advice import Advice
from controllers.cabinet.check_rsmp import check_rsmp
from controllers.cabinet.records import Lines, verify_chain
from controllers.cabinet.rsmp_wire import RsmpWire
from controllers.cabinet.standback import Reason
from controllers.cabinet.wire import Mode
from controllers.field.errors import FieldError, NotTaken, Refused
from tests.cabinet.rsmp_desk import CODES, RsmpDesk, rsmp_desk

Work = Callable[[RsmpDesk], Awaitable[None]]
TEN = Advice(60, {1: 35, 2: 25}, 0.5, begins=False)


@pytest.fixture(autouse=True)
def _code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_CODE", CODES[2])


def on_a_desk(folder: Path, work: Work, mode: Mode = "advise", **more: Any) -> RsmpDesk:
    """Do `work`; whatever it was, the lamps were safe and every message valid."""
    async def all_of_it() -> RsmpDesk:
        async with rsmp_desk(folder, mode, **more) as desk:
            await work(desk)
            return desk

    desk = asyncio.run(all_of_it())
    assert desk.street.wrong == []
    assert desk.tape.wrong() == []
    return desk


async def connected(desk: RsmpDesk) -> None:
    await desk.wire.connect()


def test_it_reads_what_the_controller_shows(tmp_path: Path) -> None:
    async def work(desk: RsmpDesk) -> None:
        await connected(desk)
        seen = set()
        for _ in range(60):
            reading = await desk.wire.poll()
            lamps = {c: lamp.value for c, lamp in desk.controller.lamps().items()}
            assert reading.channel_greens == {c for c, lamp in lamps.items() if lamp == "green"}
            assert reading.channel_yellows == {c for c, lamp in lamps.items() if lamp == "yellow"}
            assert list(reading.volume) == [desk.objects.counts.volume.get(d, 0) for d in range(1, 7)]
            assert reading.clock_s == desk.controller.clock_tenths // 10
            assert desk.wire.found(reading, desk.wire.site.limits, reading.clock_s or 0.0) <= {Reason.RESTARTED}
            seen |= {reading.greens}
        assert seen == {frozenset(), frozenset({1}), frozenset({2})}

    desk = on_a_desk(tmp_path, work, "observe")
    assert desk.tape.kinds["StatusUpdate"] >= 60
    assert desk.tape.kinds["CommandRequest"] == 0
    assert desk.tape.kinds["Alarm"] == 9 + 3 * 4 + 6 * 4


def test_a_plan_goes_into_the_bands_and_is_read_back(tmp_path: Path) -> None:
    async def work(desk: RsmpDesk) -> None:
        await connected(desk)
        await desk.wire.arm()
        assert await desk.wire.kept() == frozenset()
        await desk.wire.write_plan(TEN)
        plan = desk.controller.patterns[48]
        assert (plan.cycle_s, dict(plan.splits_s)) == (60, {1: 35, 2: 25})
        assert desk.controller.pattern == 1
        await desk.wire.keep_plan()
        assert desk.controller.pattern == 48
        await desk.wire.poll()
        await desk.wire.keep_plan()
        await desk.wire.release()
        assert desk.controller.pattern == 1

    desk = on_a_desk(tmp_path, work)
    rows = [json.loads(line) for line in (tmp_path / "audit.0.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["object"] for row in rows] == ["S0034", "S0028", "S0023", "S0014", "M0002"]
    assert list(verify_chain(Lines(tmp_path, "audit", 1, 1).paths())) == []
    assert desk.tape.kinds["CommandRequest"] == desk.tape.kinds["CommandResponse"] == 4


def test_the_coordination_of_the_own_plan_is_kept(tmp_path: Path) -> None:
    async def work(desk: RsmpDesk) -> None:
        await connected(desk)
        await desk.wire.write_plan(Advice(60, {1: 35, 2: 25}, 0.5, begins=False))
        assert desk.controller.patterns[48].offset_s == desk.wire.site.plan.offset_s

    on_a_desk(tmp_path, work)


@pytest.mark.parametrize(("splits", "said"), [({1: 9, 2: 51}, "beyond its least"), ({1: 150, 2: 25}, "beyond")])
def test_splits_no_band_can_give_are_not_sent(tmp_path: Path, splits: dict[int, int], said: str) -> None:
    async def work(desk: RsmpDesk) -> None:
        await connected(desk)
        with pytest.raises(FieldError, match=said):
            await desk.wire.write_plan(Advice(60, splits, 0.5, begins=False))

    assert on_a_desk(tmp_path, work).tape.kinds["CommandRequest"] == 0


def test_a_wrong_security_code_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_CODE", "9999")

    async def work(desk: RsmpDesk) -> None:
        await connected(desk)
        with pytest.raises(Refused, match="Incorrect security code"):
            await desk.wire.arm()
        assert desk.rsmp.values.band_timeout_min == 0

    assert on_a_desk(tmp_path, work).tape.kinds["MessageNotAck"] == 1


def test_a_plan_that_is_not_there_is_named(tmp_path: Path) -> None:
    async def work(desk: RsmpDesk) -> None:
        await connected(desk)
        desk.wire.site = desk.wire.site.model_copy(
            update={"link": desk.wire.site.link.model_copy(update={"spare_pattern": 7})})
        with pytest.raises(FieldError, match="no plan 7"):
            await desk.wire.write_plan(TEN)

    on_a_desk(tmp_path, work)


def test_what_is_read_back_otherwise_is_not_taken(tmp_path: Path) -> None:
    async def work(desk: RsmpDesk) -> None:
        await connected(desk)
        desk.rsmp.plans.take = desk.rsmp.plans.restore  # type: ignore[method-assign]
        with pytest.raises(NotTaken, match="S0028"):
            await desk.wire.write_plan(TEN)

    on_a_desk(tmp_path, work)


@pytest.mark.parametrize(("change", "reason"), [
    (lambda desk: setattr(desk.controller.panel, "manual", True), Reason.MANUAL),
    (lambda desk: setattr(desk.controller.panel, "flash", True), Reason.FLASH),
    (lambda desk: setattr(desk.controller.panel, "preempts", frozenset({1})), Reason.PREEMPTED),
    (lambda desk: setattr(desk.rsmp.values, "_checksum", "another"), Reason.CHANGED),
    (lambda desk: setattr(desk.controller, "clock_tenths", desk.controller.clock_tenths + 36_000), Reason.CLOCK),
], ids=["manual", "flash", "preempted", "changed", "clock"])
def test_it_sees_who_else_is_in_charge(tmp_path: Path, change: Callable[[RsmpDesk], None], reason: Reason) -> None:
    async def work(desk: RsmpDesk) -> None:
        await connected(desk)
        for _ in range(5):
            before = await desk.wire.poll()
        desk.wire.found(before, desk.wire.site.limits, before.clock_s or 0.0)
        change(desk)
        for _ in range(3):
            reading = await desk.wire.poll()
        assert reason in desk.wire.found(reading, desk.wire.site.limits, (before.clock_s or 0.0) + 3)

    on_a_desk(tmp_path, work)


def test_a_broken_detector_is_an_alarm_and_counts_nothing(tmp_path: Path) -> None:
    async def work(desk: RsmpDesk) -> None:
        await connected(desk)
        desk.rsmp.broken = {2: "always_off"}
        await desk.wire.poll()
        reading = await desk.wire.poll()
        assert [n != n for n in reading.volume] == [False, True, False, False, False, False]
        desk.wire.supervisor.acknowledge_alarms()
        desk.rsmp.broken = {}
        await desk.wire.poll()
        reading = await desk.wire.poll()
        assert not any(n != n for n in reading.volume)

    on_a_desk(tmp_path, work)


def test_without_its_supervisor_the_controller_goes_back_to_its_own_plan(tmp_path: Path) -> None:
    async def work(desk: RsmpDesk) -> None:
        await connected(desk)
        await desk.wire.arm()
        await desk.wire.write_plan(TEN)
        await desk.wire.keep_plan()
        desk.connects.cancel()
        desk.wire.close()
        await asyncio.sleep(0.1)
        assert not desk.rsmp.up
        for _ in range(59):
            desk.pass_second()
        assert desk.controller.pattern == 48
        for _ in range(3):
            desk.pass_second()
        assert desk.controller.pattern == 1
        assert desk.controller.patterns[48].cycle_s == 50

    on_a_desk(tmp_path, work)


def test_a_site_that_connects_anew_looks_like_a_restart(tmp_path: Path) -> None:
    async def work(desk: RsmpDesk) -> None:
        await desk.seconds(5)
        assert desk.process.state.connected
        assert desk.rsmp._peer is not None
        desk.rsmp._peer.close("cut")
        for _ in range(20):
            await desk.process.second()
            await asyncio.sleep(0.05)
        assert desk.process.state.connected
        assert desk.wire.supervisor.session == 2
        before = desk.street.seconds
        await desk.process.second()
        assert desk.street.seconds == before + 1

    on_a_desk(tmp_path, work, "observe")


def test_a_site_of_another_name_is_turned_away(tmp_path: Path) -> None:
    async def work(desk: RsmpDesk) -> None:
        desk.rsmp.id = "RN+SI0002"
        with pytest.raises(FieldError, match=r"RN\+SI0001 is expected here, not RN\+SI0002"):
            await desk.wire.connect()

    on_a_desk(tmp_path, work, timeout_s=0.4)


def test_the_check_reads_and_names_what_does_not_fit(tmp_path: Path) -> None:
    async def work(desk: RsmpDesk) -> None:
        desk.rsmp.broken = {3: "always_on"}
        checked = await check_rsmp(desk.process.site, 5.0)
        said = " / ".join(finding.what for finding in checked.findings)
        assert checked.reading is not None
        assert "clock differs" in said
        assert "alarm A0302 of RN+SI0001=001DL003" in said
        assert "detectors 3 report a fault" in said
        assert "time-out of bands is 0 minutes" in said

    assert on_a_desk(tmp_path, work, "observe").tape.kinds["CommandRequest"] == 0


def test_the_check_says_who_did_not_connect(tmp_path: Path) -> None:
    async def work(desk: RsmpDesk) -> None:
        desk.connects.cancel()
        checked = await check_rsmp(desk.process.site, 0.1)
        assert [finding.level for finding in checked.findings] == ["unsafe"]
        assert "site RN+SI0001 has not connected" in checked.findings[0].what

    on_a_desk(tmp_path, work, "observe", timeout_s=0.2)


def test_the_wire_of_a_site_file_with_rsmp_is_rsmp(tmp_path: Path) -> None:
    async def work(desk: RsmpDesk) -> None:
        assert isinstance(desk.process.wire, RsmpWire)

    on_a_desk(tmp_path, work)
