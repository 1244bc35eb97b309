"""Hard worlds, one each: places where queues reach back into other junctions. Plans are netconvert's defaults.

A ring of junctions without signals between signals, a roundabout with a signal at every entry, a junction before which
trips start beyond all loops, an arterial whose bays spill over, signals before an exit that narrows, and one that gives
way. The same arguments and seed give the same files with the same SUMO.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import permutations
from pathlib import Path

from scenarios.generated import (
    Flow,
    GridPlan,
    make_from_plain,
    poisson_trips,
    write_config,
    write_scenario,
    write_trips,
)
from scenarios.joined import DiamondPlan, write_diamond

SPEED_MPS = 13.89
SIDES = {"n": (0.0, 1.0), "e": (1.0, 0.0), "s": (0.0, -1.0), "w": (-1.0, 0.0)}
"""Unit vectors, clockwise."""
END_S = 2400

BAYS = GridPlan(columns=4, rows=1, spacing_m=150.0, row_vph=820.0, column_vph=300.0, through=0.45, turn_lane_m=14.0,
                end_s=END_S)  # fmt: skip
TOWN = GridPlan(columns=3, rows=2, spacing_m=110.0, row_lanes=1, column_lanes=1, row_vph=260.0, column_vph=180.0,
                through=0.5, crossings=True, row_turn_lanes=False, column_turn_lanes=False, walks_ph=240.0,
                end_s=END_S)  # fmt: skip


def diamond(inner_m: float) -> Callable[[Path], Path]:
    """Two signals of their own, ``inner_m`` apart."""
    plan = DiamondPlan(inner_m=inner_m, separate=True, through_vph=430.0, on_left_vph=110.0, off_left_vph=280.0,
                       end_s=END_S)  # fmt: skip
    return lambda folder: write_diamond(folder, plan, name=f"diamond{inner_m:g}")


def write_ring(folder: Path, half_m: float = 35.0, arm_vph: float = 330.0, cross_vph: float = 330.0) -> Path:
    """A block of four junctions without signals; from each a street leads to a signal with a cross street."""
    corners = {"n": (-1, 1), "e": (1, 1), "s": (1, -1), "w": (-1, -1)}
    nodes: list[str] = []
    edges: list[str] = []
    flows: list[Flow] = []
    for side, (x, y) in SIDES.items():
        kx, ky = (half_m * corner for corner in corners[side])
        nodes += [_node(f"k{side}", kx, ky), _node(f"t{side}", kx + 110.0 * x, ky + 110.0 * y, "traffic_light"),
                  _node(side, kx + 310.0 * x, ky + 310.0 * y),
                  _node(f"{side}1", kx + 110.0 * x + 200.0 * y, ky + 110.0 * y - 200.0 * x),
                  _node(f"{side}2", kx + 110.0 * x - 200.0 * y, ky + 110.0 * y + 200.0 * x)]  # fmt: skip
        for a, b in ((f"k{side}", f"t{side}"), (f"t{side}", side), (f"{side}1", f"t{side}"), (f"t{side}", f"{side}2")):
            edges += _both_ways(a, b, 1, 2)
        flows += [(f"{side}{a}_t{side}", f"t{side}_{side}{b}", cross_vph) for a, b in ((1, 2), (2, 1))]
    sides = list(SIDES)
    for a, b in zip(sides, sides[1:] + sides[:1], strict=True):
        edges += _both_ways(f"k{a}", f"k{b}", 1, 2)
    flows += [(f"{a}_t{a}", f"t{b}_{b}", arm_vph / 3.0) for a, b in permutations(SIDES, 2)]
    return _write(folder, "ring", nodes, edges, flows)


def write_roundabout(folder: Path, radius_m: float = 50.0, arm_vph: float = 380.0) -> Path:
    """A circle of two lanes with a signal at each of four entries, where it takes turns with the entry."""
    nodes: list[str] = []
    edges: list[str] = []
    sides = list(SIDES)
    for side, (x, y) in SIDES.items():
        nodes += [_node(f"t{side}", radius_m * x, radius_m * y, "traffic_light"),
                  _node(side, (radius_m + 250.0) * x, (radius_m + 250.0) * y)]  # fmt: skip
        edges += _both_ways(f"t{side}", side, 2, 2)
    for a, b in zip(sides, sides[-1:] + sides[:-1], strict=True):  # against the clock
        edges.append(_edge(f"t{a}", f"t{b}", 2, 2, 8.33))
    flows = [(f"{a}_t{a}", f"t{b}_{b}", arm_vph / 3.0) for a, b in permutations(SIDES, 2)]
    cfg = _write(folder, "roundabout", nodes, edges, flows, ["--roundabouts.guess", "false"])
    net = folder / "roundabout.net.xml"
    net.write_text(_taking_turns(net.read_text(encoding="utf-8")), encoding="utf-8")
    return cfg


def _taking_turns(net: str) -> str:
    """The network with a program of two phases at each entry, which netconvert takes for opposite directions."""
    for side in SIDES:
        links = {int(link): f"{side}_t{side}" == edge for edge, link in re.findall(
            rf'<connection from="([^"]*)"[^>]* tl="t{side}" linkIndex="(\d+)"', net)}  # fmt: skip
        rows = [(colour, own, seconds) for own, green_s in ((True, 18), (False, 26))
                for colour, seconds in (("G", green_s), ("y", 3), ("r", 2))]  # fmt: skip
        phases = "\n".join(
            f'        <phase duration="{seconds}" state="'
            + "".join(colour if links[k] == own else "r" for k in range(len(links))) + '"/>'
            for colour, own, seconds in rows)  # fmt: skip
        net = re.sub(rf'(<tlLogic id="t{side}"[^>]*>).*?(\s*</tlLogic>)', rf"\g<1>\n{phases}\g<2>", net, flags=re.S)
    return net


def write_lots(folder: Path, last_m: float = 14.0, lot_vph: float = 150.0, main_vph: float = 700.0) -> Path:
    """A main road and a side street; before the signal trips of the side street start on its last ``last_m``."""
    nodes = [_node("t", 0.0, 0.0, "traffic_light")]
    edges: list[str] = []
    for side, (x, y) in SIDES.items():
        lanes, priority = (2, 3) if side in "ew" else (1, 2)
        near, far = (last_m + 10.0, 250.0) if side in "ns" else (130.0, 300.0)
        nodes += [_node(f"m{side}", near * x, near * y), _node(side, far * x, far * y)]
        for a, b in ((side, f"m{side}"), (f"m{side}", "t")):
            edges += _both_ways(a, b, lanes, priority)
    flows = [("w_mw", "me_e", main_vph), ("e_me", "mw_w", main_vph), ("w_mw", "mn_n", 60.0), ("e_me", "ms_s", 60.0)]
    for side in "ns":
        flows += [(f"{side}_m{side}", f"m{other}_{other}", 10.0) for other in SIDES if other != side]
        flows += [(f"m{side}_t", f"m{other}_{other}", lot_vph / 2.0) for other in "ew"]
    return _write(folder, "lots", nodes, edges, flows)


def write_bottleneck(folder: Path, gives_way: bool = False, signals: int = 4, through_vph: float = 900.0) -> Path:
    """An arterial of ``signals``; behind the last the exit drops to one slow lane, or gives way to a main road."""
    nodes = [_node("west", -250.0, 0.0)]
    names = ["west", *(f"t{k}" for k in range(signals)), "neck", "east"]
    for k in range(signals):
        nodes += [_node(f"t{k}", 90.0 * k, 0.0, "traffic_light"), _node(f"n{k}", 90.0 * k, 200.0),
                  _node(f"s{k}", 90.0 * k, -200.0)]  # fmt: skip
    end_m = 90.0 * (signals - 1)
    nodes += [_node("neck", end_m + 90.0, 0.0), _node("east", end_m + 340.0, 0.0)]
    edges = [line for a, b in zip(names, names[1:-1], strict=False) for line in _both_ways(a, b, 2, 3)]
    edges += [_edge("neck", "east", 1, 3, 7.0), _edge("east", "neck", 2, 3)]
    edges += [line for k in range(signals) for side in "ns" for line in _both_ways(f"{side}{k}", f"t{k}", 1, 2)]
    flows: list[Flow] = [("west_t0", "neck_east", through_vph), ("east_neck", "t0_west", 0.6 * through_vph)]
    flows += [(f"{side}{k}_t{k}", "neck_east", 45.0) for k in range(signals) for side in "ns"]
    flows += [(f"n{k}_t{k}", f"t{k}_s{k}", 160.0) for k in range(signals)]
    flows += [(f"s{k}_t{k}", f"t{k}_n{k}", 160.0) for k in range(signals)]
    if gives_way:
        nodes += [_node("main_n", end_m + 90.0, 250.0), _node("main_s", end_m + 90.0, -250.0)]
        edges += [_edge("main_n", "neck", 1, 9), _edge("neck", "main_s", 1, 9)]
        flows += [("main_n_neck", "neck_main_s", 480.0)]
    return _write(folder, "yielding" if gives_way else "bottleneck", nodes, edges, flows)


def _write(
    place: Path, name: str, nodes: Iterable[str], edges: Iterable[str], flows: Sequence[Flow],
    options: Sequence[str] = (),
) -> Path:
    place.mkdir(parents=True, exist_ok=True)
    make_from_plain(place, nodes, edges, options, place / f"{name}.net.xml")
    write_trips(poisson_trips(flows, END_S, random.Random(1)), place / f"{name}.rou.xml")
    return write_config(place, name, END_S + 600)


def _node(node: str, x_m: float, y_m: float, kind: str = "priority") -> str:
    return f'    <node id="{node}" x="{x_m:g}" y="{y_m:g}" type="{kind}"/>'


def _edge(start: str, end: str, lanes: int, priority: int, speed_mps: float = SPEED_MPS) -> str:
    return (f'    <edge id="{start}_{end}" from="{start}" to="{end}" numLanes="{lanes}" priority="{priority}" '
            f'speed="{speed_mps:g}"/>')  # fmt: skip


def _both_ways(a: str, b: str, lanes: int, priority: int) -> Iterator[str]:
    yield _edge(a, b, lanes, priority)
    yield _edge(b, a, lanes, priority)


HARD: dict[str, Callable[[Path], Path]] = {
    "diamond12": diamond(12.0),
    "diamond30": diamond(30.0),
    "diamond60": diamond(60.0),
    "ring": write_ring,
    "roundabout": write_roundabout,
    "lots": write_lots,
    "town": lambda folder: write_scenario(folder, TOWN, name="town"),
    "bays": lambda folder: write_scenario(folder, BAYS, name="bays"),
    "bottleneck": write_bottleneck,
    "yielding": lambda folder: write_bottleneck(folder, gives_way=True, through_vph=600.0),
}
