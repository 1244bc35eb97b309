"""What measurements share: figures with their noise, the machine, printing, and the file they are kept in."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from bench.runs.console import make_console
from bench.runs.results import versions, write_json

SCHEMA = 1
PERCENTILES = (("p50", 50.0), ("p90", 90.0), ("p99", 99.0), ("p99.9", 99.9), ("max", 100.0))
BATCHES = 10
Row = dict[str, Any]
FloatArray = NDArray[np.float64]


def figure(value: float, unit: str, noise: float = 0.0, less_is_better: bool = True) -> Row:
    """One figure; noise: how far repetitions in the same run lay apart, as a share of it."""
    return {"value": float(value), "unit": unit, "noise": float(noise), "less_is_better": less_is_better}


def median_figure(samples: Sequence[float] | NDArray[np.float64], unit: str) -> Row:
    """The median, with the quartile distance of the medians of BATCHES consecutive parts as noise."""
    values = np.asarray(samples, dtype=np.float64)
    parts = [float(np.median(part)) for part in np.array_split(values, min(BATCHES, len(values)))]
    low, high = np.percentile(parts, [25, 75])
    middle = float(np.median(values))
    return figure(middle, unit, float(high - low) / middle if middle > 0.0 else 0.0)


def percentiles(samples: NDArray[np.float64], unit: str) -> dict[str, Row]:
    """Figures for PERCENTILES; the median knows its noise."""
    found = {name: figure(float(np.percentile(samples, at)), unit) for name, at in PERCENTILES}
    return {**found, "p50": median_figure(samples, unit)}


def record(experiment: str, figures: dict[str, Row], **more: Any) -> Row:
    """The content of a measurement's file."""
    return {"schema": SCHEMA, "experiment": experiment, "machine": machine(), "versions": versions(),
            "figures": figures, **more}


def machine() -> Row:
    """What the figures depend on beside the program."""
    cores = sorted(os.sched_getaffinity(0))
    load = os.getloadavg()[0]
    return {"processor": _processor(), "cores": len(cores), "load_before": round(load, 2), "kernel": platform.release()}


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor()


def resident_kb() -> int:
    """Memory of this process that is really there."""
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024


def show(content: Row, title: str) -> None:
    """Print all figures as a table."""
    console = make_console()
    of = content["machine"]
    console.print(f"{title}; {of['processor']}, {of['cores']} cores, load {of['load_before']}")
    table = Table(show_edge=False, pad_edge=False)
    for heading in ("figure", "value", "unit", "noise"):
        table.add_column(heading)
    for name, row in content["figures"].items():
        table.add_row(name, f"{row['value']:.4g}", row["unit"], f"{100 * row['noise']:.0f} %" if row["noise"] else "")
    console.print(table)


def keep(content: Row, path: str | None) -> Path | None:
    """Write the file where one is wanted; returns the place for pictures, without an ending."""
    if path is None:
        return None
    place = Path(path).absolute()
    place.parent.mkdir(parents=True, exist_ok=True)
    write_json(content, place)
    return place.with_suffix("")
