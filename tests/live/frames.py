"""A street for tests of the live page and the open interface: two signals that take turns, without a simulator."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI

from controllers.announce.watch import Frame
from controllers.live.scene import Head, LanePlace, Scene, SignalPlace, Stop
from controllers.live.serve import bind

CYCLE = ("Gr", "Gr", "gr", "yr", "rr", "rG", "rG", "rG", "ry", "rr")


def scene(signals: int = 2) -> Scene:
    """In a row, 200 m apart; each with a lane from the west and one from the south."""
    places, lanes = [], []
    for k in range(signals):
        x = 200.0 * (k % 40)
        y = 200.0 * (k // 40)
        heads = (Head(0, (x - 8, y), f"w{k}_0", "s"), Head(1, (x, y - 8), f"s{k}_0", "walk" if k == 1 else "s"))
        places.append(SignalPlace(f"s{k}", 2, (x, y), heads))
        lanes.append(LanePlace(f"w{k}_0", f"s{k}", ((x - 100, y), (x - 8, y))))
    stops = tuple(Stop(f"s{k}", 200.0 * k, (0,)) for k in range(min(signals, 4)))
    return Scene("test street", tuple(places), tuple(lanes), (((-200.0, 0.0), (200.0 * signals, 0.0)),), stops)


def frame(time_s: float, signals: int = 2, mode: str = "ADAPTIVE") -> Frame:
    """What they say at a second."""
    found = {f"s{k}": said(time_s + 3 * k, mode) for k in range(signals)}
    return {"time_s": time_s, "signals": found, "alarms": [{"what": "loop w0", "status": "STUCK"}],
            "delays": {"w0": 12.5}}  # fmt: skip


def said(at_s: float, mode: str = "ADAPTIVE") -> dict[str, Any]:
    """One signal."""
    place = int(at_s) % len(CYCLE)
    state, ahead = CYCLE[place], [*CYCLE[place:], *CYCLE[:place]]
    change = [next((k for k, then in enumerate(ahead) if then[lamp] != state[lamp]), 10) for lamp in range(2)]
    planned = [{"from_s": k, "state": then} for k, then in enumerate(ahead) if k == 0 or then != ahead[k - 1]]
    return {
        "state": state, "mode": mode, "status": ["trafficDependentOperation"], "health": "well",
        "why": "keeps phase 0", "phase": 0, "earliest_s": change,
        "latest_s": [change[0], None], "likely_s": change, "next_green_s": [None, None],
        "no_green_s": [None, None], "confidence_pct": [100, 47],
        "planned": planned, "planned_until_s": 10,
        "queues": [{"lane": "w0_0", "vehicles": 2.5, "unknown": ""}],
        "requests": [{"link": 1, "kind": "on foot", "waiting": 1.0}],
    }  # fmt: skip


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """Its address, while it is served from a thread."""
    (listener,) = bind(("127.0.0.1",), 0)
    port = listener.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", ws="none", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    until = time.monotonic() + 20.0
    while not server.started and time.monotonic() < until:
        time.sleep(0.02)
    assert server.started
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10.0)
        listener.close()
