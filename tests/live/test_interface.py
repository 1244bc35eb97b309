"""The open interface: what it says of itself is what it does, for whoever may ask."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings

from controllers.announce.envelope import Sender, moment
from controllers.announce.on_air import SpatWriter
from controllers.live.access import Access, Token
from controllers.live.app import Board, make_app
from controllers.live.hub import Hub
from controllers.live.serve import LOCAL, bind, is_local, url_of
from controllers.live.store import Store
from network.errors import ScenarioError
from tests.controllers.its_schemas import validator
from tests.live.frames import frame, scene, served


def _board(seconds: int = 20, access: Access | None = None, signals: int = 2) -> Board:
    hub = Hub(Store(None))
    for t in range(seconds):
        hub.publish(frame(float(t), signals))
    spat = SpatWriter(Sender(moment("2026-06-01T06:00:00Z"))).messages
    return Board(scene(signals), hub, access or Access(per_s=1e5, burst=100_000), spat=spat,
                 free_s={"w0": 20.0, "out": 14.44})  # fmt: skip


@pytest.fixture
def client() -> TestClient:
    """Of a board of twenty seconds."""
    return TestClient(make_app(_board()))


def test_it_says_what_frames_said(client: TestClient) -> None:
    status = client.get("/v1/status").json()
    assert (status["time_s"], status["first_s"], status["signals"]) == (19.0, 0.0, 2)
    one = client.get("/v1/signal", params={"id": "s1", "time_s": 7}).json()
    assert one == {"id": "s1", "time_s": 7.0, **frame(7.0)["signals"]["s1"]}
    assert [row["id"] for row in client.get("/v1/signals").json()["signals"]] == ["s0", "s1"]
    strip = client.get("/v1/strip", params={"id": "s0", "past_s": 5}).json()
    assert strip["planned"][0]["from_s"] == 19.0
    assert strip["past"][0]["from_s"] == 14.0
    assert [stop["at_m"] for stop in client.get("/v1/corridor").json()["stops"]] == [0.0, 200.0]
    assert client.get("/v1/alarms").json()["alarms"][0]["status"] == "STUCK"


def test_what_roads_take(client: TestClient) -> None:
    found = client.get("/v1/travel_times", params={"time_s": 7}).json()
    assert found == {"time_s": 7.0, "edges": [
        {"edge": "w0", "free_s": 20.0, "delay_s": 12.5, "travel_s": 32.5},
        {"edge": "out", "free_s": 14.4, "delay_s": None, "travel_s": 14.4}]}  # fmt: skip
    unknown = TestClient(make_app(Board(scene(), Hub(Store(None)), Access())))
    assert unknown.get("/v1/travel_times").status_code == 404


def test_messages_are_valid_by_the_public_schema(client: TestClient) -> None:
    of_spat = validator("spatem")
    for t in range(20):
        for message in client.get("/v1/spat", params={"time_s": t}).json():
            of_spat.validate(message)


def test_what_is_not_there_is_told_in_a_line(client: TestClient) -> None:
    for path in ("/v1/signal?id=nobody", "/v1/strip?id=nobody", "/v1/map", "/v1/signals?time_s=-0.0001", "/nothing",
                 "/static/../app.py", "/static/app.py"):  # fmt: skip
        assert client.get(path).status_code in (404, 422)
    assert TestClient(make_app(_board(0))).get("/v1/signals").status_code == 503
    for method in ("POST", "PUT", "DELETE", "PATCH"):  # nothing can be ordered
        for path in ("/v1/signal", "/v1/signals", "/", "/v1/stream"):
            assert client.request(method, path).status_code == 405


def test_nothing_comes_from_elsewhere(client: TestClient) -> None:
    page = client.get("/")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for text in (page.text, *(client.get(f"/static/{name}").text for name in ("live.js", "draw.js", "live.css"))):
        assert "http://" not in text.replace("http://www.w3.org", "")
        assert "https://" not in text
    assert client.get("/static/icon.svg").status_code == 200


def _token(secret: str, *scopes: str) -> Token:
    return Token(secret, hashlib.sha256(secret.encode()).hexdigest(), frozenset(scopes))


def test_tokens_open_what_they_are_for() -> None:
    access = Access((_token("lamps", "signals"), _token("all", "signals", "detectors", "stream")), 1e5, 100_000)
    client = TestClient(make_app(_board(access=access)))
    lamps, everything = ({"Authorization": f"Bearer {name}"} for name in ("lamps", "all"))
    assert client.get("/").status_code == 200  # the page itself tells nothing
    assert client.get("/v1/signals").status_code == 401
    assert client.get("/v1/signals", headers={"Authorization": "Bearer wrong"}).status_code == 401
    one = client.get("/v1/signal?id=s0", headers=lamps).json()
    assert (one["queues"], one["requests"]) == (None, None)
    assert client.get("/v1/signal?id=s0", headers=everything).json()["queues"]
    for path in ("/v1/alarms", "/v1/stream"):
        assert client.get(path, headers=lamps).status_code == 403


def test_who_asks_too_often_waits() -> None:
    client = TestClient(make_app(_board(access=Access(per_s=1.0, burst=5))))
    answers = [client.get("/v1/status") for _ in range(8)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 3
    assert int(answers[-1].headers["retry-after"]) >= 1


def test_the_interface_does_what_its_description_says() -> None:
    app = make_app(_board())
    schema = schemathesis.openapi.from_asgi("/v1/openapi.json", app)
    told = schema.include(path_regex="^/v1/(?!stream)")
    checked: list[str] = []
    for operation in told.get_all_operations():
        _run_one(operation.ok(), checked)
    names = ("status", "scene", "signals", "signal", "strip", "corridor", "alarms", "travel_times", "spat",
             "map")
    assert {f"/v1/{name}" for name in names} == set(checked)


def _run_one(operation: Any, checked: list[str]) -> None:
    @given(case=operation.as_strategy())
    @settings(max_examples=12, deadline=None, phases=[Phase.generate], derandomize=True,
              suppress_health_check=list(HealthCheck))
    def one(case: Any) -> None:
        checked.append(operation.path)
        case.call_and_validate()

    one()


def _events(url: str, seconds: int, **params: str) -> list[dict[str, Any]]:
    found = []
    with httpx.stream("GET", f"{url}/v1/stream", params=params, timeout=10.0) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        for line in answer.iter_lines():
            if line.startswith("data: "):
                found.append(json.loads(line[6:]))
            if len(found) == seconds:
                return found
    return found


def test_every_second_is_sent_and_only_what_changed() -> None:
    board = _board(1)
    with served(make_app(board)) as url:
        def later() -> None:
            """A frame whenever the reader has taken the one before, as who is slow may miss some."""
            for t in range(1, 6):
                _wait(lambda: bool(board.hub.readers) and not any(one._frames for one in board.hub.readers))
                board.hub.publish(frame(float(t)))

        threading.Thread(target=later).start()
        events = _events(url, 6, id="s0")
    assert [event["time_s"] for event in events] == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert events[0]["signals"].keys() == {"s0", "s1"}
    for t in range(1, 6):
        assert events[t]["signals"].keys() == {name for name in ("s0", "s1") if _changed(name, t)}
    assert events[3]["signal"] == {"id": "s0", "time_s": 3.0, **frame(3.0)["signals"]["s0"]}


def _wait(until: Callable[[], bool], most_s: float = 10.0) -> None:
    end = time.monotonic() + most_s
    while not until() and time.monotonic() < end:
        time.sleep(0.02)


def _changed(name: str, t: int) -> bool:
    return bool(frame(float(t))["signals"][name]["state"] != frame(float(t - 1))["signals"][name]["state"])


def test_hostile_readers_slow_neither_the_writer_nor_others() -> None:
    """Twenty connections that ask for the stream and never read."""
    board = _board(1, signals=300)
    with served(make_app(board)) as url:
        host, port = url.removeprefix("http://").split(":")
        deaf = []
        for _ in range(20):
            one = socket.socket()
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            one.connect((host, int(port)))
            one.sendall(b"GET /v1/stream?id=s0 HTTP/1.1\r\nHost: x\r\n\r\n")
            deaf.append(one)
        _wait(lambda: len(board.hub.readers) == 20)
        assert len(board.hub.readers) == 20
        spent = []
        for t in range(1, 151):
            began = time.perf_counter()
            board.hub.publish(frame(float(t), 300, ("ADAPTIVE", "FIXED")[t % 2]))
            spent.append(time.perf_counter() - began)
            time.sleep(0.01)
        assert sorted(spent)[len(spent) // 2] < 0.05
        assert httpx.get(f"{url}/v1/status", timeout=5.0).json()["time_s"] == 150.0
        assert all(len(reader._frames) <= 4 for reader in board.hub.readers)
        assert max(reader.dropped for reader in board.hub.readers) > 0
        for one in deaf:
            one.close()


def test_both_kinds_of_addresses(tmp_path: Path) -> None:
    sockets = bind(LOCAL, 0)
    try:
        ports = {one.getsockname()[1] for one in sockets}
        assert len(ports) == 1
        assert all(url_of(one).startswith(("http://127.0.0.1:", "http://[::1]:")) for one in sockets)
        with pytest.raises(ScenarioError, match="--port"):
            bind(("127.0.0.1",), ports.pop())
    finally:
        for one in sockets:
            one.close()
    assert is_local("127.0.0.1")
    assert is_local("::1")
    assert not is_local("0.0.0.0")
