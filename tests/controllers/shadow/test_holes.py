"""Holes of an event log: found, named, and no traffic is made of them."""

from __future__ import annotations

import numpy as np
import pytest

from controllers.logs.event_log import DETECTOR_OFF, Event, Log
from controllers.shadow.holes import find_holes
from controllers.shadow.recorded import Recorded, record
from signal_core.tables.arrays import GREEN, RED, YELLOW
from tests.controllers.written_logs import CYCLE_S, two_phases

DETECTORS = (12, 14, 22, 24)
HOLE = (185.0, 345.0)
"""Both within green of phase 4, cycles apart."""


def _recorded(events: list[Event]) -> Recorded:
    return record(Log(events, ()), 1, DETECTORS)


def test_a_hole_is_found_and_a_quiet_night_is_none() -> None:
    assert find_holes(two_phases(600.0)) == ()
    (hole,) = find_holes(two_phases(600.0, HOLE))
    assert hole[0] < HOLE[0] <= HOLE[0] + 5.0 < HOLE[1] <= hole[1] < HOLE[1] + 5.0
    night = [Event(400.0 * k + after, 1, code, 2) for k in range(20) for code, after in ((82, 0.0), (81, 0.5))]
    assert find_holes(night) == ()


def test_what_cannot_follow_is_a_hole_in_a_quiet_night_too() -> None:
    night = [Event(400.0 * k + after, 1, code, place) for k in range(20) for place in (1, 2)
             for code, after in ((82, 0.0), (81, 0.5))]  # fmt: skip
    broken = [event for event in night if not (event.time_s == 2000.5 and event.event == DETECTOR_OFF)]
    assert find_holes(sorted(broken)) == ((2000.0, 2400.0),)


def test_outside_the_hole_everything_is_as_without_it() -> None:
    whole, holed = _recorded(two_phases(600.0)), _recorded(two_phases(600.0, HOLE))
    known = holed.known
    assert (~known).sum() == pytest.approx(HOLE[1] - HOLE[0], abs=6)
    for name in ("entered", "left", "occupancy"):
        assert (getattr(holed, name)[~known] == 0.0).all()
        np.testing.assert_allclose(getattr(holed, name)[known], getattr(whole, name)[known], atol=1e-9)
    np.testing.assert_array_equal(holed.shown[known], whole.shown[known])
    np.testing.assert_array_equal(holed.clearing[known], whole.clearing[known])


@pytest.mark.parametrize(("end_s", "expected"), [(8.0, GREEN), (16.0, YELLOW), (22.0, RED)])
def test_lamps_after_a_hole_are_what_the_next_event_must_follow(end_s: float, expected: int) -> None:
    """Of phase 2, which is green from 1 s to 15 s of a cycle, then yellow for 3 s."""
    end = 8 * CYCLE_S + end_s
    holed = _recorded(two_phases(600.0, (185.0, end)))
    after = int(np.flatnonzero(~holed.known)[-1]) + 1
    assert holed.shown[after, 0] == expected


def test_who_stands_on_a_detector_through_the_end_of_a_hole_is_there_from_its_end() -> None:
    events = two_phases(600.0, HOLE)
    standing = sorted([*events, Event(180.0, 1, 82, 12), Event(349.0, 1, 81, 12)])
    standing = [event for event in standing if event.parameter != 12 or event.time_s in (180.0, 349.0)]
    holed = _recorded(standing)
    hole = np.flatnonzero(~holed.known)
    assert (holed.occupancy[hole, 0] == 0.0).all()
    assert holed.occupancy[hole[-1] + 2, 0] == 1.0
    assert holed.entered[:, 0].sum() == 1.0
