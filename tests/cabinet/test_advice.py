"""Plans that are advised: green where the demand is, a clock that goes on, a cycle kept where neighbours share it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bench.desk.coordination import Coordination
from bench.desk.from_site import setup_of
from bench.desk.setup import TENTHS, PatternSetup
from controllers.cabinet.advice import Advice, advise
from controllers.cabinet.decider import Decider
from controllers.cabinet.site import SignalSite, parse_site
from signal_core.settings import Settings
from tests.cabinet.sites import crossing, crossing_site, look, walked

NOON_S = 12 * 3600


def _advised(site: SignalSite, *demand_vps: float) -> Advice:
    found = advise(site, np.array(demand_vps))
    assert found is not None
    return found


def _kept() -> SignalSite:
    content = crossing()
    content["signals"][0]["plan"]["free_cycle"] = False
    return parse_site(content, "crossing").signals[0]


def test_the_green_goes_where_the_demand_is() -> None:
    site = crossing_site().signals[0]
    main, side = _advised(site, 0.3, 0.1, 0.05), _advised(site, 0.05, 0.05, 0.3)
    assert main.splits_s[1] > main.splits_s[2]
    assert side.splits_s[2] > side.splits_s[1]
    assert sum(main.splits_s.values()) == main.cycle_s


def test_more_demand_gets_a_longer_cycle_where_it_is_free() -> None:
    site = crossing_site().signals[0]
    assert _advised(site, 0.22, 0.1, 0.2).cycle_s > _advised(site, 0.05, 0.05, 0.05).cycle_s


def test_a_cycle_that_neighbours_share_is_kept_with_its_offset() -> None:
    found = _advised(_kept(), 0.22, 0.1, 0.2)
    assert found.cycle_s == 50
    assert found.offset_s(own_s=17, clock_s=NOON_S + 3) == 17


@pytest.mark.parametrize("clock_s", [NOON_S + 0.0, NOON_S + 31.0, 5 * 86_400 + 77.0])
def test_a_free_plan_begins_where_it_is_advised(clock_s: float) -> None:
    """By the controller's own arithmetic the new plan's clock is 0 in the second of the advice."""
    site = crossing_site().signals[0]
    found = _advised(site, 0.3, 0.1, 0.2)
    plan = PatternSetup(found.cycle_s, found.offset_s(0, clock_s), found.splits_s, 1)
    assert Coordination(setup_of(site), plan).local_clock(round(clock_s * TENTHS)) == 0


def test_the_time_that_plans_begin_by_is_asked_of_the_controller() -> None:
    from bench.desk.controller import Controller
    from bench.desk.objects import Objects
    from controllers.field import oids

    objects = Objects(Controller(setup_of(crossing_site().signals[0]), NOON_S * TENTHS))
    assert objects.get(oids.LOCAL_TIME.at()) == NOON_S


def _on_foot(cars_vps: float, walks_vps: float) -> Advice:
    """Phase 2 is of people on foot alone, who have a button."""
    found = advise(parse_site(walked(), "x").signals[0], np.full(2, cars_vps), np.array([np.nan, np.nan, walks_vps]))
    assert found is not None
    return found


def test_nobody_on_foot_waits_for_a_cycle_made_for_cars() -> None:
    assert _on_foot(0.05, 0.02).cycle_s < 45
    assert _on_foot(0.3, 0.02).cycle_s > _on_foot(0.1, 0.02).cycle_s
    assert _on_foot(0.4, 0.001).cycle_s <= Settings().walk_wait_s


def test_many_on_foot_have_more_of_it() -> None:
    few, many = _on_foot(0.1, 0.01), _on_foot(0.1, 0.2)
    assert many.splits_s[2] / many.cycle_s > few.splits_s[2] / few.cycle_s


def test_people_on_foot_are_counted_by_the_time_in_which_nobody_had_called() -> None:
    """A call every 20 s that is served after 10 s: one in 10 s of waiting for one, whatever the red lasts."""
    decider = Decider(parse_site(walked(), "x").signals[0])
    for second in range(1, 1200):
        pressed = frozenset({9}) if second % 20 >= 10 else frozenset[int]()
        reading = replace(look(second, {1, 2}), greens=frozenset({1}), buttons=pressed, active=frozenset[int](),
                          volume=np.zeros(4), occupancy=np.zeros(4))
        decider.see(reading)
    assert decider.walks_vps[2] == pytest.approx(0.1, rel=0.1)
    assert np.isnan(decider.walks_vps[:2]).all()
