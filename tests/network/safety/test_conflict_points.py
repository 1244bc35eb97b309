"""Clearance by geometry: ways drawn by hand, with answers reckoned on paper, and laws over built networks."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from network.build import build_signals
from network.program.programs import read_programs
from network.program.signals import Link
from network.roads.reader import read_network
from network.safety.clearance import intergreens
from network.safety.conflict_points import WaySettings, clear_by_geometry, clear_of_caught
from tests.network.conftest import Grid
from tests.network.programs_by_hand import link, pairs, program

CROSS = pairs(2, (0, 1))
YELLOW = np.full(2, 3.0)
WAYS = WaySettings(wide_m=0.0, apart_m=0.0)


def _ways(one: Link, other: Link) -> tuple[float, float]:
    passing, waiting = clear_by_geometry([one, other], CROSS, YELLOW, WAYS)
    return float(passing[0, 1]), float(waiting[0, 1])


def _straight(index: int, start: tuple[float, float], end: tuple[float, float], mps: float = 10.0) -> Link:
    return replace(link(index, mps), way=(start, end), turn_mps=mps, length_m=math.dist(start, end))


EAST = _straight(0, (0.0, 0.0), (39.0, 0.0))
NORTH = _straight(1, (26.0, -13.0), (26.0, 26.0))


def test_way_to_the_point_and_a_vehicles_length_less_the_way_of_the_other() -> None:
    """Yellow 3 s, then 26 m and 5 m at 10 m/s; the other has 13 m at 40 km/h."""
    assert _ways(EAST, NORTH)[0] == pytest.approx(3.0 + 31.0 / 10.0 - 13.0 / 11.1, abs=0.02)


def test_who_may_drive_faster_than_40_km_h_enters_faster() -> None:
    assert _ways(EAST, replace(NORTH, speed_mps=20.0))[0] == pytest.approx(3.0 + 31.0 / 10.0 - 13.0 / 20.0, abs=0.02)


def test_one_that_turns_crosses_the_line_sooner_and_is_slower() -> None:
    turning = replace(EAST, direction="l", turn_mps=5.0)
    assert _ways(turning, NORTH)[0] == pytest.approx(2.0 + 31.0 / 5.0 - 13.0 / 11.1, abs=0.02)


def test_who_waits_inside_goes_from_rest_when_yellow_ends() -> None:
    """20 m on with the rear out is 5 m behind the point: 11 m, 2.9 s at 2.6 m/s2; nobody has room behind him."""
    waiting = replace(EAST, direction="l", waits_m=5.0)
    assert _ways(waiting, NORTH)[1] == pytest.approx(3.0 + _from_rest(26.0, 10.0) - 13.0 / 11.1, abs=0.02)
    two_fit = replace(EAST, direction="l", waits_m=9.5)
    assert _ways(two_fit, NORTH)[1] == pytest.approx(3.0 + _from_rest(29.0, 10.0) - 13.0 / 11.1, abs=0.02)
    assert _ways(EAST, NORTH)[1] == 0.0


def test_the_last_of_a_caught_row_goes_a_second_after_each_before_him() -> None:
    """17 m inside: three fit, at 17, 9.5 and 2 m; the last has 24 m to the point and 5 m more, 2 s after the first."""
    turning = replace(EAST, direction="l", waits_m=17.0)
    at_speed, from_rest = _caught(turning, NORTH)
    needs_s = 3.0 + 2.0 + _from_rest(29.0, 10.0)
    assert at_speed == pytest.approx(needs_s - 13.0 / 11.1, abs=0.02)
    assert from_rest == pytest.approx(needs_s - _from_rest(13.0, 99.0), abs=0.02)


def test_who_stands_behind_one_who_waits_is_caught_with_him_whatever_he_wants() -> None:
    """6.5 m inside: the next one stands a metre before the line, where a red light would have him stop."""
    turning, ahead = replace(EAST, direction="l", waits_m=6.5), replace(EAST, index=2)
    found = clear_of_caught([turning, NORTH, ahead], pairs(3, (0, 1), (1, 2)), np.full(3, 3.0), WAYS)[0]
    assert found[2, 1] == found[0, 1] == pytest.approx(4.0 + _from_rest(32.0, 10.0) - 13.0 / 11.1, abs=0.02)
    assert not found[1].any()


def test_nobody_is_caught_where_one_alone_finds_room() -> None:
    assert _caught(replace(EAST, direction="l", waits_m=6.0), NORTH) == (0.0, 0.0)
    assert _caught(EAST, NORTH) == (0.0, 0.0)


def test_who_walks_is_no_later_from_rest() -> None:
    walk = replace(link(1, 1.4, crossing=True), way=((26.0, -3.0), (26.0, 9.0)), width_m=0.0)
    at_speed, from_rest = _caught(replace(EAST, waits_m=8.0), walk)
    assert at_speed == from_rest > 0.0


def _caught(one: Link, other: Link) -> tuple[float, float]:
    at_speed, from_rest = clear_of_caught([one, other], CROSS, YELLOW, WAYS)
    return float(at_speed[0, 1]), float(from_rest[0, 1])


def _from_rest(way_m: float, mps: float) -> float:
    faster_m = mps**2 / 5.2
    return mps / 2.6 + (way_m - faster_m) / mps if way_m > faster_m else math.sqrt(way_m / 1.3)


def test_those_who_walk_come_from_both_sides() -> None:
    walk = replace(link(1, 1.4, crossing=True), way=((26.0, -3.0), (26.0, 9.0)), width_m=0.0)
    assert _ways(EAST, walk)[0] == pytest.approx(3.0 + 31.0 / 10.0 - 3.0 / 1.5, abs=0.3)
    assert clear_by_geometry([EAST, walk], CROSS, YELLOW, WAYS)[0][1, 0] == 0.0


def test_where_ways_become_one_the_beginning_of_it_counts() -> None:
    joining = replace(_straight(1, (0.0, -20.0), (39.0, 0.0)), to_lane=EAST.to_lane)
    apart = replace(joining, to_lane="elsewhere")
    wide = replace(WAYS, wide_m=1.8)
    merges, crosses = (clear_by_geometry([EAST, other], CROSS, YELLOW, wide)[0][0, 1] for other in (joining, apart))
    assert merges < crosses


def test_links_without_a_way_ask_for_nothing() -> None:
    passing, waiting = clear_by_geometry([link(0), link(1)], CROSS, YELLOW, WAYS)
    assert not passing.any()
    assert not waiting.any()


def test_a_change_that_the_program_makes_keeps_its_time_and_another_one_has_that_of_its_ways() -> None:
    """0 is followed by 2 alone: of 0 to 1 the program says nothing."""
    one = _straight(0, (0.0, 0.0), (60.0, 0.0))
    links = [one, _straight(1, (45.0, -10.0), (45.0, 10.0)), _straight(2, (10.0, -10.0), (10.0, 10.0))]
    foes = pairs(3, (0, 1), (0, 2), (1, 2))
    running = program(
        (20.0, "Grr"), (3.0, "yrr"), (20.0, "rrG"), (3.0, "rry"), (20.0, "rGr"), (3.0, "ryr"), (1.0, "rrr")
    )
    found = intergreens(running, links, foes, np.zeros_like(foes))
    assert found.intergreen_s[0, 2] == 3.0
    assert found.intergreen_s[0, 1] == math.ceil(3.0 + 52.2 / 10.0 - 7.8 / 11.1)
    resco = intergreens(running, links, foes, np.zeros_like(foes), "resco")
    assert resco.intergreen_s[0, 1] == resco.yielded_s[0, 1] == 3.0


def test_a_green_that_gave_way_owes_more_where_the_program_always_ends_it_with_priority() -> None:
    """Turn 0 gives way to 1, then has priority, then the street across (2) comes."""
    turn = replace(_straight(0, (0.0, 0.0), (40.0, 0.0)), direction="l", waits_m=8.0)
    links = [turn, _straight(1, (20.0, -10.0), (20.0, 10.0)), _straight(2, (30.0, -10.0), (30.0, 10.0))]
    foes = pairs(3, (0, 1), (0, 2), (1, 2))
    protected = program(
        (20.0, "gGr"), (3.0, "gyr"), (6.0, "Grr"), (3.0, "yrr"), (20.0, "rrG"), (3.0, "rry")
    )
    found = intergreens(protected, links, foes, np.zeros_like(foes))
    assert found.intergreen_s[0, 2] == 3.0
    assert found.yielded_s[0, 2] >= 6.0
    plain = program((20.0, "gGr"), (3.0, "yyr"), (20.0, "rrG"), (3.0, "rry"))
    assert intergreens(plain, links, foes, np.zeros_like(foes)).yielded_s[0, 2] == 3.0


def test_all_of_a_built_town_is_finite_and_within_reason(grid: Grid) -> None:
    path = grid(2, "-L", "3", "--turn-lanes", "1", "--crossings.guess", "--sidewalks.guess")
    for signal in build_signals(read_network(path), read_programs([path])).values():
        passing, waiting = clear_by_geometry(signal.links, signal.conflicts, signal.yellow_s, WaySettings())
        assert np.isfinite(passing).all()
        assert np.isfinite(waiting).all()
        at_speed, from_rest = clear_of_caught(signal.links, signal.conflicts, signal.yellow_s, WaySettings())
        assert (from_rest <= at_speed).all()
        assert at_speed.max(initial=0.0) < 20.0
        assert (at_speed[~signal.conflicts] == 0.0).all()
        assert passing.max(initial=0.0) < 12.0
        assert waiting.max(initial=0.0) < 15.0
        assert (signal.yielded_s >= signal.intergreen_s).all()
        assert (passing[~signal.conflicts] == 0.0).all()
