"""Who asks for green on a street, passed on as the field does it: by a generator of NTCIP 1211, or by a controller.

What the field does not carry is lost here, too: NTCIP 1211 knows neither persons nor timetables.
"""

from __future__ import annotations

import contextlib
import math
import socket
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from controllers.cabinet.site import SignalSite
from controllers.field.ber import OCTETS, SET, Message, Row, encode
from controllers.field.ntcip1211 import CANCEL, MOST_LEVEL, NAME, REQUEST, TIMES
from controllers.field.tlcfi.special import Priority, Type
from controllers.port import RequestPort
from signal_core.requests import STANDS, RequestClass

CLASSES: Mapping[RequestClass, tuple[int, str]] = {
    RequestClass.EMERGENCY: (1, "emergency"), RequestClass.RAIL: (1, "emergency"), RequestClass.TRAM: (2, "tram"),
    RequestClass.TRANSIT: (3, "transit"), RequestClass.CYCLIST: (4, "cyclist"), RequestClass.OTHER: (10, "other")}
"""vehicleClassType of NTCIP 1211, and who that is in a site file."""
TYPES = {RequestClass.TRANSIT: 1, RequestClass.TRAM: 2, RequestClass.EMERGENCY: 5, RequestClass.RAIL: 5}
"""vehType of TLC-FI."""
URGENT = (RequestClass.EMERGENCY, RequestClass.RAIL)
MOST_S, MOST_VEHICLES = 65_535, 32_767


class StreetRequests:
    """Of all signals of a run. `second` once a second."""

    def __init__(self, port: RequestPort, sites: Sequence[SignalSite], kinds: Sequence[RequestClass]) -> None:
        self._port, self._n = port, len(sites)
        self._places = [(k, group.channel) for k, site in enumerate(sites) for group in site.groups
                        for _ in group.links]
        keys = [(site.id, index) for site in sites for group in site.groups for index in group.links]
        port.watch_requests({key: number for number, key in enumerate(keys)}, kinds)

    def second(self) -> list[list[tuple[int, Any]]]:
        """Per signal (channel, message) of those who ask there."""
        found: list[list[tuple[int, Any]]] = [[] for _ in range(self._n)]
        for row in self._port.read_requests():
            signal, channel = self._places[int(row["link"])]
            found[signal].append((channel, row))
        return found


class Generator:
    """SETs requests at a process's port; the service strategy is the channel. Answers are not waited for."""

    def __init__(self, host: str, port: int, community: str) -> None:
        self._where, self._community = (host, port), community.encode()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)

    def tell(self, rows: Iterable[tuple[int, Any]]) -> None:
        """Pass on what is asked in this second; nobody there to hear it is no error."""
        for channel, row in rows:
            oid, value = _by_1211(channel, row)
            message = Message(0, self._community, SET, int(row["id"]) & 0x7FFFFFFF, [Row(oid, OCTETS, value)])
            with contextlib.suppress(OSError):
                self._socket.sendto(encode(message), self._where)

    def close(self) -> None:
        """Give the socket back."""
        self._socket.close()


def _by_1211(channel: int, row: Any) -> tuple[tuple[int, ...], bytes]:
    """The object to be written, and its value."""
    kind, level = RequestClass(int(row["kind"])), MOST_LEVEL - min(int(row["level"]), MOST_LEVEL - 1)
    name = NAME.pack(1, f"{int(row['id'])}".encode().ljust(17), CLASSES[kind][0], level, channel)
    if int(row["cancel"]) != STANDS:
        return CANCEL, name
    first_s, last_s = (min(max(round(float(row[key])), 0), MOST_S) for key in ("earliest_s", "latest_s"))
    return REQUEST, name + TIMES.pack(first_s, max(first_s, last_s))


def special_vehicle(channel: int, row: Any) -> dict[str, Any]:
    """A message as an event of TLC-FI."""
    kind = RequestClass(int(row["kind"]))
    event = {"directionSG": channel, "vehType": TYPES.get(kind, 0), "vehId": int(row["id"]) % MOST_VEHICLES,
             "type": int(Type.CHECK_IN if int(row["cancel"]) == STANDS else Type.CHECK_OUT),
             "priorityClass": int(Priority.ALARM_LIGHT if kind in URGENT else Priority.UNKNOWN),
             "timeToStopLine": max(round(float(row["earliest_s"])), 0)}  # fmt: skip
    lateness_s = float(row["lateness_s"])
    return event | ({"punctualityTime": round(lateness_s)} if math.isfinite(lateness_s) else {})
