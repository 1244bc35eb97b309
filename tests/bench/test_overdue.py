"""Waits above the maximum red: by hand, and second by second from a run of SUMO's own controllers."""

from __future__ import annotations

from bench.measures.locks import Span, Stood
from bench.measures.overdue import late_s, reds
from bench.measures.raw import Shown

LANES = {"a_0": ("s", (0, 1)), "b_0": ("s", (2,)), "c_0": ("other", (0,))}
SHOWN = {"s": Shown((0.0, 20.0, 50.0, 200.0), ("rrG", "rGr", "rrr", "GGr"), 260.0)}


def _of_all(max_red_s: float) -> dict[str, float]:
    return dict.fromkeys(LANES, max_red_s)


def _every_30_s(*waited_s: float) -> list[Stood]:
    return [Stood(30.0 * k, 30.0 * (k + 1), seconds, 0) for k, seconds in enumerate(waited_s) if seconds]


def test_a_lane_is_red_where_all_its_lights_are() -> None:
    assert reds(SHOWN["s"], (0, 1)) == [Span(0.0, 20.0), Span(50.0, 200.0)]
    assert reds(SHOWN["s"], (2,)) == [Span(20.0, 260.0)]


def test_only_who_has_stood_longer_than_the_maximum_red_counts() -> None:
    standing = {"a_0": _every_30_s(0, 10, 30, 30, 30, 45, 30), "b_0": _every_30_s(0, 0, 30, 30, 30, 30, 30, 30, 30)}
    # a: red 50 to 200, first in it since 50 (10 s before 60): above 100 s of waiting from 150 on
    # b: red from 20 on, first in it since 60: above 100 s from 160 on, to the end at 260
    assert late_s(SHOWN, standing, LANES, _of_all(100.0)) == {"a_0": [50.0], "b_0": [100.0]}
    assert late_s(SHOWN, standing, LANES, _of_all(160.0)) == {"b_0": [40.0]}
    assert late_s(SHOWN, standing, LANES, {**_of_all(160.0), "a_0": 100.0}) == {"a_0": [50.0], "b_0": [40.0]}
    assert late_s(SHOWN, {}, LANES, _of_all(10.0)) == {}


def test_who_comes_late_into_a_long_red_has_not_waited_long() -> None:
    standing = {"b_0": _every_30_s(0, 0, 0, 0, 30, 30, 0, 30, 20)}  # two waits of 60 s in a red of 240 s
    assert late_s(SHOWN, standing, LANES, _of_all(70.0)) == {}
    assert late_s(SHOWN, standing, LANES, _of_all(40.0)) == {"b_0": [30.0]}  # 160 to 180 and 250 to 260


def test_who_stood_less_than_the_late_part_of_an_interval_did_not_wait_through_it() -> None:
    standing = {"a_0": _every_30_s(0, 0, 0, 0, 0, 12, 0)}
    assert late_s(SHOWN, standing, LANES, _of_all(100.0)) == {}
