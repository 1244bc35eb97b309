"""Splits on the street: the order of the program, the plan of each cycle kept to the second, demand where it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from controllers.base import Controller
from controllers.laws.splits import Splits
from scenarios.generated import GridPlan
from signal_core.planning.splits import SplitStatus
from tests.controllers.streets import Street, drive

ONE = GridPlan(columns=1, rows=1, row_vph=700.0, column_vph=300.0, end_s=700)
NOBODY = 0.01


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Street:
    return drive(tmp_path_factory.mktemp("busy"), "splits", ONE, "plan", running_splits)


def running_splits(controller: Controller) -> list[int]:
    assert isinstance(controller, Splits)
    return [int(seconds) for seconds in controller.cycle.split_s]


def stays(street: Street, i: int = 0) -> list[tuple[int, int]]:
    """(phase, seconds from leaving the one before until leaving it) after the first change."""
    changes = street.changes(i)
    return [(phase, after - before) for (before, phase), (after, _) in zip(changes, changes[1:], strict=False)]


def test_phases_come_in_the_order_of_the_program(busy: Street) -> None:
    phases = [phase for _, phase in busy.changes()]
    count = len(busy.site.signals[0].phases)
    assert len(phases) > 3 * count
    assert all(after == (before + 1) % count for before, after in zip(phases, phases[1:], strict=False))
    assert busy.record.interlock_trips == 0
    assert busy.record.overdue == 0


def test_the_plan_of_a_cycle_is_kept_or_ends_early(busy: Street) -> None:
    """No cycle is longer than its plan, but for the second of red that a late entry adds where nothing is to spare."""
    assert isinstance(busy.controller, Splits)
    changes, planned, lasted = busy.changes(), [], []
    least, late_s = busy.controller.cycle.least_s, busy.site.settings.red_extension_s
    starts = [k for k, (_, phase) in enumerate(changes) if phase == 0]
    for a, b in zip(starts, starts[1:], strict=False):
        plan = busy.looked[changes[a][0]]
        assert all(busy.looked[t] == plan for t in range(changes[a][0], changes[b][0]))
        planned.append(sum(plan))
        lasted.append(changes[b][0] - changes[a][0])
    assert len(planned) > 5
    assert all(45 <= cycle_s <= busy.site.settings.max_red_s for cycle_s in planned)
    spare_s = late_s * len(least)
    assert all(least.sum() <= real_s <= cycle_s + spare_s for real_s, cycle_s in zip(lasted, planned, strict=True))
    assert min(lasted) < min(planned)
    assert busy.controller.cycle.cycle_s[0] == busy.controller.cycle.split_s.sum()
    assert busy.controller.cycle.status[0] in (SplitStatus.OK, SplitStatus.OVERSATURATED)


def test_demand_on_one_road_leaves_the_other_its_least(tmp_path: Path) -> None:
    street = drive(tmp_path, "splits", replace(ONE, column_vph=NOBODY, through=1.0))
    controller = street.controller
    assert isinstance(controller, Splits)
    served = street.serves("0x1") | street.serves("2x1")
    idle = set(range(len(street.site.signals[0].phases))) - served
    assert served
    assert idle
    for phase in idle:
        assert controller.cycle.split_s[phase] == controller.cycle.least_s[phase]
    assert sum(controller.cycle.split_s[p] - controller.cycle.least_s[p] for p in served) > 0


def test_the_busier_road_gets_more_of_what_is_not_owed(busy: Street, tmp_path: Path) -> None:
    turned = drive(tmp_path, "splits", replace(ONE, row_vph=150.0, column_vph=550.0), "plan")
    assert isinstance(busy.controller, Splits)
    least_s = busy.controller.cycle.least_s
    row, column = (np.zeros(2) for _ in range(2))
    for k, street in enumerate((busy, turned)):
        for phase, seconds in stays(street)[8:]:
            row[k] += (seconds - least_s[phase]) * (phase in street.serves("0x1"))
            column[k] += (seconds - least_s[phase]) * (phase in street.serves("1x0"))
    assert row[0] > 1.2 * column[0]
    assert column[1] > 1.2 * row[1]


def test_a_second_run_wants_the_same(busy: Street, tmp_path: Path) -> None:
    again = drive(tmp_path, "splits", ONE, "plan")
    assert np.array_equal(again.wanted, busy.wanted)


def test_many_signals_at_once_run_plans_of_their_own(tmp_path: Path) -> None:
    street = drive(tmp_path, "splits", GridPlan(columns=2, rows=2, end_s=400))
    assert street.record.interlock_trips == 0
    for i, signal in enumerate(street.site.signals):
        phases = [phase for _, phase in street.changes(i)]
        assert all(b == (a + 1) % len(signal.phases) for a, b in zip(phases, phases[1:], strict=False))
    assert street.trips > 200
