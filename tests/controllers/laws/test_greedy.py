"""Max pressure and max wave: what counts for a phase, and how they behave on the street."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from controllers.base import LaneView, Observation
from controllers.laws.greedy import ACTION_S, Greedy, within_reach
from controllers.laws.max_pressure import MaxPressure
from controllers.laws.max_wave import MaxWave
from network.loops.detectors import LaneLoops
from network.program.signals import SignalLane
from network.roads.trace import Stretch
from scenarios.generated import GridPlan
from tests.controllers.streets import Street, drive

TWO = GridPlan(columns=2, rows=1, row_lanes=1, row_vph=500.0, column_vph=300.0, spacing_m=150.0, end_s=500)
NOBODY = 0.01
RULES = ("max_pressure", "max_wave")


@pytest.fixture(scope="module")
def streets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Street]:
    return {name: drive(tmp_path_factory.mktemp(name), name, TWO) for name in RULES}


def scores(street: Street, vehicles: dict[str, float]) -> list[float]:
    """What each phase of the first signal scores with vehicles on whole lanes."""
    controller = street.controller
    assert isinstance(controller, Greedy)
    seen = np.array([vehicles.get(lane, 0.0) for lane, _ in controller.watched_lanes])
    return [float(score) for score in controller.scores[0] @ seen]


def test_reach_ends_where_it_should_and_lanes_upstream_are_shared() -> None:
    def approach(name: str, *stretches: Stretch) -> LaneLoops:
        return LaneLoops(SignalLane(name, (0,), 8.0, 10.0, ("s",)), -1, (), stretches)

    both = Stretch("up", 100.0, 8.0)
    found = within_reach((approach("a", Stretch("a", 8.0, 0.0), both), approach("b", Stretch("b", 8.0, 0.0), both),
                          approach("c", Stretch("c", 300.0, 0.0), Stretch("far", 20.0, 300.0))), 50.0)
    assert found == {
        "a": {("a", 0.0): 1.0, ("up", 58.0): 0.5},
        "b": {("b", 0.0): 1.0, ("up", 58.0): 0.5},
        "c": {("c", 250.0): 1.0},
    }


def test_max_wave_counts_a_left_turn_in_its_own_phase(streets: dict[str, Street]) -> None:
    street = streets["max_wave"]
    assert [phase.state for phase in street.site.signals[0].phases[:2]] == ["rrrGGgrrrGGg", "rrrrrGrrrrrG"]
    assert scores(street, {"0x1_1x1_turn_0": 3.0}) == [3.0, 0.0, 0.0, 0.0]
    assert scores(street, {"0x1_1x1_turn_1": 2.0}) == [0.0, 2.0, 0.0, 0.0]


def test_max_pressure_takes_off_what_stands_behind(streets: dict[str, Street]) -> None:
    street = streets["max_pressure"]
    right_and_through, between = {"0x1_1x1_turn_0": 3.0}, {"1x1_2x1_0": 1.0}
    assert scores(street, right_and_through) == [6.0, 0.0, 0.0, 0.0]
    assert scores(street, right_and_through | between)[0] == 5.0
    assert "1x1_0x1_0" not in {lane for lane, _ in street.controller.watched_lanes}  # nothing counts on the way out


@pytest.mark.parametrize("name", RULES)
def test_traffic_flows_and_nobody_decides_more_often_than_every_ten_seconds(
    streets: dict[str, Street], name: str
) -> None:
    street = streets[name]
    assert street.record.interlock_trips == 0
    assert street.trips > 150
    for i in range(len(street.site.signals)):
        seconds = [second for second, _ in street.changes(i)]
        assert len(seconds) > 5
        assert min(b - a for a, b in zip(seconds, seconds[1:], strict=False)) >= ACTION_S


@pytest.mark.parametrize("name", RULES)
def test_roads_without_demand_are_left_out(name: str, tmp_path: Path) -> None:
    street = drive(tmp_path, name, replace(TWO, columns=1, column_vph=NOBODY, through=1.0, end_s=300))
    served = street.serves("0x1") | street.serves("2x1")
    assert {phase for _, phase in street.changes()} | set(street.wanted[20:, 0].tolist()) <= served


@pytest.mark.parametrize("rule", [MaxPressure, MaxWave])
def test_a_signal_that_may_not_change_is_left_alone(
    streets: dict[str, Street], rule: type[Greedy]
) -> None:
    site = streets["max_wave"].site
    controller = rule(site.settings)
    controller.start(site)
    lanes = LaneView(*(np.ones(len(controller.watched_lanes)) for _ in range(2)))
    nothing = np.zeros(len(site.layout.loops))
    wanted = np.array([2, 2])
    seen = Observation(5.0, nothing, nothing, nothing, np.array([False, True]), lanes)
    assert controller.decide(seen, wanted) == 1
    assert wanted[0] == 2
    assert controller.decide(seen._replace(time_s=14.9), wanted) == 0
    assert controller.decide(seen._replace(time_s=15.0), wanted) == 1
