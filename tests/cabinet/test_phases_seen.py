"""Phases of a controller that tells only its lamps: what begins no lamp is on when the clearance before is over."""

from __future__ import annotations

from controllers.cabinet.phases_seen import PhasesSeen
from tests.cabinet.sites import crossing_site, look

RED_S, YELLOW_S = 2, 3


def _seen(*looks: tuple[set[int], set[int]]) -> list[set[int]]:
    phases = PhasesSeen(crossing_site().signals[0])
    return [set(phases.of(look(k, green, yellow)).greens) for k, (green, yellow) in enumerate(looks)]


def test_a_phase_that_begins_a_lamp_is_on_with_it() -> None:
    """Phase 1 is channels 1 and 2, phase 2 is channel 3."""
    assert _seen(({1, 2}, set()), (set(), {1, 2}), (set(), set()), ({3}, set())) == [{1}, set(), set(), {2}]


def test_a_phase_whose_lamps_were_on_is_on_after_yellow_and_red_clearance() -> None:
    """Phase 3 is channel 1 alone, which was green with phase 1."""
    looks = [({1, 2}, set())] + [({1}, {2})] * YELLOW_S + [({1}, set())] * (RED_S + 1)
    assert _seen(*looks) == [{1}] + [set()] * (YELLOW_S + RED_S) + [{3}]


def test_the_first_look_takes_what_is_shown() -> None:
    assert _seen(({1}, set())) == [{3}]
