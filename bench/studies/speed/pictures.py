"""Pictures of measurements; nothing where matplotlib is not installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.studies.speed.measure import Row


def draw_latency(samples: NDArray[np.float64], place: Path) -> None:
    """Histogram on logarithmic axes with the percentiles marked, as ``place``.svg."""
    figure, axes = _canvas()
    if figure is None:
        return
    edges = np.geomspace(float(samples.min()), float(samples.max()) * 1.001, 80)
    axes.hist(samples, bins=edges, color="#3b6ea5", log=True)
    for name, at in (("p50", 50), ("p99", 99), ("p99.9", 99.9)):
        value = float(np.percentile(samples, at))
        axes.axvline(value, color="black", linewidth=0.8)
        axes.annotate(f"{name} {value:.0f}", (value, 1.0), xycoords=("data", "axes fraction"), rotation=90,
                      xytext=(-9, -50), textcoords="offset points", fontsize=8)
    axes.set_xscale("log")
    axes.set_xlabel("one decision in microseconds")
    axes.set_ylabel("decisions")
    figure.savefig(place.with_suffix(".svg"))


def draw_scale(content: Row, name: str, place: Path) -> None:
    """Cost per signal against the number of signals, as ``place``.svg."""
    figure, axes = _canvas()
    if figure is None:
        return
    sizes = content["sizes"]
    values = [content["figures"][f"{size} signals: {name}"]["value"] for size in sizes]
    axes.plot(sizes, values, "o-", color="#3b6ea5")
    for size, value in zip(sizes, values, strict=True):
        axes.annotate(f"{value:.1f}", (size, value), xytext=(0, 6), textcoords="offset points", ha="center", fontsize=8)
    axes.set_xscale("log")
    axes.set_ylim(0, 1.3 * max(values))
    axes.set_xlabel("signals")
    axes.set_ylabel(f"{name}, in microseconds")
    figure.savefig(place.with_suffix(".svg"))


def draw_week(content: Row, place: Path) -> None:
    """Median and p99.9 of every hour and the memory of the process, as ``place``.svg."""
    figure, axes = _canvas()
    if figure is None:
        return
    hours = content["hours"]
    days = np.arange(1, len(hours) + 1) / 24.0
    axes.plot(days, [hour["p50_us"] for hour in hours], color="#3b6ea5", label="p50")
    axes.plot(days, [hour["p999_us"] for hour in hours], color="#3b6ea5", linewidth=0.6, label="p99.9")
    axes.set_ylim(bottom=0)
    axes.set_xlabel("simulated days")
    axes.set_ylabel("one decision in microseconds")
    memory = axes.twinx()
    memory.plot(days, [hour["resident_kb"] / 1024 for hour in hours], color="#b5651d", label="memory, MB")
    memory.set_ylim(bottom=0)
    memory.set_ylabel("memory in MB")
    figure.legend(loc="lower center", ncols=3, frameon=False)
    figure.savefig(place.with_suffix(".svg"))


def _canvas() -> tuple[Any, Any]:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return None, None
    figure = Figure(figsize=(7, 3.5), layout="constrained")
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes
