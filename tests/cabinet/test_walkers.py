"""Who waits on foot: buttons are read by every protocol, and driven, a crossing is served on a call and not without."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.desk.controller import Controller, Lamp
from bench.desk.objects import Objects
from controllers.cabinet.address import layout_of
from controllers.cabinet.decider import Decider
from controllers.cabinet.site import parse_site
from controllers.field import oids
from controllers.field.ntcip import NtcipPort
from controllers.field.snmp import Address, SnmpClient
from network.errors import ScenarioError
from tests.cabinet.desk_process import Desk, desk_process
from tests.cabinet.rsmp_desk import CODES, rsmp_desk
from tests.cabinet.sites import look, walked
from tests.cabinet.tlcfi_desk import PASSWORD, tlcfi_desk
from tests.desk.controllers_set_up import one_ring, run
from tests.field.desks import ACCESS, standing_desk

BUTTON, LANE = 9, 3
SITE = parse_site(walked(), "desk").signals[0]
DESKS: dict[str, Any] = {"ntcip": desk_process, "tlcfi": tlcfi_desk, "rsmp": rsmp_desk}
RATES = {1: 0.15, 2: 0.1, LANE: 0.0}


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("COMMUNITY", ACCESS.community), ("PASSWORD", PASSWORD), ("CODE", CODES[2])):
        monkeypatch.setenv(f"DESK_{name}", value)


def _open(protocol: str, folder: Path, mode: str) -> AbstractAsyncContextManager[Desk]:
    made: AbstractAsyncContextManager[Desk] = DESKS[protocol](folder, mode, RATES, make=walked)
    return made


@pytest.mark.parametrize("protocol", DESKS)
def test_a_button_is_read(tmp_path: Path, protocol: str) -> None:
    async def all_of_it() -> None:
        async with _open(protocol, tmp_path, "observe") as desk:
            desk.street.buttons = {LANE: BUTTON}
            desk.street.reader.walks = frozenset({LANE})
            wire = desk.process.wire
            await wire.connect()
            await wire.poll()
            assert (await wire.poll()).buttons == frozenset()
            desk.street.queue[LANE] = 1
            told = [(await wire.poll()).buttons for _ in range(80)]
            assert told[2] == {BUTTON}
            assert desk.street.queue[LANE] == 0  # its plan has served it
            assert told[-1] == frozenset()
            assert desk.street.wrong == []

    asyncio.run(all_of_it())


@pytest.mark.parametrize("protocol", ["ntcip", "tlcfi"])
def test_a_crossing_is_served_on_a_call_and_not_without(tmp_path: Path, protocol: str) -> None:
    async def all_of_it() -> None:
        async with _open(protocol, tmp_path, "drive") as desk:
            street = desk.street
            street.buttons = {LANE: BUTTON}
            street.reader.walks = frozenset({LANE})
            await desk.acting()
            await desk.seconds(40)
            before = len(street.log)
            await desk.seconds(300)
            assert desk.process.state.acting
            assert not any(lamps[LANE] is Lamp.GREEN for lamps in street.log[before:])
            for _ in range(3):
                street.queue[LANE] = 1
                assert await desk.seconds(60, lambda: street.queue[LANE] == 0) < 60
                await desk.seconds(60)
            assert street.wrong == []

    asyncio.run(all_of_it())


def test_what_is_not_told_is_not_known(tmp_path: Path) -> None:
    async def all_of_it() -> None:
        with standing_desk(SITE) as (_, objects, port):
            del objects.reads[oids.PED_CALLS.at(1)]
            client = SnmpClient(Address("127.0.0.1", port, community=ACCESS.community, timeout_s=1.0))
            own = NtcipPort(client, layout_of(SITE))
            await own.connect()
            assert (await own.poll()).buttons is None
            client.close()

    asyncio.run(all_of_it())


def test_a_call_is_kept_until_the_phase_begins_and_tools_may_make_it() -> None:
    setup = one_ring(buttons={1: 3})
    controller = Controller(setup)
    objects = Objects(controller)
    run(controller, 20)
    objects.set((*oids.PUT_PED_DETECTOR.oid, 1), 1)
    controller.pressed = objects.put_pressed
    run(controller, 1, frozenset({1}))
    controller.pressed = frozenset()
    assert objects.get(oids.PED_CALLS.at(1)) == 1 << 2
    for _ in range(60):
        run(controller, 1)
        if 3 in controller.rings.green:
            break
    assert controller.rings.green == {3}
    assert objects.get(oids.PED_CALLS.at(1)) == 0
    assert objects.get(oids.WALKS.at(1)) == 1 << 2


@pytest.mark.parametrize(("least_s", "trip"), [(0.0, "SHORT_CLEARANCE"), (4.0, ""), (7.0, "SHORT_CLEARANCE")])
def test_a_controller_that_clears_a_crossing_sooner_by_itself_is_let_do_so(least_s: float, trip: str) -> None:
    """11 s are owed after the walk; it has seen nobody after 5."""
    content = walked()
    content["signals"][0]["phases"][1]["red_clear_s"] = 8.0
    content["signals"][0]["groups"][2]["least_clear_s"] = least_s
    decider = Decider(parse_site(content, "puffin").signals[0])
    rows = [({1, 2}, set[int]())] * 30 + [(set[int](), {1, 2})] * 3 + [(set[int](), set[int]())] * 2
    rows += [({LANE}, set[int]())] * 8 + [(set[int](), set[int]())] * 5 + [({1, 2}, set[int]())]
    nothing = np.zeros(4)
    looks = [replace(look(k, *row), volume=nothing, occupancy=nothing) for k, row in enumerate(rows)]
    found = [decider.see(each).trip for each in looks]
    assert set(found[:-1]) == {""}
    assert found[-1] == trip


def test_only_crossings_are_cleared_sooner() -> None:
    content = walked()
    content["signals"][0]["groups"][0]["least_clear_s"] = 4.0
    with pytest.raises(ScenarioError, match="channel 1: least_clear_s is for crossings"):
        parse_site(content, "puffin")


def test_the_site_file_says_what_waiting_on_foot_counts() -> None:
    content = walked()
    content["signals"][0]["limits"] = {"rest_in_walk": True, "walker_weight": 8.0}
    settings = Decider(parse_site(content, "first").signals[0]).planner.settings
    assert (settings.rest_in_walk, settings.walker_weight) == (1.0, 8.0)
    content["signals"][0]["limits"]["walker_weight"] = 0.0
    with pytest.raises(ScenarioError, match="walker_weight"):
        parse_site(content, "nothing")
