"""A signal on paper: its phases over the real geometry, and its program as bars. Reads well in grey."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure

from bench.report.compound import Box, draw_areas, draw_boxes, draw_lines
from bench.report.draw import STYLE, save
from network.program.rings import NEMA, rings_of
from network.program.signals import Interval, Link, Phase, Program, Signal
from network.roads.reader import Network

COLUMNS = 4
CELL_TALL = 1.1
"""Of a drawing with its title, in widths of it."""
MARGIN = 0.06
STUB_M, STUB_SHARE = 14.0, 0.16
"""How much of a road is drawn before the stop line: in m, and at least of the whole junction."""
LANE_M = 3.2
HEAD = 0.035
"""Length of an arrow's head in widths of a drawing."""
WIDE_IN, ROW_IN, BAR_IN = 10.5, 2.9, 0.17
TITLE_IN, NAMES_IN, FOOT_IN = 0.35, 2.0, 0.5
NAMES_AT = (0.7, 0.3)
"""Where on its stub a lane has its numbers, by turns: they would touch side by side."""
GREEN = "#0b5d2e"
Spot = tuple[float, float]
Way = list[Spot]
# lamp: colour, hatch, height of the bar
BARS = {
    "G": ("#2f7d4f", "", 0.8),
    "g": ("#9fd3ae", "", 0.8),
    "s": ("#9fd3ae", "\\\\\\", 0.8),
    "y": ("#f2c230", "///", 0.8),
    "u": ("#f0a060", "xxx", 0.8),
    "r": ("#b22222", "", 0.16),
    "o": ("#cccccc", "xx", 0.4),
}
# what a link may do: how it is drawn; crossings as stripes
LOOKS: dict[str, Any] = {
    "stopped": {"color": "#d5d5d5", "linewidth": 0.6, "zorder": 2},
    "yielding": {"color": GREEN, "linewidth": 1.3, "linestyle": (0, (3, 1.6)), "zorder": 3},
    "priority": {"color": GREEN, "linewidth": 1.8, "zorder": 4},
    "walk, stopped": {"color": "#d5d5d5", "linewidth": 5.0, "linestyle": (0, (0.15, 0.25)), "zorder": 2},
    "walk, yielding": {"color": GREEN, "linewidth": 5.0, "linestyle": (0, (0.15, 0.25)), "zorder": 3},
    "walk, priority": {"color": GREEN, "linewidth": 5.0, "linestyle": (0, (0.3, 0.15)), "zorder": 3},
}
MOVING = frozenset("Ggs")
LONGEST_NAME = 26
SAME = {"Y": "y", "R": "r", "O": "o"}


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
            save(draw_signal(signal, network), folder, stem, png=False)
    return paths


def draw_signal(signal: Signal, network: Network) -> Figure:
    """All phases on top, those beyond the program last, and the running program below."""
    phases = signal.phases + signal.added
    above_in, bars_in = ROW_IN * phase_rows(signal), 0.2 + BAR_IN * signal.n_links
    tall_in = TITLE_IN + above_in + bars_in + FOOT_IN
    with rc_context(STYLE):
        figure = Figure(figsize=(WIDE_IN, tall_in))
        figure.text(0.01, 1.0 - 0.2 / tall_in, f"{signal.id}, program '{signal.program.program_id}' "
                    f"({signal.program.kind})", fontsize=10, va="center")
        above = figure.add_axes((0.0, (bars_in + FOOT_IN) / tall_in, 1.0, above_in / tall_in))
        draw_phases(above, signal, network, [_title(signal, k, phase) for k, phase in enumerate(phases)])
        below = (NAMES_IN / WIDE_IN, FOOT_IN / tall_in, 1.0 - (NAMES_IN + 0.1) / WIDE_IN, bars_in / tall_in)
        _draw_program(figure.add_axes(below), signal)
        return figure


def phase_rows(signal: Signal) -> int:
    """Rows of drawings that the phases take."""
    return math.ceil(len(signal.phases + signal.added) / COLUMNS)


def draw_phases(panel: Any, signal: Signal, network: Network, titles: Sequence[str], bold: int = -1) -> None:
    """Every phase over the real geometry, side by side in one panel; ``bold``: the one whose title stands out."""
    street = _Street(signal, network)
    roads, kinds = list[Way](), {kind: list[Way]() for kind in LOOKS}
    heads: list[Way] = []
    for k, phase in enumerate(signal.phases + signal.added):
        roads += [street.placed(stub, k) for stub in street.stubs]
        for link, way in street.ways:
            line = street.placed(way, k)
            kinds[_kind(link, phase.state[link.index])].append(line)
            if phase.state[link.index] in MOVING and not link.is_crossing:
                heads.append(_head(line))
        for at, upright, lane in street.names:
            numbers = " ".join(str(i) for i in lane.links if phase.state[i] in MOVING)
            if numbers:
                panel.text(*street.placed([at], k)[0], numbers, fontsize=6, ha="center", va="center",
                           rotation=90 * upright, zorder=5)
        left, top = k % COLUMNS, -CELL_TALL * (k // COLUMNS)
        panel.text(left + 0.5, top - 0.02, titles[k], fontsize=8, ha="center", va="top",
                   fontweight="bold" if k == bold else "normal")
    draw_lines(panel, roads, color="#e2e2e2", linewidth=4, capstyle="butt", zorder=1)
    for kind, look in LOOKS.items():
        draw_lines(panel, kinds[kind], **look)
    draw_areas(panel, heads, facecolor=GREEN, zorder=4)
    panel.set_axis_off()
    panel.set_aspect("equal")
    panel.set_xlim(0, COLUMNS)
    panel.set_ylim(-CELL_TALL * phase_rows(signal), 0)


def _title(signal: Signal, k: int, phase: Phase) -> str:
    green = [i for i, lamp in enumerate(phase.state) if lamp in MOVING]
    least = max((signal.min_green_s[i] for i in green), default=0.0)
    lasts = "beyond the program" if k >= len(signal.phases) else f"{phase.shown_s:g} s"
    return f"phase {k}: {lasts}\nat least {least:g} s"


class _Street:
    """The geometry of a signal, once for all of its phases: stubs of roads, ways of links, places of numbers."""

    def __init__(self, signal: Signal, network: Network) -> None:
        self.ways = [(link, list(link.way)) for link in signal.links if len(link.way) > 1]
        points = [point for _, way in self.ways for point in way] or [(0.0, 0.0)]
        xs, ys = zip(*points, strict=True)
        stub_m = max(STUB_M, STUB_SHARE * max(max(xs) - min(xs), max(ys) - min(ys)))
        starts = {link.from_lane: way[0] for link, way in self.ways if not link.is_crossing}
        edges = dict.fromkeys(network.lanes[lane].edge_id for lane in starts if lane in network.lanes)
        stubs = {lane: _stub(network, lane, starts.get(lane), stub_m)
                 for edge in edges if edge in network.roads for lane in network.roads[edge].lanes}
        self.stubs = list(stubs.values())
        self.names = [(*_along(stubs[lane.id], NAMES_AT[network.lanes[lane.id].index % 2]), lane)
                      for lane in signal.lanes if lane.id in stubs]
        points += [point for stub in self.stubs for point in stub]
        xs, ys = zip(*points, strict=True)
        self._low = min(xs), min(ys)
        self._size_m = max(max(xs) - min(xs), max(ys) - min(ys), 1.0)
        self._aside = [(self._size_m - (max(v) - min(v))) / 2.0 for v in (xs, ys)]

    def placed(self, way: Sequence[Spot], k: int) -> Way:
        """Points of the network in the k-th drawing, whose cells are one wide."""
        scale = (1.0 - 2.0 * MARGIN) / self._size_m
        left, low = k % COLUMNS + MARGIN, -CELL_TALL * (k // COLUMNS + 1) + MARGIN / 2.0
        return [(left + (x - self._low[0] + self._aside[0]) * scale, low + (y - self._low[1] + self._aside[1]) * scale)
                for x, y in way]


def _stub(network: Network, lane_id: str, stop: Spot | None, stub_m: float) -> Way:
    """The last piece of a lane; ``stop``: where it ends, if a link says so."""
    lane = network.lanes[lane_id]
    road = network.roads[lane.edge_id]
    dx, dy = _ahead(*_last_step(road.shape))
    x, y = road.shape[-1]
    aside_m = (len(road.lanes) - lane.index - 0.5) * LANE_M
    x, y = stop or (x + dy * aside_m, y - dx * aside_m)
    return [(x - dx * stub_m, y - dy * stub_m), (x, y)]


def _along(stub: Way, share: float) -> tuple[Spot, bool]:
    """A place on a stub, and whether it stands upright there: numbers of lanes side by side need room."""
    (x0, y0), (x, y) = stub
    return (x0 + share * (x - x0), y0 + share * (y - y0)), abs(y - y0) > abs(x - x0)


def _ahead(start: Spot, after: Spot) -> Spot:
    length = math.dist(start, after) or 1.0
    return (after[0] - start[0]) / length, (after[1] - start[1]) / length


def _head(line: Way) -> Way:
    """The head of an arrow at the end of a line."""
    dx, dy = _ahead(*_last_step(line))
    x, y = line[-1]
    tip = x + 0.4 * HEAD * dx, y + 0.4 * HEAD * dy
    back = x - 0.6 * HEAD * dx, y - 0.6 * HEAD * dy
    return [tip, (back[0] - 0.4 * HEAD * dy, back[1] + 0.4 * HEAD * dx),
            (back[0] + 0.4 * HEAD * dy, back[1] - 0.4 * HEAD * dx)]


def _last_step(line: Sequence[Spot]) -> tuple[Spot, Spot]:
    """The last two points that are not one."""
    before = next((point for point in reversed(line) if math.dist(point, line[-1]) > 1e-6), line[0])
    return before, line[-1]


def _kind(link: Link, lamp: str) -> str:
    moving = "priority" if lamp == "G" else "yielding" if lamp in MOVING else "stopped"
    return f"{'walk, ' if link.is_crossing else ''}{moving}"


def _draw_program(panel: Any, signal: Signal) -> None:
    rows = shown_rows(signal.program)
    starts = [sum(row.duration_s for row in rows[:k]) for k in range(len(rows) + 1)]
    boxes: dict[str, list[Box]] = {}
    for start_s, row in zip(starts, rows, strict=False):
        for i, letter in enumerate(row.state[:signal.n_links]):
            lamp = SAME.get(letter, letter) if SAME.get(letter, letter) in BARS else "o"
            height = BARS[lamp][2]
            boxes.setdefault(lamp, []).append((start_s, i - height / 2.0, row.duration_s, height))
    for lamp, those in boxes.items():
        colour, hatch, _ = BARS[lamp]
        draw_boxes(panel, those, facecolor=colour, hatch=hatch, edgecolor="white", linewidth=0.2)
    changes = [[(at, -0.6), (at, signal.n_links - 0.4)] for at in starts]
    draw_lines(panel, changes, color="#cccccc", linewidth=0.4, zorder=0)
    panel.set_yticks(range(signal.n_links), [_name(signal, i) for i in range(signal.n_links)], fontsize=6)
    panel.set_ylim(signal.n_links - 0.4, -0.6)
    panel.set_xlim(0, max(starts[-1], 1.0))
    rings = "; every phase by its split, clearance included" if signal.program.kind == NEMA else ""
    panel.set_xlabel(f"s of the cycle; thick: green (pale: gives way), hatched: yellow, thin: red{rings}", fontsize=8)


def shown_rows(program: Program) -> Sequence[Interval]:
    """One after the other; of dual rings the pairs that are on together, each until one of its phases ends."""
    rings = rings_of(program)
    if rings is None:
        return program.intervals
    return [replace(rings.joined(pair), duration_s=length_s) for pair, length_s in rings.timeline()]


def _name(signal: Signal, i: int) -> str:
    of_index = [link for link in signal.links if link.index == i]
    if not of_index:
        return f"{i}"
    turn = "crossing" if of_index[0].is_crossing else of_index[0].direction
    lane = of_index[0].from_lane
    return f"{i} {turn} {lane if len(lane) <= LONGEST_NAME else '…' + lane[1 - LONGEST_NAME:]}"
