"""A railway across a road, close before a signal: its queue reaches back over the track."""

from __future__ import annotations

import random
from pathlib import Path

from scenarios.generated import make_from_plain, poisson_trips, write_config, write_trips

STORAGE_M = 60.0
"""From the track to the signal."""
ROAD_VPH, CROSS_VPH = 550.0, 450.0
TRAIN_EVERY_S, TRAIN_FROM_S, END_S = 180, 150, 1200
NODES = {"C": (0, 0, "traffic_light"), "X": (-STORAGE_M - 10, 0, "rail_crossing"), "W": (-400, 0, "priority"),
         "E": (400, 0, "priority"), "N": (0, 400, "priority"), "S": (0, -400, "priority"),
         "A": (-STORAGE_M - 10, 1500, "priority"), "B": (-STORAGE_M - 10, -800, "priority")}  # fmt: skip
ROADS = ("WX", "XC", "CX", "XW", "CE", "EC", "NC", "CN", "SC", "CS")
RAILS = ("AX", "XB")


def write_level_crossing(folder: str | Path, seed: int = 1) -> Path:
    """Network, demand and configuration; returns the .sumocfg."""
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    nodes = (f'<node id="{name}" x="{x:g}" y="{y:g}" type="{kind}"/>' for name, (x, y, kind) in NODES.items())
    edges = [f'<edge id="{e}" from="{e[0]}" to="{e[1]}" numLanes="1" speed="13.89" disallow="rail"/>' for e in ROADS]
    edges += [f'<edge id="{e}" from="{e[0]}" to="{e[1]}" numLanes="1" speed="27" allow="rail"/>' for e in RAILS]
    make_from_plain(place, nodes, edges, [], place / "level_crossing.net.xml")
    flows = [("WX", "CE", ROAD_VPH), ("EC", "XW", ROAD_VPH), ("NC", "CS", CROSS_VPH), ("SC", "CN", CROSS_VPH),
             ("NC", "XW", 60.0), ("WX", "CS", 60.0)]  # fmt: skip
    routes = place / "level_crossing.rou.xml"
    write_trips(poisson_trips(flows, END_S, random.Random(seed)), routes)
    trains = (f'<flow id="train" type="train" begin="{TRAIN_FROM_S}" end="{END_S}" period="{TRAIN_EVERY_S}" '
              'from="AX" to="XB" departSpeed="max"/>')  # fmt: skip
    text = routes.read_text(encoding="utf-8").replace(
        "<routes>", f'<routes>\n    <vType id="train" vClass="rail" length="100"/>\n    {trains}', 1)
    routes.write_text(_in_order(text), encoding="utf-8")
    return write_config(place, "level_crossing", END_S)


def _in_order(text: str) -> str:
    """SUMO wants the flow where its first vehicle departs."""
    lines = text.splitlines()
    flow = next(line for line in lines if "<flow" in line)
    lines.remove(flow)
    later = next(k for k, line in enumerate(lines)
                 if 'depart="' in line and float(line.partition('depart="')[2].partition('"')[0]) > TRAIN_FROM_S)
    return "\n".join([*lines[:later], flow, *lines[later:], ""])
