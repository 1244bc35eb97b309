"""The network in its real geometry."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from matplotlib import rc_context
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from bench.report.draw import STYLE, new_figure
from bench.report.gather import Run, World, signal_levels

# Change of delay in s per vehicle on the edge; below the first it is drawn as unchanged.
STEPS_S = (1.0, 4.0, 12.0)
BETTER = ("#8ab6d6", "#3a7ab0", "#08306b")
WORSE = ("#f0a878", "#d05f1e", "#7a2602")
UNCHANGED = "#d4d4d4"
SIZES = {"A": 60.0, "B": 95.0, "C": 140.0, "D": 195.0, "E": 260.0, "F": 340.0}
NARROW, WIDE = 1.4, 4.2
MAP_IN = 7.3
"""Width that the legend beside it leaves, in inches."""
ROUNDS = 200
Spot = tuple[float, float]


def change_per_edge(before: Sequence[Run], after: Sequence[Run]) -> dict[str, tuple[float, float]]:
    """Per edge: change of the time lost per vehicle in s, and vehicles per run; means over the runs."""
    first, second = _means(before), _means(after)
    changes = {}
    for edge in first.keys() | second.keys():
        (lost_0, n_0), (lost_1, n_1) = first.get(edge, (0.0, 0.0)), second.get(edge, (0.0, 0.0))
        changes[edge] = (lost_1 / n_1 if n_1 else 0.0) - (lost_0 / n_0 if n_0 else 0.0), (n_0 + n_1) / 2.0
    return changes


def _means(runs: Sequence[Run]) -> dict[str, tuple[float, float]]:
    edges = {edge for run in runs for edge in run.edges}
    return {
        edge: (
            sum(run.edges[edge].time_loss_s for run in runs if edge in run.edges) / len(runs),
            sum(run.edges[edge].entered for run in runs if edge in run.edges) / len(runs),
        )
        for edge in edges
    }


def draw_map(world: World, before: Sequence[Run], after: Sequence[Run], names: bool = False) -> Figure:
    """Edges coloured by change of delay, dashed where it is worse; signals sized and lettered by level of service.

    ``names``: with the id of every signal.
    """
    changes = change_per_edge(before, after)
    with rc_context(STYLE):
        low, high = _bounds(world, changes)
        span = max(high[0] - low[0], high[1] - low[1], 1.0)
        tall = max(0.35, min(1.1, (high[1] - low[1]) / max(1.0, high[0] - low[0])))
        figure = new_figure(9.5, min(8.0, max(3.5, MAP_IN * tall)))
        axes = figure.add_subplot()
        _draw_edges(axes, world, changes)
        per_point = span / (72.0 * MAP_IN * min(1.0, (high[0] - low[0]) / span + 0.1))
        _draw_signals(axes, world, signal_levels(after[0]) if after else {}, per_point, names)
        axes.set_aspect("equal")
        axes.set_xlim(low[0] - 0.03 * span, high[0] + 0.03 * span)
        axes.set_ylim(low[1] - 0.03 * span, high[1] + 0.03 * span)
        axes.set_axis_off()
        _draw_scale(axes, low, span)
        axes.annotate("N", (0.985, 0.99), (0, -30), xycoords="axes fraction", textcoords="offset points", ha="center",
                      va="center", fontsize=9, arrowprops={"arrowstyle": "-|>", "color": "black"})  # fmt: skip
        figure.legend(handles=_legend(), loc="outside right upper", frameon=False, fontsize=8, handlelength=3.5)
        return figure


def _draw_edges(axes: Any, world: World, changes: Mapping[str, tuple[float, float]]) -> None:
    busiest = max((n for edge, (_, n) in changes.items() if edge in world.network.roads), default=1.0) or 1.0
    quiet = [road.shape for road in world.network.roads.values() if road.id not in changes]
    axes.add_collection(LineCollection(quiet, colors="#e4e4e4", linewidths=0.7, zorder=1))
    for edge, (change_s, n) in sorted(changes.items(), key=lambda entry: abs(entry[1][0])):
        road = world.network.roads.get(edge)
        if road is not None:
            colour, line = _look(change_s)
            width = NARROW + (WIDE - NARROW) * n / busiest
            xs, ys = zip(*road.shape, strict=True)
            axes.plot(xs, ys, color=colour, linestyle=line, linewidth=width, solid_capstyle="butt", zorder=2)


def _look(change_s: float) -> tuple[str, Any]:
    step = sum(abs(change_s) >= limit for limit in STEPS_S)
    if step == 0:
        return UNCHANGED, "-"
    return (BETTER[step - 1], "-") if change_s < 0 else (WORSE[step - 1], (0, (1.6, 0.8)))


def _draw_signals(
    axes: Any, world: World, levels: Mapping[str, tuple[float, str]], per_point: float, names: bool
) -> None:
    """Circles that would overlap are moved apart, each tied to its place by a line."""
    places = [_place(world, signal_id) for signal_id in levels]
    radii = [per_point * 1.15 * math.sqrt(SIZES[letter] / math.pi) for _, letter in levels.values()]
    spots = moved_apart(places, radii)
    for (signal_id, (_, letter)), (x, y), place in zip(levels.items(), spots, places, strict=True):
        axes.plot([place[0], x], [place[1], y], color="black", linewidth=0.8, zorder=4)
        axes.scatter([x], [y], s=SIZES[letter], color="white", edgecolors="black", linewidths=1.2, zorder=5)
        axes.text(x, y, letter, ha="center", va="center", fontsize=7, fontweight="bold", zorder=6)
        if names:
            axes.annotate(signal_id, (x, y), xytext=(9, 5), textcoords="offset points", fontsize=6, zorder=7)


def moved_apart(places: Sequence[Spot], radii: Sequence[float]) -> list[Spot]:
    """Centres near ``places`` of circles that do not overlap; where the crowd is too thick, less than they would."""
    spots = [list(place) for place in places]
    for _ in range(ROUNDS):
        moved = False
        for i, j in combinations(range(len(spots)), 2):
            dx, dy = spots[j][0] - spots[i][0], spots[j][1] - spots[i][1]
            apart, needed = math.hypot(dx, dy), radii[i] + radii[j]
            if apart >= needed * (1.0 - 1e-6):
                continue
            ux, uy = (dx / apart, dy / apart) if apart > 0.0 else (1.0, 0.0)
            push, moved = (needed - apart) / 2.0, True
            spots[i] = [spots[i][0] - push * ux, spots[i][1] - push * uy]
            spots[j] = [spots[j][0] + push * ux, spots[j][1] + push * uy]
        if not moved:
            break
    return [(x, y) for x, y in spots]


def _place(world: World, signal_id: str) -> Spot:
    nodes = [_spot(world, node) for node in {link.node_id for link in world.prepared.signals[signal_id].links}]
    return sum(x for x, _ in nodes) / len(nodes), sum(y for _, y in nodes) / len(nodes)


def _spot(world: World, node: str) -> tuple[float, float]:
    found = world.network.graph.nodes[node]
    return float(found["x_m"]), float(found["y_m"])


def _bounds(world: World, changes: Mapping[str, object]) -> tuple[tuple[float, float], tuple[float, float]]:
    points = [p for road in world.network.roads.values() if road.id in changes for p in road.shape]
    points = points or [p for road in world.network.roads.values() for p in road.shape]
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    return (min(xs), min(ys)), (max(xs), max(ys))


def _draw_scale(axes: Any, low: tuple[float, float], span: float) -> None:
    length = next(step for step in (50, 100, 200, 500, 1000, 2000, 5000, 10**9) if step >= span / 8)
    axes.plot([low[0], low[0] + length], [low[1], low[1]], color="black", linewidth=2)
    axes.text(low[0], low[1] + span * 0.008, f"{length} m", fontsize=8)


def _legend() -> list[Line2D]:
    names = [f"{a:g} to {b:g} s" for a, b in zip(STEPS_S, STEPS_S[1:], strict=False)] + [f"over {STEPS_S[-1]:g} s"]
    better = [
        Line2D([], [], color=c, linewidth=3, label=f"{n} less per vehicle") for c, n in zip(BETTER, names, strict=True)
    ]
    worse = [
        Line2D([], [], color=c, linewidth=3, linestyle=(0, (1.6, 0.8)), label=f"{n} more per vehicle")
        for c, n in zip(WORSE, names, strict=True)
    ]
    return [*better[::-1], Line2D([], [], color=UNCHANGED, linewidth=2, label=f"within {STEPS_S[0]:g} s"), *worse]
