"""Adaptive control that keeps the order of the program: no phase skipped, none ahead of its turn, nobody left out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scenarios.generated import GridPlan
from tests.controllers.streets import Street, drive

ONE = GridPlan(columns=1, rows=1, row_vph=800.0, column_vph=300.0, end_s=600)


@pytest.fixture(scope="module")
def in_order(tmp_path_factory: pytest.TempPathFactory) -> Street:
    return drive(tmp_path_factory.mktemp("order"), "adaptive_fixed_order", ONE, "plan")


def _steps(street: Street) -> set[int]:
    """How many phases further each change goes."""
    phases = [street.wanted[0, 0], *(phase for _, phase in street.changes())]
    return {int(step) for step in np.diff(phases) % len(street.site.signals[0].phases)}


def test_phases_come_in_the_order_of_the_program(in_order: Street) -> None:
    assert len(in_order.changes()) > 3 * len(in_order.site.signals[0].phases)
    assert _steps(in_order) == {1}
    assert in_order.record.interlock_trips == 0


def test_nobody_waits_longer_than_the_maximum_red(in_order: Street) -> None:
    assert in_order.record.overdue == 0


def test_the_same_demand_has_phases_skipped_where_that_is_allowed(tmp_path: Path) -> None:
    free = drive(tmp_path, "adaptive", ONE, "plan")
    assert _steps(free) - {1}
