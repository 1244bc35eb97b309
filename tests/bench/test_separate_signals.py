"""Two divided roads that cross, with a signal of its own at each corner: the ways between them fill up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.cli.main import main
from scenarios.bundled import write_world

SEEDS = 2


@pytest.mark.nightly
def test_nothing_locks_and_where_signals_know_nothing_of_each_other_everything_does(tmp_path: Path) -> None:
    config, out = write_world("separate", tmp_path / "world"), tmp_path / "results"
    words = ["-c", "actuated,adaptive,adaptive+look_back=0", "--seeds", f"1:{SEEDS}", "-e", "1200", "--protocol",
             "resco"]
    assert main(["compare", str(config), *words, "-o", str(out), "--report", "none", "--",
                 "--time-to-teleport", "-1"]) == 0
    runs = json.loads((out / "results.json").read_text(encoding="utf-8"))["runs"]
    delays = {name: sorted(run["delay_s"] for run in runs if run["controller"] == name)
              for name in ("actuated", "adaptive", "adaptive+look_back=0")}
    actuated, adaptive, alone = delays.values()
    assert len(adaptive) == SEEDS
    assert adaptive[-1] < actuated[0]
    assert alone[-1] > 3.0 * adaptive[-1]
