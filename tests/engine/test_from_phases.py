"""Intersections from phases and conflicts: the same whichever way they are written, and told where they are wrong."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import pytest

import signal_core as sc
from signal_core.tables.arrays import NEVER

PAIRS = [("north", "east"), ("south", "east"), ("north", "walk"), ("south", "walk")]
PHASES = [["north", "south"], ["east", "walk"]]


def same(a: sc.Intersection, b: sc.Intersection) -> bool:
    def equal(x: Any, y: Any) -> bool:
        return all(map(equal, x, y)) if isinstance(x, tuple) else bool(np.array_equal(x, y))

    return all(equal(getattr(a, each.name), getattr(b, each.name)) for each in fields(a) if each.name != "id")


def test_letters_lists_pairs_and_tables_say_the_same() -> None:
    table = np.zeros((4, 4), dtype=int)
    table[0:2, 2:4] = 1
    by_name = sc.Intersection.from_phases(PHASES, PAIRS)
    by_letter = sc.Intersection.from_phases(["GGrr", "rrGG"], table)
    by_number = sc.Intersection.from_phases([[0, 1], [2, 3]], [(0, 2), (1, 2), (3, 0), (3, 1)])
    named = sc.Intersection.from_phases(["GGrr", "rrGG"], PAIRS, movements=["north", "south", "east", "walk"])
    assert same(by_name, by_letter)
    assert same(by_name, by_number)
    assert same(by_name, named)


def test_a_signal_of_two_links_takes_a_table_and_pairs() -> None:
    for conflicts in ([[0, 1], [1, 0]], [(0, 1)], [(0, 1), (1, 0)], [[False, True], [False, False]]):
        x = sc.Intersection.from_phases(["Gr", "rG"], conflicts)
        assert x.conflicts.tolist() == [[False, True], [True, False]]


def test_times_of_a_change() -> None:
    x = sc.Intersection.from_phases(PHASES, PAIRS, yellow_s=3, intergreen_s=6, min_green_s=7)
    assert x.start_lag_s[0, 1].tolist() == [NEVER, NEVER, 6, 6]
    assert x.start_lag_s[0, 0].tolist() == [0, 0, NEVER, NEVER]
    assert x.min_split_s.tolist() == [[1, 13], [13, 1]]
    slow = sc.Intersection.from_phases(PHASES, PAIRS, yellow_s=[3, 4, 3, 0], intergreen_s=5.2)
    assert (slow.yellow_s.tolist(), slow.start_lag_s[0, 1, 2]) == ([3, 4, 3, 0], 6)


def test_lanes_with_loops_of_their_own() -> None:
    lanes = [sc.Lane(("north",), (0, 4, 7), road=1), sc.Lane(("north", "south"), (1, 4, 8), road=1),
             sc.Lane(("east",), (None, 5), (0.0, 30.0), speed_mps=10.0, saturation_vph=1440.0)]
    x = sc.Intersection.from_phases(PHASES, PAIRS, loops=lanes)
    assert x.n_lanes == 3
    assert x.stop_loop.tolist() == [0, 1, -1]
    assert x.mid.loop.tolist() == [4, 4, 5]
    assert x.mid.share.tolist() == [0.5, 0.5, 1.0]
    assert x.mid.lag_s.tolist() == [3, 3, 3]
    assert x.far.ptr.tolist() == [0, 1, 2, 2]
    assert x.mid_storage.tolist() == pytest.approx([40 / 7.5, 40 / 7.5, 4.0])
    assert x.road is not None
    assert x.road.tolist() == [0, 0, 1]
    assert x.lane_links.tolist() == [0, 0, 1, 2]
    assert x.service_vps.tolist() == [[0.5, 0.5, 0.0], [0.0, 0.0, 0.4]]


def test_who_yields_discharges_less() -> None:
    x = sc.Intersection.from_phases(["GGg", "rrG"], [(0, 2), (1, 2)])
    assert x.service_vps[:, 2].tolist() == pytest.approx([0.3, 0.5])


G, R = "GGrr", "rrGG"
SQUARE = [(0, 2), (0, 3), (1, 2), (1, 3)]


@pytest.mark.parametrize(("said", "phases", "conflicts", "more"), [
    ("phases: 1 given; a signal that can choose has at least two", [G], SQUARE, {}),
    ("phases: some are letters and some are lists", [G, ["a"]], SQUARE, {}),
    (r"phases\[1\]: 'rrG' has 3 links, 4 needed", [G, "rrG"], SQUARE, {}),
    (r"phases\[1\]: 'y' at link 0; each is one of G, g, r, s; yellow .* come by themselves", [G, "yyGG"], [], {}),
    (r"phases\[1\]: 'x' at link 3", [G, "rrGx"], SQUARE, {}),
    (r"phases\[1\]: nobody has green", [G, "rrrr"], SQUARE, {}),
    (r"phases\[2\]: the same as phases\[0\]", [G, R, G], SQUARE, {}),
    (r"phases\[1\]: no movement 'up'; there are a, b", [["a"], ["up"]], [], {"movements": ["a", "b"]}),
    (r"phases\[0\]: 0 and 2 have green together, and they conflict", ["GGGr", R], SQUARE, {}),
    ("movements: 'a' stands there twice", ["Gr", "rG"], [], {"movements": ["a", "a"]}),
    (r"conflicts\[0\]: no movement 9", [G, R], [(0, 9)], {}),
    ("conflicts: give pairs of movements, or a table of 4 rows with 4 columns", [G, R], [[0, 1, 1]], {}),
    ("conflicts: movement 2 with itself", [G, R], [(2, 2)], {}),
    ("yellow_s: give one number, or 4 of them", [G, R], SQUARE, {"yellow_s": [3, 3]}),
    ("min_green_s: seconds from 0 to 254", [G, R], SQUARE, {"min_green_s": -1}),
    ("green_s: seconds from 0 to 254", [G, R], SQUARE, {"green_s": float("nan")}),
    ("intergreen_s: give one number, or 4 x 4 of them", [G, R], SQUARE, {"intergreen_s": "long"}),
    ("intergreen_s: 2 s from 0 to 2, and the yellow of 0 alone is 3 s", [G, R], SQUARE, {"intergreen_s": 2}),
    ("loops: no lane at all", [G, R], SQUARE, {"loops": []}),
    ("loops: 5 entries for 4 movements", [G, R], SQUARE, {"loops": [0, 1, 2, 3, 4]}),
    (r"loops\[1\].loops: 4 loops; one to 3", [G, R], SQUARE, {"loops": [0, (1, 2, 3, 4)]}),
    (r"loops\[0\].loops: \(-1,\); each is a place in the counts", [G, R], SQUARE, {"loops": [-1]}),
    (r"loops\[0\].distances_m: .*ascending", [G, R], SQUARE, {"loops": [sc.Lane((0,), (0, 1), (40.0, 0.0))]}),
    (r"loops\[0\].movements: no movement 7", [G, R], SQUARE, {"loops": [sc.Lane((7,), (0,))]}),
    (r"loops\[0\].movements: none", [G, R], SQUARE, {"loops": [sc.Lane((), (0,))]}),
    (r"loops\[0\]: speed_mps and saturation_vph must be above 0", [G, R], SQUARE,
     {"loops": [sc.Lane((0,), (0,), speed_mps=0.0)]}),
    (r"loops\[4\]: no phase gives its movements green", ["GGrrr", "rrGGr"], SQUARE, {}),
])
def test_what_does_not_fit_is_named(said: str, phases: Any, conflicts: Any, more: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=said) as caught:
        sc.Intersection.from_phases(phases, conflicts, **more)
    assert "\n" not in str(caught.value)
