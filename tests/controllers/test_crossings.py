"""Who walks is seen by no loop, and gets green all the same: as often as the maximum red asks, not with every phase."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from scenarios.generated import GridPlan
from tests.controllers.streets import Street, drive

ONE = GridPlan(columns=1, rows=1, row_vph=700.0, column_vph=250.0, end_s=900, crossings=True)
CONTROLLERS = ("adaptive", "adaptive_fixed_order", "splits")


@pytest.fixture(scope="module", params=CONTROLLERS)
def street(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Street:
    return drive(tmp_path_factory.mktemp("crossings"), request.param, ONE)


def test_every_crossing_has_green_within_the_maximum_red(street: Street) -> None:
    signal = street.site.signals[0]
    assert any(link.is_crossing for link in signal.links)
    assert street.record.overdue == 0  # a crossing always counts as a call, so the interlock watches its wait
    assert street.record.interlock_trips == 0


def test_traffic_has_green_without_the_crossing_beside_it(tmp_path: Path) -> None:
    """Few walk; where nobody does, nobody calls."""
    free = drive(tmp_path, "adaptive", replace(ONE, walks_ph=60.0))
    signal = free.site.signals[0]
    walks = [link.index for link in signal.links if link.is_crossing]
    shown = [signal.phases[phase].state for _, phase in free.changes()]
    with_walks = [state for state in shown if any(state[j] in "Gg" for j in walks)]
    assert 0 < len(with_walks) < len(shown)
