"""Observations to an MQTT broker. Whether it answers, is slow or away hurts nobody: what does not go out is dropped."""

from __future__ import annotations

import json
import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from controllers.announce.envelope import moment
from controllers.announce.watch import Frame
from controllers.live.scene import Scene
from controllers.live.sensorthings import Observer, catalogue, topic
from network.errors import ScenarioError

MOST_WAITING = 20_000
"""Messages that wait for a broker that does not take them."""
STATUS = "v1.1/status"
PORTS = {"mqtt": 1883, "mqtts": 8883}


@dataclass(frozen=True)
class Address:
    """Of a broker. ca: file of the authority that signed its certificate, None for the system's."""

    host: str
    port: int
    tls: bool
    user: str = ""
    password: str = ""
    ca: Path | None = None


def address_of(url: str, ca: str | None = None) -> Address:
    """From ``mqtt[s]://[USER:PASSWORD@]HOST[:PORT]``; HOST may be an IPv6 address in brackets. Raises ScenarioError."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ScenarioError(f"--mqtt '{url[:60]}': {error}; write mqtt://HOST:PORT or mqtts://HOST:PORT") from error
    if parts.scheme not in PORTS or not parts.hostname or parts.path not in ("", "/"):
        raise ScenarioError(f"--mqtt '{url[:60]}': write mqtt://HOST:PORT or mqtts://HOST:PORT")
    if ca is not None and not Path(ca).is_file():
        raise ScenarioError(f"--mqtt-ca {ca}: there is no such file")
    return Address(parts.hostname, port or PORTS[parts.scheme], parts.scheme == "mqtts", unquote(parts.username or ""),
                   unquote(parts.password or ""), None if ca is None else Path(ca))


class Publisher:
    """Connects by itself, again and again. sent, dropped: observations so far."""

    def __init__(self, address: Address, scene: Scene, epoch: str, retain: bool = True) -> None:
        """retain: a new reader is told the newest of everything at once. Raises ScenarioError for a bad certificate."""
        self._catalogue = catalogue(scene)
        self._observer, self._retain = Observer(self._catalogue, moment(epoch)), retain
        self.sent = self.dropped = 0
        self._described = False
        self._client = client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="")
        client.max_queued_messages_set(MOST_WAITING)
        client.max_inflight_messages_set(200)
        client.will_set(STATUS, "offline", qos=1, retain=True)
        client.on_connect = self._connected
        client.reconnect_delay_set(1, 60)
        if address.user:
            client.username_pw_set(address.user, address.password)
        if address.tls:
            try:
                client.tls_set(ca_certs=None if address.ca is None else str(address.ca),
                               tls_version=ssl.PROTOCOL_TLS_CLIENT)
            except (OSError, ssl.SSLError) as error:
                raise ScenarioError(f"--mqtt-ca {address.ca}: no certificate in it ({error})") from error
        client.connect_async(address.host, address.port, keepalive=30)
        client.loop_start()

    def _connected(self, client: mqtt.Client, *_: object) -> None:
        self._described = False
        client.publish(STATUS, "online", qos=1, retain=True)

    def second(self, frame: Frame) -> None:
        """Send what has changed; returns at once."""
        connected = self._client.is_connected()
        if connected and not self._described:
            self._described = True
            self._observer.again()  # what was said meanwhile, nobody heard
            for thing in self._catalogue.things:
                self._send(f"v1.1/Things({thing['@iot.id']})", thing)
            for stream in self._catalogue.streams:
                self._send(f"v1.1/Datastreams({stream.id})", self._catalogue.entity(stream))
        for stream, observation in self._observer.second(frame):
            if connected:
                self._send(topic(stream), observation)
            else:
                self.dropped += 1

    def _send(self, name: str, content: dict[str, object]) -> None:
        told = self._client.publish(name, json.dumps(content), qos=0, retain=self._retain)
        if told.rc == mqtt.MQTT_ERR_SUCCESS:
            self.sent += 1
        else:
            self.dropped += 1

    def close(self) -> None:
        """Say goodbye."""
        told = self._client.publish(STATUS, "offline", qos=1, retain=True)
        if self._client.is_connected():
            told.wait_for_publish(1.0)
        self._client.disconnect()
        self._client.loop_stop()
