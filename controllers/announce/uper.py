"""SPATEM and MAPEM in the coding that goes on air (UPER), by the ASN.1 modules that the user has from ETSI or ISO.

The modules are not ours to give away: TS 103 301 and ISO/TS 19091 are free to fetch. Messages are translated from their
JSON, name by name, as the standard spells them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from network.errors import ScenarioError

MESSAGES = {"spatem": ("SPATEM", 4, "spat"), "mapem": ("MAPEM", 5, "map")}
"""By JSON's message_type: the type, its number in the header, its field."""
EVENTS = ("unavailable", "dark", "stop-Then-Proceed", "stop-And-Remain", "pre-Movement", "permissive-Movement-Allowed",
          "protected-Movement-Allowed", "permissive-clearance", "protected-clearance",
          "caution-Conflicting-Traffic")  # fmt: skip
STATUS = ("manualControlIsEnabled", "stopTimeIsActivated", "failureFlash", "preemptIsActive", "signalPriorityIsActive",
          "fixedTimeOperation", "trafficDependentOperation", "standbyOperation", "failureMode", "off",
          "recentMAPmessageUpdate", "recentChangeInMAPassignedLanesIDsUsed", "noValidMAPisAvailableAtThisTime",
          "noValidSPATisAvailableAtThisTime")  # fmt: skip
DIRECTIONS = ("ingressPath", "egressPath")
SHARED = ("overlappingLaneDescriptionProvided", "multipleLanesTreatedAsOneLane", "otherNonMotorizedTrafficTypes",
          "individualMotorizedVehicleTraffic", "busVehicleTraffic", "taxiVehicleTraffic", "pedestriansTraffic",
          "cyclistVehicleTraffic", "trackedVehicleTraffic", "pedestrianTraffic")  # fmt: skip
MANEUVERS = ("maneuverStraightAllowed", "maneuverLeftAllowed", "maneuverRightAllowed", "maneuverUTurnAllowed",
             "maneuverLeftTurnOnRedAllowed", "maneuverRightTurnOnRedAllowed", "maneuverLaneChangeAllowed",
             "maneuverNoStoppingAllowed", "yieldAllwaysRequired", "goWithHalt", "caution", "reserved1")  # fmt: skip
LANES = {
    "vehicle": ("vehicle", 8, ("isVehicleRevocableLane", "isVehicleFlyOverLane", "hovLaneUseOnly",
                               "restrictedToBusUse", "restrictedToTaxiUse", "restrictedFromPublicUse")),
    "crosswalk": ("crosswalk", 16, ()), "bike_lane": ("bikeLane", 16, ()), "sidewalk": ("sidewalk", 16, ()),
    "tracked_vehicle": ("trackedVehicle", 16, ()),
}  # fmt: skip
"""By JSON's lane_type: its name in the standard, bits, and what they are called."""
LONGEST_NAME = 63
Bits = tuple[bytes, int]


class Codec:
    """Compiled from files of ASN.1."""

    def __init__(self, modules: Sequence[Path]) -> None:
        """Raises ScenarioError where asn1tools is missing, or the modules cannot be compiled or lack what is needed."""
        try:
            import asn1tools
        except ModuleNotFoundError as error:
            raise ScenarioError("UPER needs the package asn1tools: install signal-core[sumo,live]") from error
        names = ", ".join(map(str, modules))
        try:
            self._compiled: Any = asn1tools.compile_files([str(path) for path in modules], "uper")
        except (OSError, UnicodeDecodeError, ValueError, RecursionError, asn1tools.CompileError,
                asn1tools.ParseError) as error:  # fmt: skip
            raise ScenarioError(f"{names}: cannot be compiled as ASN.1 ({str(error)[:120]}); give all modules of "
                                "SPATEM and MAPEM, separated by commas") from error
        self._error = asn1tools.Error
        if not any(name in self._compiled.types for name, _, _ in MESSAGES.values()):
            raise ScenarioError(f"{names}: no type SPATEM or MAPEM in it; give the modules of ETSI TS 103 301")

    def encode(self, message: Mapping[str, Any]) -> bytes:
        """A message of `spat_messages` or `map_messages`. Raises ScenarioError where there is no room for it."""
        name, number, field = MESSAGES[message["message_type"]]
        content = message["message"]
        station = content["station_id"]
        header = {"protocolVersion": content["protocol_version"], "messageID": number, "messageId": number,
                  "stationID": station, "stationId": station}  # fmt: skip
        body = _spat(content) if field == "spat" else _map(content)
        try:
            return bytes(self._compiled.encode(name, {"header": header, field: body}, check_constraints=True))
        except (self._error, KeyError, ValueError, OverflowError) as error:
            raise ScenarioError(f"{name}: the modules have no room for it ({str(error)[:160]})") from error


def bits(names: Sequence[str], order: Sequence[str], size: int) -> Bits:
    """A bit string in which the first name is the first bit."""
    value = sum(1 << (size - 1 - order.index(name)) for name in names)
    whole = (size + 7) // 8
    return (value << (8 * whole - size)).to_bytes(whole, "big"), size


def _name(text: str) -> dict[str, str]:
    """Left out where it is no text of the standard."""
    return {"name": text[:LONGEST_NAME]} if text.isascii() and text else {}


def _spat(content: Mapping[str, Any]) -> dict[str, Any]:
    return {"timeStamp": content["timestamp"], "intersections": [{
        **_name(one["name"]), "id": one["id"], "revision": one["revision"], "status": bits(one["status"], STATUS, 16),
        "moy": one["moy"], "timeStamp": one["timestamp"],
        "states": [{"signalGroup": state["signal_group"],
                    "state-time-speed": [_event(event) for event in state["state_time_speed"]]}
                   for state in one["states"]],
    } for one in content["intersections"]]}  # fmt: skip


def _event(event: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"eventState": EVENTS[event["event_state"]]}
    if "timing" in event:
        names = {"min_end_time": "minEndTime", "max_end_time": "maxEndTime", "likely_time": "likelyTime",
                 "confidence": "confidence", "next_time": "nextTime"}  # fmt: skip
        found["timing"] = {names[key]: value for key, value in event["timing"].items()}
    return found


def _map(content: Mapping[str, Any]) -> dict[str, Any]:
    return {"timeStamp": content["timestamp"], "msgIssueRevision": content["msg_issue_revision"],
            "layerType": content["layer_type"], "intersections": [{
                **_name(one["name"]), "id": one["id"], "revision": one["revision"],
                "refPoint": {"lat": one["ref_point"]["latitude"], "long": one["ref_point"]["longitude"]},
                "laneWidth": one["lane_width"], "laneSet": [_lane(lane) for lane in one["lane_set"]],
            } for one in content["intersections"]]}  # fmt: skip


def _lane(lane: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"laneID": lane["lane_id"], **_name(lane["name"]),
                             "laneAttributes": _attributes(lane["lane_attributes"]),
                             "nodeList": ("nodes", [_node(node) for node in lane["node_list"]["nodes"]])}  # fmt: skip
    if "maneuvers" in lane:
        found["maneuvers"] = bits(lane["maneuvers"], MANEUVERS, 12)
    if "connects_to" in lane:
        found["connectsTo"] = [_connection(one) for one in lane["connects_to"]]
    return found


def _attributes(attributes: Mapping[str, Any]) -> dict[str, Any]:
    ((kind, uses),) = attributes["lane_type"].items()
    name, size, order = LANES[kind]
    return {"directionalUse": bits(attributes["directional_use"], DIRECTIONS, 2),
            "sharedWith": bits(attributes["shared_with"], SHARED, 10), "laneType": (name, bits(uses, order, size))}


def _node(node: Mapping[str, Any]) -> dict[str, Any]:
    at = node["delta"]["node_lat_lon"]
    found: dict[str, Any] = {"delta": ("node-LatLon", {"lon": at["lon"], "lat": at["lat"]})}
    if "attributes" in node:
        found["attributes"] = {"localNode": list(node["attributes"]["local_node"])}
    return found


def _connection(one: Mapping[str, Any]) -> dict[str, Any]:
    to: dict[str, Any] = {"lane": one["connecting_lane"]["lane"]}
    if "maneuver" in one["connecting_lane"]:
        to["maneuver"] = bits(one["connecting_lane"]["maneuver"], MANEUVERS, 12)
    return {"connectingLane": to, "signalGroup": one["signal_group"]}
