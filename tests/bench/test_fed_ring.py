"""A grid of one-lane blocks of 60 m, fed far beyond what it carries: its rings lock where everybody is let in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.cli.main import main
from scenarios.generated import GridPlan, write_scenario

PLAN = GridPlan(columns=4, rows=3, spacing_m=60, row_lanes=1, column_lanes=1, row_turn_lanes=False,
                column_turn_lanes=False, through=0.3, row_vph=400, column_vph=320, end_s=1800, cycle_s=60)  # fmt: skip
SEEDS = 2


@pytest.mark.nightly
def test_a_ring_of_short_blocks_far_above_capacity_lets_more_arrive_than_its_plan_does(tmp_path: Path) -> None:
    """Once it has locked nobody arrives any more: under the plan, and with gates that let a few in all the same."""
    config, out = write_scenario(tmp_path / "world", PLAN, name="blocks"), tmp_path / "results"
    assert main(["compare", str(config), "-c", "fixed,adaptive", "--seeds", f"1:{SEEDS}", "-o", str(out), "--report",
                 "none", "--", "--time-to-teleport", "-1"]) == 0
    runs = json.loads((out / "results.json").read_text(encoding="utf-8"))["runs"]
    arrived = {name: sorted(run["finished"] for run in runs if run["controller"] == name)
               for name in ("fixed", "adaptive")}
    assert len(arrived["adaptive"]) == SEEDS
    assert arrived["adaptive"][0] > 2.5 * arrived["fixed"][-1]
