"""A world for route advice: a street with two signals that is asked for more than it can let through, and a way round.

The way round is longer by half a kilometre and free, so nobody takes it by himself. The same arguments and seed give
the same files with the same SUMO.
"""

from __future__ import annotations

import random
from pathlib import Path

from scenarios.generated import make_from_plain, poisson_trips, write_config, write_trips

END_S, EMPTY_S = 2400, 600
SPEED_MPS = 13.89


def write_detour(folder: Path, through_vph: float = 1500.0, cross_vph: float = 900.0) -> Path:
    """Files of it; returns its .sumocfg. From `west` to `east` by the signals t1, t2, or round by r1, r2."""
    places = {"west": (-400, 0), "fork": (0, 0), "t1": (300, 0), "t2": (600, 0), "join": (900, 0), "east": (1200, 0),
              "r1": (0, -250), "r2": (900, -250), "n1": (300, 250), "s1": (300, -200), "n2": (600, 250),
              "s2": (600, -200)}  # fmt: skip
    nodes = [f'    <node id="{name}" x="{x}" y="{y}" type="{"traffic_light" if name in ("t1", "t2") else "priority"}"/>'
             for name, (x, y) in places.items()]  # fmt: skip
    roads = [("west", "fork", 2), ("fork", "t1", 1), ("t1", "t2", 1), ("t2", "join", 1), ("join", "east", 2),
             ("fork", "r1", 1), ("r1", "r2", 1), ("r2", "join", 1)]  # fmt: skip
    roads += [(a, b, 1) for k in (1, 2) for a, b in ((f"n{k}", f"t{k}"), (f"t{k}", f"s{k}"))]
    edges = [f'    <edge id="{a}_{b}" from="{a}" to="{b}" numLanes="{lanes}" priority="2" speed="{SPEED_MPS}"/>'
             for a, b, lanes in roads]  # fmt: skip
    flows = [("west_fork", "join_east", through_vph)]
    flows += [(f"n{k}_t{k}", f"t{k}_s{k}", cross_vph) for k in (1, 2)]
    folder.mkdir(parents=True, exist_ok=True)
    make_from_plain(folder, nodes, edges, (), folder / "detour.net.xml")
    write_trips(poisson_trips(flows, END_S, random.Random(1)), folder / "detour.rou.xml")
    return write_config(folder, "detour", END_S + EMPTY_S, by_free_times=True)
