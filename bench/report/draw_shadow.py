"""Controller and engine beside each other: what was green, what the engine wanted, and the queues it saw."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

from bench.report.draw import COLOURS, LINES, STYLE, new_figure
from controllers.shadow.follow import CHANGING, Shadow
from controllers.shadow.recorded import Recorded
from controllers.shadow.site import ShadowSite
from signal_core.tables.arrays import GREEN

WINDOW_S = 900


def draw_shadow(recorded: Recorded, site: ShadowSite, shadow: Shadow) -> Figure:
    """A quarter of an hour out of the middle of the record."""
    length = len(shadow.stage)
    first = max(0, (length - WINDOW_S) // 2)
    last = min(length, first + WINDOW_S)
    with rc_context(STYLE):
        figure = new_figure(10.5, 2.9 + 0.5 * len(recorded.phases))
        lamps, queues = figure.subplots(2, 1, sharex=True, height_ratios=(0.5 * len(recorded.phases), 2.0))
        for row, phase in enumerate(recorded.phases):
            green = (recorded.shown[first:last, row] == GREEN) & recorded.known[first:last]
            _bars(lamps, green, row - 0.2, "#333333", "")
            wanted = [k != CHANGING and phase in site.stages[int(k)] for k in shadow.wanted[first:last]]
            _bars(lamps, np.array(wanted), row + 0.2, "white", "////")
        lamps.set_yticks(range(len(recorded.phases)), [f"phase {phase}" for phase in recorded.phases])
        lamps.invert_yaxis()
        lamps.set_title("dark: green shown; hatched: green wanted by the engine (blank: nothing to decide)",
                        loc="left", fontsize=9)  # fmt: skip
        minutes = np.arange(last - first) / 60.0
        for k, (number, phases) in enumerate(site.lanes):
            queues.plot(minutes, shadow.queues[first:last, k], color=COLOURS[k % len(COLOURS)], linewidth=1.2,
                        linestyle=LINES[k % len(LINES)],
                        label=f"detector {number}, phase {', '.join(map(str, phases))}")  # fmt: skip
        queues.set_title("queue as the engine estimated it, vehicles", loc="left", fontsize=9)
        queues.legend(frameon=False, fontsize=7.5, ncols=3)
        queues.set_ylim(0, 1.35 * np.nanmax(shadow.queues[first:last], initial=1.0))
        queues.set_xlim(0, (last - first) / 60.0)
        start_s = recorded.begin_s + first
        queues.set_xlabel(f"minutes from {start_s // 3600 % 24:02d}:{start_s // 60 % 60:02d}")
        return figure


def _bars(panel: Any, on: Any, row: float, colour: str, hatch: str) -> None:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], on.astype(np.int64), [0]])))
    spans = [(start / 60.0, (end - start) / 60.0) for start, end in zip(edges[::2], edges[1::2], strict=True)]
    panel.broken_barh(spans, (row - 0.17, 0.34), facecolor=colour, edgecolor="black", linewidth=0.5, hatch=hatch)
