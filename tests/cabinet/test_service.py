"""The process as it runs in a cabinet: systemd, SIGHUP, metrics, stopped in the middle. Real time, minutes."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bench.desk.controller import Controller
from bench.desk.from_site import setup_of
from bench.desk.objects import Objects
from controllers.cabinet.records import Lines, verify_chain
from controllers.cabinet.site import parse_site
from controllers.cabinet.site_text import write_toml
from tests.cabinet.cabinets import LINKS, SECRETS, Other, other_end
from tests.cabinet.desk_process import FOES
from tests.cabinet.sites import crossing_with_pairs
from tests.cabinet.tiny_street import TinyStreet
from tests.desk.lamp_reader import LampReader
from tests.field.desks import free_port

pytestmark = pytest.mark.nightly
ROOT = Path(__file__).resolve().parents[2]
TAKES_S = 240
PAIRS = {(1, 3): 3, (2, 3): 4, (3, 1): 7, (3, 2): 5}


@dataclass
class Cabinet:
    """A process of its own, the desk it talks to, and what it has told systemd."""

    process: subprocess.Popen[bytes]
    street: TinyStreet
    controller: Controller
    site: Path
    folder: Path
    port: int
    told: list[str]
    spawn: Callable[[], subprocess.Popen[bytes]]
    """Starts another such process, after one was killed."""
    other: Other

    async def until(self, holds: Callable[[], bool], seconds: int = TAKES_S) -> bool:
        for _ in range(10 * seconds):
            if holds():
                return True
            assert self.process.poll() is None
            await asyncio.sleep(0.1)
        return holds()

    @property
    def said(self) -> list[dict[str, Any]]:
        return [json.loads(line) for path in Lines(self.folder, "log", 1, 1).paths()
                for line in path.read_text(encoding="utf-8").splitlines()]


@asynccontextmanager
async def cabinet(folder: Path, mode: str, protocol: str = "ntcip", **more: str) -> AsyncIterator[Cabinet]:
    """more: into its environment."""
    own, page = free_port(), free_port()
    content = crossing_with_pairs(port=own, timeout_s=0.5, **LINKS[protocol])
    content["service"] = {"folder": str(folder / "out"), "port": page}
    site = parse_site(content, "desk")
    path = folder / "site.toml"
    path.write_text(write_toml(site), encoding="utf-8")
    controller = Controller(setup_of(site.signals[0]), clock_tenths=round(time.time() * 10))
    objects = Objects(controller)
    street = TinyStreet(objects, {1: 0.15, 2: 0.1, 3: 0.12}, LampReader(FOES, 3, dict.fromkeys(FOES, 7), 5, PAIRS))
    other = await other_end(site.signals[0], street, objects)
    told: list[str] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(folder / "notify"))
        systemd.setblocking(False)
        environment = {**os.environ, "NOTIFY_SOCKET": str(folder / "notify"), **SECRETS,
                       "PYTHONPATH": str(ROOT), **more}

        def spawn() -> subprocess.Popen[bytes]:
            return subprocess.Popen([sys.executable, "-m", "bench", "cabinet", "run", str(path), "--mode", mode],
                                    env=environment, stderr=subprocess.DEVNULL)

        async def seconds() -> None:
            loop = asyncio.get_running_loop()
            due = loop.time()
            controller.clock_tenths = round(time.time() * 10)  # setting up may have taken its time
            while True:
                street.second()
                other.second()
                while True:
                    try:
                        told.extend(systemd.recv(4096).decode().splitlines())
                    except BlockingIOError:
                        break
                due += 1.0
                await asyncio.sleep(max(0.0, due - loop.time()))

        clock = asyncio.create_task(seconds())
        found = Cabinet(spawn(), street, controller, path, folder / "out", page, told, spawn, other)
        try:
            yield found
        finally:
            found.process.send_signal(signal.SIGCONT)
            found.process.terminate()
            clock.cancel()
            other.close()
            found.process.wait(30)


def in_a_cabinet(folder: Path, mode: str, work: Callable[[Cabinet], Awaitable[None]], protocol: str = "ntcip",
                 **more: str) -> None:
    async def all_of_it() -> None:
        async with cabinet(folder, mode, protocol, **more) as found:
            await work(found)
            assert found.street.wrong == []

    asyncio.run(all_of_it())


def test_stopped_in_the_middle_the_controller_is_on_its_own_plan_and_it_takes_over_again(tmp_path: Path) -> None:
    async def work(found: Cabinet) -> None:
        assert await found.until(lambda: found.controller.orders.pattern == 254)
        assert found.told[0] == "READY=1"
        await asyncio.sleep(15)
        for _ in range(3):
            found.process.send_signal(signal.SIGSTOP)
            await asyncio.sleep(6.5)  # the unit backup time is 5 s, looked at once a second
            assert not found.controller.orders.any
            assert found.controller.pattern == 1
            watchdogs = found.told.count("WATCHDOG=1")
            await asyncio.sleep(3)
            assert found.told.count("WATCHDOG=1") == watchdogs  # nobody else says it for the loop
            found.process.send_signal(signal.SIGCONT)
            assert await found.until(lambda: found.controller.orders.pattern == 254, 60)
        found.process.terminate()
        await asyncio.sleep(3)
        assert not found.controller.orders.any  # it let go
        assert "STOPPING=1" in found.told

    in_a_cabinet(tmp_path, "drive", work)
    assert list(verify_chain(Lines(tmp_path / "out", "audit", 1, 1).paths())) == []


def test_limits_are_reloaded_whole_or_not_at_all_and_metrics_are_clean(tmp_path: Path) -> None:
    def page(found: Cabinet, name: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{found.port}/{name}", timeout=5) as answer:
            return bytes(answer.read())

    async def work(found: Cabinet) -> None:
        assert await found.until(lambda: any(line["what"] == "engine ready" for line in found.said))
        text = found.site.read_text(encoding="utf-8")
        found.site.write_text(text.replace("healthy_s = 5.0", "healthy_s = 9.0"), encoding="utf-8")
        found.process.send_signal(signal.SIGHUP)
        assert await found.until(lambda: any(line["what"] == "limits reloaded" for line in found.said), 60)
        assert await found.until(lambda: "RELOADING=1" in found.told, 5)
        assert len({line["site"] for line in found.said}) == 2  # the hash says which file it goes by
        found.site.write_text(text.replace("min_green_s = 5.0", "min_green_s = 6.0"), encoding="utf-8")
        found.process.send_signal(signal.SIGHUP)
        assert await found.until(lambda: any(line["what"] == "not reloaded" for line in found.said), 60)
        health = json.loads(await asyncio.to_thread(page, found, "health"))
        assert health["healthy"]
        metrics = await asyncio.to_thread(page, found, "metrics")
        assert b'signal_core_mode{mode="observe",signal="C"} 1.0' in metrics
        assert f'signal_core_site_info{{site="{health["site"]}"}} 1.0'.encode() in metrics
        assert b"signal_core_decision_seconds_bucket" in metrics
        tool = shutil.which("promtool")
        if tool is not None:
            checked = subprocess.run([tool, "check", "metrics"], input=metrics, capture_output=True, check=False)
            assert checked.returncode == 0, checked.stderr.decode()

    in_a_cabinet(tmp_path, "observe", work)
