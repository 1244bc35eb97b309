"""Worlds of our own: a grid of signals, or an arterial, with demand over its borders. The same arguments and
seed give the same files."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from xml.sax.saxutils import quoteattr

from network.errors import ScenarioError
from network.sumo_package import binary, error_lines, run_program

Flow = tuple[str, str, float]
"""First edge, last edge, vehicles per hour."""
Departure = tuple[float, str, str]
"""In s, first edge, last edge."""
MADE_ON = re.compile(r"<!-- generated on .*?-->\s*", re.DOTALL)
"""The comment with time and paths that SUMO begins its files with."""


@dataclass(frozen=True, slots=True)
class GridPlan:
    """Signals at every crossing of ``rows`` x ``columns`` roads. Flows are per entry, in vehicles per hour;
    the share of trips that go straight through is ``through``, the others leave anywhere."""

    columns: int = 3
    rows: int = 3
    spacing_m: float = 300.0
    row_lanes: int = 2
    column_lanes: int = 1
    speed_mps: float = 13.89
    row_vph: float = 600.0
    column_vph: float = 300.0
    through: float = 0.6
    uneven: float = 0.0
    """Flows of entries differ by up to this share of themselves, either way."""
    end_s: int = 1800
    cycle_s: int = 90
    turn_lane_m: float = 60.0
    column_turn_lanes: bool = True
    """False: who turns left out of a column shares its lane with the others."""
    row_turn_lanes: bool = True
    crossings: bool = False
    """Sidewalks along every road and crossings at every signal."""
    walks_ph: float = 0.0
    """People an hour who walk from one border to another."""
    allred_s: int = 0
    """Red clearance after every yellow."""
    radius_m: float = 0.0
    """Of corners; 0: as netconvert has it, where opposing left turns may cross."""


ARTERIAL = GridPlan(columns=5, rows=1, row_lanes=2, column_lanes=1, row_vph=750.0, column_vph=330.0)
STREET = replace(ARTERIAL, allred_s=2, radius_m=8.0, row_vph=700.0, column_vph=300.0)
"""The same with clearance and room as an engineer would give them."""


def write_scenario(
    folder: str | Path, plan: GridPlan = ARTERIAL, seed: int = 1, name: str = "arterial"
) -> Path:
    """Write network, demand and configuration into ``folder``; returns the .sumocfg."""
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    options = ["--tls.cycle.time", str(plan.cycle_s)]
    if plan.allred_s:
        options += ["--tls.allred.time", str(plan.allred_s)]
    if plan.radius_m:
        options += ["--default.junctions.radius", f"{plan.radius_m:g}"]
    if plan.crossings:
        options += ["--sidewalks.guess", "true", "--crossings.guess", "true"]
    make_from_plain(place, _nodes(plan), _edges(plan), options, place / f"{name}.net.xml")
    draw = random.Random(seed)
    trips = _trips(plan, draw)
    write_trips(trips, place / f"{name}.rou.xml", _walks(plan, draw))
    return write_config(place, name, plan.end_s)


def poisson_trips(flows: Iterable[Flow], end_s: float, draw: random.Random) -> Iterator[Departure]:
    """Departures of every flow, at random until ``end_s``."""
    for start, end, flow_vph in flows:
        if flow_vph == 0.0:
            continue
        time_s = draw.expovariate(flow_vph / 3600.0)
        while time_s < end_s:
            yield time_s, start, end
            time_s += draw.expovariate(flow_vph / 3600.0)


def write_trips(trips: Iterable[Departure], path: Path, walks: Iterable[Departure] = ()) -> None:
    """Write trips and walks, each in the order of departure."""
    lines = [
        f'    <trip id="{k}" depart="{time_s:.2f}" from="{start}" to="{end}" departLane="best" departSpeed="max"/>'
        for k, (time_s, start, end) in enumerate(sorted(trips))
    ]
    lines += [
        f'    <person id="p{k}" depart="{time_s:.2f}"><walk from="{start}" to="{end}"/></person>'
        for k, (time_s, start, end) in enumerate(sorted(walks))
    ]
    if walks:
        lines.sort(key=lambda line: float(line.partition('depart="')[2].partition('"')[0]))
    path.write_text("\n".join(["<routes>", *lines, "</routes>", ""]), encoding="utf-8")


BY_FREE_TIMES = '    <routing><device.rerouting.adaptation-interval value="0"/></routing>\n'
"""Otherwise SUMO sends every trip that departs along the way that was quickest in the last three minutes."""


def write_config(place: Path, name: str, end_s: int, by_free_times: bool = False) -> Path:
    """Write NAME.sumocfg beside NAME.net.xml and NAME.rou.xml; returns its path. by_free_times: trips choose their way
    by the speeds allowed, not by the traffic at their departure."""
    config = place / f"{name}.sumocfg"
    config.write_text(
        "<configuration>\n"
        f"    <input><net-file value={quoteattr(f'{name}.net.xml')}/>"
        f"<route-files value={quoteattr(f'{name}.rou.xml')}/></input>\n"
        f'    <time><begin value="0"/><end value="{end_s}"/></time>\n'
        f"{BY_FREE_TIMES if by_free_times else ''}"
        "</configuration>\n",
        encoding="utf-8",
    )
    return config


def make_network(tool: str, options: Sequence[str], net: Path) -> None:
    """Have netconvert or netgenerate write ``net``; ScenarioError where it fails."""
    command = [binary(tool), *options, "--output-file", str(net), "--write-license", "false"]
    done = run_program(command)
    if done.returncode != 0:
        raise ScenarioError(f"{net}: {tool} failed: {error_lines(done.stderr) or f'exit code {done.returncode}'}")
    made = net.read_text(encoding="utf-8")
    net.write_text(MADE_ON.sub("", made, count=1), encoding="utf-8")


def make_from_plain(
    place: Path, nodes: Iterable[str], edges: Iterable[str], options: Sequence[str], net: Path
) -> None:
    """Have netconvert write ``net`` from lines of plain XML, which are in ``place`` meanwhile."""
    node_file, edge_file = place / "nodes.nod.xml", place / "edges.edg.xml"
    node_file.write_text("\n".join(["<nodes>", *nodes, "</nodes>", ""]), encoding="utf-8")
    edge_file.write_text("\n".join(["<edges>", *edges, "</edges>", ""]), encoding="utf-8")
    files = ["--node-files", str(node_file), "--edge-files", str(edge_file)]
    try:
        make_network("netconvert", [*files, "--no-turnarounds", "true", *options], net)
    finally:
        node_file.unlink()
        edge_file.unlink()


def _nodes(plan: GridPlan) -> Iterator[str]:
    for column in range(-1, plan.columns + 1):
        for row in range(-1, plan.rows + 1):
            outside = (column in (-1, plan.columns)) + (row in (-1, plan.rows))
            if outside < 2:
                x, y = column * plan.spacing_m, row * plan.spacing_m
                kind = "priority" if outside else "traffic_light"
                yield f'    <node id="{_node(column, row)}" x="{x:g}" y="{y:g}" type="{kind}"/>'


def _edges(plan: GridPlan) -> Iterator[str]:
    for row in range(plan.rows):
        names = [_node(column, row) for column in range(-1, plan.columns + 1)]
        yield from _road(names, plan.row_lanes, plan, 3, plan.row_turn_lanes)
    for column in range(plan.columns):
        names = [_node(column, row) for row in range(-1, plan.rows + 1)]
        yield from _road(names, plan.column_lanes, plan, 2, plan.column_turn_lanes)


def _road(names: list[str], lanes: int, plan: GridPlan, priority: int, turn_lanes: bool = True) -> Iterator[str]:
    """Both directions along ``names``; with ``turn_lanes`` a lane more for left turns before every signal."""
    pairs = list(itertools.pairwise(names))
    for start, end in pairs + [(b, a) for a, b in pairs]:
        edge = (
            f'    <edge id="{start}_{end}" from="{start}" to="{end}" speed="{plan.speed_mps:g}" '
            f'priority="{priority}" numLanes="'
        )
        if end in (names[0], names[-1]) or not turn_lanes:
            yield f'{edge}{lanes}"/>'
        else:
            through = " ".join(map(str, range(lanes)))
            yield (
                f'{edge}{lanes + 1}"><split pos="0" lanes="{through}" idAfter="{start}_{end}"/>'
                f'<split pos="{-plan.turn_lane_m:g}" lanes="{through} {lanes}" '
                f'idAfter="{start}_{end}_turn"/></edge>'
            )


def _node(column: int, row: int) -> str:
    """Column and row counted from 1 inside; 0 and one too many are the borders."""
    return f"{column + 1}x{row + 1}"


@dataclass(frozen=True, slots=True)
class _Gate:
    """One end of a road at the border: how to come in and go out there, and which gate lies opposite."""

    into: str
    out: str
    flow_vph: float
    opposite: int


def _gates(plan: GridPlan) -> list[_Gate]:
    gates: list[_Gate] = []
    for row in range(plan.rows):
        ends = ((_node(-1, row), _node(0, row)), (_node(plan.columns, row), _node(plan.columns - 1, row)))
        gates += _gate_pair(ends, plan.row_vph, len(gates))
    for column in range(plan.columns):
        ends = (
            (_node(column, -1), _node(column, 0)),
            (_node(column, plan.rows), _node(column, plan.rows - 1)),
        )
        gates += _gate_pair(ends, plan.column_vph, len(gates))
    return gates


def _gate_pair(ends: tuple[tuple[str, str], tuple[str, str]], flow_vph: float, first: int) -> list[_Gate]:
    return [
        _Gate(f"{outer}_{inner}", f"{inner}_{outer}", flow_vph, first + 1 - k)
        for k, (outer, inner) in enumerate(ends)
    ]


def _walks(plan: GridPlan, draw: random.Random) -> list[Departure]:
    if not plan.walks_ph:
        return []
    gates = _gates(plan)
    found = []
    for time_s, _, _ in list(poisson_trips([("", "", plan.walks_ph)], plan.end_s, draw)):
        start, goal = draw.sample(gates, 2)
        found.append((time_s, start.into, goal.out))
    return found


def _trips(plan: GridPlan, draw: random.Random) -> list[tuple[float, str, str]]:
    gates = _gates(plan)
    if plan.uneven:
        low, high = 1.0 - plan.uneven, 1.0 + plan.uneven
        gates = [replace(gate, flow_vph=gate.flow_vph * draw.uniform(low, high)) for gate in gates]
    departures: list[tuple[float, str, str]] = []
    for k, gate in enumerate(gates):
        others = [other for j, other in enumerate(gates) if j not in (k, gate.opposite)]
        time_s = draw.expovariate(gate.flow_vph / 3600.0)
        while time_s < plan.end_s:
            straight = draw.random() < plan.through or not others
            out = gates[gate.opposite].out if straight else draw.choice(others).out
            departures.append((time_s, gate.into, out))
            time_s += draw.expovariate(gate.flow_vph / 3600.0)
    return departures
