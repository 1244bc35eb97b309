"""One-lane side streets across a wide road: left turns wait inside the junction, with somebody behind them."""

from __future__ import annotations

import json
from pathlib import Path

from bench.cli.main import main
from scenarios.bundled import write_world

SEEDS = 2


def test_nothing_locks_and_without_the_red_for_who_is_inside_something_does(tmp_path: Path) -> None:
    """A lock holds everybody behind it for the rest of the run: a multiple of the delay."""
    config, out = write_world("sidestreets", tmp_path / "world"), tmp_path / "results"
    names = "adaptive,adaptive+sneaker_red_s=0"
    words = ["-c", names, "--seeds", f"2:{1 + SEEDS}", "-e", "1200", "--protocol", "resco"]
    assert main(["compare", str(config), *words, "-o", str(out), "--report", "none", "--",
                 "--time-to-teleport", "-1"]) == 0
    runs = json.loads((out / "results.json").read_text(encoding="utf-8"))["runs"]
    delays = {name: sorted(run["delay_s"] for run in runs if run["controller"] == name)
              for name in ("adaptive", "adaptive+sneaker_red_s=0")}
    held, free = delays.values()
    assert len(held) == len(free) == SEEDS
    assert held[-1] < 1.5 * held[0]
    assert free[-1] > 2.0 * held[-1]
