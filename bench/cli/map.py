"""``signal-core map``: where the lanes, stop lines and signal groups of a network are, as MAPEM."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from bench.cli.announcing import add_air_option, add_sender_options, codec_of, line_of, sender_of
from bench.runs.console import make_console
from bench.runs.stored import stay_inside
from controllers.announce.mapem import map_messages
from network.errors import ScenarioError
from network.files import writing
from network.roads.reader import read_network
from scenarios.config import load_scenario

NETWORK = Path("prepared") / "network.net.xml.gz"


def register(commands: Any) -> None:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "map",
        help="lanes, stop lines and signal groups of a network as MAPEM (JSON)",
        description="Write MAPEM, the map that SPaT refers to: every lane with its course in WGS84, where it leads and "
        "which signal group lets it go. One message per line, up to 32 intersections in each.",
    )
    parser.add_argument("source", metavar="CFG|DIR", help="a .sumocfg, a network, or what compare or run wrote into")
    parser.add_argument("--at", metavar="LAT,LON", help="where (0, 0) lies, of a network without a projection")
    add_sender_options(parser)
    add_air_option(parser)
    parser.add_argument("-o", "--output", default="map.json", metavar="FILE", help="default: map.json")
    parser.set_defaults(command=command)


def command(given: argparse.Namespace) -> int:
    """Write the map of the network the options name."""
    codec = codec_of(given)
    network = read_network(network_of(given.source))
    messages = list(map_messages(network, sender_of(given), degrees(given.at)))
    path = Path(given.output).absolute()
    with writing(path):
        path.write_text("".join(line_of(message, codec) for message in messages), encoding="utf-8")
    places = [place for message in messages for place in message["message"]["intersections"]]
    lanes = sum(len(place["lane_set"]) for place in places)
    make_console().print(f"{len(places)} intersections, {lanes} lanes: {path}", soft_wrap=True)
    return 0


def network_of(source: str) -> Path:
    """The network of a results folder, of a configuration, or itself."""
    path = Path(source)
    if path.is_dir():
        home = path.absolute()
        return stay_inside(home, home / NETWORK)
    if path.name.endswith((".net.xml", ".net.xml.gz")):
        return path
    return Path(load_scenario(source).net_file)


def degrees(text: str | None) -> tuple[float, float] | None:
    """``LAT,LON``. Raises ScenarioError where it is no place."""
    if text is None:
        return None
    try:
        lat, lon = (float(part) for part in text.split(","))
    except ValueError:
        lat = lon = float("nan")
    if not (-85.0 <= lat <= 85.0 and -180.0 <= lon <= 180.0):
        raise ScenarioError(f"--at '{text[:40]}': not a latitude from -85 to 85 and a longitude; write 50.94,6.96")
    return lat, lon
