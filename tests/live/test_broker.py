"""Observations to a real broker: names, retained descriptions, last will, TLS, and a broker that is not there."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from controllers.live.broker import STATUS, Address, Publisher, address_of
from controllers.live.sensorthings import catalogue, topic
from network.errors import ScenarioError
from tests.live.frames import frame, scene
from tests.live.mosquitto import Broker, certificates

MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
needs_broker = pytest.mark.skipif(MOSQUITTO is None, reason="no mosquitto here: apt-get install mosquitto")
EPOCH = "2026-06-01T06:00:00Z"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """Without TLS."""
    with Broker(str(MOSQUITTO), tmp_path) as found:
        yield found


class Listener:
    """Keeps all that a broker tells."""

    def __init__(self, broker: Broker) -> None:
        self.heard: list[tuple[str, str, bool]] = []
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self._client.on_message = lambda client, data, message: self.heard.append(
            (message.topic, message.payload.decode(), message.retain))
        ready = threading.Event()
        self._client.on_subscribe = lambda *_: ready.set()
        if broker.ca is not None:
            self._client.tls_set(ca_certs=str(broker.ca))
        self._client.connect("localhost", broker.port)
        self._client.loop_start()
        self._client.subscribe("v1.1/#", qos=1)
        assert ready.wait(10.0)

    def wait(self, what: Any, seconds: float = 10.0) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if any(what(*one) for one in list(self.heard)):
                return
            time.sleep(0.02)
        raise AssertionError(self.heard[-5:])

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def _until_connected(publisher: Publisher) -> None:
    until = time.monotonic() + 15.0
    while not publisher._client.is_connected() and time.monotonic() < until:
        time.sleep(0.02)
    assert publisher._client.is_connected()


@needs_broker
def test_every_change_is_told_by_the_names_of_sensorthings(broker: Broker) -> None:
    listener, publisher = Listener(broker), Publisher(Address("localhost", broker.port, False), scene(), EPOCH)
    _until_connected(publisher)
    for t in range(30):
        publisher.second(frame(float(t)))
    streams = {topic(stream): stream for stream in catalogue(scene()).streams}
    lamp = next(name for name, stream in streams.items() if (stream.signal, stream.lamp, stream.layer) ==
                ("s0", 0, "primary_signal"))  # fmt: skip
    listener.wait(lambda name, text, _: name == lamp and json.loads(text)["phenomenonTime"].endswith("06:00:24.000Z"))
    told = [(json.loads(text)["phenomenonTime"][17:19], json.loads(text)["result"])
            for name, text, _ in listener.heard if name == lamp]  # fmt: skip
    assert told[:4] == [("00", 3), ("03", 2), ("04", 1), ("10", 3)]
    layers = {streams[name].layer for name, _, _ in listener.heard if name in streams}
    assert layers == {"primary_signal", "detector_car", "detector_pedestrian", "signal_program", "cycle_second"}
    described = [json.loads(text) for name, text, _ in listener.heard if name.startswith("v1.1/Things")]
    assert {one["properties"]["trafficLightsID"] for one in described} == {"s0", "s1"}
    publisher.close()
    listener.wait(lambda name, text, _: (name, text) == (STATUS, "offline"))
    listener.close()


@needs_broker
def test_who_comes_late_is_told_what_is_now(broker: Broker) -> None:
    publisher = Publisher(Address("localhost", broker.port, False), scene(), EPOCH)
    _until_connected(publisher)
    publisher.second(frame(0.0))
    time.sleep(0.5)
    listener = Listener(broker)
    listener.wait(lambda name, text, retained: name == STATUS and text == "online" and retained)
    listener.wait(lambda name, text, retained: name.endswith("/Observations") and retained)
    publisher.close()
    listener.close()


@needs_broker
def test_the_last_will_says_that_it_is_gone(broker: Broker) -> None:
    listener, publisher = Listener(broker), Publisher(Address("localhost", broker.port, False), scene(), EPOCH)
    _until_connected(publisher)
    listener.wait(lambda name, text, _: (name, text) == (STATUS, "online"))
    publisher._client._sock_close()  # as a wire that is cut
    publisher._client.loop_stop()
    listener.wait(lambda name, text, _: (name, text) == (STATUS, "offline"), 60.0)
    listener.close()


@needs_broker
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # paho leaves who is refused
def test_over_tls(tmp_path: Path) -> None:
    made = certificates(tmp_path)
    with Broker(str(MOSQUITTO), tmp_path, made) as broker:
        listener = Listener(broker)
        publisher = Publisher(address_of(f"mqtts://localhost:{broker.port}", str(broker.ca)), scene(), EPOCH)
        _until_connected(publisher)
        publisher.second(frame(0.0))
        listener.wait(lambda name, text, _: name.endswith("/Observations"))
        publisher.close()
        stranger = Publisher(address_of(f"mqtts://localhost:{broker.port}"), scene(), EPOCH)
        time.sleep(1.0)
        assert not stranger._client.is_connected()  # nobody it knows has signed this
        stranger.close()
        listener.close()


def test_a_broker_that_is_away_costs_nothing() -> None:
    publisher = Publisher(Address("127.0.0.1", 9, False), scene(200), EPOCH)
    spent_s = []
    for t in range(50):
        began = time.perf_counter()
        publisher.second(frame(float(t), 200))
        spent_s.append(time.perf_counter() - began)
    assert sorted(spent_s)[len(spent_s) // 2] < 0.1  # the machine may be busy
    assert publisher.dropped > 0
    assert publisher.sent == 0
    publisher.close()


@needs_broker
def test_a_broker_that_stands_costs_nothing(broker: Broker) -> None:
    publisher = Publisher(Address("localhost", broker.port, False), scene(300), EPOCH)
    _until_connected(publisher)
    broker.stop()
    spent_s = []
    for t in range(100):
        began = time.perf_counter()
        publisher.second(frame(float(t), 300, ("ADAPTIVE", "FIXED")[t % 2]))
        spent_s.append(time.perf_counter() - began)
    assert sorted(spent_s)[len(spent_s) // 2] < 0.1  # the machine may be busy
    broker.go_on()
    publisher.close()


@pytest.mark.parametrize("url", ["http://x", "mqtt://", "mqtt://h:99999", "mqtt://h/path", "h:1883"])
def test_bad_addresses_are_named(url: str) -> None:
    with pytest.raises(ScenarioError, match="--mqtt"):
        address_of(url)


def test_addresses() -> None:
    assert address_of("mqtt://[::1]") == Address("::1", 1883, False)
    assert address_of("mqtts://a%40b:c@h:99") == Address("h", 99, True, "a@b", "c")
    with pytest.raises(ScenarioError, match="--mqtt-ca"):
        address_of("mqtts://h", "/nowhere.pem")


