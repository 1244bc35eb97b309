"""The moment as a picture: queues and arrivals per lane, and what each first action was predicted to cost."""

from __future__ import annotations

import textwrap
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure

from bench.report.draw import COLOURS, LINES, STYLE, new_figure
from bench.report.moment import RUNS, SOON_S, Moment, verdict
from bench.report.phase_diagram import draw_phases, phase_rows
from network.roads.reader import Network

LONGEST_NAME = 24
LONGEST_TITLE = 130
"""Letters in a line of the title."""
LONGEST_NOTE = 44
"""Letters in a line beside the queue of a lane: two lines are as high as its bar."""
BELOW: dict[str, Any] = {"frameon": False, "fontsize": 7.5, "loc": "upper left", "bbox_to_anchor": (0.0, -0.16)}


def draw_moment(moment: Moment, network: Network) -> Figure:
    """Left what was seen, right what was weighed, below every phase there is."""
    above_in, below_in = max(3.4, 1.4 + 0.27 * len(moment.lanes)), 2.6 * phase_rows(moment.signal)
    with rc_context(STYLE):
        figure = new_figure(10.5, above_in + below_in)
        parts: Any = figure.subfigures(2, 1, height_ratios=(above_in, below_in))
        words = textwrap.fill(f"signal {moment.signal.id} at {moment.time_s:g} s: {verdict(moment)}", LONGEST_TITLE)
        figure.suptitle(words, x=0.01, ha="left", fontsize=10)
        seen, weighed = parts[0].subplots(1, 2)
        _draw_lanes(seen, moment)
        _draw_costs(weighed, moment)
        titles = [_phase_title(moment, k) for k in range(len(moment.signal.phases + moment.signal.added))]
        draw_phases(parts[1].subplots(), moment.signal, network, titles, moment.phase)
        return figure


def _phase_title(moment: Moment, k: int) -> str:
    chosen = moment.weighed.phase if moment.weighed.phase != moment.phase else moment.weighed.next_phase
    beyond = "\n(beyond the program)" if moment.signal.phases[k].part_of >= 0 else ""
    then = "control's choice" if moment.mode in RUNS else "next"
    when = ": now" if k == moment.phase else f": {then}" if k == chosen else ""
    return f"phase {k}{when}{beyond}"


def _draw_lanes(panel: Any, moment: Moment) -> None:
    rows = range(len(moment.lanes))
    queues = [lane.queue for lane in moment.lanes]
    soon = [lane.arriving_soon for lane in moment.lanes]
    later = [lane.arriving - lane.arriving_soon for lane in moment.lanes]
    both = [q + a for q, a in zip(queues, soon, strict=True)]
    edge = {"edgecolor": "black", "linewidth": 0.6, "height": 0.7}
    panel.barh(rows, queues, color="#333333", label="queue", **edge)
    panel.barh(rows, soon, left=queues, color="#aaaaaa", label=f"due within {SOON_S} s", **edge)
    panel.barh(rows, later, left=both, color="white", hatch="///", label=f"due within {moment.horizon_s} s", **edge)
    for k, lane in enumerate(moment.lanes):
        waits = f"waits {lane.waited_s:.0f} s" if lane.waited_s else ""
        words = textwrap.fill("; ".join(filter(None, (waits, lane.note))), LONGEST_NOTE)
        panel.annotate(words, (both[k] + later[k], k), xytext=(4, 0), textcoords="offset points", va="center",
                       fontsize=6.5)  # fmt: skip
    panel.set_yticks(rows, [f"{lane.lane[-LONGEST_NAME:]} [{lane.shown}]" for lane in moment.lanes], fontsize=7)
    panel.invert_yaxis()
    panel.margins(x=0.25)
    panel.set_xlim(left=0, right=max(1.0, panel.get_xlim()[1]))
    panel.set_xlabel("vehicles")
    panel.set_title("seen, per lane [what it shows now]", loc="left", fontsize=9)
    panel.legend(**BELOW, ncols=3)


def _draw_costs(panel: Any, moment: Moment) -> None:
    panel.set_title("weighed: predicted cost by when the present phase is left", loc="left", fontsize=9)
    if not moment.actions:
        panel.set_axis_off()
        panel.text(0.0, 0.9, "nothing was planned in this second", transform=panel.transAxes)
        return
    seconds = range(moment.horizon_s)
    for p, costs in enumerate(moment.weighed.leave):
        if p != moment.phase:
            panel.plot(seconds, costs, color=COLOURS[(p + 1) % len(COLOURS)], linestyle=LINES[(p + 1) % len(LINES)],
                       linewidth=1.6, label=f"for phase {p}")  # fmt: skip
    panel.axhline(moment.weighed.keep, color="#777777", linewidth=1.0, label=f"phase {moment.phase} kept")
    for action in moment.actions:
        if action.chosen:
            at = moment.horizon_s if action.keep else action.after_s
            panel.plot([at], [action.cost], "o", markersize=9, markerfacecolor="none", markeredgecolor="black",
                       markeredgewidth=1.8, label="chosen", clip_on=False)  # fmt: skip
    panel.set_xlim(0, moment.horizon_s)
    panel.set_xlabel("leave the present phase in s from now")
    panel.set_ylabel("vehicle-seconds, weighted")
    panel.grid(axis="y", color="#e4e4e4", linewidth=0.6)
    panel.legend(**BELOW, ncols=3)
