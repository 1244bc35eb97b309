"""A cabinet process tells of itself by datagrams, and never waits for who looks on."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import numpy as np
import pytest

from controllers.cabinet.site import parse_site
from controllers.cabinet.site_text import write_toml
from controllers.cabinet.standback import Reason
from controllers.cabinet.telling import NAME, Telling
from controllers.live.hub import Hub
from controllers.live.listen import Listening
from controllers.live.scene import in_a_row
from controllers.live.store import Store
from network.errors import ScenarioError
from signal_core.tables.letters import encode
from tests.cabinet.sites import crossing, crossing_site

SITE = crossing_site().signals[0]


def process_of(state: str = "GGr", acting: bool = False, **more: Any) -> Any:
    """A signal's process as far as it is told of."""
    decider = SimpleNamespace(sequencer=SimpleNamespace(state=SimpleNamespace(shown=encode(state))),
                              queue=np.array([1.0, 2.25, 0.0]), detector_states={1: "HEALTHY", 2: "STUCK"})
    decision = SimpleNamespace(stage=0, wanted=1, street=None)
    verdict = SimpleNamespace(reasons=frozenset() if acting else frozenset({Reason.STARTING}))
    fields = {"site": SITE, "mode": "observe", "decider": decider, "last": decision, "verdict": verdict,
              "state": SimpleNamespace(acting=acting, missed=0)}  # fmt: skip
    return SimpleNamespace(**{**fields, **more})


def _heard(folder: Path, tell: Any, wanted: int = 1) -> list[dict[str, Any]]:
    hub, found, enough = Hub(Store(None)), list[dict[str, Any]](), threading.Event()

    def hear(frame: dict[str, Any]) -> None:
        found.append(frame)
        if len(found) == wanted:
            enough.set()

    listening = Listening(folder / NAME, 1000.0)
    listening.follow(hub, hear, lambda frame: frame)
    tell()
    assert enough.wait(10.0)
    listening.close()
    assert hub.at() == found[-1]
    assert not (folder / NAME).exists()
    return found


def test_what_it_shows_and_why_is_heard(tmp_path: Path) -> None:
    telling = Telling(tmp_path)
    (frame,) = _heard(tmp_path, lambda: telling.second(1007.0, [process_of()]))
    assert frame["time_s"] == 7.0
    said = frame["signals"]["C"]
    assert (said["state"], said["mode"], said["health"], said["phase"]) == ("GGr", "PROGRAM", "well", 0)
    assert "would show stage 2" in said["why"]
    assert Reason.STARTING.value in said["why"]
    assert said["queues"][1] == {"lane": "in2_0", "vehicles": 2.2, "unknown": ""}
    assert frame["alarms"] == [{"what": "detector 2 of C", "status": "STUCK"}]
    (frame,) = _heard(tmp_path, lambda: telling.second(1008.0, [process_of("rrG", True)]))
    assert frame["signals"]["C"]["mode"] == "ADAPTIVE"
    telling.close()


def test_nobody_is_waited_for(tmp_path: Path) -> None:
    telling = Telling(tmp_path)
    telling.second(1.0, [process_of()])  # nobody is there
    assert (telling.told, telling.dropped) == (0, 1)
    deaf = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    deaf.bind(str(tmp_path / NAME))
    spent_s = []
    for t in range(3000):
        began = time.perf_counter()
        telling.second(float(t), [process_of()])
        spent_s.append(time.perf_counter() - began)
    assert sorted(spent_s)[len(spent_s) // 2] < 0.1  # the machine may be busy
    assert telling.dropped > 1000
    deaf.close()
    telling.close()


def test_what_cannot_be_told_hurts_nobody(tmp_path: Path) -> None:
    telling = Telling(tmp_path)
    telling.second(1.0, [process_of(decider=None), process_of(site=None)])
    assert telling.dropped == 1
    telling.close()


def test_rubbish_is_left_out(tmp_path: Path) -> None:
    def tell() -> None:
        sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        for content in (b"nonsense", b"[]", b"{}", b"[" * 50_000, b'{"time_s": 1, "signals": [7]}',
                        b'{"time_s": 1' + b"0" * 400 + b', "signals": {}}',
                        b'{"time_s": "x", "signals": {}}', b'{"time_s": 1, "signals": {}}',
                        json.dumps({"time_s": 1002, "signals": {"C": {"state": "r"}}, "alarms": []}).encode()):
            sender.sendto(content, str(tmp_path / NAME))
        sender.close()

    (frame,) = _heard(tmp_path, tell)
    assert frame["time_s"] == 2.0


def _at_last(act: Callable[[], None], seconds: float = 5.0) -> None:
    """A process that another thread has just forked may hold a socket for a moment after it was closed here."""
    until = time.monotonic() + seconds
    while True:
        try:
            return act()
        except ScenarioError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def test_one_looks_at_a_time(tmp_path: Path) -> None:
    first = Listening(tmp_path / NAME, 0.0)
    with pytest.raises(ScenarioError, match="already"):
        Listening(tmp_path / NAME, 0.0)
    first.close()
    left = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    left.bind(str(tmp_path / NAME))
    left.close()  # as of one that was killed
    _at_last(lambda: Listening(tmp_path / NAME, 0.0).close())
    with pytest.raises(ScenarioError, match="where the cabinet process was started"):
        Listening(tmp_path / "nowhere" / NAME, 0.0)
    with pytest.raises(ScenarioError, match="may write"):
        Listening(tmp_path / ("x" * 200), 0.0)  # no socket has so long a name


def test_signals_without_a_place_stand_in_a_row() -> None:
    scene = in_a_row("site", {"C": [("way 1", "vehicle"), ("over 2", "pedestrian")]})
    (signal,) = scene.signals
    assert [(head.lane, head.direction) for head in signal.heads] == [("way 1", ""), ("over 2", "walk")]
    json.dumps(scene.as_json())


def test_it_needs_no_sumo(tmp_path: Path) -> None:
    """The command beside a cabinet, where nothing of SUMO can be imported."""
    content = crossing()
    content["service"] = {"folder": str(tmp_path)}
    path = tmp_path / "site.toml"
    path.write_text(write_toml(parse_site(content, "site")), encoding="utf-8")
    names = ("sumolib", "traci", "libsumo", "networkx", "rich", "scipy")
    without = f"import sys; sys.modules.update(dict.fromkeys({names!r}))"
    program = f"{without}; from bench.cli.main import main; sys.exit(main(['live', {str(path)!r}, '--port', '0']))"
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               text=True, cwd=Path(__file__).resolve().parents[2])  # fmt: skip
    assert process.stdout is not None
    line = process.stdout.readline()
    found = re.search(r"http://127\.0\.0\.1:[0-9]+", line)
    assert found is not None, line
    telling = Telling(tmp_path)
    until = time.monotonic() + 20.0
    while time.monotonic() < until:
        telling.second(time.time(), [process_of()])
        answer = httpx.get(f"{found[0]}/v1/signal", params={"id": "C"})
        if answer.status_code == 200:
            break
        time.sleep(0.1)
    assert answer.json()["state"] == "GGr"
    telling.close()
    process.send_signal(signal.SIGINT)
    process.wait(20.0)
    process.stdout.close()
