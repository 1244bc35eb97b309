"""Beside a cabinet process: what is said of every lamp holds, by whoever controls it."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from controllers.announce.course import colours
from controllers.cabinet.telling import NAME, Telling
from controllers.live.beside import Beside
from signal_core.tables.letters import encode
from tests.cabinet.desk_process import Desk, desk_process
from tests.cabinet.sites import crossing_site
from tests.cabinet.test_service import ROOT, Cabinet, in_a_cabinet

SITE = crossing_site()
STAGES = ["GGr", "yyr", "yyr", "yyr", "rrr", "rrr", "rrG", "rrG", "rrG", "rrG", "rrG", "rrG", "rry", "rry", "rry",
          "rrr", "rrr"]  # fmt: skip


def _said(state: str, meant: list[tuple[int, int]] | None = None, seen: bool = True) -> dict[str, Any]:
    stage = {"GGr": 0, "rrG": 1, "Grr": 2}.get(state, -1)
    return {"state": state, "mode": "ADAPTIVE", "status": [], "health": "well", "why": "", "phase": stage,
            "meant": meant or [], "seen": seen, "queues": []}  # fmt: skip


def _frame(time_s: float, said: dict[str, Any]) -> dict[str, Any]:
    return {"time_s": time_s, "signals": {"C": said}, "alarms": []}


def _second(beside: Beside, time_s: float, *more: Any) -> dict[str, Any]:
    found: dict[str, Any] = beside.second(_frame(time_s, _said(*more)))["signals"]["C"]
    return found


def test_nothing_is_certain_of_what_was_not_seen_to_begin() -> None:
    beside = Beside(SITE.signals)
    said = _second(beside, 100.2, "GGr")
    assert said["earliest_s"] == [1.0, 1.0, 5.0]  # a foe that is green is to be cleared
    assert said["latest_s"] == [None, None, None]
    for k, state in enumerate(STAGES[1:7]):
        said = _second(beside, 101.2 + k, state)
    assert said["earliest_s"] == [8.0, 8.0, 4.0]  # 5 s less one of green; 3 + 2 less one, after it
    assert said["likely_s"][2] is None  # no green has been seen to end
    said = _second(beside, 109.9, "rrG")  # two seconds were missed
    assert said["earliest_s"] == [5.0, 5.0, 1.0]
    assert _second(beside, 110.9, "rrG", None, False)["earliest_s"] == [5.0, 5.0, 1.0]


@pytest.mark.parametrize(("stage", "meant"), [(3, []), (-2, []), (0, [(3, 5)]), (0, [(-1, 5)])])
def test_stages_that_a_signal_does_not_have_are_none_of_it(stage: int, meant: list[tuple[int, int]]) -> None:
    beside = Beside(SITE.signals)
    with pytest.raises(ValueError, match="stages of another signal"):
        beside.second(_frame(1.0, _said("GGr", meant) | {"phase": stage}))


def test_what_is_meant_is_played_ahead() -> None:
    beside = Beside(SITE.signals)
    for k, state in enumerate(STAGES):
        _second(beside, 100.0 + k, state)
    said = _second(beside, 117.0, "GGr", [(0, 9), (1, 0)])
    assert said["likely_s"] == [9.0, 9.0, 14.0]
    assert [shot["state"] for shot in said["planned"]] == ["GGr", "yyr", "rrr", "rrG"]
    said = _second(beside, 118.0, "yyr", [(1, 0)])
    assert said["likely_s"] == [3.0, 3.0, 5.0]
    with pytest.raises(ValueError, match="another signal"):
        _second(beside, 119.0, "GG")


def _outside(frames: list[dict[str, Any]]) -> tuple[int, int]:
    """Of what was said of one signal, second by second: changes before the earliest, and what was said."""
    early = said = 0
    shown = np.stack([colours(encode(frame["state"])) for frame in frames])
    for t, frame in enumerate(frames):
        for lamp in range(shown.shape[1]):
            later = np.flatnonzero(shown[t + 1:, lamp] != shown[t, lamp])
            if len(later):
                early += 1 + later[0] < frame["earliest_s"][lamp]
                said += 1
    return early, said


def _likely_is_right(frames: list[dict[str, Any]], lamp: int) -> list[float]:
    """Errors of the likely end of red, 4 s before it."""
    green = [frame["state"][lamp] in "Gg" for frame in frames]
    starts = [t for t in range(6, len(green)) if green[t] and not green[t - 1] and not any(green[t - 6:t])]
    return [abs(4.0 - frames[t - 4]["likely_s"][lamp]) for t in starts if frames[t - 4]["likely_s"][lamp] is not None]


@pytest.mark.parametrize("mode", ["drive", "observe"])
def test_what_is_said_of_a_desk_holds(tmp_path: Path, mode: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Process and controller talk over UDP; every second is told through the socket's form and back."""
    monkeypatch.setenv("DESK_COMMUNITY", "desk")
    frames: list[dict[str, Any]] = []

    async def all_of_it() -> None:
        async with desk_process(tmp_path, mode) as desk:
            await _watched(desk, frames, mode)

    asyncio.run(all_of_it())
    early, said = _outside(frames)
    assert early == 0
    assert said > 500
    errors = _likely_is_right(frames, 2)
    assert len(errors) >= 4
    if mode == "drive":
        assert np.mean(np.array(errors) <= 1.0) > 0.7  # clearance is under way; the plan says what comes after it
        assert any("means to leave it for stage" in frame["why"] for frame in frames)
    assert all(frame["latest_s"] == [None] * 3 for frame in frames)


async def _watched(desk: Desk, frames: list[dict[str, Any]], mode: str) -> None:
    beside, telling = Beside([desk.process.site]), Telling(desk.folder)
    if mode == "drive":
        await desk.acting()
    while desk.process.decider is None:
        await desk.process.second()
        await asyncio.sleep(0.2)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listens:
        listens.bind(str(desk.folder / NAME))
        for k in range(400):
            await desk.process.second()
            telling.second(float(k), [desk.process])
            frames.append(beside.second(json.loads(listens.recv(1 << 16)))["signals"]["C"])
            if k == 0:
                await asyncio.sleep(3.0)  # what it means is loaded beside
    telling.close()


@pytest.mark.nightly
def test_live_beside_a_process_that_drives_a_desk(tmp_path: Path) -> None:
    """``cabinet run`` and ``live`` as a user starts them, each a process of its own, in real time."""
    frames: dict[float, dict[str, Any]] = {}
    messages: list[Any] = []

    async def work(found: Cabinet) -> None:
        command = [sys.executable, "-m", "bench", "live", str(found.site), "--port", "0"]
        live = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT)
        assert live.stdout is not None
        try:
            line = await asyncio.to_thread(live.stdout.readline)
            url = re.search(r"http://127\.0\.0\.1:[0-9]+", line)
            assert url is not None, line
            assert await found.until(lambda: found.controller.orders.pattern == 254)
            async with httpx.AsyncClient(base_url=url[0]) as client:
                for _ in range(360):
                    answer = await client.get("/v1/signal", params={"id": "C"})
                    if answer.status_code == 200:
                        frames.setdefault(answer.json()["time_s"], answer.json())
                    await asyncio.sleep(0.25)
                messages.extend((await client.get("/v1/spat")).json())
        finally:
            live.terminate()
            live.wait(20)
            live.stdout.close()

    in_a_cabinet(tmp_path, "drive", work)
    told = [frames[time_s] for time_s in sorted(frames)]
    assert len(told) > 60
    assert {frame["mode"] for frame in told} >= {"ADAPTIVE"}
    early, said = _outside(told)
    assert early == 0
    assert said > 100
    assert any(len(frame["planned"]) > 1 for frame in told)
    (intersection,) = messages[0]["message"]["intersections"]
    assert intersection["status"] == ["trafficDependentOperation"]
    assert all("timing" in state["state_time_speed"][0] for state in intersection["states"])
