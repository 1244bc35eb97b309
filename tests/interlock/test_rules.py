"""Each rule of the interlock by an example a reviewer can follow."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numba import config, njit
from numba.core.runtime import _nrt_python, rtsys

from signal_core.interlock.interlock import Interlock, Status
from signal_core.interlock.rules import SignalRules
from signal_core.kernels import interlock as kernel
from tests.interlock.crossroads import LETTERS, LONG_S, codes, crossroads, drive

pytestmark = pytest.mark.kernel


def test_a_proper_change_passes() -> None:
    lock = crossroads()
    states = ["GrG"] * 7 + ["yrG"] * 3 + ["rrr"] * 8 + ["rGr"] * 5 + ["ryr"] * 3
    states += ["rrr", "Grr", "Grr", "GrG"]
    assert drive(lock, 10, *states) == [(Status.OK, state) for state in states]


def test_two_foes_never_have_priority_together() -> None:
    lock = crossroads()
    assert drive(lock, LONG_S, "GGr") == [(Status.CONFLICT, "rrr")]
    assert drive(lock, LONG_S + 1, "Ggr", "GGr") == [(Status.OK, "Ggr"), (Status.CONFLICT, "Ggr")]


def test_the_two_links_are_named() -> None:
    lock = crossroads()
    answer = lock.check(LONG_S, codes("GGr"), np.zeros(3, dtype=bool))
    assert (answer.link[0], answer.foe[0]) == (0, 1)
    assert lock.odd == 1
    lock.check(LONG_S + 1, codes("rrr"), np.zeros(3, dtype=bool))
    assert lock.odd == 0


@pytest.mark.parametrize(("gap", "status"), [(4, Status.SHORT_CLEARANCE), (5, Status.OK)])
def test_intergreen_runs_from_the_end_of_green(gap: int, status: Status) -> None:
    lock = crossroads("Grr")
    drive(lock, LONG_S, "yrr", "yrr", "yrr", "rrr")
    assert drive(lock, LONG_S + gap, "rGr")[0][0] is status


def test_a_yield_green_owes_clearance_too() -> None:
    lock = crossroads("grr")
    drive(lock, LONG_S, "yrr", "yrr", "yrr", "rrr")
    assert drive(lock, LONG_S + 4, "rgr") == [(Status.SHORT_CLEARANCE, "rrr")]


def test_rising_to_priority_is_a_start() -> None:
    lock = crossroads("Ggr")
    assert drive(lock, LONG_S, "yGr", "ygr")[0] == (Status.SHORT_CLEARANCE, "Ggr")
    assert drive(lock, LONG_S + 2, "ygr", "ygr", "ygr", "rgr", "rgr", "rGr")[-2:] == [
        (Status.OK, "rgr"),
        (Status.OK, "rGr"),
    ]


def test_no_priority_green_beside_a_yellow_foe_however_long() -> None:
    lock = crossroads("Grr")
    drive(lock, LONG_S, "yrr")
    assert drive(lock, LONG_S + 50, "yGr") == [(Status.SHORT_CLEARANCE, "rrr")]


def test_green_ends_in_yellow_of_full_length() -> None:
    lock = crossroads("Grr")
    assert drive(lock, LONG_S, "rrr") == [(Status.NO_YELLOW, "Grr")]
    assert drive(lock, LONG_S + 1, "yrr", "yrr", "rrr", "rrr") == [
        (Status.OK, "yrr"),
        (Status.OK, "yrr"),
        (Status.SHORT_YELLOW, "yrr"),
        (Status.OK, "rrr"),
    ]


def test_a_refused_yellow_runs_out_into_red() -> None:
    lock = crossroads("Grr")
    drive(lock, LONG_S, "yrr", "yrr", "yrr")
    assert drive(lock, LONG_S + 3, "Grr") == [(Status.YELLOW_TO_GREEN, "rrr")]


def test_a_crossing_has_no_yellow() -> None:
    assert drive(crossroads("rrG"), LONG_S, "rrr") == [(Status.OK, "rrr")]


def test_yellow_never_follows_red() -> None:
    assert drive(crossroads("srr"), LONG_S, "yrr") == [(Status.RED_TO_YELLOW, "srr")]


def test_minimum_green_counts_both_greens() -> None:
    lock = crossroads()
    drive(lock, LONG_S, "Grr", "grr")
    assert drive(lock, LONG_S + 4, "yrr", "yrr") == [(Status.SHORT_GREEN, "grr"), (Status.OK, "yrr")]


def test_an_arrow_is_a_red() -> None:
    lock = crossroads("sGr")
    assert drive(lock, LONG_S, "rGr", "sGr") == [(Status.OK, "rGr"), (Status.OK, "sGr")]
    assert drive(crossroads("Grr"), LONG_S, "srr") == [(Status.NO_YELLOW, "Grr")]


def test_no_link_is_ever_switched_off() -> None:
    assert drive(crossroads("Grr"), LONG_S, "Orr", "GrO") == [(Status.BAD_CODE, "Grr")] * 2


def test_a_link_found_off_goes_to_red_and_nothing_starts_before_the_longest_clearance() -> None:
    """The longest is the crossing's: 8 s."""
    lock = crossroads("Orr")
    assert drive(lock, LONG_S, "Orr", "rrG", "rGr") == [
        (Status.BAD_CODE, "rrr"),
        (Status.START_FROM_OFF, "rrr"),
        (Status.SHORT_CLEARANCE, "rrr"),
    ]
    lock = crossroads("OOO")
    assert drive(lock, LONG_S, "GOO", "yrr", "rrr", "rrG")[0] == (Status.START_FROM_OFF, "rrr")
    assert drive(crossroads("OOO"), LONG_S, "yrr") == [(Status.RED_TO_YELLOW, "rrr")]
    lock = crossroads("OOO")
    assert drive(lock, LONG_S, *["rrr"] * 8, "GrG")[-1] == (Status.OK, "GrG")
    lock = crossroads("OOO")
    assert drive(lock, LONG_S, *["rrr"] * 7, "rrG")[-1] == (Status.START_FROM_OFF, "rrr")


def test_who_is_off_is_off_until_somebody_looks_again() -> None:
    """The order to go red was not taken at once; how much later it was, two looks without an order between tell."""
    def after(seconds: int) -> Status:
        lock = crossroads("Orr")
        drive(lock, LONG_S, "rrr")
        lock.observe(LONG_S, codes("Orr"))
        assert Status(lock.observe(LONG_S + 20, codes("rrr")).status[0]) is Status.OK
        return drive(lock, LONG_S + 20 + seconds, "rrG")[0][0]

    assert (after(7), after(8)) == (Status.START_FROM_OFF, Status.OK)


def test_who_was_off_and_is_found_otherwise_than_ordered_was_off_until_now() -> None:
    def after(seconds: int) -> Status:
        lock = crossroads("Orr")
        drive(lock, LONG_S, "rrr")
        assert Status(lock.observe(LONG_S + 20, codes("yrr")).status[0]) is Status.RED_TO_YELLOW
        return drive(lock, LONG_S + 20 + seconds, "rrG")[0][0]

    assert (after(7), after(8)) == (Status.START_FROM_OFF, Status.OK)


def test_a_green_that_did_not_take_the_order_to_end_counts_as_begun_now() -> None:
    """It may have ended and begun again since."""
    def after(seconds: int) -> Status:
        lock = crossroads("Grr")
        drive(lock, LONG_S, "yrr")
        assert Status(lock.observe(LONG_S, codes("Grr")).status[0]) is Status.NOT_TAKEN
        return drive(lock, LONG_S + seconds, "yrr")[0][0]

    assert (after(4), after(5)) == (Status.SHORT_GREEN, Status.OK)


def test_who_may_wait_inside_after_a_green_that_gave_way_is_waited_for() -> None:
    def after(green: str, seconds: int) -> Status:
        yielded = [[0, 8, 0], [4, 0, 6], [0, 8, 0]]
        lock = crossroads(green, yielded_s=yielded)
        drive(lock, LONG_S, "yrr", "yrr", "yrr", *["rrr"] * (seconds - 3))
        return drive(lock, LONG_S + seconds, "rGr")[0][0]

    assert after("Grr", 5) is Status.OK
    assert after("grr", 7) is Status.SHORT_CLEARANCE
    assert after("grr", 8) is Status.OK


@pytest.mark.parametrize(("priority_s", "seconds", "status"), [
    (1, 6, Status.SHORT_CLEARANCE), (1, 7, Status.OK), (3, 4, Status.SHORT_CLEARANCE), (3, 5, Status.OK),
    (9, 4, Status.SHORT_CLEARANCE), (9, 5, Status.OK),
])  # fmt: skip
def test_a_moment_of_priority_clears_nobody_who_waited_inside(priority_s: int, seconds: int, status: Status) -> None:
    """8 s from the last second that gave way, and 5 from the end of green, whichever is later."""
    lock = crossroads("grr", yielded_s=[[0, 8, 0], [4, 0, 6], [0, 8, 0]])
    shown = ["grr", *["Grr"] * priority_s, *["yrr"] * 3, *["rrr"] * (seconds - 3)]
    assert all(found == Status.OK for found, _ in drive(lock, LONG_S, *shown))
    assert drive(lock, LONG_S + len(shown), "rGr")[0][0] is status


def test_who_begins_knows_nothing_of_what_was_off_before() -> None:
    """The longest is the crossing's, 8 s; nothing conflicts with a green already there, and still nothing starts."""
    assert drive(crossroads("Grr"), 7, "GrG")[0] == (Status.START_FROM_OFF, "Grr")
    assert drive(crossroads("Grr"), 8, "GrG")[0] == (Status.OK, "GrG")


def trapping(shown: str, **more: Any) -> Interlock:
    """The side road (1) gives way to the main road (0) and does not end without it."""
    return crossroads(shown, ends_with=[[False] * 3, [True, False, False], [False] * 3], **more)


def test_a_green_that_gives_way_does_not_end_while_the_traffic_against_it_goes_on() -> None:
    def found(shown: str, *states: str) -> list[Status]:
        return [status for status, _ in drive(trapping(shown), LONG_S, *states)]

    assert found("Ggr", "Gyr") == [Status.YELLOW_TRAP]
    assert found("Ggr", "yyr") == found("Ggr", "ygr") == found("rgr", "ryr") == found("grr", "yrr") == [Status.OK]
    assert found("gGr", "gyr") == [Status.OK], "it had priority at its end"
    assert drive(trapping("Ggr"), LONG_S, "Gyr", "Ggr") == [(Status.YELLOW_TRAP, "Ggr"), (Status.OK, "Ggr")]


def test_what_the_engineers_limit_ends_takes_with_it_what_ends_with_it() -> None:
    """The side road (1) is green beyond its limit before the crossing (2) that waits; the main road ends, too."""
    lock, calls = trapping("Ggr", max_green_s=[np.inf, 30.0, np.inf]), np.array([False, False, True])
    told = ["".join(LETTERS[code] for code in lock.check(LONG_S + k, codes("Ggr"), calls).codes) for k in range(31)]
    assert told == ["Ggr"] * 30 + ["yyr"]


def test_an_unknown_code_is_refused() -> None:
    answer = crossroads().check(LONG_S, np.array([250, 0, 0], dtype=np.uint8), np.zeros(3, dtype=bool))
    assert answer.status[0] == Status.BAD_CODE
    assert list(answer.codes) == [0, 0, 0]


def test_what_is_found_at_the_start_counts_as_just_begun() -> None:
    lock = crossroads("Grr", time_s=500)
    assert drive(lock, 504, "yrr", "yrr") == [(Status.SHORT_GREEN, "Grr"), (Status.OK, "yrr")]
    assert drive(crossroads("rrr", time_s=500), 503, "Grr")[0][0] is Status.SHORT_CLEARANCE


def test_foes_found_with_priority_together_are_made_to_give_way() -> None:
    lock = crossroads("GGr")
    assert drive(lock, 1, "GGr", "Ggr") == [(Status.CONFLICT, "ggr"), (Status.OK, "Ggr")]


def test_a_clock_that_stops_or_runs_back_gives_no_time_away() -> None:
    lock = crossroads("Grr")
    drive(lock, LONG_S, "yrr")
    for time_s in (LONG_S, LONG_S - 100, LONG_S - 100):
        assert drive(lock, time_s, "rrr") == [(Status.SHORT_YELLOW, "yrr")]
    assert drive(lock, LONG_S - 97, "rrr") == [(Status.OK, "rrr")]


def test_an_order_that_was_not_taken_is_told_and_the_timers_follow_the_street() -> None:
    lock = crossroads("Grr")
    drive(lock, LONG_S, "yrr")
    seen = lock.observe(LONG_S + 1, codes("Grr"))
    assert (Status(seen.status[0]), seen.link[0], lock.odd) == (Status.NOT_TAKEN, 0, 1)
    assert drive(lock, LONG_S + 4, "rrr") == [(Status.NO_YELLOW, "Grr")]


def test_a_foreign_switch_is_judged_by_the_same_rules() -> None:
    lock = crossroads("Grr")
    drive(lock, LONG_S, "Grr")
    assert lock.observe(LONG_S + 1, codes("rGr")).status[0] == Status.SHORT_CLEARANCE
    assert lock.observe(LONG_S + 2, codes("GGr")).status[0] == Status.CONFLICT
    assert lock.observe(LONG_S + 3, codes("rrr")).status[0] == Status.NO_YELLOW
    assert "".join(LETTERS[code] for code in lock.shown) == "rrr"
    assert drive(lock, LONG_S + 7, "rGr", "rGr") == [(Status.SHORT_CLEARANCE, "rrr"), (Status.OK, "rGr")]


def test_what_was_ordered_and_seen_runs_from_the_order() -> None:
    lock = crossroads("Grr")
    drive(lock, LONG_S, "yrr")
    assert lock.observe(LONG_S + 3, codes("yrr")).status[0] == Status.OK
    assert drive(lock, LONG_S + 3, "rrr") == [(Status.OK, "rrr")]


def test_a_call_before_red_is_told_once_it_waits_too_long() -> None:
    lock = crossroads("Grr", max_red_s=10)
    calls = np.array([True, True, False])
    overdue = [int(lock.check(t, codes("Grr"), calls).overdue[0]) for t in range(100, 113)]
    assert overdue == [-1] * 11 + [1, 1]
    assert lock.overdue == 1
    assert lock.check(113, codes("Grr"), np.array([True, False, False])).overdue[0] == -1
    assert lock.overdue == 0
    assert lock.check(114, codes("Grr"), calls).overdue[0] == -1


def test_one_signal_refused_leaves_the_others_alone() -> None:
    one = SignalRules([[False, True], [True, False]], 3, [[0, 5], [5, 0]], 5, 90)
    lock = Interlock([one, one], codes("rrrr"))
    answer = lock.check(LONG_S, codes("GGrG"), np.zeros(4, dtype=bool))
    assert list(answer.status) == [Status.CONFLICT, Status.OK]
    assert list(answer.codes) == [0, 0, 0, 3]


def test_arrays_that_do_not_fit_are_an_error() -> None:
    lock = crossroads()
    with pytest.raises(ValueError, match="proposed"):
        lock.check(1, codes("rr"), np.zeros(3, dtype=bool))
    with pytest.raises(ValueError, match="calls"):
        lock.check(1, codes("rrr"), np.zeros(2, dtype=bool))
    with pytest.raises(ValueError, match="conflicts"):
        Interlock([SignalRules([[False, True]], 3, [[0, 5]], 5, 90)], codes("r"))
    with pytest.raises(ValueError, match="yellow_s"):
        Interlock([SignalRules([[False]], -1, [[0]], 5, 90)], codes("r"))
    with pytest.raises(ValueError, match="min_green_s"):
        Interlock([SignalRules([[False]], 3, [[0]], float("nan"), 90)], codes("r"))


def test_no_signals_is_fine() -> None:
    answer = Interlock([], codes("")).check(1, codes(""), np.zeros(0, dtype=bool))
    assert answer.status.size == 0


def test_the_answer_cannot_be_written() -> None:
    answer = crossroads().check(1, codes("rrr"), np.zeros(3, dtype=bool))
    with pytest.raises(ValueError, match="read-only"):
        answer.codes[0] = 3


@pytest.mark.skipif(config.DISABLE_JIT, reason="counts the allocations of compiled code")
def test_the_kernels_allocate_nothing() -> None:
    @njit
    def often(times, proposed, calls, on_it, rules, state, sight, answer):
        for now_s in range(times):
            kernel.check_all(now_s, now_s - 1, proposed, calls, on_it, rules, state, sight, answer)
            kernel.observe_all(now_s, now_s, proposed, rules, state, sight, answer)

    lock, calls = crossroads("Grr"), np.ones(3, dtype=bool)
    arguments = codes("GGr"), calls, lock._nobody_tells, lock._rules, lock._state, lock._sight, lock._checked
    _nrt_python.memsys_enable_stats()
    taken = []
    for times in (1, 1, 1000):
        before = rtsys.get_allocation_stats()
        often(times, *arguments)
        taken.append(rtsys.get_allocation_stats().alloc - before.alloc)
    assert taken[1] == taken[2]
