"""Purdue coordination diagrams: every cycle of a lane a column, every arrival a point at its time in the cycle."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from bench.measures.coordination import LaneCourse
from bench.measures.green_use import GREEN, RED
from bench.report.draw import STYLE, new_figure

LONGEST_S = 240.0


def draw_coordination(lanes: Mapping[str, LaneCourse], begin_s: float, end_s: float) -> Figure:
    """A panel per controller, for one lane: time in the cycle (0 is the begin of red) over the time of the run."""
    with rc_context(STYLE):
        figure = new_figure(9.5, 2.5)
        panels = figure.subplots(1, len(lanes), squeeze=False, sharey=True)[0]
        for panel, (name, lane) in zip(panels, lanes.items(), strict=True):
            _draw(panel, lane, begin_s)
            share = 100.0 * lane.arrived_on_green / lane.arrived if lane.arrived else 0.0
            panel.set_title(f"{name}, {lane.lane}: {share:.0f} % arrive on green", loc="left", fontsize=9)
            panel.set_xlabel("minutes from the begin")
            panel.set_xlim(0, (end_s - begin_s) / 60.0)
        panels[0].set_ylabel("s since the begin of red")
        panels[0].set_ylim(bottom=0)
        return figure


def _draw(panel: Any, lane: LaneCourse, begin_s: float) -> None:
    reds = [time_s for time_s, what in lane.changes if what == RED]
    greens = [time_s for time_s, what in lane.changes if what == GREEN]
    for start, after in zip(reds, reds[1:], strict=False):
        minute, wide = (start - begin_s) / 60.0, (after - start) / 60.0
        green = next((time_s for time_s in greens if start < time_s < after), after)
        panel.add_patch(_box(minute, wide, 0.0, green - start, "#e3e3e3"))
        panel.plot([minute, minute + wide], [green - start] * 2, color="#2f7d4f", linewidth=1.4)
        panel.plot([minute, minute + wide], [after - start] * 2, color="black", linewidth=0.8, linestyle=":")
    points = [(t, t - reds[k]) for t, _ in lane.arrivals if (k := bisect_right(reds, t) - 1) >= 0]
    panel.plot([(t - begin_s) / 60.0 for t, _ in points], [min(y, LONGEST_S) for _, y in points], "o", markersize=2.2,
               color="black", markeredgewidth=0)  # fmt: skip


def _box(left: float, wide: float, low: float, tall: float, colour: str) -> Any:
    return Rectangle((left, low), wide, tall, facecolor=colour, edgecolor="none", zorder=0)
