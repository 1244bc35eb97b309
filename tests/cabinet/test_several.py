"""One process for several signals: each acts by itself, and what befalls one is no affair of the others."""

from __future__ import annotations

import asyncio
import json
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from bench.desk.agent import Agent
from bench.desk.controller import Controller
from bench.desk.from_site import setup_of
from bench.desk.objects import Objects, Oid
from controllers.cabinet.records import Lines, verify_chain
from controllers.cabinet.service import Service
from controllers.cabinet.signal_process import Clocks
from controllers.cabinet.site import SignalSite, Site, parse_site, read_site
from controllers.cabinet.site_text import write_toml
from tests.cabinet.desk_process import CLOCK, FOES
from tests.cabinet.fault_table import PAIRS
from tests.cabinet.sites import crossing_with_pairs
from tests.cabinet.tiny_street import TinyStreet
from tests.desk.lamp_reader import LampReader
from tests.field.desks import ACCESS, free_port

NAMES = ("first", "second", "third")


class _Desk:
    """One signal's street and controller."""

    def __init__(self, site: SignalSite) -> None:
        objects = Objects(Controller(setup_of(site), clock_tenths=10 * 1_700_000_000))
        self.controller = objects.controller
        self.street = TinyStreet(objects, {1: 0.15, 2: 0.1, 3: 0.12},
                                 LampReader(FOES, 3, dict.fromkeys(FOES, 7), 5, PAIRS))
        self.agent = Agent(objects, ACCESS, port=site.link.port, before_read=self._passes)

    def _passes(self, asked: list[Oid]) -> None:
        if CLOCK in asked:
            self.street.second()


def _site(folder: Path) -> Site:
    signals = []
    for device, name in enumerate(NAMES, start=1):
        own = crossing_with_pairs(port=free_port(), timeout_s=0.2, retries=0)["signals"][0]
        signals.append(own | {"id": name, "device": device})
    return parse_site({"name": "street", "service": {"folder": str(folder / "out")}, "signals": signals}, "several")


async def _until(service: Service, holds: list[bool], seconds: int) -> None:
    """So many seconds, or until the signals act or do not as `holds` says."""
    for _ in range(seconds):
        if [one.state.acting for one in service.processes] == holds:
            return
        await asyncio.gather(*(one.second() for one in service.processes))
        if any(one.decider is None for one in service.processes):
            await asyncio.sleep(0.05)
    raise AssertionError([one.verdict for one in service.processes])


def _in_real_time(folder: Path, takes_s: tuple[float, ...], began: dict[str, list[float]], told: list[float],
                  monkeypatch: pytest.MonkeyPatch) -> Service:
    """Five seconds, in which looks take so long. began: when each began; told: when systemd's watchdog was."""
    monkeypatch.setenv("DESK_COMMUNITY", ACCESS.community)

    async def look(name: str, seconds: float) -> None:
        began[name].append(time.monotonic())
        await asyncio.sleep(seconds)

    async def all_of_it() -> Service:
        service = Service(folder / "site.toml", _site(folder), "observe", quiet=True)
        for one, seconds in zip(service.processes, takes_s, strict=True):
            began[one.site.id] = []
            monkeypatch.setattr(one, "second", partial(look, one.site.id, seconds))
            one.state.polled_before = True
            one.loaded.set()
        monkeypatch.setattr("controllers.cabinet.service.tell_systemd",
                            lambda *said: told.append(time.monotonic()) if "WATCHDOG=1" in said else None)
        await service.run(5)
        return service

    return asyncio.run(all_of_it())


def test_one_that_hangs_is_not_said_to_be_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("controllers.cabinet.service.HUNG_S", 1.5)
    told: list[float] = []
    _in_real_time(tmp_path, (0.0, 60.0, 0.0), {}, told, monkeypatch)
    assert 1 <= len(told) <= 2


def test_one_that_is_slow_has_seconds_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A controller that takes 2.2 s for each look, beside others that take none."""
    began: dict[str, list[float]] = {}
    told: list[float] = []
    service = _in_real_time(tmp_path, (0.0, 2.2, 0.1), began, told, monkeypatch)
    assert [len(began[name]) for name in NAMES] == [5, 2, 5]
    for times in (began["first"], began["third"], told):
        assert max(np.diff(times)) < 2.0
    assert [one.state.polled_before for one in service.processes] == [True, False, True]


def test_one_that_is_lost_does_not_stop_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_COMMUNITY", ACCESS.community)
    path = tmp_path / "site.toml"
    path.write_text(write_toml(_site(tmp_path)), encoding="utf-8")
    site = read_site(path)

    async def all_of_it() -> list[_Desk]:
        desks = [_Desk(one) for one in site.signals]
        service = Service(path, site, "drive", Clocks(fast=True), quiet=True)
        try:
            await _until(service, [True, True, True], 6_000)
            desks[1].agent.close()
            await _until(service, [True, False, True], 10)
            for _ in range(40):
                await asyncio.gather(*(one.second() for one in service.processes))
            assert [one.state.acting for one in service.processes] == [True, False, True]
        finally:
            for one in service.processes:
                await one.close()
            service.telling.close()
            for desk in (desks[0], desks[2]):
                desk.agent.close()
        return desks

    for desk in asyncio.run(all_of_it()):
        assert desk.street.wrong == []
    paths = Lines(tmp_path / "out", "audit", 1, 1).paths()
    assert list(verify_chain(paths)) == []
    written = [json.loads(line)["signal"] for path in paths for line in path.read_text(encoding="utf-8").splitlines()]
    assert set(written) == set(NAMES)
    assert {line.split(",")[1] for line in (tmp_path / "out" / "events.0.csv").read_text(encoding="utf-8").splitlines()
            } == {"DeviceId", "1", "2", "3"}
