"""The virtual actuated controller by the laws of its kind, and its lamps by a reader of their own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.desk.controller import FLASH, FREE, Controller, Lamp
from bench.desk.setup import PatternSetup
from tests.desk.controllers_set_up import eight_phases, fixed_plan, one_ring, run
from tests.desk.lamp_reader import LampReader

SIDE_A, SIDE_B = {1, 2, 5, 6}, {3, 4, 7, 8}
FOES = {n: frozenset(({1, 2, 3, 4} if n < 5 else {5, 6, 7, 8}) - {n} | (SIDE_B if n in SIDE_A else SIDE_A))
        for n in range(1, 9)}
CLEAR_S = {n: 5 if n < 5 else 7 for n in range(1, 9)}


def test_rests_where_nobody_else_calls() -> None:
    controller = Controller(eight_phases())
    run(controller, 10, frozenset({2, 6}))
    run(controller, 300)
    assert controller.rings.green == {2, 6}


def test_a_call_over_the_barrier_ends_both_rings_after_the_gap() -> None:
    controller = Controller(eight_phases())
    run(controller, 20, frozenset({2, 6}))
    run(controller, 1, frozenset({4}))
    run(controller, 4)
    assert controller.rings.yellow == {2, 6}
    run(controller, 8)
    assert controller.rings.green == {4}


def test_a_green_with_traffic_ends_at_its_maximum() -> None:
    controller = Controller(eight_phases())
    run(controller, 10, frozenset({2, 6}))
    seconds = 0
    while controller.rings.green == {2, 6} and seconds < 100:
        run(controller, 1, frozenset({2, 4, 6}))
        seconds += 1
    assert 29 <= seconds <= 32


def test_a_ring_goes_on_alone_within_its_side() -> None:
    controller = Controller(eight_phases())
    run(controller, 12, frozenset({1, 6}))
    assert controller.rings.green == {1, 6}
    run(controller, 1, frozenset({2, 6}))
    run(controller, 10, frozenset({6}))
    assert controller.rings.green == {2, 6}


def test_hold_keeps_and_force_off_ends_a_green() -> None:
    controller = Controller(eight_phases())
    run(controller, 10, frozenset({2, 6}))
    controller.orders.hold, controller.orders.call = frozenset({2, 6}), frozenset({4, 8})
    run(controller, 100)
    assert controller.rings.green == {2, 6}
    controller.orders.hold, controller.orders.force = frozenset(), frozenset({2, 6})
    run(controller, 1)
    assert controller.rings.yellow == {2, 6}


def test_force_off_waits_for_the_minimum() -> None:
    controller = Controller(eight_phases())
    controller.orders.pattern, controller.orders.call = FREE, frozenset({2, 6})
    run(controller, 5)
    began = controller.rings.green
    controller.orders.force, controller.orders.call = frozenset({2, 6}), frozenset({4, 8})
    lasted = 0
    while controller.rings.green == {2, 6}:
        run(controller, 1)
        lasted += 1
    assert began == {2, 6}
    assert lasted >= 4


def test_an_omitted_phase_never_begins() -> None:
    controller = Controller(eight_phases())
    controller.orders.pattern, controller.orders.omit = FREE, frozenset({4})
    for _ in range(200):
        run(controller, 1, frozenset({2, 4, 6, 8}))
        assert 4 not in controller.rings.on


def test_orders_are_gone_after_the_backup_time_and_the_own_plan_runs() -> None:
    controller = Controller(eight_phases(patterns={1: fixed_plan()}, own_pattern=1))
    run(controller, 100)
    controller.unit_backup_s = 5
    controller.orders.pattern, controller.orders.hold = FREE, controller.rings.green
    controller.touch()
    run(controller, 4)
    assert controller.orders.any
    run(controller, 2)
    assert not controller.orders.any
    assert controller.expired
    assert controller.pattern == 1


def test_a_plan_keeps_its_clock_and_its_splits() -> None:
    controller = Controller(eight_phases(patterns={1: fixed_plan()}, own_pattern=1))
    run(controller, 400)
    starts, before = [], frozenset[int]()
    for second in range(400):
        run(controller, 1)
        if 2 in controller.rings.green and 2 not in before:
            starts.append(second)
        before = controller.rings.green
    assert len(starts) == 5
    assert {b - a for a, b in zip(starts, starts[1:], strict=False)} == {80}


def _actuated() -> PatternSetup:
    """60 s over four phases of one ring; the first is coordinated, the others come on a call."""
    return PatternSetup(60, 0, dict.fromkeys(range(1, 5), 15), 1, actuated=frozenset({2, 3, 4}))


def _greens(controller: Controller, seconds: int, on: frozenset[int]) -> list[frozenset[int]]:
    found = []
    for _ in range(seconds):
        run(controller, 1, on)
        found.append(controller.rings.green)
    return found


def test_what_actuated_phases_leave_is_the_coordinated_ones() -> None:
    controller = Controller(one_ring(patterns={1: _actuated()}, own_pattern=1))
    run(controller, 60)
    greens = _greens(controller, 120, frozenset())
    assert set(greens) == {frozenset({1})}, "nobody calls: it stays where it is"


def test_an_actuated_phase_ends_by_gap_and_the_coordinated_one_stays_to_the_end_of_its_split() -> None:
    controller = Controller(one_ring(patterns={1: _actuated()}, own_pattern=1))
    run(controller, 60)
    ends = []
    for cycle in range(3):
        run(controller, 2, frozenset({3}))  # one vehicle, then none
        greens = _greens(controller, 58, frozenset())
        served = [k for k, green in enumerate(greens) if green == {3}]
        assert 5 <= len(served) <= 6, "its minimum, then a gap"
        ends.append((60 * cycle + served[0]) % 60)
        assert greens[served[-1] + 6:] == [frozenset({1})] * (58 - served[-1] - 6)
    assert len(set(ends)) == 1, "by the clock: the coordinated phase came early and did not leave early"


def test_a_plan_whose_splits_do_not_fill_its_cycle_is_run_free() -> None:
    bad = PatternSetup(100, 0, dict.fromkeys(range(1, 9), 20), 2)
    controller = Controller(eight_phases(patterns={1: bad}, own_pattern=1))
    assert controller.pattern == FREE
    assert controller.bad_plan


def test_preemption_keeps_minimum_yellow_and_clearance_and_serves_its_phases() -> None:
    controller = Controller(eight_phases(patterns={1: fixed_plan()}, own_pattern=1))
    reader = LampReader(FOES, 3, CLEAR_S, 5)
    for second in range(600):
        controller.panel.preempts = frozenset({1}) if second % 97 < 40 else frozenset()
        controller.orders.hold = controller.rings.green  # orders do not matter to it
        run(controller, 1)
        reader.see({c: lamp.value for c, lamp in controller.lamps().items()})
        if second % 97 == 35:
            assert controller.rings.green == {4, 7}
    assert reader.wrong == []


def test_an_overlap_stays_green_between_its_phases() -> None:
    controller = Controller(one_ring())
    run(controller, 12, frozenset({1}))
    lamps = []
    run(controller, 1, frozenset({2}))
    for _ in range(14):
        run(controller, 1)
        lamps.append(controller.lamps())
    assert {shown[9] for shown in lamps} == {Lamp.GREEN}
    assert {shown[1] for shown in lamps} == {Lamp.GREEN, Lamp.YELLOW, Lamp.RED}
    assert controller.rings.green == {2}


def test_an_overlap_ends_with_its_last_phase() -> None:
    controller = Controller(one_ring())
    run(controller, 12, frozenset({2}))
    run(controller, 1, frozenset({3}))
    run(controller, 3)
    assert controller.lamps()[9] is Lamp.YELLOW


def test_flash_shows_on_every_channel_and_ends_all_red() -> None:
    controller = Controller(eight_phases())
    run(controller, 10, frozenset({2, 6}))
    controller.panel.flash = True
    run(controller, 5)
    assert set(controller.lamps().values()) == {Lamp.FLASHING}
    controller.panel.flash = False
    run(controller, 2)
    assert set(controller.lamps().values()) == {Lamp.RED}
    controller.orders.pattern = FLASH
    assert controller.flashing


def test_manual_control_stops_the_plan() -> None:
    controller = Controller(eight_phases(patterns={1: fixed_plan()}, own_pattern=1))
    run(controller, 105)
    controller.panel.manual = True
    run(controller, 10)
    shown = controller.rings.green
    run(controller, 200)
    assert shown
    assert controller.rings.green == shown


def test_after_a_restart_all_is_red_first() -> None:
    controller = Controller(eight_phases(patterns={1: fixed_plan()}, own_pattern=1))
    run(controller, 100)
    controller.restart()
    run(controller, 3)
    assert set(controller.lamps().values()) == {Lamp.RED}
    assert controller.up_tenths == 30
    run(controller, 60)
    assert controller.rings.on


@pytest.mark.parametrize("first_ring", [(1, 2, 3), (5, 2, 3, 4)])
def test_a_setup_that_does_not_fit_is_refused(first_ring: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"phase|sequence"):
        Controller(eight_phases(order={1: first_ring, 2: (5, 6, 7, 8)}))


sets = st.frozensets(st.integers(1, 8))


@given(st.lists(st.tuples(st.integers(1, 12), sets, sets, sets, sets, sets, st.booleans(), st.integers(0, 30)),
                max_size=40))
def test_lamps_are_safe_whatever_is_ordered(steps: list[tuple[int, frozenset[int], frozenset[int], frozenset[int],
                                                              frozenset[int], frozenset[int], bool, int]]) -> None:
    """Any orders, calls, preemptions, switches and plans: the reader of lamps finds nothing."""
    controller = Controller(eight_phases(patterns={1: fixed_plan()}, own_pattern=1))
    controller.unit_backup_s = 5
    reader = LampReader(FOES, 3, CLEAR_S, 5)
    for seconds, on, hold, force, omit, call, preempted, what in steps:
        controller.orders.hold, controller.orders.force = hold, force
        controller.orders.omit, controller.orders.call = omit, call
        controller.orders.pattern = (0, 1, FREE)[what % 3]
        controller.panel.preempts = frozenset({1}) if preempted else frozenset()
        controller.panel.manual = what == 7
        controller.touch()
        for _ in range(seconds):
            run(controller, 1, on)
            reader.see({c: lamp.value for c, lamp in controller.lamps().items()})
    assert reader.wrong == []


@given(st.integers(0, 10**6), st.sampled_from((0.02, 0.05, 0.2)))
def test_lamps_of_two_rings_are_safe_whatever_is_selected_and_whoever_comes(seed: int, rate: float) -> None:
    """Left turns of phases 1 and 5 are lit with 6 and 2 as well: yellow to its end. A ring that rests in red stays dark
    until its next phase begins, which may be the one it had."""
    import random

    by_chance = random.Random(seed)
    channels = {n: frozenset({n}) for n in range(1, 9)} | {9: frozenset({1, 6}), 10: frozenset({5, 2})}
    patterns = {1: fixed_plan(), 2: PatternSetup(80, 7, dict.fromkeys(range(1, 9), 20), 2, frozenset({1, 5, 6}))}
    controller = Controller(eight_phases(patterns=patterns, own_pattern=1, channels=channels))
    reader = LampReader(FOES, 3, CLEAR_S | {9: 0, 10: 0}, 5)
    for _ in range(300):
        if by_chance.random() < 0.03:
            controller.orders.pattern = by_chance.choice((0, 2, FREE))
        run(controller, 1, frozenset(n for n in range(1, 9) if by_chance.random() < rate))
        reader.see({c: lamp.value for c, lamp in controller.lamps().items()})
    assert reader.wrong == []
