"""Who asks for green at a process: generators of NTCIP 1211 at its port, special vehicles by TLC-FI."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.desk.controller import Lamp
from controllers.cabinet.signal_process import SignalProcess
from controllers.cabinet.site import parse_site
from controllers.cabinet.site_text import write_toml
from controllers.field.ber import OCTETS, RESPONSE, SET, Message, Row, decode, encode
from controllers.field.ntcip1211 import BUFFER, CANCEL, COMPLETED, CONTROL, REQUEST
from controllers.field.rsmp.messages import Argument, CommandRequest
from controllers.field.rsmp.supervisor import At, Supervisor
from network.errors import ScenarioError
from tests.cabinet.desk_process import Desk, desk_process
from tests.cabinet.sites import crossing
from tests.cabinet.tlcfi_desk import PASSWORD, TlcfiDesk, tlcfi_desk
from tests.field.desks import ACCESS, free_port, free_tcp_port

PORT = free_port()
RATES = {1: 0.25, 2: 0.2, 3: 0.0}
BUS = bytes([7]) + b"bus 7".ljust(17) + bytes([2, 5, 4])


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("COMMUNITY", ACCESS.community), ("PASSWORD", PASSWORD), ("PRIORITY", "asks")):
        monkeypatch.setenv(f"DESK_{name}", value)


def asked_for(**link: Any) -> dict[str, Any]:
    """The crossing with a port for generators: strategy 4 is channel 3, the side street."""
    content = crossing(**link)
    content["signals"][0]["requests"] = {"transit": "always", "ntcip": {
        "port": PORT, "community": {"env": "DESK_PRIORITY"}, "strategies": {"4": 3}}}
    return content


class Generator(asyncio.DatagramProtocol):
    """Sends SETs and GETs and keeps the last answer."""

    def __init__(self) -> None:
        self.answer: Message | None = None
        self.transport: Any = None

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        self.transport, _ = await loop.create_datagram_endpoint(lambda: self, remote_addr=("127.0.0.1", PORT))

    def datagram_received(self, data: bytes, addr: object) -> None:
        self.answer = decode(data)

    async def say(self, kind: int, oid: tuple[int, ...], value: bytes | None = None) -> Message:
        row = Row(oid) if value is None else Row(oid, OCTETS, value)
        self.answer = None
        self.transport.sendto(encode(Message(0, b"asks", kind, 1, [row])))
        while self.answer is None:
            await asyncio.sleep(0.005)
        assert self.answer.kind == RESPONSE
        return self.answer


def log_of(desk: Desk) -> str:
    """All that was logged so far."""
    return "".join(path.read_text(encoding="utf-8") for path in sorted(desk.folder.glob("log*")))


async def _served(desk: Desk, ask: Callable[[int], Any], leaves: Callable[[], Any]) -> None:
    """Nobody comes by the side street but a bus that says so: it has green when it is there, and not long after."""
    await desk.acting()
    await desk.seconds(60)
    assert desk.street.log[-1][3] is not Lamp.GREEN
    desk.street.queue[3] = 0
    await ask(12)
    assert await desk.seconds(40, lambda: desk.street.log[-1][3] is Lamp.GREEN) < 25
    await leaves()
    await desk.seconds(4)
    said = [line for line in log_of(desk).splitlines() if "request for green" in line]
    states = ("received", "queued", "granted", "used")
    assert [state for state in states if any(f'"{state}"' in one for one in said)] == list(states)
    assert desk.street.wrong == []


def test_a_generator_of_1211_is_served(tmp_path: Path) -> None:
    async def all_of_it() -> None:
        async with desk_process(tmp_path, "drive", RATES, make=asked_for) as desk:
            own = Generator()
            await desk.seconds(2)
            await own.open()

            async def ask(eta_s: int) -> None:
                times = eta_s.to_bytes(2, "big") + (eta_s + 4).to_bytes(2, "big")
                assert (await own.say(SET, REQUEST, BUS + times)).error == 0
                assert (await own.say(SET, CONTROL, BUS)).error == 0

            async def leaves() -> None:
                assert (await own.say(SET, CANCEL, BUS)).error == 0

            await _served(desk, ask, leaves)
            read = await own.say(0xA0, BUFFER)
            assert read.rows[0].value == BUS + bytes([COMPLETED])
            own.transport.close()

    asyncio.run(all_of_it())


def test_a_special_vehicle_of_tlcfi_is_served(tmp_path: Path) -> None:
    async def all_of_it() -> None:
        async with tlcfi_desk(tmp_path, "drive", RATES, make=asked_for) as desk:
            assert isinstance(desk, TlcfiDesk)
            bus = {"directionSG": 3, "vehType": 1, "vehId": 7}

            async def ask(eta_s: int) -> None:
                desk.facilities.announce({**bus, "type": 1, "timeToStopLine": eta_s})

            async def leaves() -> None:
                desk.facilities.announce({**bus, "type": 2})

            await _served(desk, ask, leaves)

    asyncio.run(all_of_it())


def test_a_centre_by_rsmp_is_told_what_became_of_it(tmp_path: Path) -> None:
    centre_port = free_tcp_port()

    def by_centre(**link: Any) -> dict[str, Any]:
        content = crossing(**link)
        at = {"host": "127.0.0.1", "port": centre_port, "site_id": "RN+SI0001"}
        content["signals"][0]["requests"] = {"transit": "always", "rsmp": at}
        return content

    async def all_of_it() -> None:
        told: list[str] = []

        def hear(way: str, packet: bytes) -> None:
            found = re.findall(rb'"s": ?"([a-z]+)"', packet) if way == "in" and b"S0033" in packet else []
            told.extend(each.decode() for each in found)

        at = At("127.0.0.1", centre_port, "RN+SI0001", "RN+SI0001=001TC000", timeout_s=5.0)
        centre = Supervisor(at, hear)
        await centre.listen()
        async with desk_process(tmp_path, "drive", RATES, make=by_centre) as desk:
            await desk.seconds(2)
            await centre.ready()
            await centre.subscribe({"S0033": 0})
            async def ask(eta_s: int) -> None:
                bus = {"requestId": "bus 7", "type": "new", "level": "7", "eta": f"{eta_s}", "vehicleType": "bus",
                       "signalGroupId": "RN+SI0001=001SG003"}  # fmt: skip
                await command(centre, bus)

            async def leaves() -> None:
                await command(centre, {"requestId": "bus 7", "type": "cancel", "level": "7"})

            await _served(desk, ask, leaves)
            await asyncio.sleep(0.2)
        centre.close()
        assert [state for k, state in enumerate(told) if state not in told[:k]][-3:] == [
            "queued", "activated", "completed"]

    asyncio.run(all_of_it())


async def command(centre: Supervisor, given: dict[str, str]) -> None:
    """M0022 with all that was given."""
    own = "RN+SI0001=001TC000"
    arguments = tuple(Argument(cCI="M0022", n=n, cO="requestPriority", v=v) for n, v in given.items())
    await centre._ask(CommandRequest(cId=own, ntsOId=own, arg=arguments))


def test_a_port_that_is_taken_stops_nothing(tmp_path: Path) -> None:
    async def all_of_it() -> None:
        loop = asyncio.get_running_loop()
        taken, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=("127.0.0.1", PORT))
        async with desk_process(tmp_path, "observe", RATES, make=asked_for) as desk:
            await desk.seconds(3)
            assert desk.process.state.connected
            assert isinstance(desk.process, SignalProcess)
            assert str(PORT) in log_of(desk)
            taken.close()
            await desk.seconds(12)
            assert desk.process.asking is not None
            assert desk.process.asking._agent is not None

    asyncio.run(all_of_it())


def test_the_site_file_says_who_may_ask(tmp_path: Path) -> None:
    from controllers.cabinet.site import read_site

    content = asked_for()
    content["signals"][0]["requests"]["rsmp"] = {"host": "centre.example", "site_id": "RN+SI0001"}
    site = parse_site(content, "site")
    (tmp_path / "site.toml").write_text(write_toml(site), encoding="utf-8")
    assert read_site(tmp_path / "site.toml").hash == site.hash
    content["signals"][0]["requests"]["ntcip"]["strategies"] = {"4": 9}
    with pytest.raises(ScenarioError, match="strategy 4"):
        parse_site(content, "site")
