"""Lamps of SUMO's signals as links of the engine."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from controllers.driving.lamps import Lamps
from network.program.signals import Link, Phase, Program, Signal
from signal_core.tables.letters import encode
from tests.controllers.ports import BarePort


class Street(BarePort):
    """Shows what it is told; `states` are the signals', in the order in which they are watched."""

    def __init__(self, states: dict[str, str]) -> None:
        super().__init__()
        self.states = states
        self.told: list[tuple[str, str]] = []
        self.watched: tuple[str, ...] = ()

    def watch_signals(self, ids: Sequence[str]) -> None:
        self.watched = tuple(ids)

    def shown_states(self) -> list[str]:
        return [self.states[i] for i in self.watched]

    def set_state(self, signal_id: str, state: str) -> None:
        self.told.append((signal_id, state))
        self.states[signal_id] = state


def signal(name: str, n: int, own: Sequence[int], part_of: str = "") -> Signal:
    links = tuple(Link(i, f"in{i}_0", "out_0", "", "s", False, 10.0, 13.9, name, i) for i in own)
    none = np.zeros((n, n), dtype=np.bool_)
    times = np.zeros(n)
    phase = Phase("r" * n, 0, 10.0, 10.0, 10.0)
    return Signal(name, Program(name, "0", "static", 0.0, (), {}), links, n, none, none, (phase,), times,
                  np.zeros((n, n)), times, (), "", part_of=part_of)


SIGNALS = [signal("s", 3, [0, 1, 2]), signal("t/a", 5, [0, 3], "t"), signal("t/b", 5, [1, 4], "t"), signal("u", 2, [0])]


def lamps(states: dict[str, str]) -> tuple[Lamps, Street]:
    street = Street(states)
    return Lamps(street, SIGNALS), street


def test_each_part_sees_its_own_lamps_and_red_for_the_others() -> None:
    found, street = lamps({"s": "Gyr", "t": "GgGyG", "u": "GG"})
    assert street.watched == found.ids == ("s", "t", "u")
    assert found.shown.tolist() == encode("Gyr" "Grryr" "rgrrG" "GG").tolist()


def test_a_signal_shows_what_each_of_its_parts_wants() -> None:
    found, street = lamps({"s": "rrr", "t": "rrrrr", "u": "rr"})
    found.show(encode("GrG" "GrryG" "GgGrG" "Gr"))
    assert street.told == [("s", "GrG"), ("t", "GgryG"), ("u", "Gr")]
    assert found.read_back() == []


def test_only_what_has_changed_is_told() -> None:
    found, street = lamps({"s": "rrr", "t": "rrrrr", "u": "rr"})
    codes = encode("GrG" "Grryr" "rgrrG" "Gr")
    found.show(codes)
    street.told.clear()
    found.show(codes)
    assert street.told == []
    found.show(encode("GrG" "Grryr" "rrrrG" "Gr"))
    assert street.told == [("t", "GrryG")]


def test_another_state_than_ordered_is_seen_by_all_its_parts_and_ordered_anew() -> None:
    found, street = lamps({"s": "rrr", "t": "rrrrr", "u": "rr"})
    codes = encode("GrG" "Grryr" "rgrrG" "Gr")
    found.show(codes)
    street.states["t"] = "rGrGr"
    assert found.read_back() == ["t"]
    assert found.shown.tolist() == encode("GrG" "rrrGr" "rGrrr" "Gr").tolist()
    street.told.clear()
    found.show(codes)
    assert street.told == [("t", "GgryG")]
    assert found.read_back() == []


@given(st.text("rgGy", min_size=15, max_size=15))
def test_what_is_read_back_is_what_was_ordered_of_ones_own(letters: str) -> None:
    found, street = lamps({"s": "rrr", "t": "rrrrr", "u": "rr"})
    found.show(encode(letters))
    again = Lamps(street, SIGNALS)
    own = [0, 1, 2, 3, 6, 9, 12, 13, 14]
    assert again.shown[own].tolist() == encode(letters)[own].tolist()
    others = [k for k in range(15) if k not in own]
    assert not again.shown[others].any()


def test_no_signal_at_all() -> None:
    street = Street({})
    found = Lamps(street, [])
    found.show(np.zeros(0, np.uint8))
    assert found.read_back() == street.told == []


def test_a_lamp_of_no_part_is_red_whatever_is_wanted() -> None:
    found, street = lamps({"s": "rrr", "t": "GGGGG", "u": "rr"})
    found.show(encode("rrr" "GGGGG" "GGGGG" "rr"))
    assert street.states["t"] == "GGrGG"


def test_who_switches_a_signal_off_once_does_not_keep_it() -> None:
    found, street = lamps({"s": "rrr", "t": "rrrrr", "u": "rr"})
    codes = encode("GrG" "Grryr" "rgrrG" "Gr")
    found.show(codes)
    street.states["u"] = "OO"
    assert found.read_back() == ["u"]
    assert not found.stands_back.any()
    found.show(codes)
    assert street.states["u"] == "Gr"


def test_from_who_keeps_it_off_we_stand_back_and_try_less_and_less_often() -> None:
    found, street = lamps({"s": "rrr", "t": "rrrrr", "u": "rr"})
    codes, tries = encode("rrr" "rrrrr" "rrrrr" "rr"), []
    for t in range(400):
        if street.states["u"] != "OO":
            tries.append(t)
        street.states["u"] = "OO"
        found.read_back()
        assert found.shown[-2:].tolist() == encode("OO").tolist()
        assert found.stands_back.tolist() == [False, False, False, len(tries) > 2]
        found.show(codes)
    gaps = np.diff(tries).tolist()
    assert gaps == sorted(gaps)
    assert gaps[-1] == 61
    for _ in range(62):  # nobody switches it off any more
        found.read_back()
        found.show(codes)
    assert street.states["u"] == "rr"
    for _ in range(5):
        found.read_back()
        found.show(codes)
    assert not found.stands_back.any()


def test_another_program_that_is_lit_is_taken_over_at_once() -> None:
    found, street = lamps({"s": "rrr", "t": "rrrrr", "u": "rr"})
    codes = encode("rrr" "rrrrr" "rrrrr" "rr")
    for state in ("OO", "OO", "OO", "OO", "Gr"):
        found.show(codes)
        street.states["u"] = state
        found.read_back()
    found.show(codes)
    assert street.states["u"] == "rr"
