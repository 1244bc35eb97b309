"""A small world of our own."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.cli.main import main
from scenarios.generated import GridPlan, write_scenario

SMALL = GridPlan(columns=2, rows=1, spacing_m=150.0, row_lanes=1, row_vph=500.0, column_vph=300.0, end_s=200)


@pytest.fixture(scope="session")
def small_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A .sumocfg with two signals and 200 s of traffic."""
    return write_scenario(tmp_path_factory.mktemp("small"), SMALL, seed=3, name="small")


WALKED = GridPlan(columns=1, rows=1, spacing_m=100.0, row_lanes=1, row_vph=400.0, end_s=250, crossings=True)
WALKERS = """<additional>
    <personFlow id="p" begin="0" end="250" period="5"><walk from="0x1_1x1" to="1x1_1x2"/></personFlow>
</additional>
"""


@pytest.fixture(scope="session")
def walks_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A comparison with walks over one signal, some of them under way at the end."""
    place = tmp_path_factory.mktemp("walks")
    cfg = write_scenario(place, WALKED, name="walks")
    (place / "walkers.add.xml").write_text(WALKERS, encoding="utf-8")
    words = ["compare", str(cfg), "-a", str(place / "walkers.add.xml"), "-c", "fixed,actuated", "--seeds", "1"]
    assert main([*words, "--report", "basic", "-o", str(place / "results")]) == 0
    return place / "results"
