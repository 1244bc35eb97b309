"""A process in control of signal groups by TLC-FI: it is given control, loses it, and the lamps stay safe."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from bench.desk.tlc import Charge
from controllers.cabinet.check import Checked, Finding
from controllers.cabinet.check_tlcfi import check_tlcfi
from controllers.cabinet.driven import BY_GROUPS
from controllers.cabinet.proof import Outcome
from controllers.cabinet.standback import Reason
from controllers.cabinet.wire import Mode, require_mode
from controllers.field.errors import FieldError, Refused
from controllers.field.tlcfi.application import ApplicationSession, At
from controllers.field.tlcfi.model import Application, Control, Kind, Lamp
from network.errors import ScenarioError
from tests.cabinet.tlcfi_desk import PASSWORD, TlcfiDesk, tlcfi_desk, tlcfi_site

Work = Callable[[TlcfiDesk], Awaitable[None]]
NO_EXIT_LOOPS = "detectors behind the junction"
"""The check notes that of the site of these tests."""


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_PASSWORD", PASSWORD)


def on_a_desk(folder: Path, work: Work, mode: Mode = "drive", **more: Any) -> TlcfiDesk:
    """Do `work`; whatever it was, the lamps were safe."""
    async def all_of_it() -> TlcfiDesk:
        async with tlcfi_desk(folder, mode, **more) as desk:
            await work(desk)
            return desk

    desk = asyncio.run(all_of_it())
    assert desk.street.wrong == []
    return desk


def session_of(desk: TlcfiDesk, kind: Application = Application.CONTROL,
               password: str = PASSWORD) -> ApplicationSession:
    """Another application at the same facilities."""
    return ApplicationSession(At("127.0.0.1", desk.process.site.link.port, "other", password, 2.0), kind)


def test_it_reads_what_the_controller_shows(tmp_path: Path) -> None:
    async def work(desk: TlcfiDesk) -> None:
        await desk.wire.connect()
        seen = set()
        for _ in range(60):
            reading = await desk.wire.poll()
            lamps = {c: lamp.value for c, lamp in desk.tlc.lamps().items()}
            assert reading.channel_greens == {c for c, lamp in lamps.items() if lamp == "green"}
            assert reading.channel_yellows == {c for c, lamp in lamps.items() if lamp == "yellow"}
            assert list(reading.volume)[3:] == [desk.objects.counts.volume.get(d, 0) for d in range(4, 7)]
            assert reading.active >= desk.controller.detectors
            seen.add(reading.greens)
        assert reading.clock_s is not None
        assert abs(reading.clock_s - desk.controller.clock_tenths / 10) < 1.0
        assert seen == {frozenset(), frozenset({1}), frozenset({2})}

    on_a_desk(tmp_path, work, "observe")


def test_driving_is_better_than_the_plan_and_every_request_is_in_the_chain(tmp_path: Path) -> None:
    waited: dict[str, int] = {}

    async def drive(desk: TlcfiDesk) -> None:
        await desk.acting()
        assert desk.process.proof.outcome is Outcome.PROVED
        assert desk.wire.session.count == 2
        desk.street.waited_s = 0
        await desk.seconds(400)
        waited["drive"] = desk.street.waited_s
        assert desk.process.state.acting
        assert desk.tlc.charge is Charge.APPLICATION

    async def plan(desk: TlcfiDesk) -> None:
        await desk.seconds(40)
        desk.street.waited_s = 0
        await desk.seconds(400)
        waited["plan"] = desk.street.waited_s

    desk = on_a_desk(tmp_path, drive)
    on_a_desk(tmp_path / "observe", plan, "observe")
    assert waited["drive"] < 0.8 * waited["plan"]
    rows = [json.loads(line) for line in (tmp_path / "audit.0.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {row["object"] for row in rows} == {f"reqState of 0{n}" for n in (1, 2, 3)}
    predicted = desk.facilities.predictions
    assert set(predicted) == {"01", "02", "03"}
    assert all(row["state"] in set(Lamp) and 0 <= row["minEnd"] < 2**32 for rows in predicted.values() for row in rows)


def test_likely_ends_come_true(tmp_path: Path) -> None:
    """What was said of the end of a state that was asked for, against when another was asked for."""
    errors_s: list[float] = []
    counted: list[bool] = []

    async def work(desk: TlcfiDesk) -> None:
        await desk.acting()
        said: dict[str, tuple[int, list[int]]] = {}
        for _ in range(500):
            await desk.seconds(1)
            now = desk.facilities.ticks
            for name, (row,) in desk.facilities.predictions.items():
                state, ends = said.setdefault(name, (row["state"], []))
                if state != row["state"]:
                    errors_s.extend(abs(end - now) / 1000.0 for end in ends if state != Lamp.PROTECTED_CLEARANCE)
                    state, ends = said[name] = row["state"], []
                counted.append("likelyEnd" in row)
                if "likelyEnd" in row:
                    assert row["minEnd"] <= row["likelyEnd"]
                    assert 0 <= row["confidence"] <= 100
                    ends.append(row["likelyEnd"])

    on_a_desk(tmp_path, work)
    assert sum(counted) > 0.5 * len(counted)  # the others hardly ever come true
    errors_s.sort()
    assert len(errors_s) > 300
    assert errors_s[len(errors_s) // 2] <= 4.0


def test_silence_ends_the_session_and_the_controller_is_on_its_own_plan(tmp_path: Path) -> None:
    async def work(desk: TlcfiDesk) -> None:
        await desk.acting()
        await desk.seconds(20)
        for _ in range(6):
            desk.pass_second()
            await asyncio.sleep(0)
        assert desk.tlc.charge is not Charge.APPLICATION
        for _ in range(5 + 3 + 2 + 3 + 2):
            desk.pass_second()
        assert desk.tlc.charge is Charge.OWN
        before = desk.wire.session.count
        await desk.seconds(90, lambda: desk.process.state.acting and desk.tlc.charge is Charge.APPLICATION)
        assert desk.wire.session.count > before
        assert desk.tlc.charge is Charge.APPLICATION

    on_a_desk(tmp_path, work)


@pytest.mark.parametrize(("begin", "end", "reason"), [
    (lambda panel: setattr(panel, "manual", True), lambda panel: setattr(panel, "manual", False), Reason.LOCAL),
    (lambda panel: setattr(panel, "flash", True), lambda panel: setattr(panel, "flash", False), Reason.FLASH),
    (lambda panel: setattr(panel, "preempts", frozenset({1})), lambda panel: setattr(panel, "preempts", frozenset()),
     Reason.LOCAL)], ids=["manual", "flash", "preempted"])
def test_control_that_is_taken_back_comes_back(tmp_path: Path, begin: Callable[[Any], None],
                                               end: Callable[[Any], None], reason: Reason) -> None:
    async def work(desk: TlcfiDesk) -> None:
        await desk.acting()
        await desk.seconds(10)
        begin(desk.controller.panel)
        await desk.seconds(3)
        assert not desk.process.state.acting
        assert reason in desk.process.verdict.reasons
        await desk.seconds(25)
        assert desk.tlc.charge is Charge.OWN
        end(desk.controller.panel)
        await desk.seconds(90, lambda: desk.tlc.charge is Charge.APPLICATION)
        assert desk.tlc.charge is Charge.APPLICATION

    on_a_desk(tmp_path, work)


def test_it_lets_go_when_it_ends(tmp_path: Path) -> None:
    async def work(desk: TlcfiDesk) -> None:
        await desk.acting()
        await desk.seconds(10)
        await desk.process.close()
        for _ in range(20):
            desk.pass_second()
            await asyncio.sleep(0)
        assert desk.tlc.charge is Charge.OWN

    on_a_desk(tmp_path, work)


def test_a_controller_that_never_ends_a_session_is_not_driven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.desk.tlcfi_server.ALIVE_TIMEOUT_S", 10_000)

    async def work(desk: TlcfiDesk) -> None:
        await desk.seconds(30)
        assert desk.process.proof.outcome is Outcome.FAILED
        assert Reason.NOT_EXPIRING in desk.process.verdict.reasons
        assert desk.tlc.charge is Charge.OWN

    on_a_desk(tmp_path, work)


def test_a_broken_detector_counts_nothing(tmp_path: Path) -> None:
    async def work(desk: TlcfiDesk) -> None:
        await desk.wire.connect()
        desk.facilities.faults = {2: 4}
        reading = await desk.wire.poll()
        assert [n != n for n in reading.volume] == [False, True, False, False, False, False]
        desk.facilities.faults = {}
        assert not any(n != n for n in (await desk.wire.poll()).volume)

    on_a_desk(tmp_path, work, "observe")


def test_who_may_not_is_told_so(tmp_path: Path) -> None:
    async def work(desk: TlcfiDesk) -> None:
        for _ in range(8):
            desk.pass_second()
        with pytest.raises(Refused, match="not authorized: user or password"):
            await session_of(desk, password="wrong").open("C")
        with pytest.raises(Refused, match="no intersection other"):
            await session_of(desk).open("other")
        looking = session_of(desk, Application.CONSUMER)
        await looking.open("C")
        with pytest.raises(Refused, match="no rights"):
            await looking.update((Kind.SIGNAL_GROUP, {"01": {"reqState": int(Lamp.PROTECTED)}}))
        with pytest.raises(Refused, match="no rights"):
            await looking.update((Kind.SESSION, {looking.session: {"reqControlState": int(Control.READY)}}))
        looking.close()

    on_a_desk(tmp_path, work, "observe")


def test_one_at_a_time_is_in_control(tmp_path: Path) -> None:
    async def work(desk: TlcfiDesk) -> None:
        for _ in range(8):
            desk.pass_second()
        one, two = session_of(desk), session_of(desk)
        await one.open("C")
        await two.open("C")
        assert await one.request_control("C")
        assert not await two.request_control("C")
        assert two.known.control is Control.READY
        await one.end_control()
        for _ in range(30):
            await two.alive()
            desk.pass_second()
        assert await two.request_control("C")
        await one.deregister()
        two.close()

    on_a_desk(tmp_path, work, "observe")


def test_no_controller_there_is_said(tmp_path: Path) -> None:
    async def work(desk: TlcfiDesk) -> None:
        desk.facilities.close()
        await asyncio.sleep(0.05)
        with pytest.raises(FieldError, match=f"127.0.0.1:{desk.process.site.link.port}"):
            await desk.wire.connect()

    on_a_desk(tmp_path, work, "observe")


def _of_times(checked: Checked) -> list[Finding]:
    return [one for one in checked.findings if NO_EXIT_LOOPS not in one.what]


def test_the_check_compares_times_and_intergreens(tmp_path: Path) -> None:
    async def work(desk: TlcfiDesk) -> None:
        for _ in range(8):
            desk.pass_second()
        desk.facilities._passes = None
        site = desk.process.site
        assert [one.what for one in _of_times(await check_tlcfi(site))] == [BY_GROUPS]
        first = site.groups[0].model_copy(update={"yellow_s": 4.0, "clear_s": {"3": 6.0}, "min_green_s": 3.0})
        other = site.model_copy(update={"groups": (first, *site.groups[1:])})
        checked = await check_tlcfi(other)
        assert {(one.level, one.what.split(" s at")[0]) for one in _of_times(checked)} == {
            ("unsafe", "channel 1: yellow 3"), ("unsafe", "channel 1: intergreen to 3 5"),
            ("note", "channel 1: minimum green 5"), ("note", BY_GROUPS)}
        assert checked.own[1].min_green_s == 5.0

    on_a_desk(tmp_path, work, "observe")


def test_tlcfi_does_not_advise() -> None:
    require_mode(tlcfi_site(), "drive")
    with pytest.raises(ScenarioError, match="TLC-FI has no plans to advise; use --mode drive"):
        require_mode(tlcfi_site(), "advise")
