"""Purdue coordination diagrams: every cycle of a lane a column, every arrival a point at its time in the cycle."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure

from bench.measures.coordination import LaneCourse
from bench.measures.green_use import GREEN, RED
from bench.report.compound import draw_boxes, draw_lines
from bench.report.draw import STYLE, panels

LONGEST_S = 240.0
LEFT_IN, TOP_IN = 0.7, 0.5


def draw_coordination(lanes: Mapping[str, LaneCourse], begin_s: float, end_s: float) -> Figure:
    """A panel per controller, for one lane: time in the cycle (0 is the begin of red) over the time of the run."""
    with rc_context(STYLE):
        figure = Figure(figsize=(9.5, 2.5))
        (row,) = panels(figure, 1, [1] * len(lanes), LEFT_IN, TOP_IN)
        highest_s = max(1.0, *(_highest_s(lane) for lane in lanes.values()))
        for panel, (name, lane) in zip(row, lanes.items(), strict=True):
            _draw(panel, lane, begin_s)
            share = 100.0 * lane.arrived_on_green / lane.arrived if lane.arrived else 0.0
            panel.set_title(f"{name}: {share:.0f} % arrive on green", loc="left", fontsize=9)
            panel.set_ylim(0, 1.05 * highest_s)
            panel.set_xlabel("minutes from the begin")
            panel.set_xlim(0, (end_s - begin_s) / 60.0)
        figure.text(0.01, 0.95, f"lane {next(iter(lanes.values())).lane}", fontsize=9, va="center")
        row[0].set_ylabel("s since the begin of red")
        return figure


def _highest_s(lane: LaneCourse) -> float:
    """The longest cycle, as far as it is drawn."""
    reds = [time_s for time_s, what in lane.changes if what == RED]
    return min(LONGEST_S, max((b - a for a, b in zip(reds, reds[1:], strict=False)), default=1.0))


def _draw(panel: Any, lane: LaneCourse, begin_s: float) -> None:
    reds = [time_s for time_s, what in lane.changes if what == RED]
    greens = [time_s for time_s, what in lane.changes if what == GREEN]
    boxes, starts, ends = [], [], []
    for start, after in zip(reds, reds[1:], strict=False):
        minute, wide = (start - begin_s) / 60.0, (after - start) / 60.0
        green = next((time_s for time_s in greens if start < time_s < after), after)
        boxes.append((minute, 0.0, wide, green - start))
        starts.append([(minute, green - start), (minute + wide, green - start)])
        ends.append([(minute, after - start), (minute + wide, after - start)])
    draw_boxes(panel, boxes, facecolor="#e3e3e3", zorder=0)
    draw_lines(panel, starts, color="#2f7d4f", linewidth=1.4, zorder=2)
    draw_lines(panel, ends, color="black", linewidth=0.8, linestyle=":", zorder=2)
    points = [(t, t - reds[k]) for t, _ in lane.arrivals if (k := bisect_right(reds, t) - 1) >= 0]
    panel.plot([(t - begin_s) / 60.0 for t, _ in points], [min(y, LONGEST_S) for _, y in points], "o", markersize=2.2,
               color="black", markeredgewidth=0)  # fmt: skip
