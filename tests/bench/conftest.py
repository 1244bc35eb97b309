"""A small world of our own."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenarios.generated import GridPlan, write_scenario

SMALL = GridPlan(columns=2, rows=1, spacing_m=150.0, row_lanes=1, row_vph=500.0, column_vph=300.0, end_s=200)


@pytest.fixture(scope="session")
def small_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A .sumocfg with two signals and 200 s of traffic."""
    return write_scenario(tmp_path_factory.mktemp("small"), SMALL, seed=3, name="small")
