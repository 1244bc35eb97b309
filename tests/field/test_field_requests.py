"""Requests for green by objects of NTCIP 1211 and TLC-FI's special vehicles: sent, decided by an engine, answered."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

import signal_core as sc
from controllers.field import ntcip1211
from controllers.field.agent import PlainAgent
from controllers.field.asked import FORGOTTEN_S, FieldRequests
from controllers.field.ber import GET, OCTETS, SET, Message, Row, decode, encode
from controllers.field.ntcip1211 import (
    BUFFER,
    CANCEL,
    CLEAR,
    CONTROL,
    REQUEST,
    REQUEST_ABSOLUTE,
    UPDATE,
    PriorityServer,
)
from controllers.field.tlcfi.special import SpecialVehicles
from signal_core.requests import RequestClass
from tests.engine.traffic import Traffic, crossing

BUSY = [0.3, 0.3, 0.02, 0.02]
CLASSES = {1: RequestClass.EMERGENCY, 2: RequestClass.TRANSIT}
BUS = b"bus 7".ljust(17)


def name(request: int = 7, kind: int = 2, strategy: int = 3) -> bytes:
    """The parts that every object begins with, as a public client of the standard lays them out."""
    return bytes([request]) + BUS + bytes([kind, 5, strategy])


def due(served_s: int, left_s: int) -> bytes:
    return served_s.to_bytes(2, "big") + left_s.to_bytes(2, "big")


def server(book: FieldRequests | None = None, wall_s: float = 0.0) -> PriorityServer:
    """Strategy 3 is the third link."""
    return PriorityServer(book or FieldRequests(), {3: 2}, CLASSES, lambda: 0.0, lambda: wall_s)


def drive(book: FieldRequests, sent: dict[int, Callable[[], object]], look: Callable[[], Any],
          seconds: int = 90) -> list[Any]:
    """What `look` says of each second of an engine that is sent these, without repetition."""
    engine, traffic, shown, told = sc.Engine([crossing()], "GGrr"), Traffic(BUSY), "GGrr", []
    for now in range(seconds):
        if now in sent:
            assert not sent[now]()
        codes = engine.step(*traffic.second(shown), time_s=float(now), requests=book.rows())
        book.follow(engine.requests, float(now))
        shown = sc.decode(codes)
        told.append(look())
    return [one for k, one in enumerate(told) if k == 0 or told[k - 1] != one]


def test_a_request_by_1211_lives_and_its_state_is_read() -> None:
    book = FieldRequests()
    own = server(book)
    assert own.set(CONTROL, name()) == ""
    told = drive(book, {30: lambda: own.set(REQUEST, name() + due(20, 24)),
                        40: lambda: own.set(UPDATE, name() + due(12, 15)),
                        54: lambda: own.set(CANCEL, name())}, lambda: own.get(BUFFER))  # fmt: skip
    states = [one[-1] for one in told]
    assert states == [ntcip1211.IDLE, ntcip1211.QUEUED, ntcip1211.PROCESSING, ntcip1211.COMPLETED]
    assert all(one[:-1] == name() for one in told)
    assert own.set(CLEAR, name()) == ""
    assert own.get(BUFFER) == name() + bytes([ntcip1211.IDLE])


def test_one_that_nobody_cancels_has_its_time() -> None:
    book = FieldRequests()
    own = server(book)
    own.set(CONTROL, name())
    told = drive(book, {30: lambda: own.set(REQUEST, name() + due(20, 20))}, lambda: own.get(BUFFER),
                 round(30 + 20 + FORGOTTEN_S + 5))  # fmt: skip
    assert told[-1] == name() + bytes([ntcip1211.TIMED_OUT])


@pytest.mark.parametrize(("oid", "value"), [
    (REQUEST, name()), (REQUEST, b""), (REQUEST, 7), (REQUEST, name(strategy=9) + due(5, 5)), (BUFFER, name()),
    (UPDATE, name() + due(5, 5)), (CANCEL, name()), ((1, 3, 6), name())])  # fmt: skip
def test_what_is_no_request_is_refused(oid: tuple[int, ...], value: object) -> None:
    own = server()
    assert own.set(oid, value)
    assert len(own.book.rows()) == 0


def test_what_is_set_twice_is_one_request_and_what_took_time_is_due_sooner() -> None:
    own = server(wall_s=1_700_000_004.0)
    for _ in range(2):
        assert own.set(REQUEST_ABSOLUTE, name() + due(20, 30) + (1_700_000_000).to_bytes(4, "big")) == ""
    first, again = own.book.rows()
    assert first["id"] == again["id"]
    assert (first["link"], first["kind"], first["level"]) == (2, RequestClass.TRANSIT, 6)
    assert (first["earliest_s"], first["latest_s"]) == (16.0, 26.0)
    own.set(REQUEST_ABSOLUTE, name(8, 1) + due(20, 30) + (1_600_000_000).to_bytes(4, "big"))  # its clock is wrong
    (other,) = own.book.rows()
    assert (other["kind"], other["earliest_s"]) == (RequestClass.EMERGENCY, 20.0)


def test_the_agent_answers_as_snmp_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    agent, sent = PlainAgent(server(), "secret"), list[bytes]()

    class Wire:
        def sendto(self, data: bytes, addr: object) -> None:
            sent.append(data)

    monkeypatch.setattr(agent, "_transport", Wire())

    def ask(kind: int, *rows: Row, community: bytes = b"secret") -> Message | None:
        sent.clear()
        agent.datagram_received(encode(Message(0, community, kind, 5, rows)), ("here", 1))
        return decode(sent[0]) if sent else None

    asked = name() + due(20, 24)
    taken = ask(SET, Row(REQUEST, OCTETS, asked))
    assert taken is not None
    assert (taken.error, taken.request, taken.rows[0].value) == (0, 5, asked)
    refused = ask(SET, Row(CONTROL, OCTETS, name()), Row(REQUEST, OCTETS, b"short"))
    assert refused is not None
    assert (refused.error, refused.index) == (3, 2)
    unknown = ask(GET, Row((1, 3, 6, 1)))
    assert unknown is not None
    assert (unknown.error, unknown.index) == (2, 1)
    read = ask(GET, Row(BUFFER))
    assert read is not None
    assert read.rows[0].value == name() + bytes([ntcip1211.QUEUED])
    assert ask(GET, Row(BUFFER), community=b"public") is None
    agent.datagram_received(b"\x30\x05nonse", ("here", 1))
    assert agent.refused == 2


@pytest.mark.skipif(shutil.which("snmpset") is None, reason="snmpset is not installed (Debian: snmp)")
def test_tools_of_others_are_understood() -> None:
    async def all_of_it() -> None:
        own = server()
        agent = PlainAgent(own, "secret")
        port = await agent.open("127.0.0.1", 0)

        async def tool(program: str, oid: tuple[int, ...], *value: str) -> subprocess.CompletedProcess[str]:
            words = [program, "-v1", "-c", "secret", "-Oqv", "-m", "", f"127.0.0.1:{port}"]
            words += [".".join(map(str, oid)), *value]
            return await asyncio.to_thread(subprocess.run, words, capture_output=True, text=True, timeout=20)

        assert (await tool("snmpset", REQUEST, "x", (name() + due(20, 24)).hex())).returncode == 0
        assert (await tool("snmpset", CONTROL, "x", name().hex())).returncode == 0
        read = await tool("snmpget", BUFFER)
        assert bytes.fromhex(read.stdout.replace('"', "").replace(" ", "").strip())[-1] == ntcip1211.QUEUED
        assert (await tool("snmpset", REQUEST, "x", "00")).returncode != 0
        agent.close()

    asyncio.run(all_of_it())


def vehicle(**given: object) -> dict[str, object]:
    """A bus to signal group 3."""
    return {"type": 1, "directionSG": 3, "vehType": 1, "vehId": 7, "lineNr": 12, "timeToStopLine": 20, **given}


def test_a_special_vehicle_checks_in_and_out() -> None:
    book = FieldRequests()
    own = SpecialVehicles(book, {3: 2})
    told = drive(book, {30: lambda: own.take(vehicle(type=3), 30.0),
                        40: lambda: own.take(vehicle(timeToStopLine=12), 40.0),
                        54: lambda: own.take(vehicle(type=2), 54.0)},
                 lambda: [one.status for one in book._known.values()])  # fmt: skip
    assert told == [[], ["QUEUED"], ["GRANTED"], ["USED"]]


@pytest.mark.parametrize(("given", "kind", "lateness_s", "eta_s"), [
    ({}, RequestClass.TRANSIT, None, 20.0), ({"vehType": 2}, RequestClass.TRAM, None, 20.0),
    ({"vehType": 5}, RequestClass.EMERGENCY, None, 20.0),
    ({"vehType": 5, "priorityClass": 2}, RequestClass.OTHER, None, 20.0),
    ({"vehType": 0, "priorityClass": 4}, RequestClass.EMERGENCY, None, 20.0),
    ({"punctualityTime": 45}, RequestClass.TRANSIT, 45.0, 20.0),
    ({"punctualityClass": 3}, RequestClass.TRANSIT, -3600.0, 20.0),
    ({"punctualityClass": 3, "priorityClass": 3}, RequestClass.TRANSIT, 0.0, 20.0),
    ({"timeToStopLine": None, "distToStopLine": 100, "speed": 12.5}, RequestClass.TRANSIT, None, 8.0),
    ({"timeToStopLine": None}, RequestClass.TRANSIT, None, 0.0)])  # fmt: skip
def test_what_an_announcement_says_of_a_vehicle(
    given: dict[str, object], kind: RequestClass, lateness_s: float | None, eta_s: float
) -> None:
    own = SpecialVehicles(FieldRequests(), {3: 2})
    assert own.take(vehicle(**given), 0.0) == ""
    (row,) = own.book.rows()
    assert (row["kind"], row["link"], row["likely_s"]) == (kind, 2, eta_s)
    assert row["lateness_s"] == lateness_s or (lateness_s is None and row["lateness_s"] != row["lateness_s"])


@pytest.mark.parametrize("given", [
    {"directionSG": 4}, {"directionSG": 0}, {"priorityClass": 1}, {"type": 2}, {"type": 9}, {"timeToStopLine": "soon"}])
def test_an_announcement_that_asks_for_nothing_here_says_why(given: dict[str, object]) -> None:
    own = SpecialVehicles(FieldRequests(), {3: 2})
    assert own.take(vehicle(**given), 0.0)
    assert len(own.book.rows()) == 0
