"""The sequencer against its plain twin: any links, any wishes, second by second."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from signal_core.kernels import sequencer
from signal_core.kernels.codes import LONG_AGO_S
from signal_core.kernels.sequencer import LinkRules, LinkTimers
from tests.kernels.twins import GREENS, WORDS, Street

pytestmark = pytest.mark.kernel


class Timers:
    """The kernel's side: everything counts as just begun."""

    def __init__(self, street: Street, shown: list[str]) -> None:
        n = len(shown)
        lit_s = np.full(1, 0 if "off" in shown else LONG_AGO_S)
        self.timers = LinkTimers(codes(shown), *(np.zeros(n, np.int64) for _ in range(5)),
                                  np.array(street.caught_wait_s), lit_s, codes(shown), np.zeros(n, np.uint8))
        self.rules = LinkRules(
            np.array(street.conflicts, dtype=bool).ravel(), np.array(street.yellow, dtype=np.uint8),
            np.array(street.intergreen, dtype=np.uint8).ravel(), np.array(street.yielded, dtype=np.uint8).ravel(),
            np.array(street.min_green, dtype=np.uint8), street.longest(),
            np.array(street.walk_lead_s, dtype=np.uint8).ravel(),
            np.array(street.traffic_lead_s, dtype=np.uint8).ravel(), np.array(street.ends_with, dtype=bool).ravel())

    def propose(self, wanted: list[str]) -> tuple[list[str], bool]:
        proposed = np.zeros(len(wanted), dtype=np.uint8)
        settled = sequencer.next_codes(self.rules, self.timers, codes(wanted), proposed)
        return [WORDS[code] for code in proposed], bool(settled)

    def show(self, words: list[str], seconds: int) -> None:
        sequencer.follow(self.timers, codes(words), seconds)


def none(n: int) -> list[list[int]]:
    """A table of pairs with nothing in it."""
    return [[0] * n for _ in range(n)]


def closed(table: list[list[bool]]) -> list[list[bool]]:
    """With every pair that others in between link."""
    found = np.array(table, dtype=bool)
    for k in range(len(table)):
        found |= found[:, k:k + 1] & found[k]
    return found.tolist()


def codes(words: list[str]) -> NDArray[np.uint8]:
    return np.array([WORDS.index(word) for word in words], dtype=np.uint8)


@st.composite
def streets(draw: st.DrawFn) -> tuple[Street, list[str]]:
    n = draw(st.integers(1, 5))

    def each(element: st.SearchStrategy[int]) -> list[int]:
        return draw(st.lists(element, min_size=n, max_size=n))

    conflicts = [[bool(x) for x in each(st.integers(0, 1))] for _ in range(n)]
    yellow, intergreen = each(st.integers(0, 4)), [each(st.integers(0, 7)) for _ in range(n)]
    yielded = [[s + more for s, more in zip(row, each(st.integers(0, 3)), strict=True)] for row in intergreen]
    walk_lead_s = [[max(lead, 0) for lead in each(st.integers(-4, 5))] for _ in range(n)]
    leads = [[max(s, 0) for s in each(st.integers(-4, 5))] for _ in range(n)]
    together = closed([[k == 0 for k in each(st.integers(0, 3))] for _ in range(n)])
    caught_wait_s = [max(s, 0) for s in each(st.integers(-4, 12))]
    street = Street(conflicts, yellow, intergreen, yielded, each(st.integers(0, 6)), walk_lead_s, leads, together,
                    caught_wait_s)
    shown = draw(st.lists(st.sampled_from(WORDS), min_size=n, max_size=n))
    street.show(shown, 0)
    return street, shown


def wishes(n: int) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from([word for word in WORDS if word not in ("yellow", "off")]), min_size=n, max_size=n)


@given(streets(), st.data())
@settings(max_examples=200, deadline=None)
def test_same_codes_as_the_twin(given_street: tuple[Street, list[str]], data: st.DataObject) -> None:
    street, shown = given_street
    timers, wanted = Timers(street, shown), data.draw(wishes(len(shown)))
    for _ in range(data.draw(st.integers(1, 25))):
        if data.draw(st.integers(0, 4)) == 0:
            wanted = data.draw(wishes(len(shown)))
        street.at_line = data.draw(st.lists(st.integers(0, len(shown) - 1), unique=True))
        timers.timers.at_line[:] = [j in street.at_line for j in range(len(shown))]
        proposed, settled = timers.propose(wanted)
        assert proposed == street.propose(wanted)
        assert settled == (proposed == wanted)
        held = data.draw(st.integers(0, 9)) == 0  # the interlock may have had another opinion
        taken = shown if held else proposed
        seconds = data.draw(st.integers(1, 3))
        timers.show(taken, seconds)
        street.show(taken, seconds)
        shown = taken


@given(streets(), st.data())
@settings(max_examples=50, deadline=None)
def test_only_who_stops_for_a_crossing_or_ends_with_a_turn_is_ever_interrupted(
    given_street: tuple[Street, list[str]], data: st.DataObject
) -> None:
    street, shown = given_street
    wanted = data.draw(wishes(len(shown)))
    timers = Timers(street, shown)
    begin = [j for j, word in enumerate(wanted) if word in GREENS and shown[j] not in GREENS]
    kept = [i for i, words in enumerate(zip(shown, wanted, strict=True))
            if set(words) <= set(GREENS) and not any(street.walk_lead_s[i][j] for j in begin)
            and not any(ends[i] for ends in street.ends_with)]
    for _ in range(20):
        proposed, _settled = timers.propose(wanted)
        assert all(proposed[i] in GREENS for i in kept)
        timers.show(proposed, 1)


@given(streets(), st.data())
@settings(max_examples=50, deadline=None)
def test_nothing_is_ever_switched_off_and_what_is_off_goes_to_red(
    given_street: tuple[Street, list[str]], data: st.DataObject
) -> None:
    street, shown = given_street
    timers, wanted = Timers(street, shown), data.draw(wishes(len(shown)))
    proposed, _settled = timers.propose(wanted)
    assert "off" not in proposed
    assert all(proposed[i] in ("red", "arrow") for i, word in enumerate(shown) if word == "off")
    if "off" in shown:
        assert all(word in GREENS or now not in GREENS for word, now in zip(shown, proposed, strict=True))


def test_a_moment_of_priority_clears_nobody_who_waited_inside() -> None:
    """8 s from the last second that gave way, 5 from the end of green: 1 s of priority, then 7."""
    foes, owed_s = [[False, True], [True, False]], [[0, 8], [8, 0]]
    street = Street(foes, [3, 3], [[0, 5], [5, 0]], owed_s, [1, 1], none(2), none(2), none(2), [0, 0])
    timers = Timers(street, ["permissive", "red"])
    for words in (["permissive", "red"], ["green", "red"]):
        timers.show(words, 1 if words[0] == "green" else 60)
    after = 0
    while timers.propose(["red", "green"])[0][1] != "green":
        timers.show(timers.propose(["red", "green"])[0], 1)
        after += 1
    assert after == 7


def turn_and_crossing(shown: list[str], wanted: list[str], lead_s: int = 1) -> list[list[str]]:
    """What a turn (0) and the crossing it stops for (1) show, second by second, until both show what is wanted."""
    foes, clear = [[False, True], [True, False]], [[0, 5], [9, 0]]
    street = Street(foes, [3, 0], clear, clear, [5, 7], [[0, lead_s], [0, 0]], none(2), none(2), [0, 0])
    timers, told = Timers(street, shown), []
    timers.show(shown, 60)
    while not told or told[-1] != wanted:
        told.append(timers.propose(wanted)[0])
        timers.show(told[-1], 1)
    return told


def test_a_turn_starts_after_the_crossing_that_it_gives_way_to() -> None:
    both = ["permissive", "green"]
    assert turn_and_crossing(["red", "red"], both) == [["red", "green"], both]


@pytest.mark.parametrize("lead_s", [3, 7])
def test_those_on_foot_lead_by_the_seconds_that_are_asked(lead_s: int) -> None:
    both = ["permissive", "green"]
    assert turn_and_crossing(["red", "red"], both, lead_s) == [["red", "green"]] * lead_s + [both]
    stopped = turn_and_crossing(["green", "red"], both, lead_s)
    crossing = [words[1] for words in stopped].index("green")
    turn = len(stopped) - 1
    assert turn - crossing == max(lead_s, 2)  # no lamp flickers


@pytest.mark.parametrize("green", GREENS)
def test_a_turn_under_way_stops_before_people_step_off(green: str) -> None:
    """Green ends, the crossing begins 5 s later, and the turn is red for 4 s: no lamp flickers."""
    shown = turn_and_crossing([green, "red"], ["permissive", "green"])
    turn, crossing = map(list, zip(*shown, strict=True))
    assert turn == ["yellow"] * 3 + ["red"] * 4 + ["permissive"]
    assert crossing == ["red"] * 5 + ["green"] * 3


def test_nobody_starts_in_the_second_in_which_a_turn_begins_to_make_way_for_a_crossing() -> None:
    """The turn (0) stays in the phase, and still it has to be gone before the traffic against it (1) begins."""
    foes = [[False, True, True], [True, False, False], [True, False, False]]
    clear = [[0, 5, 5], [5, 0, 0], [9, 0, 0]]
    walk_lead_s = [[0, 0, 1], [0, 0, 0], [0, 0, 0]]
    street = Street(foes, [3, 3, 0], clear, clear, [5, 5, 7], walk_lead_s, none(3), none(3), [0, 0, 0])
    timers, wanted = Timers(street, ["permissive", "red", "red"]), ["permissive", "green", "green"]
    timers.show(["permissive", "red", "red"], 60)
    told: list[list[str]] = []
    while not told or told[-1] != wanted:
        told.append(timers.propose(wanted)[0])
        timers.show(told[-1], 1)
    turn, against, crossing = map(list, zip(*told, strict=True))
    assert turn == ["yellow"] * 3 + ["red"] * 4 + ["permissive"]
    assert against == crossing == ["red"] * 5 + ["green"] * 3


def told(street: Street, shown: list[str], wanted: list[str]) -> list[list[str]]:
    """What is shown, second by second, until it is what is wanted."""
    timers, found = Timers(street, shown), []
    timers.show(shown, 60)
    while not found or found[-1] != wanted:
        found.append(timers.propose(wanted)[0])
        timers.show(found[-1], 1)
    return found


def test_a_turn_starts_when_the_traffic_against_it_moves_and_goes_on_where_it_has_green() -> None:
    """The turn (0) gives way to the traffic (1), which leads by two seconds."""
    foes, clear = [[False, True], [True, False]], [[0, 5], [5, 0]]
    street = Street(foes, [3, 3], clear, clear, [5, 5], none(2), [[0, 2], [0, 0]], none(2), [0, 0])
    both = ["permissive", "green"]
    assert told(street, ["red", "red"], both) == [["red", "green"]] * 2 + [both]
    assert told(street, ["permissive", "red"], both) == [both]
    assert told(street, ["green", "red"], both) == [["permissive", "red"]] * 5 + [both]


def trap(shown: list[str], wanted: list[str], least_s: int = 5) -> list[list[str]]:
    """A turn (0), the traffic it waits for inside (1), and another street (2)."""
    foes = [[i != j for j in range(3)] for i in range(3)]
    clear = [[0 if i == j else 5 for j in range(3)] for i in range(3)]
    ends = [[False, True, False], [False] * 3, [False] * 3]
    return told(Street(foes, [3] * 3, clear, clear, [5, least_s, 5], none(3), none(3), ends, [0, 0, 0]), shown, wanted)


def test_a_turn_that_gives_way_does_not_end_while_the_traffic_against_it_goes_on() -> None:
    """Both end, the turn is cleared, and who goes on starts again; with priority the turn ends alone."""
    shown = trap(["permissive", "green", "red"], ["red", "green", "red"])
    assert shown == [["yellow", "yellow", "red"]] * 3 + [["red", "red", "red"]] * 4 + [["red", "green", "red"]]
    assert trap(["permissive", "green", "red"], ["red", "red", "green"])[0] == ["yellow", "yellow", "red"]
    assert trap(["permissive", "red", "red"], ["red", "red", "green"])[0] == ["yellow", "red", "red"]
    stays = trap(["permissive", "green", "red"], ["permissive", "red", "red"])
    assert all(turn == "permissive" for turn, _, _ in stays)


def test_a_turn_waits_for_its_end_until_the_traffic_against_it_may_end() -> None:
    foes, clear = [[False, True], [True, False]], [[0, 5], [5, 0]]
    street = Street(foes, [3, 3], clear, clear, [5, 9], none(2), none(2), [[False, True], [False, False]], [0, 0])
    timers = Timers(street, ["permissive", "green"])
    timers.show(["permissive", "green"], 6)
    for _ in range(3):
        assert timers.propose(["red", "green"])[0] == ["permissive", "green"]
        timers.show(["permissive", "green"], 1)
    assert timers.propose(["red", "green"])[0] == ["yellow", "yellow"]
