"""The comparison as a picture: bars for the means, a dot for every seed. Reads well in grey."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

Row = dict[str, Any]
PANELS = (("delay_s", "delay per trip in s"), ("speed_kmh", "network speed in km/h"))


def draw_comparison(content: Row, folder: Path) -> list[Path]:
    """Write comparison.svg and comparison.png into ``folder``; nothing where matplotlib is not installed."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return []
    summary: Sequence[Row] = content["summary"]
    figure = Figure(figsize=(9, 0.9 + 0.45 * len(summary)), layout="constrained")
    panels = figure.subplots(1, len(PANELS), sharey=True)
    for axes, (key, label) in zip(panels, PANELS, strict=True):
        _panel(axes, content, key, label)
    panels[0].invert_yaxis()  # shared: the baseline on top in both
    name = Path(content["scenario"]).name
    figure.suptitle(f"{name}: means as bars, one dot per seed", fontsize=10)
    paths = [folder / "comparison.svg", folder / "comparison.png"]
    for path in paths:
        figure.savefig(path, dpi=160)
    return paths


def _panel(axes: Any, content: Row, key: str, label: str) -> None:
    names = [row["controller"] for row in content["summary"]]
    values = [row["means"][key] for row in content["summary"]]
    shades = ["#b0b0b0" if name == content["baseline"] else "#3b6ea5" for name in names]
    axes.barh(names, values, color=shades, height=0.6)
    for k, name in enumerate(names):
        dots = [row[key] for row in content["runs"] if row["controller"] == name]
        axes.plot(dots, [k] * len(dots), "o", color="black", markersize=3, alpha=0.6)
        axes.annotate(
            f"{values[k]:.1f}",
            (max(dots), k),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
        )
    axes.margins(x=0.15)
    axes.set_xlabel(label, fontsize=9)
    axes.tick_params(labelsize=9)
    axes.spines[["top", "right"]].set_visible(False)
