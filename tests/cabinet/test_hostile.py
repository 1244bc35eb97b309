"""Peers that send anything: nothing is raised, lamps stay safe, memory is bounded; once it is over it acts again."""

from __future__ import annotations

import asyncio
import os
import random
from pathlib import Path
from typing import Any

import pytest

from tests.cabinet.desk_process import Desk
from tests.cabinet.fault_table import open_desk
from tests.cabinet.hostile import json_twist, snmp_twist
from tests.cabinet.rsmp_desk import CODES
from tests.cabinet.tcp_line import TcpLine
from tests.cabinet.tlcfi_desk import PASSWORD

SECONDS = int(os.environ.get("SIGNAL_CORE_HOSTILE_S", "60"))
SHARES = (0.03, 0.4)


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("COMMUNITY", "desk"), ("PASSWORD", PASSWORD), ("CODE", CODES[2])):
        monkeypatch.setenv(f"DESK_{name}", value)


def _twist(desk: Desk, protocol: str, share: float, by_chance: random.Random) -> None:
    assert desk.line is not None
    if protocol == "ntcip":
        desk.line.twist = snmp_twist(by_chance, share)
        return
    assert isinstance(desk.line, TcpLine)
    desk.line.controller_connects = protocol == "rsmp"
    desk.line.twist = json_twist(by_chance, share, b"\x0c" if protocol == "rsmp" else b"")


def hostile(folder: Path, protocol: str, seed: int) -> list[dict[str, Any]]:
    """What nobody caught while anything was sent, at once and in between what is right."""
    uncaught: list[dict[str, Any]] = []
    by_chance = random.Random(f"{protocol} {seed}")

    async def all_of_it() -> Desk:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: uncaught.append(context))
        async with open_desk(protocol, folder) as desk:
            await desk.acting()
            for share in SHARES:
                _twist(desk, protocol, share, by_chance)
                await desk.seconds(SECONDS)
                assert desk.line is not None
                desk.line.twist = None
                if isinstance(desk.line, TcpLine):
                    desk.line.drop()  # what was told in this session need not be told again
                await desk.seconds(desk.dropped_s + desk.back_s, lambda: desk.process.state.acting)
                desk.process.stand_back.acknowledge()  # other times than at the start, lamps nobody can have shown
                assert await desk.seconds(900, lambda: desk.process.state.acting) < 900, desk.process.verdict
            return desk

    desk = asyncio.run(all_of_it())
    assert desk.street.wrong == []
    return uncaught


@pytest.mark.parametrize("protocol", ["ntcip", "tlcfi", "rsmp"])
def test_whatever_is_sent(tmp_path: Path, protocol: str) -> None:
    assert hostile(tmp_path, protocol, 0) == []
