"""Where lanes lie on the globe: shapes of the lanes that are asked for, and the network's projection to WGS84.

Only pyproj knows projections (extra ``live``); a network without one can be placed by hand, on a plane that touches the
globe there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from network.errors import ScenarioError
from network.files import unpacked

Point = tuple[float, float]
ToDegrees = Callable[[Point], Point]
"""From (x, y) of the network in m to (latitude, longitude) in degrees."""
NO_PROJECTION = ("", "!", "-", ".")
EARTH_M = 6_371_008.8
"""Mean radius of the WGS84 ellipsoid."""
DEFAULT_WIDTH_M = 3.2
"""SUMO's, of a lane that says none."""


@dataclass(frozen=True, slots=True)
class Course:
    """Where a lane runs: points (x, y) in m, in driving direction."""

    shape: tuple[Point, ...]
    width_m: float


@dataclass(frozen=True, slots=True)
class Location:
    """What a network says of its place; ``projection`` is PROJ's string, empty where there is none."""

    offset_m: Point
    projection: str


def read_geography(path: str | Path, lanes: Collection[str]) -> tuple[Location, dict[str, Course]]:
    """Place of a network and the courses of ``lanes``. Raises ScenarioError naming what cannot be read."""
    location, found = Location((0.0, 0.0), ""), {}
    try:
        with unpacked(path, "give a SUMO network") as stream:
            for _, element in ElementTree.iterparse(stream):
                if element.tag == "location":
                    location = _location(element)
                elif element.tag == "lane" and element.get("id") in lanes:
                    found[element.attrib["id"]] = _course(element)
                if element.tag != "lane":
                    element.clear()  # a city network would not fit into memory as a tree
    except (ElementTree.ParseError, ValueError, KeyError) as error:
        raise ScenarioError(f"{path}: no usable geometry ({error}); rebuild it with netconvert") from error
    return location, found


def _location(element: ElementTree.Element) -> Location:
    projection = element.get("projParameter", "!").strip()
    return Location(_point(element.get("netOffset", "0,0")), "" if projection in NO_PROJECTION else projection)


def _course(element: ElementTree.Element) -> Course:
    shape = tuple(_point(text) for text in element.attrib["shape"].split())
    return Course(shape, float(element.get("width", DEFAULT_WIDTH_M)))


def _point(text: str) -> Point:
    x, y = (float(part) for part in text.split(",")[:2])
    if not (math.isfinite(x) and math.isfinite(y)):
        raise ValueError(f"'{text}' is no place")
    return x, y


def to_degrees(location: Location, network: str, origin: Point | None = None) -> ToDegrees:
    """How to get from places in the network to degrees.

    origin: latitude and longitude of the network's (0, 0), for one without a projection. Raises ScenarioError where
    there is neither, or pyproj is missing or cannot use the projection.
    """
    if origin is not None:
        return _plane(origin)
    if not location.projection:
        raise ScenarioError(f"{network}: has no geographic projection; say where its (0, 0) lies with --at LAT,LON")
    return _projected(location, network)


def _plane(origin: Point) -> ToDegrees:
    """The plane that touches the globe at ``origin``, y to the north; a city's edge is off by a few metres."""
    lat, lon = origin
    per_rad = 180.0 / math.pi
    east_m = EARTH_M * math.cos(math.radians(lat))
    return lambda at: (lat + at[1] / EARTH_M * per_rad, lon + at[0] / east_m * per_rad)


def _projected(location: Location, network: str) -> ToDegrees:
    try:
        import pyproj
    except ModuleNotFoundError as error:
        raise ScenarioError("places in WGS84 need the package pyproj: install signal-core[sumo,live], or say where "
                            "the network's (0, 0) lies with --at LAT,LON") from error
    try:
        transformer = pyproj.Transformer.from_crs(location.projection, "EPSG:4326", always_xy=True)
    except pyproj.exceptions.ProjError as error:
        raise ScenarioError(f"{network}: its projection '{location.projection[:60]}' is none ({error})") from error
    dx, dy = location.offset_m

    def degrees(at: Point) -> Point:
        lon, lat = transformer.transform(at[0] - dx, at[1] - dy)
        if not (math.isfinite(lat) and math.isfinite(lon)):
            raise ScenarioError(f"{network}: ({at[0]:g}, {at[1]:g}) lies outside of its projection; correct <location>")
        return float(lat), float(lon)

    return degrees
