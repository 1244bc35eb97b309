"""A signal on paper: its phases over the real geometry, and its program as bars. Reads well in grey."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch
from matplotlib.path import Path as Curve

from bench.report.draw import STYLE
from network.reader import Network
from network.signals import Link, Phase, Signal

COLUMNS = 4
LANE_M = 3.2
STUB_M = 14.0
Point = tuple[float, float]
# lamp: colour, hatch, height of the bar
BARS = {
    "G": ("#2f7d4f", "", 0.8),
    "g": ("#9fd3ae", "", 0.8),
    "s": ("#9fd3ae", "...", 0.8),
    "y": ("#f2c230", "///", 0.8),
    "u": ("#f0a060", "xxx", 0.8),
    "r": ("#b22222", "", 0.16),
    "o": ("#cccccc", "xx", 0.4),
}


def draw_signals(signals: Sequence[Signal], network: Network, folder: Path) -> list[Path]:
    """One SVG per signal that has phases, named after it; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    for signal in (part for one in signals for part in one.junctions or (one,)):
        if signal.phases:
            name = re.sub(r"[^\w.-]+", "_", signal.id)[:80]
            taken = {path.stem for path in paths}
            stem = name if name not in taken else f"{name}-{len(paths)}"
            paths.append(folder / f"{stem}.svg")
            with rc_context(STYLE):
                draw_signal(signal, network).savefig(paths[-1])
    return paths


def draw_signal(signal: Signal, network: Network) -> Figure:
    """All phases on top, those beyond the program last, and the running program below."""
    phases = signal.phases + signal.added
    rows = phase_rows(signal)
    bars = 0.9 + 0.17 * signal.n_links
    figure = Figure(figsize=(10.5, 2.9 * rows + bars + 0.4), layout="constrained")
    parts: Any = figure.subfigures(2, 1, height_ratios=(2.9 * rows, bars))
    above, below = parts
    figure.suptitle(f"{signal.id}, program '{signal.program.program_id}' ({signal.program.kind})", fontsize=10)
    draw_phases(above, signal, network, [_title(signal, k, phase) for k, phase in enumerate(phases)])
    _draw_program(below.subplots(), signal)
    return figure


def phase_rows(signal: Signal) -> int:
    """Rows of drawings that the phases take."""
    return math.ceil(len(signal.phases + signal.added) / COLUMNS)


def draw_phases(part: Any, signal: Signal, network: Network, titles: Sequence[str], bold: int = -1) -> None:
    """Every phase over the real geometry; ``bold``: the one whose title stands out."""
    phases = signal.phases + signal.added
    for k, panel in enumerate(part.subplots(phase_rows(signal), COLUMNS, squeeze=False).flatten()):
        panel.set_axis_off()
        if k < len(phases):
            _draw_phase(panel, signal, network, phases[k])
            panel.set_title(titles[k], fontsize=8, fontweight="bold" if k == bold else "normal")


def _title(signal: Signal, k: int, phase: Phase) -> str:
    green = [i for i, lamp in enumerate(phase.state) if lamp in "Ggs"]
    least = max((signal.min_green_s[i] for i in green), default=0.0)
    lasts = "beyond the program" if k >= len(signal.phases) else f"{phase.shown_s:g} s"
    return f"phase {k}: {lasts}, at least {least:g} s"


def _draw_phase(panel: Any, signal: Signal, network: Network, phase: Phase) -> None:
    for edge in {network.lanes[lane.id].edge_id for lane in signal.lanes if lane.id in network.lanes}:
        _draw_road(panel, network, edge, coming=True)
    for link in sorted(signal.links, key=lambda link: phase.state[link.index] in "Ggs"):
        _draw_link(panel, network, link, phase.state[link.index])
    for lane in signal.lanes:
        numbers = " ".join(str(i) for i in lane.links if phase.state[i] in "Ggs")
        if numbers and network.lanes[lane.id].edge_id in network.roads:
            at, ahead = _end(network, lane.id, coming=True)
            at = at[0] - ahead[0] * STUB_M * 0.6, at[1] - ahead[1] * STUB_M * 0.6
            along = 90 if abs(ahead[1]) > abs(ahead[0]) else 0  # lanes side by side have room for theirs
            panel.text(*at, numbers, fontsize=6, ha="center", va="center", rotation=along, zorder=5)
    panel.set_aspect("equal")
    panel.margins(0.06)


def _draw_road(panel: Any, network: Network, edge: str, coming: bool) -> None:
    road = network.roads.get(edge)
    if road is None:
        return
    for k in range(len(road.lanes)):
        at, ahead = _end(network, road.lanes[k], coming)
        back = (at[0] - ahead[0] * STUB_M, at[1] - ahead[1] * STUB_M)
        panel.plot([back[0], at[0]], [back[1], at[1]], color="#e2e2e2", linewidth=4, solid_capstyle="butt", zorder=1)


def _end(network: Network, lane_id: str, coming: bool) -> tuple[Point, Point]:
    """Where a lane meets the junction, and the direction of travel there (a unit vector)."""
    lane = network.lanes[lane_id]
    road = network.roads[lane.edge_id]
    here, there = (road.shape[-1], road.shape[-2]) if coming else (road.shape[0], road.shape[1])
    dx, dy = (here[0] - there[0], here[1] - there[1]) if coming else (there[0] - here[0], there[1] - here[1])
    length = math.hypot(dx, dy) or 1.0
    ahead = dx / length, dy / length
    aside = (len(road.lanes) - lane.index - 0.5) * LANE_M
    return (here[0] + ahead[1] * aside, here[1] - ahead[0] * aside), ahead


def _draw_link(panel: Any, network: Network, link: Link, lamp: str) -> None:
    known = [lane in network.lanes and network.lanes[lane].edge_id in network.roads
             for lane in (link.from_lane, link.to_lane)]  # fmt: skip
    if link.is_crossing or not all(known):
        return
    start, ahead = _end(network, link.from_lane, coming=True)
    goal, onward = _end(network, link.to_lane, coming=False)
    reach = 0.55 * math.dist(start, goal)
    points = [
        start,
        (start[0] + ahead[0] * reach, start[1] + ahead[1] * reach),
        (goal[0] - onward[0] * reach, goal[1] - onward[1] * reach),
        goal,
    ]
    curve = Curve(points, [Curve.MOVETO, Curve.CURVE4, Curve.CURVE4, Curve.CURVE4])
    look = _look(lamp)
    panel.add_patch(FancyArrowPatch(path=curve, shrinkA=0, shrinkB=0, fill=False, **look))
    panel.update_datalim(points)
    panel.plot(*start, ".", color="#666666", markersize=1)


def _look(lamp: str) -> dict[str, Any]:
    if lamp == "G":
        return {"color": "#0b5d2e", "linewidth": 1.8, "arrowstyle": "-|>", "mutation_scale": 9, "zorder": 4}
    if lamp in "gs":
        return {"color": "#0b5d2e", "linewidth": 1.3, "linestyle": (0, (3, 1.6)), "arrowstyle": "-|>",
                "mutation_scale": 8, "zorder": 3}  # fmt: skip
    return {"color": "#d5d5d5", "linewidth": 0.6, "arrowstyle": "-", "zorder": 2}


def _draw_program(panel: Any, signal: Signal) -> None:
    passed = 0.0
    for row in signal.program.intervals:
        for i in range(min(signal.n_links, len(row.state))):
            colour, hatch, height = BARS.get(
                row.state[i].replace("Y", "y").replace("R", "r").replace("O", "o"), BARS["o"]
            )
            panel.barh(
                i,
                row.duration_s,
                left=passed,
                height=height,
                color=colour,
                hatch=hatch,
                edgecolor="white",
                linewidth=0.2,
            )
        passed += row.duration_s
        panel.axvline(passed, color="#cccccc", linewidth=0.4, zorder=0)
    panel.set_yticks(range(signal.n_links), [_name(signal, i) for i in range(signal.n_links)], fontsize=6)
    panel.set_ylim(signal.n_links - 0.4, -0.6)
    panel.set_xlim(0, max(passed, 1.0))
    panel.set_xlabel("s of the cycle; thick: green (pale: gives way), hatched: yellow, thin: red", fontsize=8)


def _name(signal: Signal, i: int) -> str:
    of_index = [link for link in signal.links if link.index == i]
    if not of_index:
        return f"{i}"
    turn = "crossing" if of_index[0].is_crossing else of_index[0].direction
    return f"{i} {turn} {of_index[0].from_lane[:16]}"
