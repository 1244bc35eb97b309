"""Per signal: what it chose over time. And along a corridor: vehicles and signals in time and space."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure

from bench.measures.corridor import Corridor, StopLine, Track
from bench.measures.greens import Split, cycles, shares
from bench.measures.raw import Shown
from bench.report.compound import draw_lines
from bench.report.draw import FOOT_IN, STYLE, new_figure, panels, style
from bench.report.gather import Run
from network.program.signals import Signal

LOOKS = (("#173f5f", ""), ("#8fb8de", ""), ("#e8a33d", "///"), ("#5d4630", "xxx"), ("#d9d9d9", ""),
         ("#4f9d69", "\\\\\\"), ("#b5651d", "|||"))  # fmt: skip
OTHERS = ("#ffffff", "---")
"""Of all phases beyond those that have looks of their own."""
MOST_ROWS = 5
CYCLES_TOGETHER_S = 150.0
ROW_LETTERS = 14
LEFT_IN, TOP_IN, ROW_IN = 1.35, 0.6, 1.05
LAMPS = {"red": "#b22222", "yellow": "#f2c230", "green": "#8fce9b"}


def draw_splits(signal: Signal, first: Mapping[str, Run]) -> Figure:
    """One row per controller, its first seed: share of time per phase, and how long until the main phase returns."""
    signal_id = signal.id
    which = f"junction {signal_id}: " if signal.part_of else ""
    shown = [(name, run) for name, run in first.items() if run.splits.get(signal_id)][:MOST_ROWS]
    named = _longest_phases([run.splits[signal_id] for _, run in shown], len(LOOKS))
    with rc_context(STYLE):
        figure = Figure(figsize=(9.5, TOP_IN + FOOT_IN + ROW_IN * len(shown)))
        grid = panels(figure, len(shown), (2, 1), LEFT_IN, TOP_IN)
        longest = max(max((c for _, c in cycles(run.splits[signal_id])), default=1.0) for _, run in shown)
        for k, (name, run) in enumerate(shown):
            _draw_shares(grid[k][0], run, signal_id, named, len(signal.phases))
            _draw_cycles(grid[k][1], run, signal_id, k, longest)
            grid[k][0].set_ylabel(_in_lines(name), fontsize=8)
            for panel in grid[k]:
                panel.set_xlim(0, (run.end_s - run.begin_s) / 60.0)
                panel.tick_params(labelbottom=k == len(shown) - 1)
        grid[0][0].set_title(f"{which}share of whole cycles per phase, clearance included", loc="left", fontsize=9)
        grid[0][1].set_title("s until the main phase returns", loc="left", fontsize=9)
        for panel in grid[-1]:
            panel.set_xlabel("minutes from the begin")
        handles, labels = grid[0][0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="upper left", bbox_to_anchor=(0.0, 1.0), ncols=len(labels), frameon=False,
                      fontsize=8, columnspacing=1.2)  # fmt: skip
        return figure


def _longest_phases(found: Sequence[Sequence[Split]], most: int) -> list[int]:
    """The phases shown longest under any controller, in their order."""
    total: Counter[int] = Counter()
    for of_run in found:
        for split in of_run:
            total[split.phase] += split.length_s  # type: ignore[assignment]
    return sorted(phase for phase, _ in total.most_common(most))


def _in_lines(name: str) -> str:
    """A name as high as its row is."""
    words = name.replace("_", "_ ").replace(":", ": ").replace("+", " +")
    return textwrap.fill(words, ROW_LETTERS).replace("_ ", "_")


def _draw_shares(panel: Any, run: Run, signal_id: str, named: Sequence[int], n_phases: int) -> None:
    found = shares(run.splits[signal_id], n_phases, CYCLES_TOGETHER_S)
    minutes = [(low - run.begin_s) / 60.0 for low, _, _ in found] + [(found[-1][1] - run.begin_s) / 60.0]
    rows = [[row[phase] for phase in named] for _, _, row in found]
    rows = [[*row, max(0.0, sum(whole) - sum(row))] for row, (_, _, whole) in zip(rows, found, strict=True)]
    labels = [f"phase {phase}" for phase in named] + ["others"] * (n_phases > len(named))
    below = [0.0] * len(minutes)
    for k, label in enumerate(labels):
        values = [row[k] for row in rows] + [rows[-1][k]]
        above = [a + b for a, b in zip(below, values, strict=True)]
        colour, hatch = LOOKS[k] if k < len(named) else OTHERS
        edge = "black" if (colour, hatch) == OTHERS else "white"
        panel.fill_between(minutes, below, above, step="post", facecolor=colour, hatch=hatch, edgecolor=edge,
                           linewidth=0.5, label=label)  # fmt: skip
        below = above
    panel.set_ylim(0, 1)
    panel.set_yticks([0, 0.5, 1], ["0", "50 %", "100 %"])


def _draw_cycles(panel: Any, run: Run, signal_id: str, k: int, longest: float) -> None:
    found = cycles(run.splits[signal_id])
    minutes = [(start - run.begin_s) / 60.0 for start, _ in found]
    look = style(k)
    panel.plot(minutes, [length for _, length in found], marker=".", markersize=3, linewidth=0.8, color=look["color"])
    panel.set_ylim(0, longest * 1.08)
    panel.grid(axis="y", color="#e4e4e4", linewidth=0.6)


def draw_time_space(
    corridor: Corridor, runs: Mapping[str, tuple[Run, Sequence[Track]]], begin_s: float, end_s: float
) -> Figure:
    """A panel per controller: every vehicle a line, every stop line a bar that is thick and dark in red."""
    with rc_context(STYLE):
        figure = new_figure(9.5, 0.5 + 3.0 * len(runs))
        panels = figure.subplots(len(runs), 1, squeeze=False, sharex=True)[:, 0]
        for panel, (name, (run, tracks)) in zip(panels, runs.items(), strict=True):
            lines = [track for track in tracks if track[-1][0] >= begin_s and track[0][0] <= end_s]
            minutes = [[((t - run.begin_s) / 60.0, at) for t, at in track] for track in lines]
            draw_lines(panel, minutes, color="#222222", linewidth=0.55, zorder=2)
            for line in corridor.stop_lines:
                _draw_bars(panel, run, line, begin_s, end_s)
            panel.set_xlim((begin_s - run.begin_s) / 60.0, (end_s - run.begin_s) / 60.0)
            panel.set_ylim(0, corridor.length_m)
            panel.set_ylabel("m along the corridor")
            panel.set_title(f"{name}, seed {run.seed}", loc="left", fontsize=9)
        panels[-1].set_xlabel("minutes from the begin")
        return figure


def _draw_bars(panel: Any, run: Run, line: StopLine, begin_s: float, end_s: float) -> None:
    shown = run.shown.get(line.signal_id)
    if shown is None:
        return
    bars: dict[str, list[list[tuple[float, float]]]] = {}
    for start, end, lamp in lamp_runs(shown, line.links):
        if end > begin_s and start < end_s:
            minutes = [(time - run.begin_s) / 60.0 for time in (max(start, begin_s), min(end, end_s))]
            bars.setdefault(lamp, []).append([(minute, line.at_m) for minute in minutes])
    for lamp, those in bars.items():
        width = 4.0 if lamp == "red" else 2.0
        draw_lines(panel, those, color=LAMPS[lamp], linewidth=width, capstyle="butt", zorder=3)
    panel.annotate(
        line.signal_id[:18], (1.0, line.at_m), xycoords=("axes fraction", "data"), xytext=(4, 0),
        textcoords="offset points", fontsize=7, va="center", annotation_clip=False,
    )  # fmt: skip


def lamp_runs(shown: Shown, links: Sequence[int]) -> list[tuple[float, float, str]]:
    """(from, to, colour) of a movement; green where one of its links is, equal neighbours joined."""
    runs: list[tuple[float, float, str]] = []
    for start, end, state in zip(shown.times_s, (*shown.times_s[1:], shown.end_s), shown.states, strict=True):
        lamps = {state[i] for i in links}
        lamp = "green" if lamps & set("Gg") else "yellow" if lamps & set("yYu") else "red"
        if runs and runs[-1][2] == lamp:
            runs[-1] = (runs[-1][0], end, lamp)
        else:
            runs.append((start, end, lamp))
    return runs
