"""The NTCIP port against the virtual controller's agent, over UDP; and Debian's snmpget as a foreign encoder."""

from __future__ import annotations

import asyncio
import shutil
import socket
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.desk.controller import Controller
from bench.desk.objects import Objects
from controllers.cabinet.address import layout_of
from controllers.field import oids
from controllers.field.errors import FieldError, NotTaken, is_refusal
from controllers.field.exchange import Exchanger
from controllers.field.ntcip import NtcipPort, PhaseOrders
from controllers.field.reading import Layout, read
from controllers.field.secure import LibraryExchanger, community
from controllers.field.snmp import Address, SnmpClient
from tests.cabinet.sites import crossing_site
from tests.field.desks import ACCESS, standing_desk

SITE = crossing_site().signals[0]
Work = Callable[[NtcipPort, Controller, Objects], Awaitable[None]]


def with_desk(work: Work, exchanger: Callable[[int], Exchanger] | None = None, library_alone: bool = False,
              **address: Any) -> None:
    """Do `work` with a port to a desk of its own. exchanger: what it asks through; library_alone: the agent answers
    with the library's codec and none of ours."""
    async def all_of_it() -> None:
        with standing_desk(SITE, library_alone) as (controller, objects, port):
            given = {"community": ACCESS.community, "timeout_s": 1.0, **address}
            client = SnmpClient(Address("127.0.0.1", port, **given), None if exchanger is None else exchanger(port))
            try:
                await work(NtcipPort(client, layout_of(SITE)), controller, objects)
            finally:
                client.close()

    asyncio.run(all_of_it())


VERSIONS = {
    "1": {"version": "1"}, "2c": {"version": "2c"},
    "3": {"version": "3", "user": ACCESS.user, "authentication_key": ACCESS.authentication_key,
          "privacy_key": ACCESS.privacy_key},
}


OPINIONS: dict[str, dict[str, Any]] = {
    "ours": {}, "the agent by the library": {"library_alone": True},
    "the question by the library": {"exchanger": lambda port: LibraryExchanger("127.0.0.1", port,
                                                                     community(ACCESS.community, "2c"))}}


@pytest.mark.parametrize(("version", "opinion"), [
    *((version, "ours") for version in VERSIONS), ("1", "the agent by the library"),
    ("2c", "the agent by the library"), ("2c", "the question by the library")])
def test_it_reads_and_orders_in_every_version(version: str, opinion: str) -> None:
    async def work(port: NtcipPort, controller: Controller, _: Objects) -> None:
        await port.connect()
        assert port.layout.missing == frozenset()
        for _second in range(6):
            controller.advance(10, frozenset({1, 3}))
        reading = await port.poll()
        assert reading.greens == {1}
        assert reading.channel_greens == {1, 2}
        assert reading.active == {1, 3}
        assert reading.up_s == 6.0
        await port.order(PhaseOrders(hold=frozenset({1}), omit=frozenset({3}), call=frozenset({2}), pattern=oids.FREE))
        assert controller.orders.hold == {1}
        assert controller.orders.omit == {3}
        assert controller.orders.pattern == oids.FREE
        times = await port.own_times([1, 2, 3, 9])
        assert times.keys() == {1, 2, 3}
        assert times[2].yellow_s == 3.0
        await port.release()
        assert not controller.orders.any

    with_desk(work, **OPINIONS[opinion], **VERSIONS[version])


def test_objects_that_are_not_there_are_not_asked_for_again() -> None:
    async def work(port: NtcipPort, _controller: Controller, objects: Objects) -> None:
        for oid in (oids.CHANNEL_GREENS.at(1), oids.ALARMS_1.at()):
            objects.reads.pop(oid)
        await port.connect()
        assert port.layout.missing == {oids.CHANNEL_GREENS.at(1), oids.ALARMS_1.at()}
        assert (await port.poll()).channel_greens == frozenset()

    with_desk(work, version="1")


def test_the_backup_time_is_set_and_every_write_is_heard() -> None:
    heard: list[tuple[str, object, int, object]] = []

    async def work(port: NtcipPort, controller: Controller, _: Objects) -> None:
        port._heard = lambda oid, before, value, back: heard.append((oids.name_of(oid), before, value, back))
        await port.set_backup(5)
        assert controller.unit_backup_s == 5
        await port.set_backup(5)

    with_desk(work)
    assert heard == [("unitBackupTime.0", 0, 5, 5)]


def test_a_plan_goes_into_a_spare_pattern_and_runs_when_selected() -> None:
    async def work(port: NtcipPort, controller: Controller, _: Objects) -> None:
        await port.write_plan(40, 9, 60, 7, {1: 35, 2: 25}, 1)
        assert controller.patterns[40].splits_s == {1: 35, 2: 25}
        assert controller.patterns[40].offset_s == 7
        await port.write({oids.PATTERN_CONTROL.at(): 40})
        assert controller.pattern == 40

    with_desk(work)


def test_what_is_not_on_the_list_is_never_written() -> None:
    async def work(port: NtcipPort, controller: Controller, _: Objects) -> None:
        for oid in (oids.PUT_PREEMPT.at(1), oids.PHASE_MIN_GREEN.at(1), oids.PUT_DETECTOR.at(1), oids.GLOBAL_TIME.at(),
                    oids.PATTERN_CONTROL.oid):
            with pytest.raises(PermissionError):
                await port.client.set({oid: 1})
        assert not controller.panel.preempts

    with_desk(work)


@pytest.mark.parametrize("library_alone", [False, True])
def test_a_refused_set_changes_nothing_and_is_said(library_alone: bool) -> None:
    async def work(port: NtcipPort, controller: Controller, objects: Objects) -> None:
        objects.refuses = lambda oid: oid == oids.PHASE_OMIT.at(1)
        with pytest.raises(FieldError, match="refused, wrongValue") as caught:
            await port.order(PhaseOrders(hold=frozenset({1}), omit=frozenset({3}), pattern=oids.FREE))
        assert is_refusal(caught.value)
        assert not controller.orders.any

    with_desk(work, library_alone=library_alone)


def test_another_value_read_back_is_said() -> None:
    async def work(port: NtcipPort, _controller: Controller, objects: Objects) -> None:
        objects.writes[oids.HOLD.at(1)] = lambda value: None
        with pytest.raises(NotTaken, match=r"phaseControlGroupHold\.1: 1 written, 0 read back"):
            await port.order(PhaseOrders(hold=frozenset({1}), pattern=oids.FREE))

    with_desk(work)


def test_a_wrong_community_is_no_answer_in_bounded_time() -> None:
    async def work(port: NtcipPort, _controller: Controller, _objects: Objects) -> None:
        began = asyncio.get_running_loop().time()
        with pytest.raises(FieldError):
            await port.poll()
        assert asyncio.get_running_loop().time() - began < 1.0

    with_desk(work, community="guess", timeout_s=0.2, retries=1)


def test_garbage_on_the_port_disturbs_nobody() -> None:
    async def work(port: NtcipPort, controller: Controller, _: Objects) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
            for rubbish in (b"", b"\x30", b"\x30\x82\xff\xff" + b"x" * 900, bytes(range(256)) * 5):
                end.sendto(rubbish, ("127.0.0.1", port.client.address.port))
                await asyncio.sleep(0.01)
                controller.advance(10, frozenset())
                assert (await port.poll()).up_s == controller.up_tenths / 10

    with_desk(work)


@pytest.mark.skipif(shutil.which("snmpget") is None, reason="Debian's snmp is not installed")
def test_a_foreign_encoder_gets_and_sets() -> None:
    async def work(port: NtcipPort, controller: Controller, objects: Objects) -> None:
        for _second in range(6):
            controller.advance(10, frozenset({1}))

        async def tool(name: str, *words: str) -> str:
            process = await asyncio.create_subprocess_exec(
                name, "-v2c", "-c", ACCESS.community, "-Oqvn", f"127.0.0.1:{port.client.address.port}", *words,
                stdout=asyncio.subprocess.PIPE)
            return (await process.communicate())[0].decode().strip()

        def dotted(oid: oids.Oid) -> str:
            return ".".join(map(str, oid))

        assert await tool("snmpget", dotted(oids.GREENS.at(1))) == "1"
        assert await tool("snmpset", dotted(oids.HOLD.at(1)), "i", "1") == "1"
        assert controller.orders.hold == {1}
        await tool("snmpset", dotted(oids.PUT_DETECTOR.at(1)), "i", "6")
        assert objects.put == {2, 3}
        walked = await tool("snmpwalk", dotted(oids.ASC))
        assert len(walked.splitlines()) > 200

    with_desk(work)


@given(st.dictionaries(st.sampled_from([(1, 3), *Layout((1, 9), (1,), (1, 2), (1,)).questions()]),
                       st.one_of(st.none(), st.integers(), st.binary(max_size=8))))
def test_whatever_the_values_are_a_look_is_a_look(values: dict[oids.Oid, Any]) -> None:
    layout = Layout((1, 9), (1,), (1, 2), (1,))
    reading = read(layout, values)
    assert reading.volume.shape == (2,)
    assert reading.greens <= frozenset(range(1, 17))


@given(st.frozensets(st.integers(1, 24)))
def test_masks_are_numbers_and_back(numbers: frozenset[int]) -> None:
    assert oids.from_groups(oids.to_groups(numbers, 3)) == numbers


def test_a_set_that_comes_twice_is_taken_once() -> None:
    """A copy of it that is late names a serial number that is gone: nothing of it is taken."""
    async def work(port: NtcipPort, controller: Controller, _: Objects) -> None:
        await port.connect()
        sent: list[dict[oids.Oid, int]] = []
        give = port.client.set

        async def hear(values: Mapping[oids.Oid, int]) -> None:
            sent.append(dict(values))
            await give(values)

        port.client.set = hear  # type: ignore[method-assign]
        await port.order(PhaseOrders(call=frozenset({2}), pattern=oids.FREE))
        await port.order(PhaseOrders(call=frozenset({3}), pattern=oids.FREE))
        with pytest.raises(FieldError, match="snmpSetSerialNo"):
            await give(sent[0])
        assert controller.orders.call == {3}
        await give(sent[1] | {oids.SET_SERIAL.at(): 2})  # somebody else has written in between
        await port.order(PhaseOrders(call=frozenset({2}), pattern=oids.FREE))
        assert controller.orders.call == {2}

    with_desk(work)
