"""How long a crossing shows green and is kept clear: by hand, and by an independent reading of networks."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from network.build import build_signals
from network.program.programs import read_programs
from network.program.signals import Interval, Link, Program
from network.roads.reader import read_network
from network.safety.clearance import ClearanceSettings, intergreens
from network.safety.walking import Walking, WalkingSettings, seen_clearances, stopped_turns, walk_leads, walking_times
from tests.network.conftest import Grid
from tests.network.programs_by_hand import link, one_way, pairs, program

LINKS = [link(0), link(1, 1.4, crossing=True, length_m=16.0)]
CROSS = pairs(2, (0, 1))
NOBODY_YIELDS = np.zeros_like(CROSS)


def test_clearance_is_the_way_and_the_walk_seven_seconds() -> None:
    found = walking_times(program((30.0, "rG"), (5.0, "rr"), (20.0, "Gr"), (3.0, "yr")), LINKS, CROSS, NOBODY_YIELDS)
    assert found.clear_s.tolist() == [0.0, 14.0]
    assert found.walk_s.tolist() == [0.0, 7.0]


def test_slow_walkers_are_a_setting() -> None:
    rows = program((30.0, "rG"), (5.0, "rr"), (20.0, "Gr"), (3.0, "yr"))
    found = walking_times(rows, LINKS, CROSS, NOBODY_YIELDS, WalkingSettings(walk_s=10.0, walking_mps=1.0))
    assert (found.walk_s[1], found.clear_s[1]) == (10.0, 16.0)
    slow = ClearanceSettings(walking=WalkingSettings(walking_mps=1.0))
    assert intergreens(rows, LINKS, CROSS, NOBODY_YIELDS, settings=slow).intergreen_s[1, 0] == 16.0


def test_the_shortest_green_of_an_actuated_program_is_no_walk() -> None:
    def walk_s(shortest_s: float, longest_s: float) -> float:
        rows = (Interval("rG", 30.0, shortest_s, longest_s), *program((5.0, "rr"), (20.0, "Gr"), (3.0, "yr")).intervals)
        running = Program("x", "0", "actuated", 0.0, rows, {})
        return float(walking_times(running, LINKS, CROSS, NOBODY_YIELDS).walk_s[1])

    assert walk_s(5.0, 50.0) == 7.0
    assert walk_s(2.0, 50.0) == 7.0


def test_a_light_of_cyclists_and_walkers_has_the_times_of_both() -> None:
    links = [link(0), link(1), link(1, 1.4, crossing=True, length_m=16.0)]
    found = intergreens(program((30.0, "rG"), (3.0, "ry"), (20.0, "Gr"), (3.0, "yr")), links, CROSS, NOBODY_YIELDS)
    assert (found.min_green_s[1], found.intergreen_s[1, 0], found.yellow_s[1]) == (7.0, 14.0, 3.0)
    assert found.walk_clear_s.tolist() == [0.0, 0.0]  # what else is kept for crossings alone does not hold for vehicles
    assert found.intergreen_s[0, 1] == 3.0


def test_priority_for_a_turn_is_a_start_against_the_crossing() -> None:
    """The turn has gone by permission all along; the street across comes with another phase in between."""
    links = [link(0), link(1), link(2, 1.4, crossing=True, length_m=6.0)]
    foes = pairs(3, (0, 1), (0, 2), (1, 2))
    running = program((20.0, "grG"), (11.0, "grr"), (8.0, "Grr"), (3.0, "yrr"), (20.0, "rGr"), (3.0, "ryr"))
    found = walking_times(running, links, foes, one_way(3, [(0, 2)]))
    assert found.clear_s[2] == 11.0  # 6 m take 5 s


def test_another_phase_in_between_says_nothing_of_the_clearance() -> None:
    links = [link(0), link(1), link(2, 1.4, crossing=True, length_m=6.0)]
    foes = pairs(3, (0, 1), (0, 2))
    running = program((20.0, "rrG"), (4.0, "rrr"), (30.0, "rGr"), (3.0, "ryr"), (20.0, "Grr"), (3.0, "yrr"))
    assert walking_times(running, links, foes, np.zeros_like(foes)).clear_s[2] == 5.0


TURN, STREET, OTHER, CROSSING = range(4)
CORNER = [link(TURN), link(STREET), link(OTHER), link(CROSSING, 1.4, crossing=True, length_m=6.0)]
CORNER_FOES = pairs(4, (TURN, OTHER), (STREET, OTHER), (TURN, CROSSING), (OTHER, CROSSING))


def stops(*rows: tuple[float, str], kind: str = "static") -> list[tuple[int, int]]:
    running = replace(program(*rows), kind=kind)
    found = stopped_turns(running, CORNER, CORNER_FOES, one_way(4, [(TURN, CROSSING)]))
    return [(int(i), int(j)) for i, j in zip(*np.nonzero(found), strict=True)]


def test_a_turn_stops_for_the_crossing_it_gives_way_to_unless_the_program_lets_it_go_on() -> None:
    """So does the street across, which never has green with it."""
    end = [(3.0, "yyrr"), (20.0, "rrGr"), (3.0, "rryr")]
    assert stops((20.0, "gGrG"), (9.0, "gGrr"), *end) == [(TURN, CROSSING), (OTHER, CROSSING)]
    assert stops((5.0, "gGrr"), (20.0, "gGrG"), (9.0, "gGrr"), *end) == [(OTHER, CROSSING)]
    assert stops((20.0, "gGrG"), *end[1:], (9.0, "gGrr")) == [(OTHER, CROSSING)]


def lead_s(*rows: tuple[float, str], asked_s: float = 0.0) -> float:
    """Of the turn behind the crossing beside it."""
    asked = WalkingSettings(lead_s=asked_s)
    found = walk_leads(program(*rows), CORNER, CORNER_FOES, one_way(4, [(TURN, CROSSING)]), asked)
    assert found[OTHER, CROSSING] == max(1.0, np.ceil(asked_s))  # the street across, which never has green with it
    assert found[CROSSING].max() == found[STREET].max() == 0.0
    return float(found[TURN, CROSSING])


def test_those_on_foot_lead_by_the_programs_interval_or_by_what_is_asked() -> None:
    end = [(3.0, "yyrr"), (20.0, "rrGr"), (3.0, "rryr")]
    assert lead_s((20.0, "gGrG"), *end) == 1.0
    assert lead_s((20.0, "gGrG"), *end, asked_s=4.5) == 5.0
    assert lead_s((4.0, "rGrG"), (20.0, "gGrG"), *end) == 4.0
    assert lead_s((2.0, "rrrG"), (4.4, "rGrG"), (20.0, "gGrG"), *end) == 7.0
    assert lead_s((4.0, "rGrG"), (20.0, "gGrG"), *end, asked_s=6.0) == 6.0
    assert lead_s((4.0, "rGrG"), (9.0, "gGrG"), *end, (9.0, "gGrG"), *end) == 1.0  # once together
    assert lead_s((8.0, "rGrG"), (20.0, "gGrG"), *end) == 1.0  # a phase of its own


def least_s(asked_s: float, links: Sequence[Link] = CORNER, yellow_s: float = 0.0) -> list[float]:
    """What is left of the clearances with a detector on the crossing, which owes 9 s."""
    owed = Walking(np.zeros(4), np.array([0.0, 0.0, 0.0, 9.0]))
    yellow = np.array([3.0, 3.0, 3.0, yellow_s])
    return [float(s) for s in seen_clearances(links, owed, yellow, WalkingSettings(least_clear_s=asked_s))]


def test_a_crossing_with_a_detector_is_cleared_sooner_but_never_before_it_can_be_red_again() -> None:
    assert least_s(0.0) == [0.0] * 4
    assert least_s(4.0) == [0.0, 0.0, 0.0, 4.0]
    assert least_s(4.5) == [0.0, 0.0, 0.0, 5.0]
    assert least_s(4.0, yellow_s=3.0) == [0.0, 0.0, 0.0, 7.0]
    assert least_s(9.0) == least_s(20.0) == [0.0] * 4, "nothing to gain"


def test_lamps_of_several_crossings_or_of_vehicles_too_are_cleared_as_long_as_ever() -> None:
    other = replace(CORNER[CROSSING], to_lane=":X_c9_0")
    assert least_s(4.0, [*CORNER, other]) == [0.0] * 4
    assert least_s(4.0, [*CORNER, link(CROSSING)]) == [0.0] * 4


def test_rings_start_together_what_one_row_shows() -> None:
    assert stops((20.0, "gGrG"), (20.0, "rrGr"), kind="NEMA") == [(TURN, CROSSING)]
    assert stops((20.0, "rGrG"), (20.0, "grrr"), (20.0, "rrGr"), kind="NEMA") == []


def _crossings(path: Path) -> dict[str, dict[int, float]]:
    """Length of each crossing by signal and link, read from the file as it is."""
    root = ET.parse(path).getroot()
    length = {lane.get("id"): float(lane.get("length", 0)) for lane in root.iter("lane")}
    found: dict[str, dict[int, float]] = {}
    for way in root.iter("connection"):
        if way.get("tl") and "_c" in (way.get("to") or "") and (way.get("to") or "").startswith(":"):
            found.setdefault(way.attrib["tl"], {})[int(way.attrib["linkIndex"])] = length[f"{way.get('to')}_0"]
    return found


@pytest.mark.parametrize("kind", ["static", "actuated"])
def test_every_crossing_of_a_town_is_kept_clear(kind: str, grid: Grid) -> None:
    """netconvert gives 5 s where 16 m take 14."""
    path = grid(2, "--crossings.guess", "--sidewalks.guess", "-L", "2", "--tls.default-type", kind)
    found, signals = _crossings(path), build_signals(read_network(path), read_programs([path]))
    assert len(found) >= 4
    for signal_id, crossings in found.items():
        signal = signals[signal_id]
        for i, length_m in crossings.items():
            foes = np.flatnonzero(signal.conflicts[i])
            assert foes.size
            assert (signal.intergreen_s[i, foes] >= length_m / 1.2).all()
            assert (signal.yielded_s[i, foes] >= length_m / 1.2).all()
            assert signal.walk_clear_s[i] == max(math.ceil(length_m / 1.2 - 0.05), signal.walk_clear_s[i])
            assert signal.min_green_s[i] == 7.0
            turns = np.flatnonzero(signal.yields_to[:, i])
            assert turns.size
            assert signal.walk_lead_s[turns, i].all()


def test_priority_by_the_letters_of_the_program_is_a_start_whoever_yields_then() -> None:
    """Both turns get `G` though they meet; the one against the crossing counts, and gives way."""
    links = [link(0), link(1), link(2, 1.4, crossing=True, length_m=3.6)]
    foes = pairs(3, (0, 1), (0, 2))
    running = program((20.0, "grG"), (5.0, "grr"), (3.0, "grr"), (6.0, "GGr"), (3.0, "yyr"))
    assert walking_times(running, links, foes, one_way(3, [(0, 1), (0, 2)])).clear_s[2] == 8.0
