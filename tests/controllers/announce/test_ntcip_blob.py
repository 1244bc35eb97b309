"""SPaT as NTCIP 1202 sends it: every byte where a reader looks for it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from controllers.announce.course import Course, colours
from controllers.announce.ntcip_blob import LENGTH, PhaseLamps, PhaseTimes, decode, encode, phases_at
from controllers.announce.spatem import Said
from signal_core.tables.letters import encode as codes_of

SECONDS = st.none() | st.integers(0, 6000).map(lambda tenths: tenths / 10.0)


@st.composite
def phases(draw: st.DrawFn) -> list[PhaseTimes]:
    """Any, in the order of their numbers."""
    found = []
    for number in draw(st.sets(st.integers(1, 16)).map(sorted)):
        has_walk = draw(st.booleans())
        walk = (draw(st.booleans()), draw(SECONDS), draw(SECONDS)) if has_walk else (False, None, None)
        found.append(PhaseTimes(number, draw(st.sampled_from("ryg")), draw(SECONDS), draw(SECONDS), has_walk, *walk))
    return found


@given(phases())
def test_what_is_sent_is_read(sent: list[PhaseTimes]) -> None:
    content = encode(sent)
    assert len(content) == LENGTH
    assert decode(content) == sent


def test_bytes_are_where_readers_look() -> None:
    content = encode([PhaseTimes(1, "g", 4.5, 30.0, True, True, 2.0, 7.0), PhaseTimes(10, "r", 12.0, None)])
    assert (content[0], content[1], content[2]) == (0xCD, 16, 1)
    assert [int.from_bytes(content[at:at + 2], "big") for at in (3, 5, 7, 9)] == [45, 300, 20, 70]
    masks = [int.from_bytes(content[at:at + 2], "big") for at in (210, 212, 214, 216, 218, 220)]
    assert masks == [1 << 9, 0, 1, 0, 0, 1]
    assert int.from_bytes(content[2 + 9 * 13 + 3:2 + 9 * 13 + 5], "big") == 65_535


@given(st.binary(max_size=220) | st.binary(min_size=245, max_size=245).filter(lambda content: content[0] != 0xCD))
def test_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="NTCIP"):
        decode(content)


def test_there_are_sixteen_phases() -> None:
    with pytest.raises(ValueError, match="16"):
        encode([PhaseTimes(17, "r", None, None)])


def test_a_phase_is_green_where_one_of_its_lamps_is() -> None:
    states = ("GrrG", "yrrG", "rGgr")
    course = Course("a", 100, states, np.stack([colours(codes_of(state)) for state in states]))
    earliest = np.array([[105.0, 120.0, 119.0, 103.0]] * 3)
    latest = np.array([[110.0, np.inf, np.inf, 108.0], [104.0, np.inf, np.inf, 108.0], [np.inf, 115.0, 118.0, np.inf]])
    said = Said(1, course, earliest, latest, earliest, earliest, np.zeros((3, 4), np.int8), ((),) * 3)
    lamps = [PhaseLamps(2, (0,), (3,)), PhaseLamps(4, (1, 2), ())]
    assert phases_at(said, 0, lamps) == [PhaseTimes(2, "g", 5.0, 10.0, True, True, 3.0, 8.0),
                                         PhaseTimes(4, "r", 19.0, None)]  # fmt: skip
    assert phases_at(said, 1, lamps)[0].shows == "y"
    assert phases_at(said, 2, lamps)[1] == PhaseTimes(4, "g", 17.0, 16.0)
