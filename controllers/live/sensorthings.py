"""Names of OGC SensorThings as Hamburg publishes its signals (TLD: traffic light data): one thing per lane and turn.

A thing has datastreams, told apart by ``layerName``: primary_signal (what the lamp shows), detector_car (vehicles that
stand on its lane), signal_program, cycle_second; of a crossing primary_signal and detector_pedestrian. Observations
come on ``v1.1/Datastreams(ID)/Observations``, results as Hamburg codes them: 0 dark, 1 red, 2 amber, 3 green, 4 red and
amber, 5 amber flashing, 6 green flashing, 9 unknown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from controllers.announce.watch import Frame
from controllers.live.scene import Head, Scene, SignalPlace

BASE = "v1.1"
RESULTS = {"r": 1, "u": 4, "s": 1, "y": 2, "Y": 2, "g": 3, "G": 3, "o": 5, "O": 0}
UNKNOWN = 9
OBSERVED = {
    "primary_signal": "the state of a lamp: 0 dark, 1 red, 2 amber, 3 green, 4 red and amber, 5 amber flashing",
    "detector_car": "vehicles that stand on the lane, as they are estimated",
    "detector_pedestrian": "1 while somebody on foot has called",
    "signal_program": "0 adaptive, 1 the last good plan, 2 the fixed-time plan",
    "cycle_second": "second in the cycle; without one, seconds since the signal last changed",
}  # fmt: skip
PROGRAMS = {"ADAPTIVE": 0, "LAST_GOOD": 1, "FIXED": 2}


@dataclass(frozen=True)
class Datastream:
    """What is observed of a lamp of a signal, or of the signal as a whole (lamp -1)."""

    id: int
    thing: int
    layer: str
    signal: str
    lamp: int
    lane: str


@dataclass(frozen=True)
class Catalogue:
    """Things and their datastreams, numbered from 1 in the order of the scene."""

    things: tuple[dict[str, Any], ...]
    streams: tuple[Datastream, ...]

    def entity(self, stream: Datastream) -> dict[str, Any]:
        """A datastream as SensorThings describes it."""
        return {
            "@iot.id": stream.id, "name": f"{stream.layer} of {stream.signal}", "description": OBSERVED[stream.layer],
            "observationType": "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
            "unitOfMeasurement": {"name": None, "symbol": None, "definition": None},
            "properties": {"layerName": stream.layer, "serviceName": "traffic_lights", "laneID": stream.lane,
                           "connectionID": str(stream.lamp)},
            "Thing": {"@iot.id": stream.thing},
        }  # fmt: skip


def topic(stream: Datastream) -> str:
    """Of its observations."""
    return f"{BASE}/Datastreams({stream.id})/Observations"


def catalogue(scene: Scene) -> Catalogue:
    """All things of a scene."""
    things: list[dict[str, Any]] = []
    streams: list[Datastream] = []
    for signal in scene.signals:
        for head in signal.heads or [Head(k, signal.at) for k in range(signal.lamps)]:
            things.append(_thing(len(things) + 1, scene, signal, head))
            layers = ["primary_signal", "detector_pedestrian" if head.direction == "walk" else "detector_car"]
            layers += ["signal_program", "cycle_second"] if head.index == 0 else []
            for layer in layers:
                streams.append(Datastream(len(streams) + 1, len(things), layer, signal.id, head.index, head.lane))
    return Catalogue(tuple(things), tuple(streams))


def _thing(number: int, scene: Scene, signal: SignalPlace, head: Head) -> dict[str, Any]:
    at = scene.places.get(signal.id)
    return {
        "@iot.id": number, "name": f"{signal.id}_{head.index}", "description": f"lane {head.lane} at {signal.id}",
        "properties": {"topic": "Transport und Verkehr", "assetID": f"{signal.id}_{head.index}",
                       "trafficLightsID": signal.id, "connectionID": str(head.index), "laneType": head.direction},
        "Locations": [] if at is None else [
            {"encodingType": "application/vnd.geo+json",
             "location": {"type": "Feature", "geometry": {"type": "Point", "coordinates": [at[1], at[0]]}}}],
    }  # fmt: skip


class Observer:
    """What has changed since the frame before, as observations."""

    def __init__(self, found: Catalogue, epoch: datetime) -> None:
        self._catalogue, self._epoch = found, epoch
        self._last: dict[int, float] = {}
        self._changed_s: dict[str, tuple[str, float]] = {}

    def again(self) -> None:
        """Say everything once more."""
        self._last.clear()

    def second(self, frame: Frame) -> Iterator[tuple[Datastream, dict[str, Any]]]:
        """Observations of a frame; what is as it was is not said again, but for the second of the cycle."""
        now = stamp(self._epoch, frame["time_s"])
        for signal, said in frame["signals"].items():
            if self._changed_s.get(signal, ("", 0.0))[0] != said["state"]:
                self._changed_s[signal] = said["state"], frame["time_s"]
        for stream in self._catalogue.streams:
            said = frame["signals"].get(stream.signal)
            value = None if said is None else self._value(stream, said, frame["time_s"])
            if value is not None and self._last.get(stream.id) != value:
                self._last[stream.id] = value
                yield stream, {"phenomenonTime": now, "resultTime": now, "result": value,
                               "Datastream": {"@iot.id": stream.id}}  # fmt: skip

    def _value(self, stream: Datastream, said: dict[str, Any], time_s: float) -> float | None:
        if stream.layer == "primary_signal":
            return RESULTS.get(said["state"][stream.lamp], UNKNOWN) if stream.lamp < len(said["state"]) else UNKNOWN
        if stream.layer == "signal_program":
            return PROGRAMS.get(said["mode"], UNKNOWN)
        if stream.layer == "cycle_second":
            return round(time_s - self._changed_s[stream.signal][1])
        if stream.layer == "detector_pedestrian":
            return int(any(request["link"] == stream.lamp for request in said["requests"]))
        return next((queue["vehicles"] for queue in said["queues"] if queue["lane"] == stream.lane), None)


def stamp(epoch: datetime, time_s: float) -> str:
    """UTC with milliseconds."""
    return (epoch + timedelta(seconds=time_s)).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
