"""What all figures of the report share, and the plain ones. Every figure must read well in grey."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure

from bench.report.gather import Run

# Told apart by lightness and by line, not by hue alone.
COLOURS = ("#777777", "#0b3c6f", "#c2571a", "#2f7d4f", "#8a4f9e", "#3aa6b9", "#b8912b", "#5b2333")
LINES = ("--", "-", "-.", ":", (0, (5, 1)), (0, (1, 1)), (0, (3, 1, 1, 1)), (0, (6, 2, 1, 2)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
STYLE: Any = {  # matplotlib types its settings as a literal of every name
    "font.size": 8.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.fonttype": "none",
    "text.parse_math": False,  # an id may have a dollar in it
    "font.family": ["DejaVu Sans", "sans-serif"],
}
PLACES = re.compile(r' (?:d|x|y|x1|y1|x2|y2|width|height)="[^"]*"')
DECIMALS = re.compile(r"(\.\d)\d+")
BREAKS = re.compile(r" *\n *([MLCQz]) *")
METADATA = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)
INDENTS = re.compile(r"^\s+", re.MULTILINE)
UNUSED_IDS = re.compile(r'(?<=<g) id="[^"]*"')
FONT = re.compile(r"; font-family: [^;\"]*(?=[;\"])")
PNG_DPI = 100
FOOT_IN, RIGHT_IN, GAP_IN, ROW_GAP_IN = 0.45, 0.15, 0.3, 0.2
Series = Mapping[str, Sequence[Run]]


def new_figure(width: float, height: float) -> Figure:
    """An empty figure, in inches."""
    return Figure(figsize=(width, height), layout="constrained")


def panels(figure: Figure, rows: int, widths: Sequence[float], left_in: float, top_in: float) -> list[list[Any]]:
    """Panels at fixed places: ``widths`` as shares of what is right of ``left_in``, rows alike below ``top_in``.

    Laying out by matplotlib asks every label for its size, twice, and takes longer than drawing.
    """
    wide_in, tall_in = figure.get_size_inches()
    room_in, row_in = wide_in - left_in - RIGHT_IN, (tall_in - top_in - FOOT_IN) / rows
    edges = [left_in + room_in * sum(widths[:k]) / sum(widths) + GAP_IN * (k > 0) for k in range(len(widths))]
    ends = [*(edge - GAP_IN for edge in edges[1:]), wide_in - RIGHT_IN]
    return [[figure.add_axes((left / wide_in, (FOOT_IN + (rows - 1 - r) * row_in + 0.08) / tall_in,
                              (right - left) / wide_in, (row_in - ROW_GAP_IN) / tall_in))
             for left, right in zip(edges, ends, strict=True)] for r in range(rows)]


def save(figure: Figure, folder: Path, name: str, png: bool = True) -> str:
    """Write NAME.svg, and NAME.png with ``png``, into ``folder``; returns the SVG, ready to stand in a page."""
    folder.mkdir(parents=True, exist_ok=True)
    stream = io.StringIO()
    with rc_context({**STYLE, "svg.hashsalt": name}):  # ids differ between the figures of one page
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
        if png:
            figure.set_layout_engine("none")  # it is laid out; once more would only cost time
            figure.savefig(folder / f"{name}.png", dpi=PNG_DPI)
    svg = slim(stream.getvalue())
    (folder / f"{name}.svg").write_text(svg, encoding="utf-8")
    return svg[svg.index("<svg") :]


def slim(svg: str) -> str:
    """The same drawing in a third of the bytes: places in tenths of a point where matplotlib writes millionths, the
    font once where it names it at every word, no blanks and no names that nothing refers to."""
    svg = PLACES.sub(lambda attribute: BREAKS.sub(r"\1", DECIMALS.sub(r"\1", attribute[0])), svg)
    for waste in (FONT, METADATA, INDENTS, UNUSED_IDS):
        svg = waste.sub("", svg)
    return svg.replace("<svg ", '<svg font-family="DejaVu Sans, sans-serif" ', 1)


def style(k: int) -> dict[str, Any]:
    """Colour and line of the k-th controller."""
    return {"color": COLOURS[k % len(COLOURS)], "linestyle": LINES[k % len(LINES)], "linewidth": 2.2 if k == 0 else 1.6}


def draw_over_time(runs: Series) -> Figure:
    """Speed on the road and vehicles in the network: mean over seeds as a line, all seeds inside the band."""
    with rc_context(STYLE):
        figure = new_figure(9.5, 3.1)
        axes = figure.subplots(1, 2)
        for k, (name, of_name) in enumerate(runs.items()):
            for panel, column in zip(axes, (1, 2), strict=True):
                _band(panel, [run.series for run in of_name if run.series], column, name, k)
        axes[0].set_title("mean speed of vehicles on the road, km/h", loc="left", fontsize=9)
        axes[1].set_title("vehicles in the network and waiting to enter it", loc="left", fontsize=9)
        for panel in axes:
            panel.set_ylim(bottom=0)
            panel.set_xlabel("minutes from the begin")
            panel.grid(axis="y", color="#e4e4e4", linewidth=0.6)
        axes[0].legend(frameon=False, handlelength=3.2)
        return figure


def _band(panel: Any, series: Sequence[Sequence[tuple[float, float, float]]], column: int, name: str, k: int) -> None:
    if not series:
        return
    length = min(map(len, series))
    start = series[0][0][0]
    minutes = [(row[0] - start) / 60.0 for row in series[0][:length]]
    columns = [[rows[i][column] for rows in series] for i in range(length)]
    marks = {"marker": MARKERS[k % len(MARKERS)], "markersize": 4.5, "markerfacecolor": "white"}
    every = max(1, length // 8)  # staggered, so that marks of close lines do not cover each other
    panel.plot(minutes, [sum(values) / len(values) for values in columns], label=name, **style(k), **marks,
               markevery=(k * every // max(1, len(MARKERS) // 2) % every, every))  # fmt: skip
    if len(series) > 1:
        low, high = [min(values) for values in columns], [max(values) for values in columns]
        panel.fill_between(minutes, low, high, color=COLOURS[k % len(COLOURS)], alpha=0.16, linewidth=0)


def draw_headline(runs: Series) -> Figure:
    """Delay and speed: a bar for the mean, a dot for every seed."""
    with rc_context(STYLE):
        figure = new_figure(9.5, 0.8 + 0.42 * len(runs))
        axes = figure.subplots(1, 2, sharey=True)
        for panel, key, label in zip(
            axes, ("delay_s", "speed_kmh"), ("delay per trip, s", "network speed, km/h"), strict=True
        ):
            for k, (name, of_name) in enumerate(runs.items()):
                values = [getattr(run.headline, key) for run in of_name]
                mean = sum(values) / len(values)
                shade = (
                    {"color": "#c4c4c4", "hatch": "///", "edgecolor": "#777777"} if k == 0 else {"color": COLOURS[1]}
                )
                panel.barh([name], [mean], height=0.62, alpha=0.9, **shade)
                panel.plot(values, [k] * len(values), "o", color="white", markeredgecolor="black", markersize=3.5)
                panel.annotate(f"{mean:.1f}", (max(values), k), xytext=(6, 0), textcoords="offset points", va="center")
            panel.margins(x=0.14)
            panel.set_xlim(left=0)
            panel.set_title(label, loc="left", fontsize=9)
        axes[0].invert_yaxis()
        return figure
